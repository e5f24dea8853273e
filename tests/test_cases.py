"""Every operation against what PyTorch gave: one test per operation, all checks of all its cases.

The lines are in `cases/`, PyTorch's outcomes in `golden/cases/`, written by
`golden/record_cases.py`. A name that Rushlight lacks is a failure.
"""

from __future__ import annotations

from functools import cache

import pytest
from cases import FAMILIES, collect, records
from cases.judge import verdicts

import rushlight

SHOWN = 8
OPERATIONS = [(family, name) for family in FAMILIES for name in collect(family)]
IDS = [f"{family}/{name}" for family, name in OPERATIONS]
recorded = cache(records.load)


@pytest.mark.filterwarnings("ignore", "error::RuntimeWarning")  # NumPy's: a user would see them
@pytest.mark.parametrize(("family", "name"), OPERATIONS, ids=IDS)
def test_operation(family: str, name: str) -> None:
    wrong = []
    for text, case in collect(family)[name].items():
        expected = recorded(family).get(text)
        if expected is None:
            wrong.append(f"{text}: not recorded; run tests/golden/record_cases.py {family}")
            continue
        for check, dtype, problem in verdicts(rushlight, case, expected):
            if problem == f"there is no {name}":
                pytest.fail(problem, pytrace=False)
            if problem:
                wrong.append(f"{text} [{check}, {dtype}]: {problem}")
    if wrong:
        more = [f"... and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        pytest.fail("\n".join(wrong[:SHOWN] + more), pytrace=False)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_record_has_its_line(family: str) -> None:
    lines = {text for cases in collect(family).values() for text in cases}
    assert set(recorded(family)) == lines, f"run tests/golden/record_cases.py {family}"
