"""What a `Timer` found: times, what they are times of, and how far to trust them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_UNITS = (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0))
_MOST_DIGITS = 5
_CLOCK = 25e-9  # seconds: no mean is better known than the clock
_WIDTH_90 = 1.645  # of a normal distribution, in standard deviations, the half that holds 90%


@dataclass(frozen=True)
class TaskSpec:
    """What was timed: the statement, its setup, and the names that it goes by in tables."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or the statement where there is none, and the sub-label."""
        label = self.label or self.stmt
        return f"{label}: {self.sub_label}" if self.sub_label else label

    def setup_str(self) -> str:
        """The setup as it is shown; nothing for none."""
        if self.setup in ("", "pass"):
            return ""
        return f"setup: {self.setup}" if "\n" not in self.setup else f"setup:\n{self.setup}"


@dataclass
class Measurement:
    """Times of so many runs each; `times` are those of one run, in seconds.

    Source: https://docs.pytorch.org/docs/stable/benchmark_utils.html#torch.utils.benchmark.Measurement
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = field(default=None)

    def __getattr__(self, name: str) -> Any:
        """What the task tells: `label`, `num_threads`, `title`..."""
        if name.startswith("_") or name == "task_spec":
            raise AttributeError(name)
        return getattr(self.task_spec, name)

    @property
    def times(self) -> list[float]:
        """Seconds to one run."""
        return [each / self.number_per_run for each in self.raw_times]

    @property
    def median(self) -> float:
        """The median of the times."""
        return statistics.median(self.times)

    @property
    def mean(self) -> float:
        """The mean of the times."""
        return statistics.fmean(self.times)

    @property
    def iqr(self) -> float:
        """How far the middle half of the times spreads, in seconds."""
        low, high = self._quartiles()
        return high - low

    def _quartiles(self) -> tuple[float, float]:
        if len(self.times) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.times, n=4, method="inclusive")
        return low, high

    @property
    def significant_figures(self) -> int:
        """How many digits of the median mean something: those that its 90% interval leaves."""
        times = sorted(self.times)
        middle = times[len(times) // 4 : math.ceil(3 * len(times) / 4)]
        if len(middle) < 2:
            return 1
        error = _WIDTH_90 * statistics.stdev(middle) / math.sqrt(len(middle))
        digits = math.floor(math.log10(self.median / max(error, _CLOCK)))
        return min(max(digits, 1), _MOST_DIGITS)

    def meets_confidence(self, threshold: float = 0.25) -> bool:
        """Whether the middle half spreads over less than this part of the median."""
        return self.iqr < threshold * self.median

    @property
    def has_warnings(self) -> bool:
        """Whether the times spread too far to be trusted."""
        return not self.meets_confidence()

    @property
    def as_row_name(self) -> str:
        """The name of its row in a table."""
        spec = self.task_spec
        return str(spec.sub_label or spec.label or spec.stmt)

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """One measurement of each task, with all its times."""
        groups: dict[TaskSpec, list[Measurement]] = {}
        for each in measurements:
            groups.setdefault(each.task_spec, []).append(each)
        return [
            Measurement(1, [time for each in group for time in each.times], spec)
            for spec, group in groups.items()
        ]

    def __repr__(self) -> str:
        spec, count = self.task_spec, len(self.raw_times)
        unit, scale = select_unit(self.median)
        lines = [spec.title, spec.description or "", spec.setup_str()]
        median = f"{self.median / scale:.2f} {unit}"
        if count == 1:
            lines.append(f"  {median}")
        else:
            lines.append(f"  Median: {median}")
            if count > 3:
                low, high = (each / scale for each in self._quartiles())
                lines.append(f"  IQR:    {high - low:.2f} {unit} ({low:.2f} to {high:.2f})")
        lines.append(
            f"  {count} measurement{'s' * (count > 1)} of {self.number_per_run} "
            f"run{'s' * (self.number_per_run > 1)}, {spec.num_threads} "
            f"thread{'s' * (spec.num_threads > 1)}")
        if self.has_warnings and count > 1:
            lines.append(
                f"  The times spread over {self.iqr / self.median:.0%} of the median: "
                "the machine may be busy.")
        return "\n".join(filter(None, lines))


def select_unit(t: float) -> tuple[str, float]:
    """The unit for so many seconds, and how many seconds it has."""
    for unit, scale in reversed(_UNITS):
        if t >= scale:
            return unit, scale
    return _UNITS[0]
