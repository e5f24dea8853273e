"""The native worker threads, which share ranges of work with whoever calls.

They are written in LLVM IR, like the kernels that they run, so that neither a C compiler nor the
interpreter's lock comes in. A *region* is one call of `parallel_for`: its caller opens it, takes
chunks of the range as the workers do, closes it, and waits for the workers that are inside. One
that comes late finds it closed and costs nothing.

Only one region is open at a time. A call within a region, or from a second thread meanwhile, does
all its work itself. So does any call where there are no futexes: Linux alone has workers.

A worker that finds no work for 300 us sleeps until it is woken, which costs its caller some 10 us
or more. So the caller first does a chunk of the work itself, and wakes nobody as long as all that
sleepers have missed so far would not have been worth it: one short region wakes nobody, many do.
For this to share long work well, let it come in several chunks for each thread.
"""

from __future__ import annotations

import atexit
import ctypes
import math
import os
import platform
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rushlight.engine import native

_SPIN = 300_000  # nanoseconds that an idle worker watches for work before it sleeps
_WORTH_WAKING = 40_000  # nanoseconds of missed work from which waking sleepers pays
_MOST = 1024  # threads

_SYSCALL = {"x86_64": 202, "aarch64": 98}  # the number of futex
_HINT = {"x86_64": "@llvm.x86.sse2.pause()", "aarch64": "@llvm.aarch64.hint(i32 1)"}
_WAIT, _WAKE = 128, 129  # FUTEX_WAIT and FUTEX_WAKE, within this process
_MACHINE = platform.machine()
_SHARING = sys.platform == "linux" and _MACHINE in _SYSCALL

# ---- the state block: words of 64 bits; a line to each that many threads write

_LINE = 16  # words; two cache lines, since processors fetch them in pairs
_FIELDS = {
    # What workers watch: it grows with each region. Its low half is the futex.
    "generation": 0,
    "taken": 1 * _LINE,  # how many chunks were taken
    "taken_back": 1 * _LINE + 1,  # how many of them by workers, who begin with the last
    "inside": 2 * _LINE,  # how many workers are in the region, or look whether it is open
    "open": 3 * _LINE,
    "sleeping": 4 * _LINE,  # how many workers sleep
    "lock": 5 * _LINE,  # held by the caller of the open region, and by `resize`
    # Written under the lock, while no region is open:
    "function": 6 * _LINE,
    "argument": 6 * _LINE + 1,
    "begin": 6 * _LINE + 2,
    "end": 6 * _LINE + 3,
    "grain": 6 * _LINE + 4,
    "chunks": 6 * _LINE + 5,  # how many there are
    "front": 6 * _LINE + 6,  # the caller's next chunk
    "stop": 6 * _LINE + 7,  # workers leave when the next generation comes
    "wanted": 6 * _LINE + 8,  # how many workers there should be
    "started": 6 * _LINE + 9,  # whether they have been started
    "running": 6 * _LINE + 10,  # how many could be started
    "allowed": 6 * _LINE + 11,  # how many cores there are to bind workers to; 0: bind none
    "home": 6 * _LINE + 12,  # the caller's core when they were last bound, plus 1
    "missed": 6 * _LINE + 13,  # nanoseconds of work that sleepers might have shared
    "mask": 7 * _LINE,  # a set of cores, as the system takes it
    "threads": 8 * _LINE,  # their pthread_t
    "cores": 8 * _LINE + _MOST,  # those that this process may use, to the end
}
_WORDS = _FIELDS["cores"] + _MOST

# ---- the native functions; `{next}` and its like are the addresses of fields

