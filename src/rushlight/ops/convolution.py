"""Convolution: `conv1d` to `conv3d`, `conv_transpose1d` to `conv_transpose3d`, `conv_tbc`.

Three rows, each the derivative of the other two: `_convolve` slides a weight over an input,
`_to_input` and `_to_weight` are its transposes. A transposed convolution is `_to_input` by itself.
What computes them: `engine/convolution.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from rushlight.engine import convolution as engine
from rushlight.engine import deferred
from rushlight.engine.convolution import Geometry
from rushlight.ops.arguments import need_tensor, one_for_each, widened
from rushlight.ops.matmul import fitting
from rushlight.ops.op import FACE, composite, conjugate, op
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import Array, Tensor

_NODE = "ConvolutionBackward0"


def _computed(function: Callable[..., Array], dtype: Any, *operands: Any) -> Array:
    """A function of the engine, computed in a dtype that is precise enough."""
    arrays = [widened(deferred.computed(each._array)) if isinstance(each, Tensor) else each
              for each in operands]
    return function(*arrays).astype(dtype, copy=False)


def _to_bias(grad: Tensor) -> Tensor:
    return grad.sum((0, *range(2, grad._array.ndim)))


@op(name="_convolve", face=False, method=False, node=_NODE,
    input=lambda grad, input_shape, weight, geometry:
        _to_input(  # type: ignore[has-type]
            grad, conjugate(weight), None, input_shape[2:], geometry),
    weight=lambda grad, input, weight_shape, geometry:
        _to_weight(  # type: ignore[has-type]
            grad, conjugate(input), weight_shape[2:], geometry),
    bias=_to_bias)
def _convolve(input: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Any:
    """The input seen through a weight that slides over it; see `engine.convolution.forward`."""
    array, taps = input._array, weight._array
    if type(array) is MetaArray:
        places = geometry.sliding(taps.shape[2:]).places(array.shape[2:])
        return blank((len(array), len(taps), *places), array.dtype)
    return _computed(engine.forward, array.dtype, input, weight, bias, geometry)


@op(name="_to_input", face=False, method=False, node=_NODE,
    input=lambda grad, weight, geometry: _convolve(grad, conjugate(weight), None, geometry),
    weight=lambda grad, input, weight_shape, geometry:
        _to_weight(  # type: ignore[has-type]
            conjugate(input), grad, weight_shape[2:], geometry),
    bias=_to_bias)
def _to_input(
    input: Tensor, weight: Tensor, bias: Tensor | None, sizes: tuple[int, ...], geometry: Geometry
) -> Any:
    """The transpose of `_convolve` for its input, which has these trailing sizes."""
    array = input._array
    if type(array) is MetaArray:
        channels = weight._array.shape[1] * geometry.groups
        return blank((len(array), channels, *sizes), array.dtype)
    return _computed(engine.to_input, array.dtype, input, weight, bias, sizes, geometry)


@op(name="_to_weight", face=False, method=False, node=_NODE,
    result=lambda grad, input, geometry: _convolve(conjugate(input), grad, None, geometry),
    input=lambda grad, result, input_shape, geometry:
        _to_input(conjugate(result), grad, None, input_shape[2:], geometry))
def _to_weight(
    result: Tensor, input: Tensor, kernel: tuple[int, ...], geometry: Geometry
) -> Any:
    """The transpose of `_convolve` for its weight, which has this kernel."""
    return _computed(
        engine.to_weight, result._array.dtype, result, input, kernel, geometry)


# --- what may be asked for


def _operands(
    op: str, input: Any, weight: Any, bias: Any, dims: int, out_dim: int, groups: Any
) -> int:
    """The groups; every error that shapes and dtypes can have."""
    a, w = (need_tensor(op, *each)._array for each in (("input", input), ("weight", weight)))
    if w.ndim != dims + 2 or a.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{op}(): weight has {dims + 2} dims and input {dims + 2} too, or {dims + 1} without a "
            f"batch; they have {w.ndim} and {a.ndim} (shapes {list(w.shape)}, {list(a.shape)})")
    (groups,) = one_for_each(op, "groups", groups, 1)
    if groups <= 0:
        raise RuntimeError(f"{op}(): groups must be positive, not {groups}")
    fitting(op, "input", a, "weight", w)
    channels = a.shape[-dims - 1]
    within = w.shape[1 - out_dim] * (groups if out_dim == 0 else 1)
    if len(w) < groups or len(w) % groups:
        raise RuntimeError(
            f"{op}(): weight of shape {list(w.shape)} can't be shared out to {groups} groups: its "
            "first size must be a multiple of them")
    if channels != within:
        raise RuntimeError(
            f"{op}(): input of shape {list(a.shape)} has {channels} channels, weight of shape "
            f"{list(w.shape)} with groups={groups} wants {within}")
    if bias is not None:
        added = need_tensor(op, "bias", bias)._array
        wanted = w.shape[out_dim] * (groups if out_dim == 1 else 1)
        if added.shape != (wanted,):
            raise RuntimeError(
                f"{op}(): bias has shape {list(added.shape)}: it must be [{wanted}], a number for "
                "each channel of the result")
        fitting(op, "input", a, "bias", added)
    return groups


def _steps(
    op: str, dims: int, stride: Any, padding: Any, dilation: Any
) -> tuple[tuple[int, ...], ...]:
    stride = one_for_each(op, "stride", stride, dims)
    padding = one_for_each(op, "padding", padding, dims)
    dilation = one_for_each(op, "dilation", dilation, dims)
    if min(stride) <= 0 or min(dilation) <= 0 or min(padding) < 0:
        raise RuntimeError(
            f"{op}(): stride {stride} and dilation {dilation} must be positive, padding {padding} "
            "not negative")
    return stride, padding, dilation


def _padding(
    op: str, padding: Any, kernel: Sequence[int], stride: Any, dilation: Any
) -> tuple[tuple[int, int], ...]:
    """What stands before and behind each dim."""
    dims = len(kernel)
    given = 0 if isinstance(padding, str) else padding
    strides, around, dilations = _steps(op, dims, stride, given, dilation)
    if not isinstance(padding, str):
        return tuple([(n, n) for n in around])
    if padding not in ("same", "valid"):
        raise RuntimeError(f"{op}(): padding is a number, 'same' or 'valid', not {padding!r}")
    if padding == "valid":
        return ((0, 0),) * dims
    if any(n != 1 for n in strides):
        raise RuntimeError(f"{op}(): padding='same' needs stride 1, not {strides}")
    totals = [far * (n - 1) for far, n in zip(dilations, kernel, strict=True)]
    return tuple([(n // 2, n - n // 2) for n in totals])


def _batched(input: Tensor, dims: int, function: Callable[[Tensor], Tensor]) -> Tensor:
    """The function of a batch; of an input without one as of a batch of one."""
    if input._array.ndim == dims + 2:
        return function(input)
    return function(input.unsqueeze(0)).squeeze(0)


def convolved(
    op: str, dims: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any,
    dilation: Any, groups: Any,
) -> Tensor:
    """The convolution over so many dims."""
    groups = _operands(op, input, weight, bias, dims, 0, groups)
    kernel = weight._array.shape[2:]
    geometry = _geometry(op, kernel, stride, padding, dilation, groups)
    sizes = input._array.shape[-dims:]
    if min(geometry.sliding(kernel).places(sizes)) <= 0 or min(kernel) == 0:
        raise RuntimeError(
            f"{op}(): a kernel of {list(kernel)} with dilation {list(geometry.dilation)} does not "
            f"fit into {list(sizes)} with padding {[list(each) for each in geometry.padding]}")
    return _batched(input, dims, lambda batch: _convolve(batch, weight, bias, geometry))


def transposed(
    op: str, dims: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any,
    output_padding: Any, groups: Any, dilation: Any,
) -> Tensor:
    """The transposed convolution over so many dims."""
    groups = _operands(op, input, weight, bias, dims, 1, groups)
    stride, padding, dilation = _steps(op, dims, stride, padding, dilation)
    further = one_for_each(op, "output_padding", output_padding, dims)
    for more, step, far in zip(further, stride, dilation, strict=True):
        if more < 0 or (more >= step and more >= far):
            raise RuntimeError(
                f"{op}(): output_padding {further} must not be negative, and smaller than stride "
                f"{stride} or dilation {dilation}")
    kernel = weight._array.shape[2:]
    # What output_padding asks for is there as long as padding cuts it off; no tap reaches the rest.
    around = tuple([(n, max(n - more, 0)) for n, more in zip(padding, further, strict=True)])
    empty = [max(more - n, 0) for n, more in zip(padding, further, strict=True)]
    geometry = Geometry(stride, around, dilation, groups)
    sizes = tuple([
        (n - 1) * step + reach - low - high for n, step, reach, (low, high) in zip(
            input._array.shape[-dims:], stride, geometry.sliding(kernel).reach, around,
            strict=True)])
    if min(n + more for n, more in zip(sizes, empty, strict=True)) <= 0 or min(kernel) == 0:
        raise RuntimeError(
            f"{op}(): the result would have sizes {list(sizes)}: input of shape "
            f"{list(input.shape)} is too small for padding {padding}")
    if all(more < step for more, step in zip(empty, stride, strict=True)):
        sizes = tuple([n + more for n, more in zip(sizes, empty, strict=True)])
        return _batched(
            input, dims, lambda batch: _to_input(batch, weight, bias, sizes, geometry))
    made = _batched(input, dims, lambda batch: _to_input(batch, weight, None, sizes, geometry))
    made = FACE["nn.functional.pad"](made, [n for more in reversed(empty) for n in (0, more)])
    return made if bias is None else made + bias.reshape((-1, *(1,) * dims))


# --- gradients by themselves


def _geometry(
    op: str, kernel: tuple[int, ...], stride: Any, padding: Any, dilation: Any, groups: int
) -> Geometry:
    try:
        return _thought_out(op, kernel, stride, padding, dilation, groups)
    except TypeError:  # lists can't be remembered
        return _thought_out.__wrapped__(op, kernel, stride, padding, dilation, groups)


@lru_cache(1024, typed=True)
def _thought_out(
    op: str, kernel: tuple[int, ...], stride: Any, padding: Any, dilation: Any, groups: int
) -> Geometry:
    around = _padding(op, padding, kernel, stride, dilation)
    stride, _, dilation = _steps(op, len(kernel), stride, 0, dilation)
    return Geometry(stride, around, dilation, groups)


def gradient_of_input(
    dims: int, input_size: tuple[int, ...], weight: Any, grad: Any, stride: Any, padding: Any,
    dilation: Any, groups: int,
) -> Tensor:
    """The gradient of a convolution for an input of this shape, given that of the result."""
    geometry = _geometry(
        f"conv{dims}d_input", weight._array.shape[2:], stride, padding, dilation, groups)
    _check_result(f"conv{dims}d_input", grad, input_size, weight._array.shape, geometry)
    return _to_input(grad, conjugate(weight), None, input_size[2:], geometry)


def gradient_of_weight(
    dims: int, input: Any, weight_size: tuple[int, ...], grad: Any, stride: Any, padding: Any,
    dilation: Any, groups: int,
) -> Tensor:
    """The gradient of a convolution for a weight of this shape, given that of the result."""
    geometry = _geometry(
        f"conv{dims}d_weight", weight_size[2:], stride, padding, dilation, groups)
    _check_result(f"conv{dims}d_weight", grad, input._array.shape, weight_size, geometry)
    return _to_weight(grad, conjugate(input), weight_size[2:], geometry)


def _check_result(
    op: str, grad: Any, input_size: Sequence[int], weight_size: Sequence[int], geometry: Geometry
) -> None:
    """RuntimeError unless grad has the shape that this convolution gives."""
    kernel = tuple(weight_size[2:])
    shape = (input_size[0], weight_size[0], *geometry.sliding(kernel).places(input_size[2:]))
    if grad._array.shape != shape or input_size[1] != weight_size[1] * geometry.groups:
        raise RuntimeError(
            f"{op}(): an input of {list(input_size)} and a weight of {list(weight_size)} give "
            f"{list(shape)}; grad_output has {list(grad.shape)}")


_SHAPES = {1: "length", 2: "height, width", 3: "depth, height, width"}


def _publish(dims: int) -> None:
    name, transposed_name = f"conv{dims}d", f"conv_transpose{dims}d"

    def conv(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1,
    ) -> Tensor:
        return convolved(name, dims, input, weight, bias, stride, padding, dilation, groups)

    def conv_transpose(
        input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1,
        padding: Any = 0, output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
    ) -> Tensor:
        return transposed(transposed_name, dims, input, weight, bias, stride, padding,
                          output_padding, groups, dilation)

    conv.__doc__ = f"""The sums of `input` in a window times `weight`, for each place of the window.

    input: (batch, in, {_SHAPES[dims]}), or without batch. weight: (out, in / groups, *kernel).
    bias: (out). stride, dilation: an int or {dims}. padding: an int or {dims}, 'same' or 'valid'.
    groups: in how many parts channels are kept apart. Raises RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{name}.html
    """
    conv_transpose.__doc__ = f"""The transpose of `{name}`, as its gradient is computed.

    input: (batch, in, {_SHAPES[dims]}), or without batch. weight: (in, out / groups, *kernel).
    bias: (out). stride, padding, output_padding, dilation: an int or {dims}. Sizes become
    (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1. Raises
    RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.{transposed_name}.html
    """
    for each, function in ((name, conv), (transposed_name, conv_transpose)):
        composite(name=each, method=False, aliases=(f"nn.functional.{each}",))(function)


for _dims in (1, 2, 3):
    _publish(_dims)


@composite(method=False)
def convolution(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any,
    transposed: bool, output_padding: Any, groups: int,
) -> Tensor:
    """Any convolution, over as many dims as `weight` has beyond two: see `conv2d`.

    transposed: whether it is a `conv_transpose2d`; only then is output_padding looked at.
    """
    dims = need_tensor("convolution", "weight", weight)._array.ndim - 2
    if dims < 1:
        raise RuntimeError(f"convolution(): weight has at least 3 dims, not {dims + 2}")
    if transposed:
        return _any_transposed(
            "convolution", dims, input, weight, bias, stride, padding, output_padding, groups,
            dilation)
    return convolved(
        "convolution", dims, input, weight, bias, stride, padding, dilation, groups)


_any_transposed = transposed


@composite(method=False, aliases=("nn.functional.conv_tbc",))
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """`conv1d` of an input that is (time, batch, channels).

    weight: (kernel, in, out). bias: (out). pad: zeros before and behind. The result is
    (time + 2 * pad - kernel + 1, batch, out).
    """
    a, w = (need_tensor("conv_tbc", *each)._array for each in (
        ("input", input), ("weight", weight)))
    if a.ndim != 3 or w.ndim != 3:
        raise RuntimeError(f"conv_tbc(): input and weight have 3 dims, not {a.ndim} and {w.ndim}")
    made = convolved(
        "conv_tbc", 1, input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, 1, pad, 1, 1)
    return made.permute(2, 0, 1)
