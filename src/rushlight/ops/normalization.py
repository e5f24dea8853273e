"""Elements brought to mean 0 and variance 1: `layer_norm`, `group_norm`, `instance_norm`,
`batch_norm`; to mean square 1: `rms_norm`.

All are one row, `_standardized`, that differ in the axes that mean and variance are taken along.
The slope is one formula as well, of arrays or, where it is to be differentiated again, of tensors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import at_hand, deferred, norm_kernels
from rushlight.engine.norm_kernels import Layout
from rushlight.ops import row_norms
from rushlight.ops.arguments import need_tensor, size_of, widened
from rushlight.ops.op import composite, op
from rushlight.ops.reduce import total
from rushlight.tensor import dtypes
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, wrap

_ROOM = "nn.functional."
_Axes = tuple[int, ...]
_COST = 12  # operations on each element


# --- formulas, of arrays or of tensors


def _mean(value: Any, axes: _Axes) -> Any:
    if isinstance(value, Tensor):
        return value.mean(axes, True)
    return total(value, axes, True) / math.prod([value.shape[each] for each in axes])


def _normal(value: Any, axes: _Axes, eps: float, centred: bool) -> tuple[Any, Any]:
    """The standardized elements, and what they were multiplied with."""
    apart = value - _mean(value, axes) if centred else value
    spread = _mean(apart * apart, axes) + eps
    scale = spread.rsqrt() if isinstance(spread, Tensor) else 1 / np.sqrt(spread)
    return apart * scale, scale


def _only_normal(value: Any, axes: _Axes, eps: float, centred: bool) -> Any:
    return _normal(value, axes, eps, centred)[0]


def _slope(grad: Any, value: Any, axes: _Axes, eps: float, centred: bool) -> Any:
    """The gradient of `value`, given that of the standardized elements."""
    normal, scale = _normal(value, axes, eps, centred)
    across = normal * _mean(grad * normal, axes)
    return scale * (grad - _mean(grad, axes) - across if centred else grad - across)


def _shares(grad: Any, value: Any, axes: _Axes, eps: float, centred: bool) -> Any:
    """What each element adds to the gradient of its weight."""
    return grad * _normal(value, axes, eps, centred)[0]


# --- the row


def _looked_at(value: Tensor, space: tuple[int, ...]) -> Any:
    """The elements, in a precise enough dtype and the shape they are standardized in."""
    return deferred.of(widened(value._array)).reshape(space)


def _from_slopes(
    formula: Any, grad: Any, input: Any, space: tuple[int, ...], weight: Any, form: tuple[int, ...],
    options: Any,
) -> Any:
    """A formula of the gradient and the input, as arrays or, to go on from, as tensors."""
    if modes.grad:
        wide = input if input.dtype.itemsize > 2 else input.float()
        wide, grad = wide.reshape(space), grad.to(wide.dtype).reshape(space)
        grad = grad if weight is None else grad * weight.to(wide.dtype).reshape(form)
        return formula(grad, wide, *options)
    array, given = _looked_at(input, space), _looked_at(grad, space)
    if weight is not None:
        given = given * widened(deferred.computed(weight._array)).reshape(form)
    return wrap(deferred.formula(formula, given, array, options=options))


def _to_input(
    grad: Any, input: Any, weight: Any, space: Any, form: Any, options: Any
) -> Any:
    made = _from_slopes(_slope, grad, input, space, weight, form, options)
    return made.to(input.dtype).reshape(input.shape)


def _summed_to(value: Any, form: tuple[int, ...], shape: Any, dtype: Any) -> Any:
    """The sum along the dims that `form` has of size 1."""
    axes = tuple([i for i, n in enumerate(form) if n == 1 and value._array.shape[i] != 1])
    return (value.sum(axes) if axes else value).reshape(shape).to(dtype)


def _to_weight(
    grad: Any, input: Any, weight: Any, space: Any, form: Any, options: Any
) -> Any:
    shares = _from_slopes(_shares, grad, input, space, None, form, options)
    return _summed_to(shares, form, weight.shape, weight.dtype)


def _to_bias(grad: Any, bias: Any, space: Any, form: Any) -> Any:
    return _summed_to(grad.reshape(space), form, bias.shape, bias.dtype)


def loops(
    input: Any, others: Sequence[Any], space: Any, form: Any, options: Any
) -> Layout | None:
    """How channels or groups lie, if loops of our own know such arrays."""
    axes, _, centred = options
    array = input._array
    if type(array) is MetaArray or any(
        each is not None and each._array.dtype != array.dtype for each in others
    ) or not at_hand.worth_a_kernel(array.size, _COST) or not norm_kernels.knows(array):
        return None
    return norm_kernels.layout(space, axes, form) if centred else None


def in_order(value: Any) -> Any:
    """The elements side by side; None for None."""
    return None if value is None else np.ascontiguousarray(deferred.computed(value._array))


def _together(
    grad: Any, input: Any, weight: Any, bias: Any, space: Any, form: Any, options: Any
) -> Any:
    """The gradients of input, weight and bias."""
    laid = loops(input, (weight, grad), space, form, options)
    if laid is None:
        return None
    given, array, factor = in_order(grad), in_order(input), in_order(weight)
    found = norm_kernels.back(given, array, factor, laid, options[1])
    return [wrap(each if of is None else each.reshape(of._array.shape))
            for each, of in zip(found, (input, weight, bias), strict=True)]


@op(name="_standardized", face=False, method=False, node=lambda bound: bound["node"],
    input=_to_input, weight=_to_weight, bias=_to_bias, together=_together)
def _standardized(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, space: tuple[int, ...],
    form: tuple[int, ...], options: tuple[_Axes, float, bool], node: str,
) -> Any:
    """`input`, looked at in the shape `space`, standardized, times weight plus bias.

    form: the shape that weight and bias have there. options: axes, eps, and whether the mean is
    taken away. node: the name of the `grad_fn`.
    """
    laid = loops(input, (weight, bias), space, form, options)
    if laid is not None:
        return norm_kernels.forward(
            in_order(input), in_order(weight), in_order(bias), laid, options[1])
    array = _looked_at(input, space)
    made = deferred.formula(_only_normal, array, options=options)
    for ufunc, each in ((np.multiply, weight), (np.add, bias)):
        if each is not None:
            made = ufunc(made, widened(deferred.computed(each._array)).reshape(form))
    return _final(made, input)


def _final(made: Any, input: Tensor) -> Any:
    """The result with the dtype and shape of the input."""
    array = input._array
    return made.astype(array.dtype, copy=False).reshape(array.shape)


def _by_rows(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, form: tuple[int, ...],
    options: tuple[_Axes, float, bool], node: str,
) -> Tensor:
    """`_standardized` along the trailing dims, by the kernels for rows where they are sooner."""
    axes, eps, centred = options
    space = input._array.shape

    def by_ops(*given: Any) -> Tensor:
        return _standardized(*given, space, form, options, node)

    made = row_norms.normalized(
        node, input, weight, bias, math.prod(space[axes[0] :]), eps, centred, by_ops)
    return by_ops(input, weight, bias) if made is None else made


# --- what may be asked for


def _floating(op: str, input: Any, complex_too: bool = False) -> Array:
    array = need_tensor(op, "input", input)._array
    category = dtypes.of(array.dtype).category
    if category != dtypes.FLOATING and not (complex_too and category == dtypes.COMPLEX):
        raise NotImplementedError(f"{op}() is not defined for {input.dtype}")
    return array


def _of_shape(op: str, name: str, value: Any, shape: tuple[int, ...], dtype: Any) -> None:
    """A weight or bias has the shape it must have, and a dtype that goes with the input's."""
    if value is None:
        return
    array = need_tensor(op, name, value)._array
    if array.shape != shape:
        raise RuntimeError(f"{op}(): {name} has shape {list(array.shape)}: it must be "
                           f"{list(shape)}")
    if array.dtype != dtype and not (dtype in dtypes.LOW_PRECISION and array.dtype.char == "f"):
        raise RuntimeError(
            f"{op}(): input is {dtypes.of(dtype)} and {name} {value.dtype}: they must be the same, "
            "or float32 beside an input of less precision")


