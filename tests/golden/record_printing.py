"""Record what PyTorch prints for the tensors below. Needs PyTorch, which the tests do not.

    python tests/golden/record_printing.py

A line is a NumPy expression for the values, the dtypes to print them in, and what else differs from
a plain tensor: `grad` ("leaf", "made"), `device`, `default` (the default dtype), print options.
All values are exact in each of their dtypes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

FILE = Path(__file__).with_name("printing.json")
FLOATS = "float16 bfloat16 float32 float64"
NARROW = "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz"
SIGNED, UNSIGNED = "int8 int16 int32 int64", "uint8 uint16 uint32 uint64"
COMPLEX = "complex64 complex128"
GRID = "np.arange(60.).reshape(5, 12) * 37 % 101 / 8"
CUBE = "np.arange(7 * 8 * 9).reshape(7, 8, 9) * 5 % 17"
MIXED = "[1.5, -0., 0., np.nan, np.inf, -np.inf, -2.]"

Line = tuple[str, str, dict[str, Any]]
LINES: list[Line] = [
    # One number of each type; what a column of them shares.
    ("2.5", f"{FLOATS} {NARROW} {COMPLEX}", {}),
    ("7", f"{SIGNED} {UNSIGNED} float32 complex64 bool", {}),
    ("[[1, -20], [300, 0]]", "int16 int32 int64", {}),
    ("np.uint64([2**63, 1, 2**64 - 1])", "uint64", {}),
    ("[-2**63, 2**63 - 1]", "int64", {}),
    ("[[True, False], [False, True]]", "bool", {}),
    ("[True, True]", "bool", {}),
    ("[1.5, -2.25, 0, 448]", NARROW, {}),
    (MIXED, f"{FLOATS} float8_e5m2", {}),
    ("[1., np.nan, -np.inf]", "float32", {}),
    ("[np.nan, 0.]", "float32", {}),
    ("[np.nan, np.inf, -np.inf]", "float64", {}),
    ("[0., -0.]", "float32", {}),
    ("-0.", "float32", {}),
    ("[-0., 1.5]", "float32", {}),
    # The notation: least, greatest, and their ratio.
    ("[1., 1000.]", "float32", {}),
    ("[1., 1001.]", "float32", {}),
    ("[0.5, 500.]", "float32", {}),
    ("[0.5, 501.]", "float32", {}),
    ("[1e8]", "float32", {}),
    ("[1e8 + 1]", "float64", {}),
    ("1e8 + 0.5", "float64", {}),
    ("1e-4", "float64", {}),
    ("0.99e-4", "float64", {}),
    ("[0.99995, 9.99995, 99.99995]", "float64", {}),
    ("[1e300, -1e-3]", "float64", {}),
    ("[-1e300, 1e-3]", "float64", {}),
    ("[5e-324, 1.7e308, 9.999999e99]", "float64", {}),
    ("[2.**-24, 65504.]", "float16", {}),
    ("[0., np.nan, 2.**-20]", "float32", {}),
    # Complex numbers: two columns.
    ("[1 + 2j, -1.5 - 3j, 0j]", COMPLEX, {}),
    ("[complex(-0., -0.), complex(np.nan, np.inf), complex(-np.inf, np.nan)]", "complex64", {}),
    ("[2.**-30 + 1j, 1 - 1000j]", "complex64", {}),
    ("2.**-30 * 1j", "complex128", {}),
    ("(np.arange(30) % 7 - 3) * (0.5 + 128j)", "complex64", {}),
    ("(np.arange(30) % 7 - 3) * (0.5 + 2j)", "complex64", {"linewidth": 57}),
    # Nothing to show.
    ("np.zeros(0)", "float32 float64 int64 bool complex64", {}),
    ("np.zeros((2, 0))", "float32 int64", {}),
    ("np.zeros((0, 3, 0))", "complex128", {"grad": "leaf"}),
    ("np.zeros((2, 3))", "float32 int64", {"device": "meta"}),
    ("0.", "float32", {"device": "meta"}),
    ("np.zeros(0)", "bool", {"device": "meta"}),
    ("np.zeros((2, 3))", "float64", {"device": "meta", "grad": "leaf"}),
    ("np.zeros((2, 3))", "float32", {"device": "meta", "grad": "made"}),
    # Dimensions, lines, and what is left out.
    ("np.ones((1, 1, 1, 1))", "float32", {}),
    ("np.arange(24).reshape(2, 3, 4)", "int64 float32", {}),
    ("np.arange(16).reshape(2, 1, 2, 2, 2) - 8", "int32", {}),
    ("np.arange(12).reshape(3, 4).T[::-1, ::2]", "float64", {}),
    ("np.zeros(40)", "float32", {}),
    ("np.arange(40.)", "float32", {}),
    ("np.arange(1001)", "int64", {}),
    ("np.arange(1000).reshape(500, 2) > 499", "bool", {"threshold": 999}),
    ("np.arange(2000.).reshape(40, 50) / 8", "float32", {}),
    (GRID, "float32", {}),
    (GRID, "float32", {"linewidth": 40}),
    (GRID, "float32", {"linewidth": 1}),
    (GRID, "float32", {"threshold": 59, "linewidth": 30, "edgeitems": 2}),
    (GRID, "float32", {"threshold": 60}),
    (CUBE, "int64", {"threshold": 100}),
    (CUBE, "float32", {"threshold": 100, "edgeitems": 1}),
    (CUBE, "int16", {"threshold": 100, "edgeitems": 4, "linewidth": 25}),
    (CUBE, "int64", {"threshold": 100, "edgeitems": 0}),
    ("np.arange(2000.) * (1 + 1j)", "complex64", {"edgeitems": 2}),
    ("np.arange(6.).reshape(2, 3)", "float64", {"edgeitems": 0}),
    ("3.", "float32", {"edgeitems": 0, "threshold": 0}),
    ("np.zeros(0)", "float32", {"edgeitems": 0}),
    # Other options.
    (GRID, "float32", {"precision": 0}),
    (GRID, "float64", {"precision": 10, "linewidth": 100}),
    (GRID, "float32", {"profile": "short", "threshold": 50}),
    ("np.arange(1100) % 10", "int8", {"profile": "full", "linewidth": 200}),
    ("[2, 3.5]", "float32", {"profile": "of no such name", "precision": 2}),
    *((values, "float32", {"sci_mode": mode})
      for values in ("[1., 2.]", "[0., 0.]", "[2.**-20, 1.]", "[2.**40, 1.]", MIXED)
      for mode in (True, False)),
    ("[1 + 0j, 2 - 3j]", "complex64", {"sci_mode": True}),
    # Suffixes, and the lines they start.
    ("[1., 2.]", "float32 float16 complex64", {"grad": "leaf"}),
    ("[1., 2.]", "float32 bfloat16 complex128", {"grad": "made"}),
    ("2.", "float32", {"grad": "made"}),
    ("np.arange(16.).reshape(2, 8) / 4", "float64", {"grad": "made"}),
    *(("[1., 2.]", "float64", {"grad": "leaf", "linewidth": width}) for width in range(26, 62, 3)),
    *(("np.zeros((2, 3))", "float64", {"grad": "made", "device": "meta", "linewidth": width})
      for width in (43, 44, 45, 46, 47, 48, 64, 65, 66, 67)),
    ("[1., 2.]", "float32 float64 complex64 complex128 int64", {"default": "float64"}),
    ("[1., 2.]", "float32 bfloat16 complex64 complex128", {"default": "bfloat16"}),
    ("np.zeros(0)", "float32 float64", {"default": "float64"}),
]
OPTIONS = ("precision", "threshold", "edgeitems", "linewidth", "profile", "sci_mode")


def tensor_of(values: str, dtype: str, how: dict[str, Any]) -> torch.Tensor:
    """The tensor that a line describes, in one of its dtypes."""
    array = np.array(eval(values, {"np": np}))
    named = getattr(torch, dtype)
    exact = dtype if hasattr(np, dtype) else array.dtype
    tensor = torch.from_numpy(array.astype(exact)).to(named).to(how.get("device", "cpu"))
    if "grad" in how:
        tensor.requires_grad_()
    return tensor.clone() if how.get("grad") == "made" else tensor


def text_of(values: str, dtype: str, how: dict[str, Any]) -> str:
    """What PyTorch prints for it."""
    torch.set_default_dtype(getattr(torch, how.get("default", "float32")))
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**{name: how[name] for name in OPTIONS if name in how})
    return repr(tensor_of(values, dtype, how))


if __name__ == "__main__":
    recorded = [
        {"values": values, "dtype": dtype, **how, "text": text_of(values, dtype, how)}
        for values, dtypes, how in LINES
        for dtype in dtypes.split()
    ]
    rows = ",\n".join(map(json.dumps, recorded))
    FILE.write_text(f"[\n{rows}\n]\n")
    print(f"{len(recorded)} texts, {FILE.stat().st_size >> 10} KB")
