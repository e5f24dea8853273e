"""The elementwise kind of row: a formula over numbers, and a slope for each input.

    @pointwise(slope=dict(input=lambda out: out * (1 - out)), promote="float")
    def sigmoid(input):
        '''1 / (1 + exp(-x)).'''
        return 1 / (1 + exp(-input))

The formula is written in the engine's scalar language and traced; broadcasting, promotion, dtypes,
`out=`, the in-place form and the gradient's way back through broadcasting follow from the kind. A
formula that is one NumPy ufunc gets a short cut for tensors of equal dtype: there the whole op is
the ufunc, a Tensor and a Node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import attach
from rushlight.engine import at_hand, deferred, expression, numpy_program
from rushlight.engine.deferred import Deferred
from rushlight.ops import shortcut as hot
from rushlight.ops import stand_ins, write
from rushlight.ops.op import Op, finish, may_want_grad, sizes
from rushlight.tensor import dtypes, meta, promotion
from rushlight.tensor.meta import MetaArray, blank
from rushlight.tensor.tensor import NoValuesYet, Tensor

Array = np.ndarray[Any, Any]
_blank = object.__new__
_PLAIN_NUMBERS = (float, int)
_SETTINGS = (bool, str, type(None))
_OPERANDS = (Tensor, int, float, complex, np.ndarray, np.generic)
_KINDS = {"b": dtypes.BOOL, "i": dtypes.INTEGER, "f": dtypes.FLOATING, "c": dtypes.COMPLEX}
_NAMES = {"b": "bool", "i": "integers", "f": "floating point", "c": "complex numbers"}


class Pointwise(Op):
    """A row whose forward is a formula.

    `promote`: "same" (the operands' common dtype), "float" (integers become the default dtype) or
    "int" (bool becomes int64). `result`: the formula's own dtype ("same"), "bool", or "real" (of a
    complex operand, the dtype of its real part). `supports`: categories, of `bifc`. `tensors`: the
    operands that may not be numbers, the first if not given.
    """

    def __init__(
        self, formula: Callable[..., Any], slope: dict[str, Any], promote: str, result: str,
        supports: str, operands: Sequence[str], tensors: Sequence[str] | None,
        check: Callable[..., None] | None,
        numpy: Callable[..., Any] | None, **names: Any,
    ):
        super().__init__(formula, slope, **names)
        self.formula = formula
        self.operands = tuple(operands) or self.positional
        self.tensors = self.positional[:1] if tensors is None else tensors
        self.promote, self.result, self.supports = promote, result, supports
        self.categories = {_KINDS[each] for each in supports}
        self.check = check
        self.numpy = numpy
        self.programs: dict[Any, Callable[..., Any]] = {}
        self.recipes: dict[Any, Any] = {}  # for calls of the same kinds of operands
        quick = (numpy is None and result == "same" and "f" in supports
                 and len(self.positional) == len(self.parameters))
        self.quick = hot.formula(self) if quick else None
        self.forward = self.compute
        self.__annotations__: dict[str, Any] = {}

    def program(self, bound: dict[str, Any]) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """The NumPy program for these arguments, and the names of its parameters."""
        fixed = {k: v for k, v in bound.items() if v is None or (type(v) in (str, bool)
                 and k not in self.operands)}
        names = tuple(each for each in self.parameters if each not in fixed)
        if self.numpy is not None:
            return self.numpy, names
        key = tuple(fixed.items())
        found = self.programs.get(key)
        if found is None:
            tree = expression.trace(self.formula, names, fixed)
            found = self.programs[key] = numpy_program.compile(tree, names)
        return found, names

    def single_ufunc(self) -> np.ufunc | None:
        """The ufunc that is the whole op, parameters with defaults left out."""
        if self.numpy is not None:
            quick = isinstance(self.numpy, np.ufunc) or hasattr(self.numpy, "quick")
            return self.numpy if quick else None  # type: ignore[return-value]
        names = tuple(each for each in self.parameters if each not in self.defaults)
        return numpy_program.single_ufunc(
            expression.trace(self.formula, names, self.defaults), names)

    def is_plain(self) -> bool:
        """Whether a call is nothing but the formula on one operand of any floating dtype."""
        return (
            self.parameters == ("input",) and self.numpy is None and self.check is None
            and self.result == "same")

    def when_called(self) -> Callable[..., Any]:
        """The formula as a function that looks like a ufunc, compiled at its first call."""
        compiled: Any = None

        def program(array: Any, out: Any) -> Any:
            nonlocal compiled
            if compiled is None:
                compiled, _ = self.program({})
            if type(array) is Deferred:
                return deferred.formula(compiled, array)
            if type(array) is MetaArray:
                return blank(array.shape, array.dtype)
            made = at_hand.compute(compiled, array)
            return np.asarray(made) if isinstance(made, np.generic) else made

        return program

    def dtypes_for(self, bound: dict[str, Any]) -> tuple[dtypes.dtype, dtypes.dtype]:
        """The dtype to compute in and the one the result has."""
        ranked = []
        for name in self.operands:
            value = bound[name]
            if isinstance(value, Tensor):
                ranked.append((dtypes.of(value._array.dtype), 2 if value._array.ndim else 1))
            elif value is not None:
                ranked.append((_number_dtype(self.name, name, value), 0))
        common = promotion.result_of(ranked)
        if common.category not in self.categories or common.storage_only:
            allowed = ", ".join(_NAMES[each] for each in self.supports)
            raise NotImplementedError(f"{self.name}() is not defined for {common}: for {allowed}")
        if self.promote == "float" and common.category < dtypes.FLOATING:
            common = dtypes.get_default_dtype()
        elif self.promote == "int" and common.category == dtypes.BOOL:
            common = dtypes.int64
        inner = dtypes.float32 if common.numpy in dtypes.LOW_PRECISION else common
        return inner, common

    def compute(self, *args: Any, **kwargs: Any) -> Array:
        """The result as an array; every error a user can cause comes from here."""
        key = None if kwargs else _kinds(args)
        recipe, bound = self.recipes.get(key), None
        if recipe is None:
            bound = self.checked_bind(args, kwargs)
            inner, common = self.dtypes_for(bound)
            recipe = inner.numpy, common, *self.program(bound)
            if key is not None:
                self.recipes[key] = recipe
        inner_numpy, common, program, names = recipe
        if bound is None:
            bound = self.bind(args, kwargs)
        if self.check is not None:
            self.check(**bound)
        try:
            if meta.seen and stand_ins.any_meta(bound.values()):
                return self._inferred(bound, common)
            values = {name: self._operand(name, bound[name], inner_numpy) for name in names}
            if _are_medium(values):
                array = deferred.at_once(program, *[
                    np.asarray(each, inner_numpy) if type(each) is int else each
                    for each in values.values()])
            else:
                array = program(**{name: deferred.of(each) for name, each in values.items()})
            if type(array) is not Deferred:
                array = np.asarray(array)
        except OverflowError:
            raise RuntimeError(f"{self.name}(): a number does not fit into {common}") from None
        except NoValuesYet:
            raise
        except ValueError:
            raise RuntimeError(
                f"{self.name}(): these shapes do not broadcast: {sizes((), bound)}. Sizes are "
                "matched from the last dim; each pair must be equal or have a 1") from None
        if self.result == "bool":
            return array
        final = (common.to_real() if self.result == "real" else common).numpy
        return array if array.dtype is final else array.astype(final, copy=False)

    def _inferred(self, bound: dict[str, Any], common: dtypes.dtype) -> Array:
        """What the result is like, where an operand is on the meta device."""
        arrays = [each._array for each in bound.values() if isinstance(each, Tensor)]
        if any(type(each) is not MetaArray and each.ndim for each in arrays):
            raise RuntimeError(f"{self.name}(): one tensor is on the meta device, another on the "
                               "CPU")
        shape = np.broadcast_shapes(*[each.shape for each in arrays])
        if self.result == "bool":
            return blank(shape, np.bool_)
        return blank(shape, (common.to_real() if self.result == "real" else common).numpy)

    def checked_bind(self, args: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, with Python's own errors for wrong ones."""
        bound = self.bind(args, kwargs)
        if len(args) > len(self.positional) or len(bound) != len(self.parameters):
            names = [each for each in self.parameters if each not in bound]
            extra = [each for each in bound if each not in self.parameters]
            raise TypeError(
                f"{self.name}({', '.join(self.parameters)}) got {len(args)} arguments"
                + (f", lacks {', '.join(names)}" if names else "")
                + (f", and knows no {', '.join(extra)}" if extra else ""))
        for name in self.inputs:
            if isinstance(bound[name], np.ndarray):
                bound[name] = _tensor_of(bound[name])
        return bound

    def need_tensors(self, args: Any, kwargs: dict[str, Any]) -> None:
        """TypeError where PyTorch's function takes no number: for most, as the first operand."""
        if args and isinstance(args[0], Tensor) and self.tensors == self.positional[:1]:
            return
        bound = self.bind(args, kwargs)
        if not any(isinstance(each, Tensor) for each in bound.values()):
            raise TypeError(f"{self.name}() needs a Tensor: {sizes(args, kwargs)} has none")
        for name in self.tensors:
            if name in bound and not isinstance(bound[name], Tensor):
                raise TypeError(
                    f"{self.name}(): {name} must be a Tensor, not {type(bound[name]).__name__}: "
                    "make one with torch.tensor(...)")

    def _operand(self, name: str, value: Any, inner: Any) -> Any:
        if isinstance(value, Tensor):
            array: Any = value._array
            if type(array) is Deferred and array.value is not None:
                value._array = array = array.value
            if array.dtype is inner or name not in self.operands:
                return array
            return deferred.of(array).astype(inner, copy=False)
        if type(value) is float and inner.char in "fd":
            return np.array(value, inner)
        if name in self.operands or isinstance(value, float):
            return np.asarray(value).astype(inner)
        return value


