"""The native worker threads: what they run, and how they start, fork and end."""

from __future__ import annotations

import ctypes
import math
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushlight.engine import native, pool

pytestmark = pytest.mark.skipif(not native.available(), reason="LLVM is not available here")
linux = pytest.mark.skipif(not pool._SHARING, reason="no workers here")

KERNELS = """
declare i64 @pthread_self()
declare i32 @clock_gettime(i32, ptr)
declare void @region(ptr, ptr, ptr, i64, i64, i64)

; argument[i] += 1 for each i of the range
define void @count(ptr %argument, i64 %begin, i64 %end) #0 {
start:
  br label %next
next:
  %i = phi i64 [%begin, %start], [%j, %next]
  %p = getelementptr i64, ptr %argument, i64 %i
  %v = load i64, ptr %p
  %w = add i64 %v, 1
  store i64 %w, ptr %p
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %end
  br i1 %more, label %next, label %done
done:
  ret void
}

define internal i64 @now() #0 {
  %time = alloca [2 x i64]
  call i32 @clock_gettime(i32 1, ptr %time)
  %seconds = load i64, ptr %time
  %p = getelementptr i64, ptr %time, i64 1
  %rest = load i64, ptr %p
  %whole = mul i64 %seconds, 1000000000
  %sum = add i64 %whole, %rest
  ret i64 %sum
}

; argument[i] = the thread, after a millisecond of work for each i
define void @work(ptr %argument, i64 %begin, i64 %end) #0 {
start:
  %thread = call i64 @pthread_self()
  br label %next
next:
  %i = phi i64 [%begin, %start], [%j, %write]
  %since = call i64 @now()
  br label %spin
spin:
  %now = call i64 @now()
  %passed = sub i64 %now, %since
  %early = icmp slt i64 %passed, 1000000
  br i1 %early, label %spin, label %write
write:
  %p = getelementptr i64, ptr %argument, i64 %i
  store i64 %thread, ptr %p
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %end
  br i1 %more, label %next, label %done
done:
  ret void
}

; argument = state, kernel, calls, the kernel's argument: a region for each i, of 10 items
define void @nest(ptr %argument, i64 %begin, i64 %end) #0 {
start:
  %state = load ptr, ptr %argument
  %at1 = getelementptr ptr, ptr %argument, i64 1
  %kernel = load ptr, ptr %at1
  br label %next
next:
  %i = phi i64 [%begin, %start], [%j, %next]
  %from = mul i64 %i, 10
  %to = add i64 %from, 10
  call void @region(ptr %state, ptr %kernel, ptr %argument, i64 %from, i64 %to, i64 1)
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %end
  br i1 %more, label %next, label %done
done:
  ret void
}

; `turns` regions of 4 items, one after the other, over the words 0 to 3 and 4 to 7 by turns
define void @regions(ptr %state, ptr %words, i64 %turns) #0 {
start:
  br label %next
next:
  %i = phi i64 [0, %start], [%j, %next]
  %odd = and i64 %i, 1
  %at = shl i64 %odd, 2
  %place = getelementptr i64, ptr %words, i64 %at
  call void @region(ptr %state, ptr @count, ptr %place, i64 0, i64 4, i64 1)
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %turns
  br i1 %more, label %next, label %done
done:
  ret void
}

; as count, with the argument of nest; it adds up its calls
define void @tally(ptr %argument, i64 %begin, i64 %end) #0 {
  %at2 = getelementptr ptr, ptr %argument, i64 2
  %calls = load ptr, ptr %at2
  %before = atomicrmw add ptr %calls, i64 1 seq_cst
  %at3 = getelementptr ptr, ptr %argument, i64 3
  %counts = load ptr, ptr %at3
  call void @count(ptr %counts, i64 %begin, i64 %end)
  ret void
}
"""


def kernel(name: str) -> int:
    names = ["count", "work", "nest", "regions", "tally"]
    return native.compile(KERNELS, names, {"region": pool.entry()})[name]


def numbers(size: int) -> ctypes.Array[ctypes.c_int64]:
    return (ctypes.c_int64 * size)()


def run(name: str, size: int, grain: int = 1) -> list[int]:
    found = numbers(size)
    pool.parallel_for(kernel(name), ctypes.addressof(found), 0, size, grain)
    return list(found)


def tasks(wanted: int) -> int:
    """How many threads there are; one that was joined may be listed a little longer."""
    for _ in range(100):
        if len(os.listdir("/proc/self/task")) == wanted:
            break
        time.sleep(0.002)
    return len(os.listdir("/proc/self/task"))


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = pool.get_num_threads()
    yield
    pool.set_num_threads(before)


