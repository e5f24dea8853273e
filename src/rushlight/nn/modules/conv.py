"""Layers that slide a weight over their input: `Conv1d` to `Conv3d`, transposes, lazy ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from rushlight.autograd.modes import no_grad
from rushlight.nn import functional as F
from rushlight.nn import init
from rushlight.nn.modules.lazy import LazyModuleMixin
from rushlight.nn.modules.module import Module
from rushlight.nn.parameter import Parameter
from rushlight.nn.uninitialized import UninitializedParameter
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor

_MODES = ("zeros", "reflect", "replicate", "circular")


def as_tuple(value: Any, count: int) -> tuple[Any, ...]:
    """One value for each of so many dims, given as one for all or as a sequence."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * count


class _ConvNd(Module):
    """What all convolutions share. weight: (out, in / groups, *kernel), or for a transpose (in,
    out / groups, *kernel). bias: (out), or None with `bias=False`. Both begin uniform in
    +-1/sqrt(in / groups * kernel elements).
    """

    dims: ClassVar[int]
    function: ClassVar[str]
    transposed: bool = False
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, padding: Any,
        dilation: Any, transposed: bool, output_padding: Any, groups: int, bias: bool,
        padding_mode: str, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError(f"groups must be positive, not {groups}")
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"in_channels {in_channels} and out_channels {out_channels} must be multiples of "
                f"groups {groups}")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"padding is a number, 'same' or 'valid', not {padding!r}")
            if padding == "same" and any(each != 1 for each in stride):
                raise ValueError(f"padding='same' needs stride 1, not {stride}")
        if padding_mode not in _MODES:
            raise ValueError(f"padding_mode is one of {_MODES}, not {padding_mode!r}")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.dilation, self.transposed = dilation, transposed
        self.output_padding, self.groups, self.padding_mode = output_padding, groups, padding_mode
        self._reversed_padding_repeated_twice = self._around()
        self._make_parameters(bias, device, dtype)

    def _around(self) -> list[int]:
        """The padding as `nn.functional.pad` takes it."""
        if self.padding == "valid":
            return [0] * (2 * self.dims)
        sides = []
        for i in range(self.dims - 1, -1, -1):
            if self.padding == "same":
                total = self.dilation[i] * (self.kernel_size[i] - 1)
                sides += [total // 2, total - total // 2]
            else:
                sides += [self.padding[i]] * 2
        return sides

    def _make_parameters(self, bias: bool, device: Any, dtype: Any) -> None:
        empty = FACE["empty"]
        self.weight = Parameter(empty(self._weight_shape(), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(self.out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _weight_shape(self) -> tuple[int, ...]:
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        return (first, second // self.groups, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Give weight and bias new random values."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The sizes, and what is not as usual."""
        shown = [str(self.in_channels), str(self.out_channels), f"kernel_size={self.kernel_size}",
                 f"stride={self.stride}"]
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            if getattr(self, name) != (usual,) * self.dims:
                shown.append(f"{name}={getattr(self, name)}")
        if self.groups != 1:
            shown.append(f"groups={self.groups}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


class _Conv(_ConvNd):
    """A convolution."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:
        n = self.dims
        super().__init__(
            in_channels, out_channels, as_tuple(kernel_size, n), as_tuple(stride, n),
            padding if isinstance(padding, str) else as_tuple(padding, n), as_tuple(dilation, n),
            False, (0,) * n, groups, bias, padding_mode, device, dtype)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, self.padding_mode)
            padding = 0
        made: Tensor = getattr(F, self.function)(
            input, weight, bias, self.stride, padding, self.dilation, self.groups)
        return made

    def forward(self, input: Tensor) -> Tensor:
        """The convolution of the input."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """`conv1d` with a weight and bias of its own: (batch, in, length) to (batch, out, length out).

    kernel_size, stride, padding, dilation: an int or (int,). padding: also 'same' or 'valid'.
    padding_mode: 'zeros', 'reflect', 'replicate', 'circular'. Raises ValueError for channels that
    are no multiples of groups.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html
    """

    dims, function = 1, "conv1d"


class Conv2d(_Conv):
    """`conv2d` with a weight and bias of its own: (batch, in, height, width) to (batch, out, ...).

    As `Conv1d`, with an int or two.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html
    """

    dims, function = 2, "conv2d"


class Conv3d(_Conv):
    """`conv3d` with a weight and bias of its own: (batch, in, depth, height, width) to (batch, out,
    ...).

    As `Conv1d`, with an int or three.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv3d.html
    """

    dims, function = 3, "conv3d"


# --- transposes


class _ConvTransposeNd(_ConvNd):
    """A transposed convolution."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any = 1,
        padding: Any = 0, output_padding: Any = 0, groups: int = 1, bias: bool = True,
        dilation: Any = 1, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(
                f"{type(self).__name__}: padding_mode is 'zeros', not {padding_mode!r}")
        n = self.dims
        super().__init__(
            in_channels, out_channels, as_tuple(kernel_size, n), as_tuple(stride, n),
            as_tuple(padding, n), as_tuple(dilation, n), True, as_tuple(output_padding, n), groups,
            bias, padding_mode, device, dtype)

    def _output_padding(
        self, input: Tensor, output_size: Sequence[int] | None, stride: Sequence[int],
        padding: Sequence[int], kernel_size: Sequence[int], num_spatial_dims: int,
        dilation: Sequence[int] | None = None,
    ) -> tuple[int, ...]:
        """What must be added for the result to have these sizes."""
        if output_size is None:
            return as_tuple(self.output_padding, num_spatial_dims)
        dims, wanted = num_spatial_dims, list(output_size)
        if len(wanted) == input.dim() and input.dim() > dims:
            wanted = wanted[-dims:]
        if len(wanted) != dims:
            raise ValueError(
                f"output_size has {dims} sizes, or {input.dim()} with batch and channels, not "
                f"{len(wanted)}")
        far = (1,) * dims if dilation is None else dilation
        least = [
            (n - 1) * step - 2 * around + reach * (taps - 1) + 1
            for n, step, around, reach, taps in zip(
                input.shape[-dims:], stride, padding, far, kernel_size, strict=True)]
        for want, low, step in zip(wanted, least, stride, strict=True):
            if not low <= want < low + step:
                raise ValueError(
                    f"output_size {wanted} must be from {least} and less than a stride {stride} "
                    "above")
        return tuple([want - low for want, low in zip(wanted, least, strict=True)])

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The transposed convolution of the input. output_size: the sizes of the result."""
        further = self._output_padding(
            input, output_size, self.stride, self.padding, self.kernel_size, self.dims,
            self.dilation)
        made: Tensor = getattr(F, self.function)(
            input, self.weight, self.bias, self.stride, self.padding, further, self.groups,
            self.dilation)
        return made


class ConvTranspose1d(_ConvTransposeNd):
    """`conv_transpose1d` with a weight and bias of its own.

    As `Conv1d`; output_padding is added to the sizes of the result.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html
    """

    dims, function = 1, "conv_transpose1d"


class ConvTranspose2d(_ConvTransposeNd):
    """`conv_transpose2d` with a weight and bias of its own.

    As `Conv2d`; output_padding is added to the sizes of the result.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html
    """

    dims, function = 2, "conv_transpose2d"


class ConvTranspose3d(_ConvTransposeNd):
    """`conv_transpose3d` with a weight and bias of its own.

    As `Conv3d`; output_padding is added to the sizes of the result.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose3d.html
    """

    dims, function = 3, "conv_transpose3d"


# --- lazy ones


class _LazyConv(LazyModuleMixin, _ConvNd):
    """A convolution that takes `in_channels` from its first input."""

    weight: Any
    bias: Any

    def __init__(self, out_channels: int, kernel_size: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(0, out_channels, kernel_size, *args, **kwargs)

    def _make_parameters(self, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)
        else:
            self.register_parameter("bias", None)

    def reset_parameters(self) -> None:
        """Give weight and bias new random values, once they have a shape."""
        if self.in_channels and not self.has_uninitialized_params():
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Make weight and bias for this input."""
        if not self.has_uninitialized_params():
            return
        if input.dim() not in (self.dims + 1, self.dims + 2):
            raise RuntimeError(
                f"{type(self).__name__}: input has {self.dims + 1} or {self.dims + 2} dims, not "
                f"{input.dim()}")
        self.in_channels = input.shape[-self.dims - 1]
        if self.in_channels % self.groups:
            raise ValueError(
                f"in_channels {self.in_channels} must be a multiple of groups {self.groups}")
        with no_grad():
            self.weight.materialize(self._weight_shape())
            if self.bias is not None:
                self.bias.materialize((self.out_channels,))
            self.reset_parameters()


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` that takes `in_channels` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyConv1d.html
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` that takes `in_channels` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyConv2d.html
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` that takes `in_channels` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyConv3d.html
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConv, ConvTranspose1d):
    """A `ConvTranspose1d` that takes `in_channels` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose1d.html
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConv, ConvTranspose2d):
    """A `ConvTranspose2d` that takes `in_channels` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose2d.html
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConv, ConvTranspose3d):
    """A `ConvTranspose3d` that takes `in_channels` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyConvTranspose3d.html
    """

    cls_to_become = ConvTranspose3d