def _trailing(op: str, input: Any, normalized_shape: Any, complex_too: bool) -> tuple[int, ...]:
    """The normalized shape, which must be that of the trailing dims."""
    array = _floating(op, input, complex_too)
    shape = size_of(normalized_shape)
    if not shape:
        raise RuntimeError(f"{op}(): normalized_shape has at least one size")
    if array.ndim < len(shape) or array.shape[array.ndim - len(shape) :] != shape:
        raise RuntimeError(
            f"{op}(): normalized_shape {list(shape)} are the last sizes of input, whose shape is "
            f"{list(array.shape)}")
    return shape


@composite(name="layer_norm", method=False)
def _face_layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-05, cudnn_enable: bool = True,
) -> Tensor:
    """`nn.functional.layer_norm`."""
    return layer_norm(input, normalized_shape, weight, bias, eps)


@composite(name=_ROOM + "layer_norm", method=False)
def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias, along the trailing dims.

    normalized_shape: the sizes of these dims. weight, bias: of that shape. Raises RuntimeError
    where shapes do not fit.
    Source: Ba et al., 2016, https://arxiv.org/abs/1607.06450
    """
    shape = _trailing("layer_norm", input, normalized_shape, False)
    array = input._array
    _of_shape("layer_norm", "weight", weight, shape, array.dtype)
    _of_shape("layer_norm", "bias", bias, shape, array.dtype)
    axes = tuple(range(array.ndim - len(shape), array.ndim))
    form = (1,) * (array.ndim - len(shape)) + shape
    return _by_rows(input, weight, bias, form, (axes, eps, True), "NativeLayerNormBackward0")


@composite(name="rms_norm", method=False, aliases=(_ROOM + "rms_norm",))
def rms_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x / sqrt(mean(x * x) + eps) * weight, along the trailing dims.

    normalized_shape: the sizes of these dims. weight: of that shape. eps: that of the dtype if not
    given. Raises RuntimeError where shapes do not fit.
    Source: Zhang and Sennrich, 2019, https://arxiv.org/abs/1910.07467
    """
    shape = _trailing("rms_norm", input, normalized_shape, True)
    array = input._array
    if weight is not None and need_tensor("rms_norm", "weight", weight)._array.shape != shape:
        raise RuntimeError(
            f"rms_norm(): weight has shape {list(weight.shape)}: it must be {list(shape)}")
    if eps is None:
        eps = dtypes.finfo(dtypes.of(widened(array[:0] if array.ndim else array).dtype)).eps
    axes = tuple(range(array.ndim - len(shape), array.ndim))
    if array.dtype.kind == "c" or (weight is not None and weight._array.dtype != array.dtype):
        square: Any = (input * input).mean(axes, True) + eps
        made = input * square.rsqrt()
        return made if weight is None else made * weight
    form = (1,) * (array.ndim - len(shape)) + shape
    return _by_rows(input, weight, None, form, (axes, eps, False), "FusedRmsNormBackward0")


