"""Record what PyTorch gives for every case line. Needs PyTorch, which the tests do not.

    python tests/golden/record_cases.py             # every family
    python tests/golden/record_cases.py reduce sort

A case that fails in PyTorch, or an error line that doesn't, is a mistake in the line: it is named,
and nothing is written for its family.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from cases import FAMILIES, Case, collect, records
from cases.checks import Absent, Raised, Wrong, survey


def mistakes(case: Case, outcomes: dict[str, dict[str, Any]]) -> list[str]:
    """What shows that the line is not what its author meant."""
    returned = list(outcomes["values"].values())
    found = [
        f"{case}: {outcome}"
        for by_dtype in outcomes.values()
        for outcome in by_dtype.values()
        if isinstance(outcome, (Absent, Wrong))
    ]
    if case.fails != all(isinstance(outcome, Raised) for outcome in returned):
        told = next((r.message for r in returned if isinstance(r, Raised)), "it raises nothing")
        found.append(f"{case}: {told}")
    return found


def record(family: str) -> None:
    """Survey a family on PyTorch and write its file."""
    lines = [line for same in collect(family).values() for line in same.values()]
    outcomes = {str(line): survey(torch, line) for line in lines}
    wrong = [text for line in lines for text in mistakes(line, outcomes[str(line)])]
    if wrong:
        sys.exit("\n".join(wrong))
    records.save(family, outcomes)
    size = (records.FOLDER / f"{family}.json").stat().st_size
    print(f"{family}: {len(lines)} cases of {len(collect(family))} operations, {size >> 10} KB")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name in sys.argv[1:] or FAMILIES:
        record(name)
