"""`torch.utils.benchmark`: a clock that is told what to say, and work that waits."""

from __future__ import annotations

import pickle
import re

import pytest

import rushlight as torch
from rushlight.utils import benchmark
from rushlight.utils.benchmark import Measurement, TaskSpec, Timer


class Clock:
    """Time that passes only when somebody works."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def work(self, seconds):
        self.now += seconds


def timer(seconds="0.001", **options):
    clock = Clock()
    return Timer(f"work({seconds})", timer=clock, globals={"work": clock.work}, **options)


def test_a_time():
    found = timer().timeit(10)
    assert found.number_per_run == 10
    assert found.times == [pytest.approx(0.001)]
    assert found.median == found.mean == pytest.approx(0.001)
    assert (found.iqr, found.significant_figures, found.has_warnings) == (0, 1, False)


def test_blocks_fill_the_time_that_is_asked_for():
    seen = []
    found = timer("1e-5").blocked_autorange(lambda *each: seen.append(each), min_run_time=0.2)
    assert found.number_per_run == 100  # the first power of ten in a thousandth of the time
    assert sum(found.raw_times) == pytest.approx(0.2, rel=0.01)
    assert [count for count, _ in seen] == [100] * len(found.raw_times)
    assert found.significant_figures == 2  # of 10 us, by a clock of 25 ns


def test_times_are_taken_until_they_agree():
    clock = Clock()
    times = iter([1e-3] * 8 + [1e-3, 5e-3] * 4 + [1e-3] * 10_000)
    found = Timer("work(next(times))", timer=clock, globals={
        "work": clock.work, "times": times}).adaptive_autorange(0.1, min_run_time=0.1)
    assert found.meets_confidence(0.1)
    assert len(found.times) < 200
    endless = Timer("work(next(times))", timer=clock, globals={"work": clock.work, "times": iter(
        [1e-3, 5e-3] * 10_000)}).adaptive_autorange(0.1, min_run_time=0.01, max_run_time=1.0)
    assert endless.has_warnings
    assert sum(endless.raw_times) == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("stmt", ["x * 2", "y = x * 2", "y = x + 1\ny * 2"])
def test_what_waits_is_done_within_the_time(stmt):
    x = torch.rand(1 << 20)
    spent = Timer(stmt, globals={"x": x}).blocked_autorange(min_run_time=0.02).median
    assert spent > 1.5e-5  # reading and writing 4 MB takes longer; putting it off does not


def test_small_statements_are_timed_as_they_stand():
    names = {"x": torch.ones(3), "seen": []}
    Timer("seen.append(x + x)", globals=names).timeit(5)
    assert all(torch.equal(each, torch.full((3,), 2.0)) for each in names["seen"])


def test_threads_and_setup():
    before = torch.get_num_threads()
    seen = []
    Timer("seen.append((torch.get_num_threads(), value))", setup="value = 5", num_threads=3,
          globals={"seen": seen}).timeit(1)
    assert set(seen) == {(3, 5)}
    assert torch.get_num_threads() == before


def test_how_it_is_shown():
    found = timer(label="work", sub_label="short", description="plain", setup="a = 1").timeit(10)
    assert str(found).split("\n") == [
        "work: short", "plain", "setup: a = 1", "  1.00 ms",
        "  1 measurement of 10 runs, 1 thread"]
    found.raw_times *= 4
    found.raw_times[0] *= 8
    assert "Median: 1.00 ms" in str(found)
    assert "IQR:    1.75 ms (1.00 to 2.75)" in str(found)
    assert "spread over 175%" in str(found)
    assert pickle.loads(pickle.dumps(found)) == found


def test_measurements_of_one_task_merge():
    one, two = TaskSpec("a", "pass"), TaskSpec("b", "pass")
    merged = Measurement.merge([
        Measurement(10, [1.0], one), Measurement(1, [3.0], two), Measurement(2, [1.0, 2.0], one)])
    assert [(each.stmt, each.times) for each in merged] == [("a", [0.1, 0.5, 1.0]), ("b", [3.0])]


def test_a_table():
    results = [
        Measurement(1, [seconds] * 4, TaskSpec(
            "s", "pass", label="Op", sub_label=size, description=name, num_threads=threads))
        for seconds, size, name, threads in (
            (2e-6, "[4]", "add", 1), (3.25e-6, "[4]", "mul", 1), (4e-3, "[4096]", "add", 1),
            (1e-6, "[4]", "add", 2))
    ]
    table = benchmark.Compare(results)
    assert str(table).split("\n") == [
        "[-------------- Op --------------]",
        "                 |   add    |  mul",
        "1 thread: ------------------------",
        "      [4]        |     2.0  |  3.2",
        "      [4096]     |  4000.0  |     ",
        "2 threads: -----------------------",
        "      [4]        |     1.0  |     ",
        "",
        "Times are in us.",
        "",
    ]
    table.trim_significant_figures()
    assert "      [4]        |       2  |  3.2\n" in str(table)
    table.colorize()
    assert re.search("\x1b\\[31m *4000", str(table))


def test_refusals():
    with pytest.raises(NotImplementedError, match="C"):
        Timer("1", language="C++")
    with pytest.raises(ValueError, match="text"):
        Timer(lambda: None)
    with pytest.raises(NameError, match="nothing_of_this_name"):
        Timer("nothing_of_this_name").timeit(1)
    for name in ("autorange", "repeat", "collect_callgrind"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(Timer(), name)()
