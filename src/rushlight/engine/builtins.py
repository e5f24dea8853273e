"""What CPython calls as its own: builtins made of native functions, and how objects lie in memory.

A function that reads objects where they lie and calls the C APIs of CPython and NumPy directly
answers in a tenth of the time of a Python function. This file knows the layouts (`ARRAY`'s fields,
`slot`), the C functions, how inner loops of NumPy's ufuncs are found (`loops_of`), and how a native
function becomes a method or an operator. It knows no tensors.

Layouts are never taken for granted: `supported` compares what is read with what Python says.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy._core import _multiarray_umath  # type: ignore[attr-defined]

from rushlight.engine.function_writer import (
    Field,
    Native,
    Unit,
    Value,
    library,
    symbol,
)

_api: Any = ctypes.pythonapi
_kept: list[Any] = []  # what native code points to lives as long as the process

# --- layouts

TYPE = Field("ptr", 8)
FLOAT = Field("double", 16)
COUNT = Field("i64", 16)  # of a tuple, a list and their like
TUPLE_ITEMS = tuple.__basicsize__
LIST_ITEMS = Field("ptr", 24)
DATA, NDIM, DIMS, STRIDES, BASE, DESCR, FLAGS, HANDLER = (
    Field("ptr", 16), Field("i32", 24), Field("ptr", 32), Field("ptr", 40), Field("ptr", 48),
    Field("ptr", 56), Field("i32", 64), Field("ptr", 88))  # the handler gave the memory: NEP 49
ITEMSIZE = Field("i64", 40)  # of a dtype
C_CONTIGUOUS, F_CONTIGUOUS, OWNS_DATA, ALIGNED, WRITEABLE = 0x1, 0x2, 0x4, 0x100, 0x400
_ITEM_LIMIT = 20


def _word(address: int) -> int:
    return ctypes.c_size_t.from_address(address).value


def _words(address: int, count: int) -> list[int]:
    return [_word(address + 8 * i) for i in range(count)]


def slot(owner: type, name: str) -> Field:
    """Where objects of the class hold the slot `name`."""
    descriptor = getattr(owner, name)
    assert type(descriptor).__name__ == "member_descriptor"
    member = _word(id(descriptor) + 40)
    return Field("ptr", _word(member + 16))


def holds(sample: Any, name: str, field: Field) -> bool:
    """Whether memory agrees with Python on what a slot of the sample holds."""
    return _word(id(sample) + field.offset) == id(getattr(sample, name))


def supported() -> bool:
    """Whether objects lie as this file says: CPython with the GIL, and NumPy as it has been."""
    if sys.implementation.name != "cpython" or object.__basicsize__ != 16:
        return False
    array = np.zeros((3, 5), np.float32)[1:]
    at, number, few, several = id(array), 1.25, (object(), object()), [object(), object()]
    return (
        _words(at, 2)[1] == id(np.ndarray)
        and _word(at + DATA.offset) == array.__array_interface__["data"][0]
        and ctypes.c_int.from_address(at + NDIM.offset).value == 2
        and _words(_word(at + DIMS.offset), 2) == list(array.shape)
        and _words(_word(at + STRIDES.offset), 2) == list(array.strides)
        and _word(at + BASE.offset) == id(array.base)
        and _word(at + DESCR.offset) == id(array.dtype)
        and ctypes.c_int.from_address(at + FLAGS.offset).value == array.flags.num
        and _word(id(array.base) + HANDLER.offset) == id(_numpy_function(_GET_HANDLER)())
        and _word(id(array.dtype) + ITEMSIZE.offset) == array.itemsize
        and ctypes.c_double.from_address(id(number) + FLOAT.offset).value == number
        and _word(id(few) + COUNT.offset) == 2 == _word(id(several) + COUNT.offset)
        and _words(id(few) + TUPLE_ITEMS, 2) == list(map(id, few))
        and _words(_word(id(several) + LIST_ITEMS.offset), 2) == list(map(id, several))
    )


# --- the C functions

PyType_GenericAlloc = library("PyType_GenericAlloc", "ptr(ptr, i64)")
PyTuple_New = library("PyTuple_New", "ptr(i64)")
PyList_New = library("PyList_New", "ptr(i64)")
PyLong_FromSsize_t = library("PyLong_FromSsize_t", "ptr(i64)")
PyLong_AsSsize_t = library("PyLong_AsSsize_t", "i64(ptr)")
PyLong_AsDouble = library("PyLong_AsDouble", "double(ptr)")
PyFloat_FromDouble = library("PyFloat_FromDouble", "ptr(double)")
PyIter_Next = library("PyIter_Next", "ptr(ptr)")
PyDict_GetItemWithError = library("PyDict_GetItemWithError", "ptr(ptr, ptr)")
PyDict_Size = library("PyDict_Size", "i64(ptr)")
PyObject_GetAttr = library("PyObject_GetAttr", "ptr(ptr, ptr)")
PyObject_Vectorcall = library("PyObject_Vectorcall", "ptr(ptr, ptr, i64, ptr)")
PyObject_IsTrue = library("PyObject_IsTrue", "i32(ptr)")
PyType_IsSubtype = library("PyType_IsSubtype", "i32(ptr, ptr)")
PyErr_Occurred = library("PyErr_Occurred", "ptr()")
PyErr_NoMemory = library("PyErr_NoMemory", "ptr()")
PyErr_Clear = library("PyErr_Clear", "void()")
PyThreadState_Get = library("PyThreadState_Get", "ptr()")
PyThreadState_GetID = library("PyThreadState_GetID", "i64(ptr)")
PyMem_Malloc = library("PyMem_Malloc", "ptr(i64)")
PyMem_Free = library("PyMem_Free", "void(ptr)")
Py_IncRef = library("Py_IncRef", "void(ptr)")
Py_DecRef = library("Py_DecRef", "void(ptr)")
PyEval_SaveThread = library("PyEval_SaveThread", "ptr()")
PyEval_RestoreThread = library("PyEval_RestoreThread", "void(ptr)")
memset = library("memset", "ptr(ptr, i32, i64)")
memcpy = library("memcpy", "ptr(ptr, ptr, i64)")
# type, dtype (whose reference it takes), ndim, dims, strides, data, flags, object
PyArray_NewFromDescr = library(
    "PyArray_NewFromDescr", "ptr(ptr, ptr, i32, ptr, ptr, ptr, i32, ptr)")
PyArray_SetBaseObject = library("PyArray_SetBaseObject", "i32(ptr, ptr)")
PyArray_Zeros = library("PyArray_Zeros", "ptr(i32, ptr, ptr, i32)")
_NUMPY_PLACES = {"PyArray_NewFromDescr": 94, "PyArray_Zeros": 183, "PyArray_SetBaseObject": 282}


def addresses(unit: Unit, symbols: dict[str, int]) -> dict[str, int]:
    """Where all that the unit declares is: C functions, and `symbols`."""
    found = {}
    for name in unit.declared:
        if name in symbols:
            found[name] = symbols[name]
        elif name in _NUMPY_PLACES:
            found[name] = _numpy_address(_NUMPY_PLACES[name])
        else:
            found[name] = ctypes.cast(getattr(_api, name), ctypes.c_void_p).value or 0
    return found


def _numpy_address(place: int) -> int:
    pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
        ("PyCapsule_GetPointer", _api))
    return _word(int(pointer(_multiarray_umath._ARRAY_API, None)) + 8 * place)


_GET_HANDLER = 305  # PyDataMem_GetHandler


def _numpy_function(place: int) -> Any:
    return ctypes.PYFUNCTYPE(ctypes.py_object)(_numpy_address(place))


def capsule(address: int, name: bytes) -> Any:
    """A Python object that stands for what lies at an address."""
    _kept.append(name)
    make = ctypes.PYFUNCTYPE(_object, _address, ctypes.c_char_p, _address)(
        ("PyCapsule_New", _api))
    _kept.append(make(address, name, None))
    return _kept[-1]


# --- pieces of native functions

def incref(held: Value, times: int = 1) -> Value:
    """One more (or several more) refers to the object."""
    if sys.version_info < (3, 12):
        held[_REFERENCES] = held[_REFERENCES] + times
    else:  # some objects are immortal, and there are many ways to be so
        for _ in range(times):
            Py_IncRef(held)
    return held


_REFERENCES = Field("i64", 0)


def none(times: int = 0) -> Value:
    """None, to which so many more refer."""
    held = symbol("None_")
    return incref(held, times) if times and sys.version_info < (3, 12) else held


def kind_is(held: Value, name: str) -> Value:
    """Whether an object's type is exactly the one that this symbol stands for."""
    return held[TYPE].equals(symbol(name))


