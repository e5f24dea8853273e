"""`Timer`: how long a statement takes.

Work on large tensors waits here until its value is wanted, and what nobody wants is never done. A
timed statement's value is wanted: where something waits after it, that is computed within the time.
"""

from __future__ import annotations

import ast
import statistics
import textwrap
from collections.abc import Callable
from contextlib import contextmanager
from timeit import Timer as Loop
from timeit import default_timer
from typing import Any

from rushlight.engine import deferred
from rushlight.utils.benchmark.measurement import Measurement, TaskSpec

timer = default_timer
_OVERHEAD = 1e-4  # the most of a block's time that the clock may take
_BLOCKS = 1000  # about so many blocks fill the time that is asked for
_EMPTY_RUNS = 10

Callback = Callable[[int, float], Any]


class Timer:
    """Times the Python statement `stmt`, after `setup`, with `num_threads` threads.

    `globals` are the names that the statement finds, and `torch`. `label`, `sub_label`,
    `description` and `env` name the measurement in tables. Raises ValueError for statements that
    are no text, NotImplementedError for another language.
    Source: https://docs.pytorch.org/docs/stable/benchmark_utils.html#torch.utils.benchmark.Timer
    """

    def __init__(
        self, stmt: str = "pass", setup: str = "pass", global_setup: str = "",
        timer: Callable[[], float] = timer, globals: dict[str, Any] | None = None,
        label: str | None = None, sub_label: str | None = None, description: str | None = None,
        env: str | None = None, num_threads: int = 1, language: Any = "python",
    ):
        if str(getattr(language, "name", language)).lower() not in ("python", "py"):
            raise NotImplementedError(f"Timer: statements are Python's, not {language}'s")
        if global_setup:
            raise ValueError("Timer: global_setup is for C++ statements")
        if not isinstance(stmt, str) or not isinstance(setup, str):
            raise ValueError("Timer: stmt and setup are text")
        import rushlight as torch

        self._globals = {"torch": torch, **(globals or {})}
        self._clock = timer
        self._task_spec = TaskSpec(
            _dedented(stmt), _dedented(setup), "", label, sub_label, description, env, num_threads)
        self._loop: Loop | None = None

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """The time of so many runs, once."""
        with self._threads():
            self._time(max(number // 100, 2))  # to warm up
            return Measurement(number, [self._time(number)], self._task_spec)

    def blocked_autorange(
        self, callback: Callback | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """The times of blocks of runs, for at least `min_run_time` seconds in all.

        A block is long enough that the clock costs nothing. `callback(runs, seconds)` is called
        after each.
        """
        return self._measured(lambda times: sum(times) >= min_run_time, min_run_time, callback)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0,
        callback: Callback | None = None,
    ) -> Measurement:
        """The times of blocks of runs, until their middle half spreads over less than `threshold`
        of the median; for at least `min_run_time` and at most `max_run_time` seconds.
        """
        def enough(times: list[float]) -> bool:
            found = Measurement(1, times, self._task_spec)
            return sum(times) > max_run_time or (
                sum(times) >= min_run_time and len(times) > 3 and found.meets_confidence(threshold))

        return self._measured(enough, min_run_time, callback)

    def autorange(self, callback: Callback | None = None) -> None:
        """NotImplementedError: blocked_autorange tells more."""
        raise NotImplementedError("Timer.autorange(): use blocked_autorange()")

    def repeat(self, repeat: int = -1, number: int = -1) -> None:
        """NotImplementedError: blocked_autorange tells more."""
        raise NotImplementedError("Timer.repeat(): use blocked_autorange()")

    def collect_callgrind(self, *args: Any, **kwargs: Any) -> None:
        """NotImplementedError: instructions are not counted here."""
        raise NotImplementedError("Timer.collect_callgrind(): instructions are not counted here")

    def _measured(
        self, enough: Callable[[list[float]], bool], min_run_time: float, callback: Callback | None
    ) -> Measurement:
        with self._threads():
            number = self._block(min_run_time)
            times: list[float] = []
            while not times or not enough(times):
                times.append(self._time(number))
                if callback is not None:
                    callback(number, times[-1])
            return Measurement(number, times, self._task_spec)

    def _block(self, min_run_time: float) -> int:
        """How many runs to a block."""
        empty = Loop(timer=self._clock)
        overhead = statistics.median(empty.timeit(0) for _ in range(_EMPTY_RUNS))
        number = 1
        while True:
            seconds = self._time(number)
            if seconds > min_run_time or (
                seconds >= min_run_time / _BLOCKS and overhead <= seconds * _OVERHEAD
            ):
                return number
            number *= 10

    def _time(self, number: int) -> float:
        if self._loop is None:
            self._loop = self._compiled()
        return max(self._loop.timeit(number), 1e-9)

    def _compiled(self) -> Loop:
        """The loop. Where the statement leaves work that waits, it is done within the loop."""
        spec = self._task_spec
        names = {**self._globals, "_finish": deferred.compute_all}
        deferred.compute_all()
        Loop(_held(spec.stmt, "_waits()"), spec.setup, self._clock, {
            **names, "_waits": lambda: names.update(_late=deferred.anything_waits())}).timeit(1)
        stmt = _held(spec.stmt, "_finish()") if names.pop("_late") else spec.stmt
        return Loop(stmt, spec.setup, self._clock, names)

    @contextmanager
    def _threads(self) -> Any:
        import rushlight as torch

        before = torch.get_num_threads()
        torch.set_num_threads(self._task_spec.num_threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _dedented(text: str) -> str:
    return textwrap.dedent(text).strip() or "pass"


def _held(stmt: str, then: str) -> str:
    """The statement with the value of its last expression held by a name, and what comes then."""
    tree = ast.parse(stmt)
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        tree.body[-1] = ast.Assign([ast.Name("_value", ast.Store())], last.value, lineno=0)
    return f"{ast.unparse(tree)}\n{then}"
