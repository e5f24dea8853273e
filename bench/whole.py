"""Whole processes that train: how soon the first epoch of a digits CNN is done, from nothing, the
import included; and the most memory that trainings take.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench import training
from bench.peers import prepare
from bench.processes import child, memory
from bench.tables import Report

_DIGITS = Path(__file__).parents[1] / "examples" / "data" / "optdigits.csv.gz"
_PEERS = ("rushlight", "PyTorch")
_ROUNDS = 5


def run(report: Report) -> None:
    """Add both tables."""
    _first_epochs(report)
    _memory(report)


def _first_epochs(report: Report) -> None:
    table = report.table(
        "a digits CNN to the end of its first epoch", ["process", "seconds", "loss", "ratio"],
        "1,437 images of 8 x 8, batches of 32; from the start of the process")
    with tempfile.TemporaryDirectory() as folder:
        cold, loss = _timed("rushlight", folder)
        found: dict[str, list[Any]] = {each: [] for each in _PEERS}
        for _ in range(_ROUNDS):
            for peer in _PEERS:
                found[peer].append(_timed(peer, folder))
    theirs = statistics.median(seconds for seconds, _ in found["PyTorch"])
    table.add("rushlight, nothing compiled", f"{cold:.2f}", f"{loss:.4f}", f"{cold / theirs:.2f}",
              ratios={"first ever": cold / theirs})
    for peer in _PEERS:
        seconds = statistics.median(each for each, _ in found[peer])
        ratio = "" if peer == "PyTorch" else f"{seconds / theirs:.2f}"
        table.add(peer, f"{seconds:.2f}", f"{found[peer][0][1]:.4f}", ratio,
                  ratios={"kernels on disk": seconds / theirs} if ratio else None)


def _timed(peer: str, folder: str) -> tuple[float, float]:
    start = time.perf_counter()
    loss = child("whole", "epoch", peer, RUSHLIGHT_CACHE=folder)
    return time.perf_counter() - start, loss


def _memory(report: Report) -> None:
    head = ["training", "ours, MB", "PyTorch, MB", "ratio", "of it work: ours", "PyTorch"]
    table = report.table(
        "peak memory of processes that train", head, "work: above what the import takes")
    for group in ("training, by batch", "GPT and ViT, by batch"):
        for name in training.GROUPS[group]:
            batch = str(training.SIZES[group][-1])
            (ours, our_work), (theirs, their_work) = (
                child("whole", "memory", peer, group, name, batch) for peer in _PEERS)
            table.add(
                name, f"{ours / 1e6:.0f}", f"{theirs / 1e6:.0f}", f"{ours / theirs:.2f}",
                f"{our_work / 1e6:.0f}", f"{their_work / 1e6:.0f}",
                ratios={"process": ours / theirs})


def _epoch(peer: str) -> float:
    torch = prepare(peer)
    nn = torch.nn
    table = np.loadtxt(_DIGITS, delimiter=",", dtype=np.float32)[:1437]
    images = torch.from_numpy(table[:, :64]).reshape(-1, 1, 8, 8) / 16
    digits = torch.from_numpy(table[:, 64]).long()
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    last = 0.0
    for batch in torch.randperm(len(images)).split(32):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images[batch]), digits[batch])
        loss.backward()
        optimizer.step()
        last = loss.item()
    return last


def _peak(peer: str, group: str, name: str, batch: str) -> tuple[int, int]:
    torch = prepare(peer)
    before = memory("VmRSS")
    step = training.GROUPS[group][name](torch, int(batch))
    for _ in range(20 if "training" in group else 3):
        step()
    return memory("VmHWM"), memory("VmHWM") - before


if __name__ == "__main__":
    measure = {"epoch": _epoch, "memory": _peak}[sys.argv[1]]
    print(json.dumps(measure(*sys.argv[2:])))