def tuple_of(*items: Value) -> Value:
    """A new tuple, which takes over the references; not checked for null, as memory is there."""
    made = PyTuple_New(len(items))
    for i, each in enumerate(items):
        made[Field("ptr", TUPLE_ITEMS + 8 * i)] = each
    return made


# --- inner loops of NumPy's ufuncs

class InnerLoop:
    """How a ufunc treats operands of one dtype: `function(data, sizes, steps, extra)`."""

    def __init__(self, operand: np.dtype[Any], result: np.dtype[Any], function: int, extra: int):
        self.operand = operand
        self.result = result
        self.function = function
        self.extra = extra


_Words = ctypes.POINTER(ctypes.c_ssize_t)
_Loop = ctypes.PYFUNCTYPE(None, _Words, _Words, _Words, ctypes.c_void_p)



def loops_of(ufunc: np.ufunc, chars: str) -> list[InnerLoop]:
    """The ufunc's inner loops for operands of these dtypes, as far as they can be had.

    A ufunc begins with nin, nout, nargs, identity (int), functions, extras (arrays), ntypes (int),
    and has types (char*) at 64: NumPy's public header. Each loop found must give, on a sample, what
    the ufunc gives.
    """
    at = id(ufunc)
    ntypes = ctypes.c_int.from_address(at + 48).value
    counts = [ctypes.c_int.from_address(at + each).value for each in (16, 20)]
    if ufunc.signature not in _SAMPLES or counts != [
        ufunc.nin, ufunc.nout
    ] or ntypes != ufunc.ntypes:
        return []
    functions, extras = _word(at + 32), _word(at + 40)
    found = []
    for char in chars:
        for place, types in enumerate(ufunc.types):
            operands, _, result = types.partition("->")
            if set(operands) == {char} and len(result) == 1:
                extra = _word(extras + 8 * place) if extras else 0
                loop = InnerLoop(
                    np.dtype(char), np.dtype(result), _word(functions + 8 * place), extra)
                if _agrees(ufunc, loop):
                    found.append(loop)
                break
    return found


