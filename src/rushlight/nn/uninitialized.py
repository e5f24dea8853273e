"""Parameters and buffers whose shape is not known yet; modules that use them: `modules/lazy.py`.

Invariant: their array is an `_Unmade`, which knows a dtype and a device and refuses all else; so
every op, whichever road it takes, ends in that refusal.
"""

from __future__ import annotations

from typing import Any

from rushlight.autograd.methods import set_requires_grad
from rushlight.autograd.node import AccumulateGrad
from rushlight.nn.parameter import Parameter
from rushlight.ops.op import FACE
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import NoValuesYet, Tensor

_blank = object.__new__


class _Unmade:
    """In the place of an array: the dtype and device of the one that is to come."""

    def __init__(self, dtype: dtypes.dtype, device: Any) -> None:
        self.dtype = dtype.numpy
        self.wanted, self.device = dtype, device

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NoValuesYet(
            "a parameter was used before it had values: call its lazy module once with data, which "
            "tells it its shape")

    def _refuse(self, *_: Any, **__: Any) -> Any:
        return self.values  # which there aren't

    __array__ = __array_ufunc__ = __array_function__ = _refuse
    __len__ = __getitem__ = __iter__ = __eq__ = __bool__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __truediv__ = _refuse
    __hash__ = None  # type: ignore[assignment]


class UninitializedTensorMixin(Tensor):
    """What parameters and buffers without a shape have in common."""

    __slots__ = ()
    _becomes: type[Tensor]

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of this shape, in place, of whatever values.

        device, dtype: if others than those it was made with.
        """
        held: Any = self._array
        made = FACE["empty"](
            shape, dtype=dtype or held.wanted, device=device or held.device)
        wants = self._node is not None
        self._array, self._node, self._storage = made._array, None, None
        self.__class__ = self._becomes  # type: ignore[assignment]
        if wants:
            set_requires_grad(self, True)

    @property
    def shape(self) -> Any:
        """RuntimeError: there is none yet."""
        raise RuntimeError(
            "a parameter without values has no shape yet: call its module once with data")

    @property
    def device(self) -> Any:
        """Where the values will lie."""
        return self._array.device

    def detach(self) -> Any:
        """ValueError: there is nothing yet to share."""
        return self._array.values  # type: ignore[attr-defined]

    def _moved(self, dtype: Any = None, device: Any = None) -> Any:
        """The same, with another dtype or device."""
        held: Any = self._array
        made = _blank(type(self))
        _begin(made, dtype or held.wanted, device or held.device, self.requires_grad)
        made.__dict__.update(self.__dict__)
        return made

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """The same, with another dtype or device."""
        from rushlight.ops.convert import _target

        dtype, device = _target(args, kwargs)
        return self._moved(None if dtype is None else dtypes.as_dtype(dtype),
                           None if device is None else devices.usable(device))

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The type's name, or the same with another dtype."""
        from rushlight.ops.convert import _by_title

        return f"torch.{self.dtype.title}Tensor" if dtype is None else self._moved(_by_title(dtype))

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating-point one."""
        return self.dtype.is_floating_point

    def new_empty(self, shape: Any, device: Any = None, **_: Any) -> Any:
        """The same, on another device: what `Module.to_empty` asks for."""
        return self._moved(device=None if device is None else devices.usable(device))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = self._moved()
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        held: Any = self._array
        is_parameter = isinstance(self, Parameter)
        return _rebuild, (
            is_parameter, held.wanted, held.device, self.requires_grad, self.__dict__)

    def __repr__(self, **_: Any) -> str:
        return f"<{type(self).__name__}>"


def _conversion(name: str, dtype: dtypes.dtype) -> None:
    def convert(self: Any) -> Any:
        return self if self.dtype is dtype else self._moved(dtype)

    convert.__doc__ = f"The same as {dtype}; itself if it is that already."
    setattr(UninitializedTensorMixin, name, convert)


for _name, _dtype in {
    "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16,
    "bfloat16": dtypes.bfloat16,
}.items():
    _conversion(_name, _dtype)
setattr(UninitializedTensorMixin, "cpu", lambda self: self._moved(device=devices.CPU))


def _begin(tensor: Tensor, dtype: dtypes.dtype, device: Any, requires_grad: bool) -> None:
    tensor._array = _Unmade(dtype, device)  # type: ignore[assignment]
    tensor._node = tensor._storage = tensor._base = tensor._grad = None
    if requires_grad:
        tensor._node = AccumulateGrad(tensor)


def _rebuild(
    is_parameter: bool, dtype: dtypes.dtype, device: Any, requires_grad: bool,
    attributes: dict[str, Any],
) -> Tensor:
    made = _blank(UninitializedParameter if is_parameter else UninitializedBuffer)
    _begin(made, dtype, device, requires_grad)
    made.__dict__.update(attributes)
    return made


def _begun(kind: type[Tensor], requires_grad: bool, device: Any, dtype: Any) -> Any:
    made = _blank(kind)
    chosen = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    place = devices.get_default_device() if device is None else devices.usable(device)
    _begin(made, chosen, place, requires_grad)
    return made


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape its module learns from the first input.

    It has a dtype and a device; anything that needs a shape or values is an error until
    `materialize(shape)`, which makes it a `Parameter`.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.UninitializedParameter.html
    """

    __slots__ = ()
    cls_to_become = _becomes = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _begun(cls, requires_grad, device, dtype)


class UninitializedBuffer(UninitializedTensorMixin):
    """A buffer whose shape its module learns from the first input: see `UninitializedParameter`.

    persistent: whether it will be in the `state_dict`.
    """

    __slots__ = ()
    cls_to_become = _becomes = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None,
        persistent: bool = True,
    ) -> Any:
        made = _begun(cls, requires_grad, device, dtype)
        made.persistent, made._is_buffer = persistent, True
        return made


def is_lazy(tensor: object) -> bool:
    """Whether this is a parameter or buffer without a shape."""
    return isinstance(tensor, UninitializedTensorMixin)


for _kind in (UninitializedParameter, UninitializedBuffer, UninitializedTensorMixin):
    _kind.__module__ = "torch.nn.parameter"