_SOURCE = """
declare i64 @syscall(i64, ...)
declare i32 @sched_yield()
declare i32 @clock_gettime(i32, ptr)
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
declare i32 @pthread_setaffinity_np(i64, i64, ptr)
declare i32 @sched_getcpu()

define internal i64 @now() #0 {
  %time = alloca [2 x i64]
  %status = call i32 @clock_gettime(i32 1, ptr %time)
  %seconds = load i64, ptr %time
  %rest = getelementptr i64, ptr %time, i64 1
  %nanoseconds = load i64, ptr %rest
  %whole = mul i64 %seconds, 1000000000
  %sum = add i64 %whole, %nanoseconds
  ret i64 %sum
}

; Take and run one chunk; false if there was none left. The caller takes them from the first on,
; workers from the last on: so each core meets, from one region to the next, what its cache holds.
define internal i1 @chunk(ptr %state, i1 %caller) #0 {
  %function = load ptr, ptr {function}
  %argument = load ptr, ptr {argument}
  %begin = load i64, ptr {begin}
  %end = load i64, ptr {end}
  %grain = load i64, ptr {grain}
  %chunks = load i64, ptr {chunks}
  %taken = atomicrmw add ptr {taken}, i64 1 monotonic
  %left = icmp slt i64 %taken, %chunks
  br i1 %left, label %some, label %none
some:
  br i1 %caller, label %ahead, label %back
ahead:
  %first = load i64, ptr {front}
  %more = add i64 %first, 1
  store i64 %more, ptr {front}
  br label %run
back:
  %before = atomicrmw add ptr {taken_back}, i64 1 monotonic
  %beyond = xor i64 %before, -1
  %last = add i64 %chunks, %beyond
  br label %run
run:
  %place = phi i64 [%first, %ahead], [%last, %back]
  %offset = mul i64 %place, %grain
  %from = add i64 %begin, %offset
  %past = add i64 %from, %grain
  %to = call i64 @llvm.smin.i64(i64 %past, i64 %end)
  call void %function(ptr %argument, i64 %from, i64 %to)
  ret i1 true
none:
  ret i1 false
}

define internal void @chunks(ptr %state, i1 %caller) #0 {
  br label %again
again:
  %more = call i1 @chunk(ptr %state, i1 %caller)
  br i1 %more, label %again, label %end
end:
  ret void
}

; Begin a generation, which every worker sees that does not sleep.
define internal void @announce(ptr %state) #0 {
  %before = atomicrmw add ptr {generation}, i64 1 seq_cst
  ret void
}

define internal void @wake(ptr %state, i32 %most) #0 {
  call i64 (i64, ...) @syscall(i64 {FUTEX}, ptr {generation}, i64 {WAKE}, i32 %most)
  ret void
}

; ---- workers

; Return as soon as the generation is not the one seen before, and say which it is.
define internal i64 @await(ptr %state, i64 %seen) #0 {
start:
  br label %idle
idle:
  %since = call i64 @now()
  br label %spin
spin:
  %turn = phi i64 [0, %idle], [%next_turn, %pause], [%next_turn, %watch]
  %generation = load atomic i64, ptr {generation} acquire, align 8
  %new = icmp ne i64 %generation, %seen
  br i1 %new, label %come, label %pause
pause:
  call void {HINT}
  %next_turn = add i64 %turn, 1
  %low = and i64 %next_turn, 15
  %look = icmp eq i64 %low, 0
  br i1 %look, label %watch, label %spin
watch:
  %now = call i64 @now()
  %passed = sub i64 %now, %since
  %patient = icmp slt i64 %passed, {SPIN}
  br i1 %patient, label %spin, label %sleep
sleep:
  ; A caller raises the generation, then looks for sleepers; here it is the other way round. So
  ; either the caller wakes this thread, or the wait returns at once since the generation is new.
  %more = atomicrmw add ptr {sleeping}, i64 1 seq_cst
  %expected = trunc i64 %seen to i32
  call i64 (i64, ...) @syscall(i64 {FUTEX}, ptr {generation}, i64 {WAIT}, i32 %expected, ptr null)
  %fewer = atomicrmw sub ptr {sleeping}, i64 1 seq_cst
  br label %idle
come:
  ret i64 %generation
}

define internal ptr @worker(ptr %state) #0 {
start:
  br label %wait
wait:
  %seen = phi i64 [0, %start], [%generation, %leave]
  %generation = call i64 @await(ptr %state, i64 %seen)
  %stop = load atomic i64, ptr {stop} acquire, align 8
  %stopped = icmp ne i64 %stop, 0
  br i1 %stopped, label %end, label %enter
enter:
  ; First in, then a look whether it is open: a caller that closes does it the other way round.
  %more = atomicrmw add ptr {inside}, i64 1 seq_cst
  %open = load atomic i64, ptr {open} seq_cst, align 8
  %is_open = icmp ne i64 %open, 0
  br i1 %is_open, label %work, label %leave
work:
  call void @chunks(ptr %state, i1 false)
  br label %leave
leave:
  %fewer = atomicrmw sub ptr {inside}, i64 1 seq_cst
  br label %wait
end:
  ret ptr null
}

; Start the workers wanted, or as many as the system gives. Call it under the lock.
define internal void @start(ptr %state) #0 {
start:
  store i64 1, ptr {started}
  %wanted = load i64, ptr {wanted}
  br label %next
next:
  %count = phi i64 [0, %start], [%one_more, %created]
  store i64 %count, ptr {running}
  %enough = icmp sge i64 %count, %wanted
  br i1 %enough, label %end, label %create
create:
  %thread = getelementptr i64, ptr {threads}, i64 %count
  %failed = call i32 @pthread_create(ptr %thread, ptr null, ptr @worker, ptr %state)
  %done = icmp eq i32 %failed, 0
  br i1 %done, label %created, label %end
created:
  %one_more = add i64 %count, 1
  br label %next
end:
  ret void
}

; Bind each worker to a core of its own, none of them the caller's. A system that wakes a thread may
; place it on the caller's core, where it would wait until the work is done.
define internal void @bind(ptr %state, i64 %core) #0 {
start:
  %allowed = load i64, ptr {allowed}
  %running = load i64, ptr {running}
  br label %find
find:
  %place = phi i64 [0, %start], [%further, %other]
  %known = icmp slt i64 %place, %allowed
  br i1 %known, label %look, label %end
look:
  %core_at = getelementptr i64, ptr {cores}, i64 %place
  %candidate = load i64, ptr %core_at
  %further = add i64 %place, 1
  %mine = icmp eq i64 %candidate, %core
  br i1 %mine, label %each, label %other
other:
  br label %find
each:
  %count = phi i64 [0, %look], [%one_more, %one]
  %more = icmp slt i64 %count, %running
  br i1 %more, label %one, label %end
one:
  %ahead = add i64 %further, %count
  %around = urem i64 %ahead, %allowed
  %given_at = getelementptr i64, ptr {cores}, i64 %around
  %given = load i64, ptr %given_at
  %word = lshr i64 %given, 6
  %bit = and i64 %given, 63
  %bits = shl i64 1, %bit
  %mask_at = getelementptr i64, ptr {mask}, i64 %word
  store i64 %bits, ptr %mask_at
  %thread_at = getelementptr i64, ptr {threads}, i64 %count
  %thread = load i64, ptr %thread_at
  %status = call i32 @pthread_setaffinity_np(i64 %thread, i64 {BYTES}, ptr {mask})
  store i64 0, ptr %mask_at
  %one_more = add i64 %count, 1
  br label %each
end:
  ret void
}

; ---- callers

define void @parallel_for(
    ptr %state, ptr %function, ptr %argument, i64 %begin, i64 %end, i64 %grain) #0 {
  %count = sub i64 %end, %begin
  %empty = icmp sle i64 %count, 0
  br i1 %empty, label %done, label %size
size:
  %step = call i64 @llvm.smax.i64(i64 %grain, i64 1)
  %wanted = load i64, ptr {wanted}
  %single = icmp sle i64 %count, %step
  %nobody = icmp eq i64 %wanted, 0
  %alone = or i1 %single, %nobody
  br i1 %alone, label %inline, label %try
try:
  %exchange = cmpxchg ptr {lock}, i64 0, i64 1 acquire monotonic
  %locked = extractvalue {i64, i1} %exchange, 1
  br i1 %locked, label %prepare, label %inline
inline:
  call void %function(ptr %argument, i64 %begin, i64 %end)
  ret void
prepare:
  %started = load i64, ptr {started}
  %fresh = icmp eq i64 %started, 0
  br i1 %fresh, label %first, label %where
first:
  call void @start(ptr %state)
  store i64 0, ptr {home}
  br label %where
where:
  %core = call i32 @sched_getcpu()
  %wide = sext i32 %core to i64
  %shifted = add i64 %wide, 1
  %home = load i64, ptr {home}
  %moved = icmp ne i64 %shifted, %home
  br i1 %moved, label %move, label %fill
move:
  store i64 %shifted, ptr {home}
  call void @bind(ptr %state, i64 %wide)
  br label %fill
fill:
  %less = sub i64 %count, 1
  %full = udiv i64 %less, %step
  %chunks = add i64 %full, 1
  store i64 0, ptr {taken}
  store i64 0, ptr {taken_back}
  store i64 0, ptr {front}
  store i64 %chunks, ptr {chunks}
  store i64 %begin, ptr {begin}
  store ptr %function, ptr {function}
  store ptr %argument, ptr {argument}
  store i64 %end, ptr {end}
  store i64 %step, ptr {grain}
  store atomic i64 1, ptr {open} seq_cst, align 8
  call void @announce(ptr %state)
  %sleeping = load atomic i64, ptr {sleeping} seq_cst, align 8
  %asleep = icmp sgt i64 %sleeping, 0
  br i1 %asleep, label %probe, label %work
probe:
  %before = call i64 @now()
  %ran = call i1 @chunk(ptr %state, i1 true)
  %after = call i64 @now()
  %taken = sub i64 %after, %before
  %gone = load atomic i64, ptr {taken} monotonic, align 8
  %all = sub i64 %chunks, %gone
  %some = call i64 @llvm.smax.i64(i64 %all, i64 0)
  %left = call i64 @llvm.smin.i64(i64 %some, i64 {MOST})
  %ahead = mul i64 %taken, %left
  %before_this = load i64, ptr {missed}
  %missed = add i64 %before_this, %ahead
  store i64 %missed, ptr {missed}
  %worth = icmp sgt i64 %missed, {WORTH}
  br i1 %worth, label %rouse, label %work
rouse:
  store i64 0, ptr {missed}
  %most = trunc i64 %left to i32
  call void @wake(ptr %state, i32 %most)
  br label %work
work:
  call void @chunks(ptr %state, i1 true)
  store atomic i64 0, ptr {open} seq_cst, align 8
  br label %wait
wait:
  %turn = phi i64 [0, %work], [%next_turn, %pause], [%next_turn, %yield]
  %inside = load atomic i64, ptr {inside} seq_cst, align 8
  %out = icmp eq i64 %inside, 0
  br i1 %out, label %close, label %pause
pause:
  call void {HINT}
  %next_turn = add i64 %turn, 1
  %low = and i64 %next_turn, 1023
  %long = icmp eq i64 %low, 0
  br i1 %long, label %yield, label %wait
yield: ; a worker inside may wait for this very core
  %status = call i32 @sched_yield()
  br label %wait
close:
  store atomic i64 0, ptr {lock} release, align 8
  ret void
done:
  ret void
}

; End all workers; the next region starts so many.
define void @resize(ptr %state, i64 %wanted) #0 {
start:
  br label %try
try:
  %exchange = cmpxchg ptr {lock}, i64 0, i64 1 acquire monotonic
  %locked = extractvalue {i64, i1} %exchange, 1
  br i1 %locked, label %halt, label %busy
busy:
  %status = call i32 @sched_yield()
  br label %try
halt:
  store i64 %wanted, ptr {wanted}
  store atomic i64 1, ptr {stop} seq_cst, align 8
  call void @announce(ptr %state)
  call void @wake(ptr %state, i32 {MOST})
  %running = load i64, ptr {running}
  br label %next
next:
  %place = phi i64 [0, %halt], [%one_more, %join]
  %over = icmp eq i64 %place, %running
  br i1 %over, label %end, label %join
join:
  %at = getelementptr i64, ptr {threads}, i64 %place
  %thread = load i64, ptr %at
  %joined = call i32 @pthread_join(i64 %thread, ptr null)
  %one_more = add i64 %place, 1
  br label %next
end:
  store i64 0, ptr {running}
  store i64 0, ptr {started}
  store atomic i64 0, ptr {stop} seq_cst, align 8
  store atomic i64 0, ptr {lock} release, align 8
  ret void
}
"""


