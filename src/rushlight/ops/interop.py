"""Leaving the tensor world: numbers, lists, NumPy, DLPack, copies, pickles, text."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rushlight.autograd.methods import set_requires_grad
from rushlight.autograd.modes import no_grad
from rushlight.engine import deferred
from rushlight.ops.op import composite
from rushlight.tensor import dtypes
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, settled, wrap

_NUMBERS = frozenset({bool, int, float, complex})


def item(self: Tensor) -> Any:
    """The one element, as a Python number. RuntimeError if there is not exactly one.

    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.item.html
    """
    try:
        value = settled(self).item()
    except ValueError:
        array = self._array
        raise RuntimeError(
            f"item() needs a tensor of one element; this one of shape {list(array.shape)} has "
            f"{array.size}: use tolist()") from None
    return value if type(value) in _NUMBERS else float(value)


def tolist(self: Tensor) -> Any:
    """The elements as nested lists of Python numbers."""
    array = self._array
    return array.tolist() if array.dtype.kind in "fiubc" else array.astype(np.float64).tolist()


def numpy(self: Tensor, *, force: bool = False) -> Array:
    """A NumPy array over this tensor's memory: what one writes, the other sees.

    RuntimeError for a tensor that requires grad (`force=True` detaches first), TypeError for
    dtypes NumPy lacks.
    """
    if self._node is not None and not force:
        raise RuntimeError(
            "numpy() would lose the gradient of this tensor: use tensor.detach().numpy()")
    if type(self._array) is MetaArray:
        raise TypeError("a tensor on the meta device has no values to give to NumPy")
    if self._array.dtype.kind == "V":
        raise TypeError(f"NumPy has no type for {self.dtype}: convert with .float() first")
    array = settled(self)
    deferred.expose(array)
    return array.view(np.ndarray)


def __array__(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Array:
    """What `np.asarray(tensor)` calls."""
    array = numpy(self)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError(f"a copy is needed to convert {self.dtype} to {dtype}")
        return array.astype(dtype)
    return array.copy() if copy else array


def __dlpack__(self: Tensor, **options: Any) -> Any:
    """A DLPack capsule over this tensor's memory. BufferError for a tensor that requires grad."""
    if self._node is not None:
        raise BufferError("this tensor requires grad: export tensor.detach()")
    deferred.expose(settled(self))
    return self._array.__dlpack__(**{k: v for k, v in options.items() if k != "stream"})


def __dlpack_device__(self: Tensor) -> tuple[int, int]:
    """(1, 0): the CPU."""
    return self._array.__dlpack_device__()


@composite(method=False)
def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor over the memory of any object that speaks DLPack."""
    array = np.from_dlpack(ext_tensor)
    dtypes.of(array.dtype)
    if not array.flags.writeable and isinstance(ext_tensor, Tensor):
        return wrap(ext_tensor._array)
    deferred.expose(array)
    return wrap(array)


def _truth(self: Tensor) -> bool:
    array = self._array
    if array.size != 1:
        raise RuntimeError(
            f"a tensor of {array.size} elements is neither true nor false: use .any() or .all()")
    return bool(array.item())


def _convert(to: Callable[[Any], Any]) -> Callable[[Tensor], Any]:
    def convert(self: Tensor) -> Any:
        if self._array.size != 1:
            raise ValueError(
                f"a tensor of {self._array.size} elements is no {to.__name__}: it must have one")
        return to(item(self))

    return convert


def __index__(self: Tensor) -> int:
    if self._array.dtype.kind not in "iub" or self._array.size != 1:
        raise TypeError("only integer tensors of one element can be used as an index")
    return int(self._array.item())


def __len__(self: Tensor) -> int:
    if not self._array.ndim:
        raise TypeError("a 0-d tensor has no len()")
    return len(self._array)


def __iter__(self: Tensor) -> Iterator[Tensor]:
    if not self._array.ndim:
        raise TypeError("a 0-d tensor can't be iterated over")
    return iter(self.unbind(0))


def __contains__(self: Tensor, value: Any) -> bool:
    if isinstance(value, Tensor):
        value = value._array
    elif not isinstance(value, (int, float, complex)):
        raise RuntimeError(f"a tensor can't contain a {type(value).__name__}")
    return bool((self._array == value).any())


def __deepcopy__(self: Tensor, memo: dict[int, Any]) -> Tensor:
    if not self.is_leaf:
        raise RuntimeError("only leaves can be deep-copied: detach() or clone() this tensor")
    if id(self) in memo:
        return memo[id(self)]
    copied = object.__new__(type(self))
    copied._array = np.array(self._array, order="K")
    copied._node = copied._storage = copied._base = None
    memo[id(self)] = copied
    copied._grad = None if self._grad is None else __deepcopy__(self._grad, memo)
    copied.__dict__.update(self.__dict__)
    if self._node is not None:
        set_requires_grad(copied, True)
    return copied


def __reduce_ex__(self: Tensor, protocol: Any) -> Any:
    if not self.is_leaf:
        raise RuntimeError("only leaves can be pickled: detach() this tensor first")
    array = self._array
    numbers: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    # From protocol 5 on whoever pickles may take the numbers from where they lie.
    raw = pickle.PickleBuffer(numbers) if int(protocol) >= 5 else numbers.tobytes()
    state = (raw, self.dtype.name, array.shape, self._node is not None)
    kind = None if type(self) is Tensor else type(self)  # `torch.Tensor` may not be found again
    return _rebuild, (kind, *state), self.__dict__ or None


def _rebuild(
    kind: type[Tensor] | None, raw: Any, dtype: str, shape: tuple[int, ...], requires_grad: bool
) -> Tensor:
    made = object.__new__(kind or Tensor)
    memory = bytearray(raw) if isinstance(raw, bytes) else raw  # bytes can't be written to
    made._array = np.frombuffer(memory, dtypes.named(dtype).numpy).reshape(shape)
    made._node = made._storage = made._base = made._grad = None
    if requires_grad:
        set_requires_grad(made, True)
    return made


def __setstate__(self: Tensor, state: dict[str, Any]) -> None:
    self.__dict__.update(state)


def __repr__(self: Tensor, *, tensor_contents: Any = None) -> str:
    from rushlight.tensor import printing  # only those who print pay for it

    with no_grad():
        return printing.tensor_text(self)


def __format__(self: Tensor, spec: str) -> str:
    if self._array.ndim == 0 and self._array.dtype.kind != "V":
        return format(item(self), spec)
    return format(item(self), spec) if self._array.ndim == 0 else object.__format__(self, spec)


def __dir__(self: Tensor) -> list[str]:
    return sorted({*dir(type(self)), *self.__dict__})


Tensor.item, Tensor.tolist, Tensor.numpy = item, tolist, numpy  # type: ignore[attr-defined]
for _method in (
    __array__, __dlpack__, __dlpack_device__, __index__, __len__, __iter__, __contains__,
    __deepcopy__, __reduce_ex__, __setstate__, __repr__, __format__, __dir__,
):
    setattr(Tensor, _method.__name__, _method)
Tensor.__bool__ = _truth  # type: ignore[method-assign]
for _number in (int, float, complex):
    setattr(Tensor, f"__{_number.__name__}__", _convert(_number))
Tensor.__hash__ = object.__hash__  # type: ignore[method-assign]
Tensor.__array_interface__ = property(  # type: ignore[attr-defined]
    lambda self: numpy(self).__array_interface__)
