"""Time every workload on Rushlight and on its peers, alternating in one process.

    make bench                              everything
    make bench ARGS='pointwise add'         some sections, groups or workloads
    make bench ARGS=--markdown              what was measured so far, for docs/performance.md
    make bench ARGS=--plot                  and its ratios as a picture, docs/performance.png

A ratio is our time over the peer's: below 1.0 Rushlight is ahead. How it is taken is told in
`measure.py`, where memory comes from in `processes.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import chain
from types import ModuleType

from bench import (
    chains,
    first,
    imports,
    large,
    machine,
    movers,
    peak,
    picture,
    processes,
    products,
    roofline,
    sequences,
    spatial,
    tiny,
    training,
    whole,
)
from bench.measure import compare, in_hand
from bench.peers import prepare
from bench.tables import FILE, Report

# Workloads by size: modules with GROUPS, of which each gives a table, and SIZES, by group.
LARGE: dict[str, ModuleType] = {
    "large": large,
    "movers": movers,
    "products": products,
    "spatial": spatial,
    "training": training,
    "sequences": sequences,
}
# Everything else: the section's name, and what adds its tables to the report.
SECTIONS: dict[str, Callable[[Report], None]] = {
    "chains": chains.run,
    "first": first.run,
    "import": imports.run,
    "memory": peak.run,
    "roofline": roofline.run,
    "whole": whole.run,
}
GROUPS = {
    group: (module, workloads)
    for module in LARGE.values() for group, workloads in module.GROUPS.items()
}


class Wanted:
    """The workloads asked for: of these places, or of all if none is named; so with names."""

    def __init__(self, given: set[str]):
        self.places = given & {"tiny", *LARGE, *GROUPS, *SECTIONS}
        self.names = given - self.places

    def has(self, name: str, *places: str) -> bool:
        """Whether to run the workload of this name in these places."""
        return (not self.places or bool(self.places & set(places))) and (
            not self.names or name in self.names)

    def section(self, name: str) -> bool:
        """Whether to run this section, which is no list of workloads."""
        return name in self.places or not (self.places or self.names)


def run_tiny(report: Report, wanted: Wanted) -> None:
    """The table of tiny tensors; PyTorch with one thread, its fastest setting at these sizes."""
    chosen = [make for make in tiny.WORKLOADS if wanted.has(make.__name__, "tiny")]
    if not chosen:
        return
    rushlight, torch = prepare("rushlight"), prepare("PyTorch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    x = rushlight.ones(4)
    for _ in range(5000):  # the native road opens, as it does in any program
        x + x
    table = report.table(
        "tiny tensors", ["workload", "ours", "PyTorch", "ratio"],
        "microseconds, PyTorch on 1 thread")
    for make in chosen:
        found = compare(make(rushlight), make(torch), rounds=31)
        table.add(
            make.__name__.replace("_", " "), f"{found.ours * 1e6:.2f}",
            f"{found.theirs * 1e6:.2f}", found.shown, ratios={"4 x 4": found.ratio})
    torch.set_num_threads(threads)


def run_group(report: Report, wanted: Wanted, group: str) -> None:
    """The table of one group of workloads on large tensors, at each size."""
    module, workloads = GROUPS[group]
    home = next(name for name, each in LARGE.items() if each is module)
    chosen = [name for name in workloads if wanted.has(name, group, home)]
    if not chosen:
        return
    rushlight, torch = prepare("rushlight"), prepare("PyTorch")
    sizes = module.SIZES[group]
    head = ["workload", *chain.from_iterable(
        (f"{_size(size)}: ours", "PyTorch", "ratio") for size in sizes)]
    table = report.table(group, head, f"microseconds, {torch.get_num_threads()} threads")
    for name in chosen:
        make, cells, ratios = workloads[name], [], {}
        for size in sizes:
            ours, theirs = make(rushlight, size), make(torch, size)
            found = compare(
                lambda call=ours: in_hand(call()), lambda call=theirs: in_hand(call()),
                rounds=15, seconds=0.004)
            cells += [f"{found.ours * 1e6:.0f}", f"{found.theirs * 1e6:.0f}", found.shown]
            ratios[_size(size)] = found.ratio
        table.add(name, *cells, ratios=ratios)


def _size(size: object) -> str:
    return f"{size:,}" if isinstance(size, int) else str(size)


def measure(wanted: Wanted) -> None:
    """Measure what is named, into the report of this machine."""
    report = Report(machine.facts())
    print("\n".join(f"{name}: {value}" for name, value in report.machine.items()))
    run_tiny(report, wanted)
    for group in GROUPS:
        run_group(report, wanted, group)
    for name, run in SECTIONS.items():
        if wanted.section(name):
            run(report)
    report.means()


def main() -> None:
    """Do what the command line asks for."""
    everything = ["tiny", *LARGE, *SECTIONS]
    workloads = {name for _, group in GROUPS.values() for name in group}
    workloads |= {make.__name__ for make in tiny.WORKLOADS}
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(everything)}, or workloads")
    parser.add_argument("--markdown", action="store_true", help="show the last figures as Markdown")
    parser.add_argument("--plot", action="store_true", help="draw the last figures")
    given = parser.parse_args()
    if unknown := set(given.names) - workloads - {*everything, *GROUPS}:
        parser.error(f"no such section, group or workload: {', '.join(sorted(unknown))}")
    if not FILE.exists() or not (given.markdown or given.plot):
        processes.keep_memory()
        measure(Wanted(set(given.names)))
    if given.markdown:
        print(Report.read().markdown())
    if given.plot:
        print(f"drawn: {picture.draw(Report.read())}")


if __name__ == "__main__":
    main()