def _source() -> str:
    """The IR of the pool for this machine."""
    numbers = {"FUTEX": _SYSCALL.get(_MACHINE, 0), "WAIT": _WAIT, "WAKE": _WAKE}
    numbers |= {"BYTES": 8 * _LINE, "SPIN": _SPIN, "WORTH": _WORTH_WAKING, "MOST": _MOST}
    text = _SOURCE.replace("{HINT}", _HINT.get(_MACHINE, "@llvm.donothing()"))
    for name, number in numbers.items():
        text = text.replace(f"{{{name}}}", str(number))
    return "\n".join(_with_addresses(line, at) for at, line in enumerate(text.splitlines()))


def _with_addresses(line: str, at: int) -> str:
    """The line, after one that computes the address of the field that it names."""
    field = re.search(r"\{(\w+)\}", line)
    if field is None:
        return line
    place = f"%field{at}"
    address = f"  {place} = getelementptr i64, ptr %state, i64 {_FIELDS[field[1]]}\n"
    return address + line.replace(field[0], place)


class _Functions(NamedTuple):
    entry: int
    parallel_for: Callable[[int, int, int, int, int, int], None]
    resize: Callable[[int, int], None]


_functions: _Functions | None = None
_guard = threading.RLock()  # of starting and resizing


def _ready() -> _Functions:
    """The native functions, compiled at first use."""
    global _functions
    with _guard:
        if _functions is None:
            places = native.compile(_source(), ["parallel_for", "resize"])
            word, address = ctypes.c_int64, ctypes.c_void_p
            region = ctypes.CFUNCTYPE(None, address, address, address, word, word, word)
            resize = ctypes.CFUNCTYPE(None, address, word)
            _functions = _Functions(
                places["parallel_for"], region(places["parallel_for"]), resize(places["resize"])
            )
    return _functions


