"""How near the kernels come to what the machine can do.

Two numbers bound a kernel: how fast memory is copied, by the fastest of three copies on all cores,
and how many multiply-adds the cores can do. A kernel must read its operands and write its result
at least once; those bytes over its time, over the copy's bytes over the copy's time, is how near it
comes. The copy is timed in the same rounds. A reduction only reads, which is quicker than copying:
it can pass 100%.
"""

from __future__ import annotations

import math
import statistics
from typing import Any

import numpy as np

from bench.measure import Call, alternate, in_hand
from bench.peers import chain, norm, prepare
from bench.tables import Report
from rushlight.engine import native, pool

# 16 MB tensors, which some processors' last cache holds, and 128 MB ones, which few do.
SIZES = (4_194_304, 33_554_432)
ROUNDS = 9
_STEPS = 4096  # multiply-adds in a row, for each accumulator
_LANES, _ACCUMULATORS = 16, 12  # enough that no multiply-add waits for the one before

# By name: the call on float32 x and y, and how many tensors of their size it reads and writes.
KERNELS: dict[str, tuple[Any, int]] = {
    "add": (lambda t, x, y: x + y, 3),
    "mul number": (lambda t, x, y: x * 2.5, 2),
    "exp": (lambda t, x, y: x.exp(), 2),
    "sigmoid": (lambda t, x, y: x.sigmoid(), 2),
    "tanh": (lambda t, x, y: x.tanh(), 2),
    "sin": (lambda t, x, y: x.sin(), 2),
    "chain": (lambda t, x, y: chain(t, x), 2),
    "sum": (lambda t, x, y: x.sum(), 1),
    "chain, sum": (lambda t, x, y: chain(t, x).sum(), 1),
    "softmax of rows": (lambda t, x, y: t.softmax(x.view(-1, 256), -1), 2),
    "layer norm of rows": (lambda t, x, y: norm(t, x.view(-1, 256)), 2),
}

_IR = """
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define void @copy(ptr %argument, i64 %begin, i64 %end) #0 {
  %to = load ptr, ptr %argument
  %second = getelementptr ptr, ptr %argument, i64 1
  %from = load ptr, ptr %second
  %target = getelementptr i8, ptr %to, i64 %begin
  %source = getelementptr i8, ptr %from, i64 %begin
  %bytes = sub i64 %end, %begin
  call void @llvm.memcpy.p0.p0.i64(ptr %target, ptr %source, i64 %bytes, i1 false)
  ret void
}

define void @stream(ptr %argument, i64 %begin, i64 %end) #0 {
entry:
  %to = load ptr, ptr %argument
  %second = getelementptr ptr, ptr %argument, i64 1
  %from = load ptr, ptr %second
  br label %loop
loop:
  %i = phi i64 [ %begin, %entry ], [ %next, %loop ]
  %target = getelementptr i8, ptr %to, i64 %i
  %source = getelementptr i8, ptr %from, i64 %i
  %line = load <16 x float>, ptr %source, align 64
  store <16 x float> %line, ptr %target, align 64, !nontemporal !0
  %next = add i64 %i, 64
  %more = icmp slt i64 %next, %end
  br i1 %more, label %loop, label %done
done:
  ret void
}

!0 = !{i32 1}
"""


def run(report: Report) -> None:
    """Add the tables of the machine's limits and of the kernels beside them."""
    rushlight, torch = prepare("rushlight"), prepare("PyTorch")
    peak = multiply_adds()
    _limits(report, torch, peak)
    for size in SIZES:
        _kernels(report, rushlight, torch, size)
    _products(report, rushlight, torch, peak)


def multiply_adds() -> float:
    """Multiply-adds of float32 a second, on all threads."""
    threads = pool.get_num_threads()
    items = 64 * threads
    kernel = native.compile(_multiply_add_ir(), ["peak"])["peak"]
    sink = np.zeros(items * _LANES, np.float32)
    work = alternate(
        [lambda: pool.parallel_for(kernel, sink.ctypes.data, 0, items, 4)], ROUNDS, 0.01)
    return items * _STEPS * _LANES * _ACCUMULATORS / min(work.times[0])


