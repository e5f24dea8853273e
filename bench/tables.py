"""What was measured: printed as it comes, kept in `build/bench.json`, shown again as Markdown.

The file holds this machine's last figures. A run replaces the rows that it measures, and leaves
those of other runs; on another machine, or with other versions, it begins anew.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "build" / "bench.json"


class Table:
    """Rows under a title: a name, cells of text, and the ratios to draw if there are any."""

    def __init__(
        self, title: str, head: list[str], rows: Any = None, note: str = "",
        kept: Callable[[], None] = lambda: None,
    ):
        self.title, self.head, self.note, self._kept = title, head, note, kept
        self.rows: dict[str, dict[str, Any]] = rows or {}
        self.shown = False

    def add(
        self, name: str, *cells: str, ratios: dict[str, float | None] | None = None
    ) -> None:
        """Put the row in the table, and print it; `ratios` is what to draw, by size or peer,
        None for what had no quiet."""
        if not self.shown:
            print(f"\n{self.title}" + (f" ({self.note})" if self.note else ""))
            print(self._line(*self.head))
            self.shown = True
        self.rows[name] = {"cells": cells, "ratios": ratios or {}}
        print(self._line(name, *cells), flush=True)
        self._kept()

    def _line(self, name: str, *cells: str) -> str:
        widths = [max(len(each), 10) for each in self.head[1:]]
        return f"{name:<25}" + "".join(
            f"  {each:>{width}}" for each, width in zip(cells, widths, strict=True))

    def mean(self) -> float | None:
        """The geometric mean of all ratios."""
        ratios = [each for row in self.rows.values() for each in row["ratios"].values() if each]
        return math.exp(statistics.fmean(map(math.log, ratios))) if ratios else None

    def markdown(self) -> str:
        """The table as Markdown."""
        lines = [self.head, ["---"] + ["---:"] * (len(self.head) - 1)]
        lines += [[name, *row["cells"]] for name, row in self.rows.items()]
        mean = self.mean()
        if mean is not None:
            lines.append(["**geometric mean**"] + [""] * (len(self.head) - 2) + [f"**{mean:.2f}**"])
        text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"## {self.title}\n\n" + (f"{self.note}\n\n" if self.note else "") + text


class Report:
    """All tables, and the machine that they are from."""

    def __init__(self, machine: dict[str, str]):
        self.machine = machine
        kept = self.read() if FILE.exists() else None
        self.tables = kept.tables if kept and kept.machine == machine else {}

    @classmethod
    def read(cls) -> Report:
        """What the last runs measured."""
        found = json.loads(FILE.read_text())
        report = object.__new__(cls)
        report.machine = found["machine"]
        report.tables = {each["title"]: Table(**each) for each in found["tables"]}
        return report

    def table(self, title: str, head: list[str], note: str = "") -> Table:
        """The table of this title, to add rows to; rows measured earlier stay."""
        old = self.tables.get(title)
        rows = old.rows if old and old.head == head else None
        self.tables[title] = Table(title, head, rows, note, self.save)
        return self.tables[title]

    def save(self) -> None:
        """Write the file, as is done with every row: a long run may be cut short."""
        tables = [
            {"title": each.title, "head": each.head, "rows": each.rows, "note": each.note}
            for each in self.tables.values()
        ]
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps({"machine": self.machine, "tables": tables}, indent=1))

    def means(self) -> None:
        """Print the geometric means of this run's tables."""
        for each in self.tables.values():
            if each.shown and (mean := each.mean()) is not None:
                print(f"geometric mean, {each.title}: {mean:.2f}")

    def markdown(self) -> str:
        """Everything, for `docs/performance.md`."""
        facts = "\n".join(f"- {name}: {value}" for name, value in self.machine.items())
        return "\n\n".join([facts, *(each.markdown() for each in self.tables.values())])