# ---- how many threads


def _default_threads() -> int:
    """OMP_NUM_THREADS if that is a number, else the cores that this process may use."""
    if not _SHARING:
        return 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return max(1, math.ceil(min(len(os.sched_getaffinity(0)), _quota(Path("/")))))


def _quota(root: Path) -> float:
    """How many cores' time the control groups of this process allow, of either version."""
    least = math.inf
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "" or "cpu" in controllers.split(","):
            mount = root / "sys/fs/cgroup" / controllers
            group = Path(path.lstrip("/"))
            least = min([least, *[_limit(mount / each) for each in (group, *group.parents)]])
    return least


def _limit(group: Path) -> float:
    """The limit that one control group sets: time in each period, by the period."""
    files = ("cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us")
    words = [word for name in files for word in _text(group / name).split()]
    if len(words) == 2 and all(word.isdecimal() and int(word) for word in words):
        return int(words[0]) / int(words[1])
    return math.inf  # "max" or -1 where there is no limit


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


# ---- the state of this process

_memory = (ctypes.c_int64 * (_WORDS + _LINE))()
_state = -(-ctypes.addressof(_memory) // (8 * _LINE)) * (8 * _LINE)
_words = (ctypes.c_int64 * _WORDS).from_address(_state)
_threads = _default_threads()


def _workers() -> int:
    return min(_threads - 1, _MOST) if _SHARING else 0


def _prepare() -> None:
    """Say how many workers there should be, and which cores they may have to themselves."""
    workers = _workers()
    _words[_FIELDS["wanted"]] = workers
    cores = sorted(os.sched_getaffinity(0)) if _SHARING else []
    bound = workers < len(cores) <= _MOST and cores[-1] < 64 * _LINE
    _words[_FIELDS["allowed"]] = len(cores) if bound else 0
    for k, core in enumerate(cores[:_MOST]):
        _words[_FIELDS["cores"] + k] = core


_prepare()


def _resize(workers: int) -> None:
    with _guard:
        if _functions is not None:
            _functions.resize(_state, workers)
        _words[_FIELDS["wanted"]] = workers


def _forked() -> None:
    """A child of fork has none of the workers, nor whoever held a lock: begin anew."""
    ctypes.memset(_state, 0, 8 * _WORDS)
    _prepare()
    _guard.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_forked
    )
atexit.register(_resize, 0)  # what still calls then, as daemon threads may, works alone

# ---- for callers


def address() -> int:
    """The address of the pool's state, the first argument of the native `parallel_for`."""
    return _state


def entry() -> int:
    """The address of `void parallel_for(ptr state, ptr kernel, ptr argument, i64, i64, i64)`.

    For native callers; the numbers are those of the function below.
    """
    return _ready().entry


def parallel_for(kernel: int, argument: int, begin: int, end: int, grain: int) -> None:
    """Run `void kernel(ptr argument, i64 begin, i64 end)` over the range, in chunks of `grain`.

    All threads take part and the interpreter's lock is released. Where the work is not shared,
    the whole range comes as one chunk; so no result may depend on how the range is cut.
    """
    functions = _functions or _ready()
    functions.parallel_for(_state, kernel, argument, begin, end, grain)


def set_num_threads(n: int) -> None:
    """So many threads share the work from now on, the calling one among them."""
    global _threads
    if n < 1:
        raise RuntimeError(f"the number of threads must be positive, and {n} is not")
    with _guard:
        _threads = n
        _resize(_workers())
        _prepare()


def get_num_threads() -> int:
    """How many threads share the work."""
    return _threads
