"""Run every case on PyTorch and on Rushlight in one process, and write what agrees to a page.

    PYTHONPATH=src python tools/conformance.py [judge.py]      # where PyTorch is installed

Unlike `make test`, nothing here is recorded: PyTorch answers now. The page, `docs/conformance.md`,
has a table for each family of operations, and the names that PyTorch has and Rushlight has not.
With a judge (`tools/judged.py`) it also says what that found; without, what it found last.

Read next: `tests/cases/__init__.py`, what a case is.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import judged
from cases import FAMILIES, Case, collect
from cases.checks import CHECKS, survey
from cases.judge import verdicts

import rushlight

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "conformance.md"
SPACES = ("", "Tensor", "nn", "nn.functional", "nn.init", "linalg", "fft", "special",
          "signal.windows", "autograd", "autograd.functional", "func", "optim", "amp")  # fmt: skip
COLUMNS = {
    "values": "values", "method": "method", "inplace": "in place", "out": "`out=`",
    "alias": "views", "grad": "gradient", "gradgrad": "second",
}  # fmt: skip
INTRODUCTION = f"""# Conformance

What `make conformance` found: each line of `tests/cases/` run on PyTorch {torch.__version__} and on
Rushlight, side by side. A cell counts the checks that agree, of those PyTorch answers: *values* in
every dtype and the errors, the *method*, *in place* and *`out=`* forms, what is a *view* of what,
the *gradient*, and the *second* one. Tolerances are those of `torch.testing`.
"""


class Tally:
    """How many checks of one operation agree, by kind of check."""

    def __init__(self) -> None:
        self.agree = dict.fromkeys(CHECKS, 0)
        self.total = dict.fromkeys(CHECKS, 0)

    def add(self, check: str, problem: str) -> None:
        self.total[check] += 1
        self.agree[check] += not problem

    @property
    def whole(self) -> bool:
        """Whether every check agrees."""
        return self.agree == self.total

    def cells(self) -> Iterator[str]:
        for check in CHECKS:
            agree, total = self.agree[check], self.total[check]
            yield "" if not total else str(total) if agree == total else f"**{agree}** of {total}"


def tally(cases: Iterable[Case]) -> Tally:
    """Run an operation's cases on both libraries."""
    counts = Tally()
    for case in cases:
        for check, _, problem in verdicts(rushlight, case, survey(torch, case)):
            counts.add(check, problem)
    return counts


def family_section(family: str) -> list[str]:
    """A family's heading, its absent operations, and its table."""
    operations = collect(family)
    present = [name for name in operations if has(rushlight, name)]
    absent = sorted(set(operations) - set(present))
    tallies = {name: tally(operations[name].values()) for name in present}
    whole = sum(counts.whole for counts in tallies.values())
    print(f"{family}: {whole} of {len(operations)} operations agree, {len(absent)} are absent")
    return [
        f"## {family.capitalize()}: {whole} of {len(operations)} operations agree",
        *([f"Absent: {listed(absent)}."] if absent else []),
        table(tallies),
    ]


def table(tallies: dict[str, Tally]) -> str:
    """A row for each operation."""
    head = ["operation", *(COLUMNS[check] for check in CHECKS)]
    rows = [[f"`{name}`", *counts.cells()] for name, counts in sorted(tallies.items())]
    lines = [head, ["---", *["---:"] * len(CHECKS)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def absent_section() -> list[str]:
    """The documented names of PyTorch that Rushlight lacks, by namespace."""
    paragraphs = ["## Names that are absent"]
    for space in SPACES:
        names = public_names(space)
        absent = [name for name in names if not has(rushlight, f"{space}.{name}".lstrip("."))]
        title = f"torch.{space}".rstrip(".")
        print(f"{title}: {len(names) - len(absent)} of {len(names)} names")
        paragraphs.append(f"**`{title}`**, {len(absent)} of {len(names)}: {listed(absent)}.")
    return paragraphs


def public_names(space: str) -> list[str]:
    """The names that PyTorch offers in a namespace."""
    home = inside(torch, space)
    names = getattr(home, "__all__", None) or dir(home)
    return sorted(name for name in names if name[0] != "_" and offered(home, name))


def offered(home: Any, name: str) -> bool:
    """Whether a name is the namespace's own and documented, as what is meant for people is."""
    value = getattr(home, name, None)
    if home is torch.Tensor or isinstance(value, torch.dtype | float):
        return True
    own = str(getattr(value, "__module__", "torch")).startswith("torch")
    borrowed = value is torch.Tensor and home is not torch
    return callable(value) and own and not borrowed and bool(value.__doc__)


def inside(library: Any, space: str) -> Any:
    """The namespace of that dotted name."""
    for part in filter(None, space.split(".")):
        library = getattr(library, part)
    return library


def has(library: Any, name: str) -> bool:
    """Whether a library has a dotted name."""
    try:
        inside(library, name)
    except (AttributeError, ImportError, NotImplementedError):
        return name in ("getitem", "setitem")
    return True


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    return ", ".join(f"`{name}`" for name in names) or "none"


def main() -> None:
    """Write the page."""
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", RuntimeWarning)  # NumPy's: a user would see them
    outside = judged.section(judged.run(sys.argv[1])) if sys.argv[1:] else judged.kept(PAGE)
    sections = [section for family in FAMILIES for section in family_section(family)]
    PAGE.write_text(
        "\n\n".join([INTRODUCTION.strip(), outside, *sections, *absent_section()]) + "\n")
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
