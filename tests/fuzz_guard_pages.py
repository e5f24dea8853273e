"""Memory for NumPy's arrays between pages that nobody may touch: a stray read or write faults.

`install()` gives every array made from then on such memory (NEP 49). It lies at the end of its
pages or at their start, in turn, so that either side is watched; freed, it's gone at once.
"""

from __future__ import annotations

import ctypes
import mmap

import numpy as np
from numpy._core import _multiarray_umath

from rushlight.engine import memory, native

_SET_HANDLER = 304  # PyDataMem_SetHandler's place in NumPy's C API
_BYTES, _VERSION, _FUNCTIONS = 168, 127, 136  # of a PyDataMem_Handler

# A page for the size, a guard, the data's pages, a guard.
_SOURCE = """\
@turn = internal global i64 0
declare ptr @mmap(ptr, i64, i32, i32, i32, i64)
declare i32 @mprotect(ptr, i64, i32)
declare i32 @munmap(ptr, i64)
declare ptr @memcpy(ptr, ptr, i64)

define internal i64 @room(i64 %size) {{
  %more = add i64 %size, {last}
  %up = and i64 %more, -{page}
  %none = icmp eq i64 %up, 0
  %room = select i1 %none, i64 {page}, i64 %up
  ret i64 %room
}}

define internal ptr @start(ptr %data) {{
  %at = ptrtoint ptr %data to i64
  %page = and i64 %at, -{page}
  %start = sub i64 %page, {before}
  %result = inttoptr i64 %start to ptr
  ret ptr %result
}}

define ptr @guarded_malloc(ptr %context, i64 %size) {{
  %room = call i64 @room(i64 %size)
  %total = add i64 %room, {around}
  %start = call ptr @mmap(ptr null, i64 %total, i32 0, i32 {flags}, i32 -1, i64 0)
  %failed = icmp eq ptr %start, inttoptr (i64 -1 to ptr)
  br i1 %failed, label %no, label %yes
no:
  ret ptr null
yes:
  %head = call i32 @mprotect(ptr %start, i64 {page}, i32 3)
  store i64 %size, ptr %start
  %pages = getelementptr i8, ptr %start, i64 {before}
  %opened = call i32 @mprotect(ptr %pages, i64 %room, i32 3)
  %turn = load i64, ptr @turn
  %next = add i64 %turn, 1
  store i64 %next, ptr @turn
  %odd = trunc i64 %turn to i1
  %left = sub i64 %room, %size
  %moved = select i1 %odd, i64 %left, i64 0
  %data = getelementptr i8, ptr %pages, i64 %moved
  ret ptr %data
}}

define void @guarded_free(ptr %context, ptr %data, i64 %given) {{
  %none = icmp eq ptr %data, null
  br i1 %none, label %end, label %free
free:
  %start = call ptr @start(ptr %data)
  %size = load i64, ptr %start
  %room = call i64 @room(i64 %size)
  %total = add i64 %room, {around}
  %done = call i32 @munmap(ptr %start, i64 %total)
  br label %end
end:
  ret void
}}

define ptr @guarded_calloc(ptr %context, i64 %count, i64 %size) {{
  %all = mul i64 %count, %size
  %data = call ptr @guarded_malloc(ptr %context, i64 %all)
  ret ptr %data
}}

define ptr @guarded_realloc(ptr %context, ptr %data, i64 %size) {{
  %new = call ptr @guarded_malloc(ptr %context, i64 %size)
  %none = icmp eq ptr %data, null
  br i1 %none, label %end, label %copy
copy:
  %start = call ptr @start(ptr %data)
  %old = load i64, ptr %start
  %least = call i64 @llvm.umin.i64(i64 %old, i64 %size)
  %copied = call ptr @memcpy(ptr %new, ptr %data, i64 %least)
  call void @guarded_free(ptr %context, ptr %data, i64 0)
  br label %end
end:
  ret ptr %new
}}
"""
_NAMES = ("guarded_malloc", "guarded_calloc", "guarded_realloc", "guarded_free")
_handler = (ctypes.c_ubyte * _BYTES)()


def install() -> None:
    """Let all arrays made from now on lie between guards, those that kernels fill too."""
    page = mmap.PAGESIZE
    at = native.compile(
        _SOURCE.format(
            page=page, last=page - 1, before=2 * page, around=3 * page,
            flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS),
        _NAMES)
    name = b"guard_pages"
    _handler[: len(name)] = list(name)
    _handler[_VERSION] = 1
    for i, each in enumerate(_NAMES):
        ctypes.c_size_t.from_buffer(_handler, _FUNCTIONS + 8 * i).value = at[each]

    api = ctypes.pythonapi
    api.PyCapsule_New.restype = ctypes.py_object
    api.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    table = api.PyCapsule_GetPointer(_multiarray_umath._ARRAY_API, None)
    place = table + _SET_HANDLER * ctypes.sizeof(ctypes.c_void_p)
    set_handler = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(
        ctypes.c_void_p.from_address(place).value)
    set_handler(api.PyCapsule_New(ctypes.addressof(_handler), b"mem_handler", None))
    memory.empty = np.empty  # what kernels fill