def _are_medium(values: dict[str, Any]) -> bool:
    """Whether the largest array is too small for waiting to pay, yet large for NumPy."""
    size = 0
    for each in values.values():
        if type(each) is np.ndarray:
            size = max(size, each.size)
        elif type(each) is not int:
            return False
    return deferred.LEAST <= size < deferred.LARGE


def _kinds(args: tuple[Any, ...]) -> Any:
    """What dtypes, and what program, a call is about; None if it would take too long to tell."""
    kinds: list[Any] = [dtypes.get_default_dtype()]
    for each in args:
        if isinstance(each, Tensor):
            array = each._array
            kinds += (array.dtype, len(array.shape) == 0)
        elif type(each) in _PLAIN_NUMBERS:
            kinds.append(type(each))
        elif type(each) in _SETTINGS:
            kinds += (type(each), each)
        else:
            return None
    return tuple(kinds)


def _number_dtype(op: str, name: str, value: Any) -> dtypes.dtype:
    if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        return dtypes.default_for(value)  # type: ignore[arg-type]
    raise TypeError(f"{op}(): {name} must be a Tensor or a number, not {type(value).__name__}")


def _tensor_of(array: Array) -> Tensor:
    from rushlight.tensor.tensor import wrap

    dtypes.of(array.dtype)
    return wrap(array)