def _agrees(ufunc: np.ufunc, loop: InnerLoop) -> bool:
    """Whether the loop gives what the ufunc gives, on a sample."""
    shapes, sizes = _SAMPLES[ufunc.signature]
    operands = []
    for step, shape in zip((7, 11)[: ufunc.nin], shapes, strict=False):
        values = (np.arange(np.prod(shape)) * step % 19 - 5).astype(loop.operand).reshape(shape)
        operands.append(values if values.dtype.kind == "b" else np.abs(values))
    with np.errstate(all="ignore"):
        wanted = ufunc(*operands, out=...)
        made = np.empty(wanted.shape, loop.result)
        if wanted.dtype != made.dtype:
            return False
        arrays = [*operands, made]
        steps = [each.itemsize for each in arrays]
        if ufunc.signature is not None:
            steps = [0] * len(arrays) + [step for each in arrays for step in each.strides]
        places = [each.__array_interface__["data"][0] for each in arrays]
        words = [(ctypes.c_ssize_t * len(each))(*each) for each in (places, sizes, steps)]
        _Loop(loop.function)(*words, loop.extra)
    return wanted.tobytes() == made.tobytes()


# By the signature of a ufunc: shapes of operands, and the sizes that its loops are told.
_SAMPLES: dict[str | None, tuple[tuple[tuple[int, ...], ...], list[int]]] = {
    None: (((37,), (37,)), [37]),
    "(n),(n)->()": (((37,), (37,)), [1, 37]),
    "(n?,k),(k,m?)->(n?,m?)": (((3, 5), (5, 4)), [1, 3, 5, 4]),
}


# --- memory that native code reads

def address(held: Any) -> int:
    """Where an object lies, which from now on lives for ever."""
    _kept.append(held)
    return id(held)


def table(words: Sequence[int]) -> int:
    """The address of words (numbers, and addresses) that live for ever."""
    memory = (ctypes.c_ssize_t * len(words))(*words)
    _kept.append(memory)
    return ctypes.addressof(memory)


# --- builtins

class _MethodDef(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p), ("function", ctypes.c_void_p), ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p))


_FASTCALL, _KEYWORDS = 0x80, 0x2


def _definition(name: str, address: int, doc: str) -> int:
    made = _MethodDef(name.encode(), address, _FASTCALL | _KEYWORDS, doc.encode())
    _kept.append(made)
    return ctypes.addressof(made)


_object, _address = ctypes.py_object, ctypes.c_void_p
_new_method = ctypes.PYFUNCTYPE(_object, _object, _address)(("PyDescr_NewMethod", _api))
_new_function = ctypes.PYFUNCTYPE(_object, _address, _address, _address)(
    ("PyCFunction_NewEx", _api))
_new_operator = ctypes.PYFUNCTYPE(_object, _object, _address, _address)(
    ("PyDescr_NewWrapper", _api))


def method(owner: type, name: str, address: int, doc: str) -> Any:
    """A method: `ptr(ptr self, ptr arguments, i64 count, ptr names of the last ones)`."""
    return _new_method(owner, _definition(name, address, doc))


def function(name: str, address: int, doc: str) -> Any:
    """A function: as a method, with null for self."""
    return _new_function(_definition(name, address, doc), None, None)


def operator(owner: type, name: str, address: int) -> Any:
    """What `__add__` and its like are for classes written in C: `ptr(ptr left, ptr right)`.

    Where `__add__` and `__radd__` are of one address, `+` calls it without looking anything up.
    """
    wrapper = getattr(np.ndarray, name)  # NumPy's arrays have every operator
    assert type(wrapper).__name__ == "wrapper_descriptor"
    return _new_operator(owner, _word(id(wrapper) + 40), address)


def exported(unit: Unit, wanted: Sequence[Native], symbols: dict[str, int]) -> dict[str, int]:
    """Compile these functions; gives their addresses. `symbols`: where what they name lies."""
    from rushlight.engine import native

    text = unit.text(wanted)
    return native.compile(text, [each.name for each in wanted], addresses(unit, symbols))
