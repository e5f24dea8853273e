"""Damaged and hostile checkpoints: each gives a clear error or plain data, soon, and runs nothing.

    python tests/fuzz_checkpoints.py 5000
"""

from __future__ import annotations

import io
import pickle
import random
import sys
import zipfile
from pathlib import Path
from typing import Any

import rushlight as torch

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = (pickle.UnpicklingError, RuntimeError, EOFError, NotImplementedError)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some changed, cut out, doubled, or cut off."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at, size = chance.randrange(len(made) or 1), chance.choice((1, 1, 2, 4, 30))
        kind = chance.randrange(5)
        if kind == 0:
            made[at : at + size] = chance.randbytes(size)
        elif kind == 1:
            del made[at : at + size]
        elif kind == 2:
            made[at:at] = made[at : at + size]
        elif kind == 3 and chance.random() < 0.2:
            del made[at:]
        else:
            made[at : at + 1] = chance.choice((b"\xff", b"\x00", b"R", b"c", b"(", b"\x81", b"."))
    return bytes(made)


def with_pickle(data: bytes, change: Any) -> bytes:
    """A checkpoint of the zip format whose pickle was changed and fits its checksum again."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry.filename, change(content) if entry.filename.endswith(
                "data.pkl") else content)
    return made.getvalue()


def play(seed: int) -> str:
    """Load one such file; the name of the error, or "loaded"."""
    chance = random.Random(seed)
    data = (GOLDEN / chance.choice(("checkpoint.pt", "checkpoint_legacy.pt"))).read_bytes()
    if data[:2] == b"PK" and chance.random() < 0.7:
        data = with_pickle(data, lambda content: mutated(content, chance))
    else:
        data = mutated(data, chance)
    try:
        torch.load(io.BytesIO(data))
    except EXPECTED as error:
        return type(error).__name__
    return "loaded"


if __name__ == "__main__":
    counts: dict[str, int] = {}
    for seed in range(int(sys.argv[1])):
        found = play(seed)
        counts[found] = counts.get(found, 0) + 1
    print(counts)
