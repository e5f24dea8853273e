"""single thread stand-in"""
import ctypes
_type = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
def parallel_for(kernel, argument, begin, end, grain):
    _type(kernel)(argument, begin, end)
def set_num_threads(n): pass
def get_num_threads(): return 1
