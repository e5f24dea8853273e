"""Records: PyTorch's outcomes on file, one JSON file per family, one line per case.

A line holds the outcomes and the numbers they refer to, so that adding a case adds a line and
moves nothing else. `float32[3,4]@96` is a tensor whose bytes begin at 96 in the line's `data`,
`!TypeError` an exception, `=text` itself; other values stand as they are.

Read next: `../test_cases.py`.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from .checks import Array, Raised

FOLDER = Path(__file__).parent.parent / "golden" / "cases"


def load(family: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The recorded outcomes of a family: the text of a line, then check, then dtype."""
    lines = json.loads((FOLDER / f"{family}.json").read_text())
    return {text: _decoded(line) for text, line in lines.items()}


def save(family: str, outcomes: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Write a family's outcomes, a line per case."""
    lines = [f"{json.dumps(text)}: {json.dumps(_encoded(o))}" for text, o in outcomes.items()]
    (FOLDER / f"{family}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _encoded(checks: dict[str, dict[str, Any]]) -> dict[str, Any]:
    pool = bytearray()
    line: dict[str, Any] = {
        check: {dtype: _encode(outcome, pool) for dtype, outcome in by_dtype.items()}
        for check, by_dtype in checks.items()
    }
    if pool:
        line["data"] = base64.b85encode(zlib.compress(bytes(pool), 9)).decode()
    return line


def _decoded(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    data = line.pop("data", None)
    pool = zlib.decompress(base64.b85decode(data)) if data else b""
    return {
        check: {dtype: _decode(said, pool) for dtype, said in by_dtype.items()}
        for check, by_dtype in line.items()
    }


def _encode(outcome: Any, pool: bytearray) -> Any:
    if isinstance(outcome, Array):
        raw = _stored(outcome).tobytes()
        start = pool.find(raw)  # the same numbers are stored once
        if start < 0:
            start = len(pool)
            pool += raw
        shape = ",".join(map(str, outcome.values.shape))
        return f"{outcome.dtype}[{shape}]@{start}"
    if isinstance(outcome, Raised):
        return f"!{outcome.kind}"
    if isinstance(outcome, dict):
        return {name: _encode(part, pool) for name, part in outcome.items()}
    if isinstance(outcome, list):
        return [_encode(part, pool) for part in outcome]
    return f"={outcome}" if isinstance(outcome, str) else outcome


def _decode(said: Any, pool: bytes) -> Any:
    if isinstance(said, dict):
        return {name: _decode(part, pool) for name, part in said.items()}
    if isinstance(said, list):
        return [_decode(part, pool) for part in said]
    if not isinstance(said, str):
        return said
    if said[0] in "!=":
        return Raised(said[1:]) if said[0] == "!" else said[1:]
    dtype, sizes, start = re.findall(r"(\w+)\[([\d,]*)\]@(\d+)", said)[0]
    shape = tuple(map(int, sizes.split(","))) if sizes else ()
    return Array(dtype, _restored(dtype, shape, pool, int(start)))


def _stored(outcome: Array) -> np.ndarray:
    if outcome.dtype == "bfloat16":  # the upper half of a float32's bits
        return (outcome.values.view(np.uint32) >> 16).astype(np.uint16)
    return outcome.values


def _restored(dtype: str, shape: tuple[int, ...], pool: bytes, start: int) -> np.ndarray:
    numpy_dtype = np.dtype("uint16" if dtype == "bfloat16" else dtype)
    values = np.frombuffer(pool, numpy_dtype, math.prod(shape), start).reshape(shape)
    if dtype == "bfloat16":
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values
