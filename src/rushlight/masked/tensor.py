"""`MaskedTensor`: a tensor and a mask of its shape, which says which elements count.

It is no Tensor: its methods and operators keep the mask, and functions that know nothing of masks
refuse it. Source: https://docs.pytorch.org/docs/stable/masked.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.masked import functions
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

# Methods that compute each element from one: the mask stays.
_UNARY = (
    "abs absolute acos arccos acosh arccosh angle asin arcsin asinh arcsinh atan arctan atanh "
    "arctanh bitwise_not ceil clamp clip conj_physical cos cosh deg2rad digamma erf erfc erfinv "
    "exp exp2 expm1 fix floor frac lgamma log log10 log1p log2 logical_not logit i0 isnan "
    "nan_to_num neg negative positive pow rad2deg reciprocal relu round rsqrt sigmoid sign sgn "
    "signbit sin sinc sinh sqrt square tan tanh trunc to float double half bfloat16 int long "
    "type detach __neg__ __abs__ __invert__ __pos__")
# From two: their masks must be the same.
_BINARY = (
    "add atan2 arctan2 bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift "
    "div divide floor_divide fmod logaddexp logaddexp2 mul multiply nextafter remainder sub "
    "subtract true_divide eq ne le ge greater greater_equal gt less_equal lt less maximum minimum "
    "fmax fmin not_equal __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ "
    "__rtruediv__ __floordiv__ __rfloordiv__ __mod__ __pow__ __rpow__ __and__ __or__ __xor__ "
    "__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __lshift__ __rshift__")
# That move elements: the mask's are moved, too.
_MOVES = (
    "clone contiguous expand flatten flip index_select movedim narrow permute repeat reshape "
    "select squeeze swapaxes t transpose unflatten unsqueeze view __getitem__")
_REDUCTIONS = "sum mean amin amax argmin argmax prod norm var std"
_NORMALISATIONS = "softmax log_softmax cumsum cumprod"
_SAME = "shape dtype device ndim requires_grad is_leaf layout"
_ASK = "size dim numel element_size is_floating_point is_complex __len__"


class MaskedTensor:
    """`data`, of which the elements count where `mask` is True.

    data: of any dtype but complex. mask: bool, of the same shape. Raises TypeError for what is no
    Tensor and for other dtypes, ValueError for other shapes. Has the elementwise methods and
    operators of Tensor, those that move elements, and sum, mean, prod, amin, amax, argmin, argmax,
    norm, var, std, all, softmax, log_softmax, cumsum, cumprod.
    """

    __hash__ = object.__hash__

    def __init__(self, data: Any, mask: Any, requires_grad: bool = False) -> None:
        for name, each in (("data", data), ("mask", mask)):
            if not isinstance(each, Tensor):
                raise TypeError(f"{name} must be a Tensor, not {type(each).__name__}")
        if mask.dtype != dtypes.bool_:
            raise TypeError(f"mask must be of bool, not {mask.dtype}")
        if data.shape != mask.shape:
            raise ValueError(
                f"data of shape {list(data.shape)} and mask of shape {list(mask.shape)} differ")
        if data.is_complex():
            raise TypeError(f"data is {data.dtype}, which a MaskedTensor does not hold")
        self._data: Any = data.detach().requires_grad_() if requires_grad else data
        self._mask: Any = mask

    def get_data(self) -> Any:
        """The tensor, with whatever is where nothing counts."""
        return self._data

    def get_mask(self) -> Any:
        """The mask."""
        return self._mask

    def to_tensor(self, value: Any) -> Any:
        """The tensor, with `value` where nothing counts."""
        return self._data.masked_fill(~self._mask, value)

    def to_dense(self) -> MaskedTensor:
        """Itself: no other layouts are here."""
        return self

    def item(self) -> Any:
        """The number, if there is one element. RuntimeError for more."""
        return self._data.item()

    def all(self, dim: Any = None, keepdim: bool = False) -> MaskedTensor:
        """Whether every element that counts is other than 0: of all, or along `dim`."""
        made = self._data.to(dtypes.bool_) | ~self._mask
        if dim is None:
            return MaskedTensor(made.all(), self._mask.any())
        return MaskedTensor(made.all(dim, keepdim), self._mask.any(dim, keepdim))

    # --- gradients

    @property
    def grad(self) -> MaskedTensor | None:
        """The gradient, under the same mask."""
        grad = self._data.grad
        return None if grad is None else MaskedTensor(grad, self._mask)

    @property
    def grad_fn(self) -> Any:
        """The node that made the data."""
        return self._data.grad_fn

    def requires_grad_(self, requires_grad: bool = True) -> MaskedTensor:
        """Have gradients flow to it, or not."""
        self._data.requires_grad_(requires_grad)
        return self

    def backward(self, gradient: Any = None, retain_graph: bool | None = None) -> None:
        """Send gradients back from here: see Tensor.backward."""
        if isinstance(gradient, MaskedTensor):
            gradient = gradient.to_tensor(0)
        self._data.backward(gradient, retain_graph)

    # --- text

    def __repr__(self) -> str:
        if not self._data.ndim:
            value = _shown(self._data.item()) if self._mask.item() else "--"
            return f"MaskedTensor({value}, {self._mask.item()})"
        lines = _lines(self._data.detach().tolist(), self._mask.tolist())
        return "MaskedTensor(\n" + "".join(f"  {each}\n" for each in lines) + ")"


def _shown(value: Any) -> str:
    return f"{value:8.4f}" if isinstance(value, float) else str(value)


def _lines(data: list[Any], mask: list[Any]) -> list[str]:
    """The elements in brackets, one line to each row."""
    if not data or not isinstance(data[0], list):
        shown = [_shown(each) if counts else None for each, counts in zip(data, mask, strict=True)]
        width = max([8, *[len(each) for each in shown if each is not None]])
        row = ["--".rjust(width) if each is None else each for each in shown]
        return ["[" + ", ".join(row) + "]"]
    lines = ["["]
    for i, pair in enumerate(zip(data, mask, strict=True)):
        inner = _lines(*pair)
        lines += [f"  {each}" for each in inner[:-1]]
        lines.append(f"  {inner[-1]}" + ("," if i + 1 < len(data) else ""))
    return [*lines, "]"]


# --- methods

def _unary(name: str) -> Callable[..., Any]:
    def method(self: MaskedTensor, *args: Any, **kwargs: Any) -> Any:
        return MaskedTensor(getattr(self._data, name)(*args, **kwargs), self._mask)

    return method


def _inplace(name: str) -> Callable[..., Any]:
    def method(self: MaskedTensor, *args: Any, **kwargs: Any) -> Any:
        others = [_matching(self, each) for each in args]
        getattr(self._data, name)(*others, **kwargs)
        return self

    return method


def _matching(ours: MaskedTensor, other: Any) -> Any:
    """The data of another operand, whose mask must be the same."""
    if not isinstance(other, MaskedTensor):
        return other
    if other._mask is not ours._mask:
        with no_grad():
            if ours._mask.shape != other._mask.shape or not bool((ours._mask == other._mask).all()):
                raise ValueError("the masks of two MaskedTensors must be the same")
    return other._data


def _binary(name: str) -> Callable[..., Any]:
    def method(self: MaskedTensor, other: Any, **kwargs: Any) -> Any:
        made = getattr(self._data, name)(_matching(self, other), **kwargs)
        if made is NotImplemented:
            return made
        return MaskedTensor(made, self._mask.expand(made.shape))

    return method


def _move(name: str) -> Callable[..., Any]:
    def method(self: MaskedTensor, *args: Any, **kwargs: Any) -> Any:
        return MaskedTensor(*[
            getattr(each, name)(*args, **kwargs) for each in (self._data, self._mask)])

    return method


def _function(name: str) -> Callable[..., Any]:
    def method(self: MaskedTensor, *args: Any, **kwargs: Any) -> Any:
        return getattr(functions, name)(self, *args, **kwargs)

    return method


def _ask(name: str) -> Callable[..., Any]:
    return lambda self, *args: getattr(self._data, name)(*args)


def _same(name: str) -> Any:
    return property(lambda self: getattr(self._data, name))


for _make, _listed in (
    (_unary, _UNARY), (_binary, _BINARY), (_move, _MOVES), (_ask, _ASK), (_same, _SAME),
    (_function, f"{_REDUCTIONS} {_NORMALISATIONS}"),
):
    for _name in _listed.split():
        if hasattr(Tensor, _name) and _name not in ("requires_grad_", "all"):
            setattr(MaskedTensor, _name, _make(_name))
for _name in f"{_UNARY} {_BINARY}".split():
    if not _name.startswith("__") and hasattr(Tensor, _name + "_"):
        setattr(MaskedTensor, _name + "_", _inplace(_name + "_"))
setattr(MaskedTensor, "softmax", _function("softmax"))
MaskedTensor.__module__ = "torch.masked"


def masked_tensor(data: Any, mask: Any, requires_grad: bool = False) -> MaskedTensor:
    """A MaskedTensor of a copy of the data, which is a leaf.

    Source: https://docs.pytorch.org/docs/stable/masked.html
    """
    if isinstance(data, Tensor):
        data = data.detach().clone()
    return MaskedTensor(data, mask.clone() if isinstance(mask, Tensor) else mask, requires_grad)


def as_masked_tensor(data: Any, mask: Any) -> MaskedTensor:
    """A MaskedTensor of the data itself: gradients flow to where they would without the mask."""
    return MaskedTensor(data, mask)


def is_masked_tensor(obj: Any) -> bool:
    """Whether it is a MaskedTensor."""
    return isinstance(obj, MaskedTensor)