# ---- what runs


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 5),
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(-5, 3000), st.integers(-1, 700)), max_size=10
    ),
)
def test_every_index_once(threads: int, regions: list[tuple[int, int, int]]) -> None:
    pool.set_num_threads(threads)
    count = kernel("count")
    for begin, size, grain in regions:
        found = numbers(begin + max(size, 0) + 1)
        pool.parallel_for(count, ctypes.addressof(found), begin, begin + size, grain)
        assert list(found) == [0] * begin + [1] * size + [0]


@pytest.mark.parametrize("begin", [-(1 << 62), (1 << 62) - 100])
@pytest.mark.parametrize("grain", [1, 7, 99, 1 << 62])
def test_far_ranges(begin: int, grain: int) -> None:
    pool.set_num_threads(3)
    found = numbers(101)
    start = (ctypes.addressof(found) - 8 * begin) % (1 << 64)
    pool.parallel_for(kernel("count"), start, begin, begin + 100, grain)
    assert list(found) == [1] * 100 + [0]


def test_regions_after_sleep() -> None:
    pool.set_num_threads(3)
    for _ in range(100):
        time.sleep(0.0005)
        assert run("count", 1000, 10) == [1] * 1000


def test_late_workers_do_not_mix_regions() -> None:
    pool.set_num_threads(2)
    words = numbers(8)
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    function(kernel("regions"))(pool.address(), ctypes.addressof(words), 1_000_000)
    assert list(words) == [500_000] * 8


@linux
@pytest.mark.parametrize("rest", [0, 0.01])
def test_threads_share_the_work(rest: float) -> None:
    pool.set_num_threads(3)
    run("count", 100)  # starts them
    for _ in range(20):  # on a busy machine one may come late
        time.sleep(rest)
        if len(set(run("work", 30))) == 3:
            return
    pytest.fail("one thread did the work of three")


def test_nested_runs_inline() -> None:
    pool.set_num_threads(3)
    kernels = {name: kernel(name) for name in ("nest", "tally")}
    calls, found = numbers(1), numbers(5000)
    places = [pool.address(), kernels["tally"], *map(ctypes.addressof, (calls, found))]
    argument = (ctypes.c_int64 * 4)(*places)
    pool.parallel_for(kernels["nest"], ctypes.addressof(argument), 0, 500, 3)
    assert list(found) == [1] * 5000
    assert calls[0] == 500  # each region within came as one chunk


def test_several_callers() -> None:
    pool.set_num_threads(3)
    wrong: list[int] = []

    def call() -> None:
        sizes = range(500, 800)
        wrong.extend(size for size in sizes if run("count", size, 20) != [1] * size)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for each in callers:
        each.start()
    for threads in [2, 1, 4, 3] * 20:
        pool.set_num_threads(threads)
    for each in callers:
        each.join()
    assert not wrong


# ---- how many


@linux
def test_number_of_threads() -> None:
    pool.set_num_threads(1)
    alone = tasks(1)  # more than one if NumPy has some
    assert set(run("work", 10)) == {threading.get_ident()}
    for threads in (4, 2, 1, 3):
        pool.set_num_threads(threads)
        assert pool.get_num_threads() == threads
        assert tasks(alone) == alone
        run("count", 100)
        assert tasks(alone + threads - 1) == alone + threads - 1


@pytest.mark.parametrize("threads", [0, -1])
def test_no_threads(threads: int) -> None:
    with pytest.raises(RuntimeError, match="positive"):
        pool.set_num_threads(threads)


@linux
def test_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    for asked, quota, threads in [
        ("3", math.inf, 3),
        ("9", 1.0, 9),
        ("", math.inf, 6),
        ("", 2.5, 3),
        ("", 0.1, 1),
        ("", 64.0, 6),
        ("0", 64.0, 6),
        ("-1", 64.0, 6),
        ("many", 64.0, 6),
    ]:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
        monkeypatch.setattr(pool, "_quota", lambda _, quota=quota: quota)
        assert pool._default_threads() == threads