def general(row: Pointwise, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    """Any call of an elementwise op: any mix of dtypes, shapes and numbers."""
    array = None if kwargs or row.quick is None else row.quick(*args)
    if array is None:
        array = row.compute(*args, **kwargs)
    result = _blank(Tensor)
    result._array = array
    result._node = result._storage = result._base = result._grad = None
    if row.inputs and modes.grad and may_want_grad(args, kwargs):
        bound = row.checked_bind(args, kwargs)
        if row.wants_grad(bound):
            attach(row.record(bound, result), result)
    return result


def pointwise(
    *, name: str | None = None, promote: str = "same", result: str = "same",
    supports: str = "bifc", operands: Sequence[str] = (), tensors: Sequence[str] | None = None,
    check: Callable[..., None] | None = None,
    numpy: Callable[..., Any] | None = None, node: str | Callable[..., str] | None = None,
    method: bool = True, face: bool = True, inplace: bool | None = None, exact: bool = False,
    aliases: Sequence[str] = (), operator: str | None = None, **slope: Any,
) -> Callable[[Callable[..., Any]], Any]:
    """Make an elementwise row of a formula: see the top of this file and `Pointwise`.

    `operator` names Python's (`add` gives `__add__`, `__radd__`, `__iadd__`). `numpy` runs in place
    of the formula where NumPy has a function that the scalar language has no word for. `exact` says
    that `out=` must have the result's dtype.
    """

    def decorate(formula: Callable[..., Any]) -> Any:
        row = Pointwise(formula, slope, promote, result, supports, operands, tensors, check, numpy,
                        name=name, node=node, exact=exact)
        function, shortcut = _function(row)
        finish(row, function, method, face, inplace is not False, aliases)
        function.__wrapped__ = formula
        function.shortcut = shortcut
        if operator is not None:
            attach_operator(row, operator, shortcut)
        return function

    return decorate


def _function(row: Pointwise) -> tuple[Any, Callable[..., Any]]:
    """The public function, and the short cut that operators may call directly."""
    ufunc = row.single_ufunc()
    arity = sum(each not in row.defaults for each in row.parameters)
    shortcut: Callable[..., Any] | None = None
    if arity == 1 and (ufunc is not None or row.is_plain()):
        shortcut = hot.unary(row, ufunc or row.when_called(), general)
    elif ufunc is not None and arity == 2 and row.result != "real":
        shortcut = hot.binary(row, ufunc, general)

    def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            return write.into(row, args, kwargs, out)
        row.need_tensors(args, kwargs)
        if shortcut is not None and not kwargs and len(args) == arity and isinstance(
            args[0], Tensor
        ):
            result = shortcut(*args)
            if result is not NotImplemented:
                return result
        return general(row, args, kwargs)

    def unary(input: Any, *, out: Any = None) -> Any:
        if out is None and isinstance(input, Tensor):
            return shortcut(input)  # type: ignore[misc]
        return function(input, out=out)

    def operate(*args: Any) -> Any:
        if all(isinstance(each, _OPERANDS) for each in args):
            return general(row, args, {})
        return NotImplemented

    alone = shortcut is not None and row.parameters == ("input",)
    return unary if alone else function, operate if shortcut is None else shortcut


def attach_operator(row: Pointwise, operator: str, shortcut: Callable[..., Any]) -> None:
    """Python's operator for the row, with its reflected and in-place forms."""
    setattr(Tensor, f"__{operator}__", shortcut)
    if len(row.operands) == 2 and row.result != "bool":
        def reflected(self: Tensor, other: Any) -> Any:
            if not isinstance(self, Tensor):
                raise TypeError(f"__r{operator}__ is a method of Tensor, not {type(self).__name__}")
            if commutes:
                return shortcut(self, other)
            if isinstance(other, _OPERANDS):
                return general(row, (other, self), {})
            return NotImplemented

        ufunc = row.single_ufunc()
        assigned = hot.assigned(row, ufunc if isinstance(ufunc, np.ufunc) else None)
        commutes = operator in ("add", "mul")
        setattr(Tensor, f"__r{operator}__", reflected)
        setattr(Tensor, f"__i{operator}__", assigned)