def _multiply_add_ir() -> str:
    """For each item: chains of multiply-adds beside each other, and their sum written down."""
    vector, turns = f"<{_LANES} x float>", range(_ACCUMULATORS)
    entry = [f"  %a{k} = phi {vector} [ zeroinitializer, %item ], [ %b{k}, %loop ]" for k in turns]
    body = [f"  %b{k} = call {vector} @llvm.fma.v{_LANES}f32({vector} %a{k}, {vector} %scale, "
            f"{vector} %scale)" for k in turns]
    sums = [f"  %s{k} = fadd {vector} %{'b0' if k == 1 else f's{k - 1}'}, %b{k}" for k in turns[1:]]
    scale = ", ".join(["float 0.5"] * _LANES)
    return "\n".join([
        f"declare {vector} @llvm.fma.v{_LANES}f32({vector}, {vector}, {vector})",
        "define void @peak(ptr %out, i64 %begin, i64 %end) #0 {", "entry:", "  br label %item",
        "item:", "  %i = phi i64 [ %begin, %entry ], [ %following, %written ]",
        f"  %scale = fadd {vector} zeroinitializer, <{scale}>", "  br label %loop",
        "loop:", "  %n = phi i64 [ 0, %item ], [ %m, %loop ]", *entry, *body,
        "  %m = add i64 %n, 1", f"  %more = icmp slt i64 %m, {_STEPS}",
        "  br i1 %more, label %loop, label %written", "written:", *sums,
        f"  %to = getelementptr {vector}, ptr %out, i64 %i",
        f"  store {vector} %s{_ACCUMULATORS - 1}, ptr %to, align 4",
        "  %following = add i64 %i, 1", "  %again = icmp slt i64 %following, %end",
        "  br i1 %again, label %item, label %done", "done:", "  ret void", "}",
    ])


def copies(torch: Any, size: int) -> dict[str, Call]:
    """Three ways to copy so many float32 on all cores."""
    arrays = [_aligned(size) for _ in range(2)]
    where = np.array([each.ctypes.data for each in arrays])
    target, source = map(torch.from_numpy, arrays)
    found = native.compile(_IR, ["copy", "stream"])

    def copy(name: str) -> Call:
        return lambda: pool.parallel_for(
            found[name], where.ctypes.data, 0, size * 4, max(65_536, size // 4))

    return {"PyTorch's": lambda: target.copy_(source), "memcpy": copy("copy"),
            "past the caches": copy("stream")}


def _aligned(size: int) -> np.ndarray[Any, Any]:
    memory = np.ones(size + 16, np.float32)
    begin = -memory.ctypes.data // 4 % 16
    return memory[begin:begin + size]


def _limits(report: Report, torch: Any, peak: float) -> None:
    table = report.table("the machine", ["limit", "all threads"])
    table.add("multiply-adds, GFLOP/s", f"{2 * peak / 1e9:.0f}")
    for size in (65_536, *SIZES):
        for name, call in copies(torch, size).items():
            rate = 2 * size * 4 / min(alternate([call], ROUNDS, 0.01).times[0]) / 1e9
            table.add(f"copy {_megabytes(size)}, {name}", f"{rate:.0f} GB/s")


def _megabytes(size: int) -> str:
    return f"{size * 4 / 2**20:g} MiB"


def _kernels(report: Report, rushlight: Any, torch: Any, size: int) -> None:
    title = f"part of the copy's bandwidth, tensors of {_megabytes(size)}"
    table = report.table(title, ["kernel", "ours, GB/s", "of copy", "PyTorch, GB/s", "of copy"])
    random = np.random.default_rng(0)
    x, y = (random.random(size, np.float32) for _ in range(2))
    operands = [(module, module.tensor(x), module.tensor(y)) for module in (rushlight, torch)]
    copying = copies(torch, size)
    for name, (kernel, moved) in KERNELS.items():
        calls = [lambda given=given, kernel=kernel: in_hand(kernel(*given)) for given in operands]
        times = alternate([*calls, *copying.values()], ROUNDS, 0.01).times
        rates = [moved * size * 4 / statistics.median(each) for each in times[:2]]
        best = max(2 * size * 4 / statistics.median(each) for each in times[2:])
        table.add(name, *(cell for rate in rates for cell in (
            f"{rate / 1e9:.1f}", f"{rate / best:.0%}")))


def _products(report: Report, rushlight: Any, torch: Any, peak: float) -> None:
    table = report.table(
        "part of the peak of multiply-adds",
        ["product", "ours, GFLOP/s", "of peak", "PyTorch, GFLOP/s", "of peak"])
    for shapes in (((256, 256), (256, 256)), ((1024, 1024), (1024, 1024)),
                   ((64, 128, 64), (64, 64, 128))):
        random = np.random.default_rng(0)
        values = [random.random(shape, np.float32) for shape in shapes]
        pairs = [[module.tensor(each) for each in values] for module in (rushlight, torch)]
        calls = [lambda pair=pair: in_hand(pair[0] @ pair[1]) for pair in pairs]
        work = math.prod(shapes[0]) * shapes[1][-1]
        rates = [work / statistics.median(each) for each in alternate(calls, ROUNDS, 0.01).times]
        table.add(" @ ".join("x".join(map(str, each)) for each in shapes), *(
            cell for rate in rates for cell in (f"{2 * rate / 1e9:.0f}", f"{rate / peak:.0%}")))