@pytest.mark.parametrize(
    ("groups", "files", "cores"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "300000 100000\n"}, 3.0),
        ("0::/a/b\n", {"a/b/cpu.max": "400000 100000\n", "cpu.max": "50000 100000\n"}, 0.5),
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2.0),
        ("0::/../other\n", {"cpu.max": "max 100000\n"}, math.inf),
        (
            "5:memory:/x\n4:cpu,cpuacct:/x\n0::/x\n",
            {
                "cpu,cpuacct/x/cpu.cfs_quota_us": "250000\n",
                "cpu,cpuacct/x/cpu.cfs_period_us": "100000\n",
            },
            2.5,
        ),
        (
            "1:name=a:b:/x\n4:cpu:/x\n",
            {"cpu/x/cpu.cfs_quota_us": "-1\n", "cpu/x/cpu.cfs_period_us": "100000\n"},
            math.inf,
        ),
        ("", {}, math.inf),
    ],
)
def test_quota(groups: str, files: dict[str, str], cores: float, tmp_path: Path) -> None:
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        path = tmp_path / name if name.startswith("proc") else tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert pool._quota(tmp_path) == cores


@linux
def test_idle_workers_sleep() -> None:
    pool.set_num_threads(3)
    run("count", 1000)
    time.sleep(0.05)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.015


# ---- processes


def python(code: str, first: str = "") -> tuple[int, str]:
    """How another process ends, and what it prints; `first` runs before the pool is imported."""
    head = first + "\nimport os, sys, threading, time\nfrom test_pool import pool, run, tasks\n"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", head + "pool.set_num_threads(3)\n" + textwrap.dedent(code)],
        env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr.strip().rpartition("\n")[2]


DAEMON = """
    def forever():
        while True:
            run("work", 9)
    threading.Thread(target=forever, daemon=True).start()
    time.sleep(0.05)
"""


@pytest.mark.parametrize(
    ("code", "status", "printed"),
    [
        ("run('count', 100)", 0, ""),
        ("run('count', 100); sys.exit(3)", 3, ""),
        ("run('count', 100); raise ValueError('mine')", 1, "ValueError: mine"),
        ("run('count', 100); os._exit(4)", 4, ""),
        (DAEMON, 0, ""),
        (DAEMON + "\n    sys.exit(5)", 5, ""),
        ("import atexit; atexit.register(run, 'count', 100); run('count', 100)", 0, ""),
        ("pool.set_num_threads(5)", 0, ""),
    ],
)
def test_ends(code: str, status: int, printed: str) -> None:
    assert python(code) == (status, printed)


@linux
def test_workers_end_before_the_interpreter() -> None:
    first = "import atexit; atexit.register(lambda: print(tasks(others) == others))"
    code = """
    pool.set_num_threads(1)
    others = tasks(1)
    pool.set_num_threads(3)
    run("count", 100)
    """
    assert python(code, first) == (0, "True\n")


@linux
def test_child_of_fork_has_its_own_workers() -> None:
    code = (
        DAEMON
        + """
    wrong = 0
    for turn in range(20):
        child = os.fork()
        if child == 0:
            alone = tasks(1) == 1
            right = run("count", 1000, 10) == [1] * 1000
            shared = any(len(set(run("work", 20))) == 3 for turn in range(20))
            os._exit(0 if alone and right and shared and tasks(3) == 3 else 1)
        wrong += os.waitpid(child, 0)[1] != 0
        time.sleep(0.001)
    assert run("count", 1000, 10) == [1] * 1000
    print(wrong)
    """
    )
    assert python(code) == (0, "0\n")


@linux
def test_interrupt_waits_for_the_kernel() -> None:
    code = """
    import ctypes, signal
    from test_pool import kernel, numbers
    found, address = numbers(600), kernel("work")
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    try:
        pool.parallel_for(address, ctypes.addressof(found), 0, 600, 1)
        print("not interrupted")
    except KeyboardInterrupt:
        print(all(found), time.monotonic() - start > 0.15)
    print(run("count", 100) == [1] * 100)
    """
    assert python(code) == (0, "True True\nTrue\n")


@linux
def test_threads_that_cannot_start() -> None:
    code = """
    import resource
    run("count", 100)
    others = tasks(3) - 2
    used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGESIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), resource.RLIM_INFINITY))
    pool.set_num_threads(64)
    print(all(run("count", 1000, 10) == [1] * 1000 for turn in range(100)))
    print(pool.get_num_threads(), 0 < pool._words[pool._FIELDS["running"]] < 63)
    pool.set_num_threads(2)
    print(run("count", 1000, 10) == [1] * 1000, tasks(others + 1) == others + 1)
    """
    assert python(code) == (0, "True\n64 True\nTrue True\n")


def test_settings_need_no_compiler() -> None:
    code = """
    import sys
    from rushlight.engine import pool
    pool.set_num_threads(7)
    print(pool.get_num_threads(), "llvmlite" in sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "7 False\n"
