"""The ratios as a picture: a row to a workload, a dot to each size or peer, on a log axis."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

from bench.peers import PEERS
from bench.tables import Report, Table

FILE = Path(__file__).parents[1] / "docs" / "performance.png"

_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#9B4F96", "#B8860B", "#2F6F8F", "#A8324A", "#5B6B1E",
    "#8C564B", "#129A9A")
_INK, _FAINT, _BEYOND = "#222222", "#E4E4E0", "#F4F3EE"
_MARKERS = dict(zip(PEERS[1:], "oDs", strict=True))  # where the dots are peers
_LOW, _HIGH = 1 / 32, 8.0  # the axis; what lies outside is drawn at its end, as an arrow

# Inches.
_ROW, _HEAD, _GAP = 0.195, 0.52, 0.42
_NAMES, _PLOT, _BESIDE, _TOP, _BOTTOM = 1.75, 2.75, 0.2, 0.8, 0.25


def draw(report: Report) -> Path:
    """Draw the tables that have ratios; the file's path."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    tables = [each for each in report.tables.values() if each.mean() is not None]
    columns = _columns(tables)
    step = _NAMES + _PLOT + _BESIDE
    width = len(columns) * step + 0.1
    height = _TOP + max(map(_height, columns)) + _BOTTOM
    pyplot.rcParams["font.family"] = "DejaVu Sans"
    figure = pyplot.figure(figsize=(width, height))
    colours = {each.title: _COLOURS[k % len(_COLOURS)] for k, each in enumerate(tables)}
    for k, column in enumerate(columns):
        top = height - _TOP
        for table in column:
            deep = _ROW * len(table.rows)
            top -= _HEAD + deep
            left = k * step + _NAMES
            axes = figure.add_axes(
                (left / width, top / height, _PLOT / width, deep / height))
            _panel(axes, table, colours[table.title])
            top -= _GAP
    _words(figure, report, width, height)
    figure.savefig(FILE, dpi=160, facecolor="white")
    pyplot.close(figure)
    return FILE


def _height(column: list[Table]) -> float:
    return sum(_HEAD + _ROW * len(each.rows) + _GAP for each in column)


def _columns(tables: list[Table]) -> list[list[Table]]:
    """The tables in two columns, or three if they are many, of heights as equal as can be."""
    count = 2 if sum(len(each.rows) for each in tables) < 75 else 3
    columns: list[list[Table]] = [[] for _ in range(count)]
    for each in sorted(tables, key=lambda table: -len(table.rows)):
        min(columns, key=_height).append(each)
    order = {each.title: k for k, each in enumerate(tables)}
    for column in columns:
        column.sort(key=lambda table: order[table.title])
    return sorted(columns, key=lambda column: order[column[0].title] if column else len(order))


def _panel(axes: Any, table: Table, colour: str) -> None:
    labels = list(dict.fromkeys(
        label for row in table.rows.values() for label in row["ratios"]))
    found = {
        name: {label: ratio for label, ratio in row["ratios"].items() if ratio}
        for name, row in table.rows.items()
    }
    rows = sorted(
        ((name, ratios) for name, ratios in found.items() if ratios),
        key=lambda row: statistics.fmean(map(math.log, row[1].values())))
    peers = labels[0] in _MARKERS
    axes.set(xscale="log", xlim=(_LOW, _HIGH), ylim=(len(rows) - 0.4, -0.6))
    axes.axvspan(1, _HIGH, color=_BEYOND, zorder=0, linewidth=0)
    axes.axvline(1, color=_INK, linewidth=1, zorder=2)
    for y, (_, ratios) in enumerate(rows):
        axes.axhline(y, color=_FAINT, linewidth=0.6, zorder=1)
        shown = [min(max(each, _LOW * 1.06), _HIGH / 1.06) for each in ratios.values()]
        axes.plot(shown, [y] * len(shown), color=colour, alpha=0.35, linewidth=1.6, zorder=3)
        for (label, ratio), x in zip(ratios.items(), shown, strict=True):
            marker = _MARKERS[label] if peers else "o"
            axes.scatter(
                x, y, s=30 if marker != "D" else 24, zorder=4, linewidth=0.9, edgecolor=colour,
                marker={True: marker, ratio < _LOW: "<", ratio > _HIGH: ">"}[True],
                color=_shade(colour, labels.index(label), len(labels)))
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8.2, color=_INK)
    axes.set_xticks([1 / 16, 1 / 4, 1, 4], ["1/16", "1/4", "1", "4"], fontsize=7.6, color="#555555")
    axes.minorticks_off()
    axes.tick_params(length=0, pad=3)
    for each in axes.spines.values():
        each.set_visible(False)
    _heading(axes, table, colour, labels if len(labels) > 1 else [], peers)


def _heading(axes: Any, table: Table, colour: str, labels: list[str], peers: bool) -> None:
    """The group's name and mean, and which dot is what."""
    up = 1 + (0.26 if labels else 0.1) / (_ROW * len(table.rows))  # the dots have a line below
    title = table.title[0].upper() + table.title[1:]
    written = axes.text(
        -_NAMES / _PLOT + 0.03, up, title, transform=axes.transAxes, color=colour, fontsize=10,
        fontweight="bold", va="bottom")
    axes.annotate(f"mean {table.mean():.2f}", (1, 0), (5, 0.5), xycoords=written, color=colour,
                  textcoords="offset points", fontsize=8.2, va="bottom")
    handles = [
        axes.scatter([], [], s=22, linewidth=0.9, edgecolor=colour, label=label,
                     marker=_MARKERS[label] if peers else "o",
                     color=_shade(colour, k, len(labels)))
        for k, label in enumerate(labels)
    ]
    if handles:
        axes.legend(
            handles=handles, loc="lower right", ncols=len(handles), frameon=False, fontsize=6.8,
            bbox_to_anchor=(1.02, up - 0.22 / (_ROW * len(table.rows))), handletextpad=0,
            columnspacing=0.7, borderpad=0, labelcolor="#555555")


def _shade(colour: str, place: int, count: int) -> Any:
    """White for the first of several sizes or peers, the colour itself for the last."""
    from matplotlib.colors import to_rgb

    part = 1.0 if count == 1 else place / (count - 1)
    return [[1 - part * (1 - each) for each in to_rgb(colour)]]


def _words(figure: Any, report: Report, width: float, height: float) -> None:
    left = 0.03 * _PLOT / width
    figure.text(left, 1 - 0.34 / height, "Rushlight's time over the peer's", fontsize=15,
                fontweight="bold", color=_INK, va="center")
    figure.text(left, 1 - 0.66 / height,
                "Left of the line Rushlight is faster, right of it the peer: PyTorch, unless "
                "named. Dots are sizes; means are geometric.", fontsize=8.6,
                color="#555555", va="center")
    facts = report.machine
    figure.text(left, 0.22 / height,
                f"{facts['processor']}, {facts['cores']} cores; {facts['versions']}",
                fontsize=7, color="#777777", va="center")