@composite(name="group_norm", method=False)
def _face_group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-05, cudnn_enabled: bool = True,
) -> Tensor:
    """`nn.functional.group_norm`."""
    return group_norm(input, num_groups, weight, bias, eps)


@composite(name=_ROOM + "group_norm", method=False)
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-05,
) -> Tensor:
    """Each sample's channels, in `num_groups` groups, standardized by group; times weight, + bias.

    input: (batch, channels, ...). weight, bias: (channels). Raises RuntimeError for channels that
    are no multiple of num_groups.
    Source: Wu and He, 2018, https://arxiv.org/abs/1803.08494
    """
    array = _floating("group_norm", input)
    if array.ndim < 2:
        raise RuntimeError(f"group_norm(): input has at least 2 dims, not {array.ndim}")
    batch, channels = array.shape[:2]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            f"group_norm(): {channels} channels (of {list(array.shape)}) are no multiple of "
            f"{num_groups} groups")
    _of_shape("group_norm", "weight", weight, (channels,), array.dtype)
    _of_shape("group_norm", "bias", bias, (channels,), array.dtype)
    of_one = channels // num_groups
    space = (batch, num_groups, of_one, math.prod(array.shape[2:]))
    return _standardized(input, weight, bias, space, (1, num_groups, of_one, 1),
                         ((2, 3), eps, True), "NativeGroupNormBackward0")
