"""`Compare`: measurements as a table, a row to a case and a column to a description."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rushlight.utils.benchmark.measurement import Measurement, select_unit

_GOOD, _BAD, _PLAIN = "\x1b[92m\x1b[1m", "\x1b[31m", "\x1b[0m"
_CLOSE, _FAR = 1.1, 2.0  # times the best: coloured as good, and as bad from there on


class Compare:
    """A table for each label: rows are sub-labels and numbers of threads, columns descriptions.

    Source: https://docs.pytorch.org/docs/stable/benchmark_utils.html#torch.utils.benchmark.Compare
    """

    def __init__(self, results: Iterable[Measurement]):
        self._results = list(results)
        self._trimmed = self._warned = self._coloured = self._by_row = False

    def extend_results(self, results: Iterable[Measurement]) -> None:
        """Add measurements."""
        self._results.extend(results)

    def trim_significant_figures(self) -> None:
        """From now on show only the digits that mean something."""
        self._trimmed = True

    def highlight_warnings(self) -> None:
        """From now on mark measurements whose times spread far, with how far."""
        self._warned = True

    def colorize(self, rowwise: bool = False) -> None:
        """From now on colour what is near the best of its column, or row, and what is far off."""
        self._coloured, self._by_row = True, rowwise

    def print(self) -> None:
        """Print the tables."""
        print(self)

    def __str__(self) -> str:
        groups: dict[str, list[Measurement]] = {}
        for each in Measurement.merge(self._results):
            spec = each.task_spec
            groups.setdefault(spec.label or spec.stmt, []).append(each)
        return "\n".join(self._table(label, group) for label, group in groups.items())

    def _table(self, label: str, group: list[Measurement]) -> str:
        columns = list(dict.fromkeys(each.task_spec.description or "" for each in group))
        unit, scale = select_unit(min(each.median for each in group))
        rows: dict[tuple[int, str], dict[str, Measurement]] = {}
        for each in group:
            name = f"({each.task_spec.env})  " * bool(each.task_spec.env) + each.as_row_name
            key = each.task_spec.num_threads, name
            rows.setdefault(key, {})[each.task_spec.description or ""] = each
        cells = {
            key: [self._cell(row.get(name), scale) for name in columns]
            for key, row in rows.items()
        }
        first = max([len(name) for _, name in rows] + [9]) + 6
        widths = [
            max(len(name), *(len(line[k]) for line in cells.values()))
            for k, name in enumerate(columns)
        ]
        total = first + sum(width + 5 for width in widths)
        lines = [f"[{f' {label} '.center(total - 2, '-')}]", " " * first + "".join(
            f"  |  {name:^{width}}" for name, width in zip(columns, widths, strict=True))]
        threads = None
        for key in sorted(rows, key=lambda key: key[0]):
            if key[0] != threads:
                threads = key[0]
                head = f"{threads} thread{'s' * (threads > 1)}: "
                lines.append(head + "-" * (total - len(head)))
            texts = [
                self._colour(text.rjust(width), rows[key].get(name), rows, key, name)
                for text, width, name in zip(cells[key], widths, columns, strict=True)
            ]
            lines.append(f"{' ' * 6}{key[1]}".ljust(first) + "".join(f"  |  {t}" for t in texts))
        lines += ["", f"Times are in {unit}."]
        if self._warned:
            lines.append("(! 30%): the middle half of the times spreads over 30% of the median.")
        return "\n".join(lines) + "\n"

    def _cell(self, found: Measurement | None, scale: float) -> str:
        if found is None:
            return ""
        value = found.median / scale
        if self._trimmed:
            place = found.significant_figures - 1 - math.floor(math.log10(value))
            text = f"{round(value, place):.{max(place, 0)}f}"
        else:
            text = f"{value:.1f}"
        if self._warned and found.has_warnings:
            text += f" (! {found.iqr / found.median:.0%})"
        return text

    def _colour(
        self, text: str, found: Measurement | None,
        rows: dict[tuple[int, str], dict[str, Measurement]], key: tuple[int, str], name: str,
    ) -> str:
        if not self._coloured or found is None:
            return text
        others = list(rows[key].values()) if self._by_row else [
            row[name] for row in rows.values() if name in row]
        over = found.median / min(each.median for each in others)
        if over <= _CLOSE:
            return f"{_GOOD}{text}{_PLAIN}"
        return f"{_BAD}{text}{_PLAIN}" if over >= _FAR else text
