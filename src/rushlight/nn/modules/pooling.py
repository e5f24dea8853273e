"""Pooling layers: each is its function and settings."""

from __future__ import annotations

from typing import Any, ClassVar

from rushlight.nn import functional as F
from rushlight.nn.modules.conv import as_tuple
from rushlight.nn.modules.module import Module
from rushlight.nn.modules.settings import Settings
from rushlight.tensor.tensor import Tensor


class _Windows(Settings):
    """Settings of which the stride is that of the windows if it is not given."""

    shown: ClassVar[tuple[str, ...]] = ("kernel_size", "stride", "padding")
    tuples: ClassVar[int] = 0  # of how many ints, for layers that show them so
    kernel_size: Any
    stride: Any

    def check(self) -> None:
        """The stride is the kernel's size if not given."""
        if self.stride is None:
            self.stride = self.kernel_size
        if self.tuples:
            for name in ("kernel_size", "stride", "padding"):
                setattr(self, name, as_tuple(getattr(self, name), self.tuples))

    def extra_repr(self) -> str:
        """The settings that are shown."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown)


class _MaxPool(_Windows):
    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
    kernel_size: Any
    stride: Any = None
    padding: Any = 0
    dilation: Any = 1
    return_indices: bool = False
    ceil_mode: bool = False


class MaxPool1d(_MaxPool):
    """`max_pool1d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html
    """

    function = "max_pool1d"


class MaxPool2d(_MaxPool):
    """`max_pool2d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
    """

    function = "max_pool2d"


class MaxPool3d(_MaxPool):
    """`max_pool3d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool3d.html
    """

    function = "max_pool3d"


class _MaxUnpool(_Windows):
    kernel_size: Any
    stride: Any = None
    padding: Any = 0

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The elements back where the pooling found them."""
        made: Tensor = getattr(F, self.function)(
            input, indices, self.kernel_size, self.stride, self.padding, output_size)
        return made


class MaxUnpool1d(_MaxUnpool):
    """`max_unpool1d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool1d.html
    """

    function, tuples = "max_unpool1d", 1


class MaxUnpool2d(_MaxUnpool):
    """`max_unpool2d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
    """

    function, tuples = "max_unpool2d", 2


class MaxUnpool3d(_MaxUnpool):
    """`max_unpool3d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool3d.html
    """

    function, tuples = "max_unpool3d", 3


class AvgPool1d(_Windows):
    """`avg_pool1d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html
    """

    function, tuples = "avg_pool1d", 1
    kernel_size: Any
    stride: Any = None
    padding: Any = 0
    ceil_mode: bool = False
    count_include_pad: bool = True


class AvgPool2d(_Windows):
    """`avg_pool2d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
    """

    function = "avg_pool2d"
    kernel_size: Any
    stride: Any = None
    padding: Any = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None


class AvgPool3d(AvgPool2d):
    """`avg_pool3d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool3d.html
    """

    function = "avg_pool3d"


class _LPPool(Settings):
    norm_type: float
    kernel_size: Any
    stride: Any = None
    ceil_mode: bool = False


class LPPool1d(_LPPool):
    """`lp_pool1d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool1d.html
    """

    function = "lp_pool1d"


class LPPool2d(_LPPool):
    """`lp_pool2d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html
    """

    function = "lp_pool2d"


class LPPool3d(_LPPool):
    """`lp_pool3d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool3d.html
    """

    function = "lp_pool3d"


class _AdaptiveAvgPool(Settings):
    output_size: Any


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """`adaptive_avg_pool1d` to this size.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html
    """

    function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """`adaptive_avg_pool2d` to this size.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html
    """

    function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """`adaptive_avg_pool3d` to this size.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool3d.html
    """

    function = "adaptive_avg_pool3d"


class _AdaptiveMaxPool(Settings):
    output_size: Any
    return_indices: bool = False

    def extra_repr(self) -> str:
        """The size."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """`adaptive_max_pool1d` to this size.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool1d.html
    """

    function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """`adaptive_max_pool2d` to this size.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool2d.html
    """

    function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """`adaptive_max_pool3d` to this size.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveMaxPool3d.html
    """

    function = "adaptive_max_pool3d"


class _FractionalMaxPool(Module):
    """What both fractional poolings share. ValueError unless just one of output_size and
    output_ratio is given, or for a ratio that is not between 0 and 1.
    """

    dims: ClassVar[int]
    function: ClassVar[str]

    def __init__(
        self, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
        return_indices: bool = False, _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError("give either output_size or output_ratio")
        self.kernel_size = as_tuple(kernel_size, self.dims)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else as_tuple(output_size, self.dims)
        self.output_ratio = None if output_ratio is None else as_tuple(output_ratio, self.dims)
        if self.output_ratio is not None and not all(0 < each < 1 for each in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1, not {output_ratio!r}")

    def forward(self, input: Tensor) -> Any:
        """The largest elements of windows at random places."""
        return getattr(F, self.function)(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices,
            _random_samples=self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPool):
    """`fractional_max_pool2d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html
    """

    dims, function = 2, "fractional_max_pool2d"


class FractionalMaxPool3d(_FractionalMaxPool):
    """`fractional_max_pool3d` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool3d.html
    """

    dims, function = 3, "fractional_max_pool3d"
