"""`ctc_loss`: how unlikely a sequence of labels is, wherever in time each of them lies.

Labels stand between blanks (b a b b b c b); a path stays, goes one on, or leaps a blank between two
different labels. Sums over all paths go forward in time and backward (Graves et al. 2006), for all
sequences of a batch at once, in double precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.ops.arguments import need_tensor
from rushlight.ops.loss import NAMES, checked, reduced
from rushlight.ops.op import composite, op
from rushlight.tensor.tensor import Array, Tensor, settled, wrap


class _Paths:
    """The sums over paths: `forward` (T, N, L) with what each moment emits, `cost` (N) in all."""

    def __init__(
        self, logs: Array, targets: Array, lengths: Array, target_lengths: Array, blank: int
    ):
        self.logs, self.lengths = logs.astype(np.float64), lengths
        count, longest = targets.shape
        self.labels = np.full((count, 2 * longest + 1), blank)
        self.labels[:, 1::2] = np.where(
            np.arange(longest) < target_lengths[:, None], targets, blank)
        self.used = np.arange(2 * longest + 1) < (2 * target_lengths + 1)[:, None]
        leaps = np.zeros(self.labels.shape, bool)
        leaps[:, 2:] = (self.labels[:, 2:] != blank) & (self.labels[:, 2:] != self.labels[:, :-2])
        self.leaps = leaps
        index = np.broadcast_to(self.labels, (len(logs), *self.labels.shape))
        self.emitted = np.take_along_axis(self.logs, index, 2)
        ends = np.zeros(self.labels.shape, bool)
        rows = np.arange(count)
        ends[rows, 2 * target_lengths] = True
        ends[rows[target_lengths > 0], 2 * target_lengths[target_lengths > 0] - 1] = True
        self.ends = ends
        self.forward = self._forward()
        self.cost = self._cost()

    def _forward(self) -> Array:
        found = np.full(self.emitted.shape, -np.inf)
        if len(found):
            found[0, :, :2] = self.emitted[0, :, :2]
        for t in range(1, len(found)):
            before = found[t - 1]
            found[t] = _sums(before, _later(before, 1), np.where(
                self.leaps, _later(before, 2), -np.inf)) + self.emitted[t]
        return np.where(self.used, found, -np.inf)

    def _cost(self) -> Array:
        rows = np.arange(len(self.lengths))
        if not len(self.forward):
            return np.where(self.used.sum(1) == 1, 0.0, np.inf)
        last = self.forward[np.maximum(self.lengths - 1, 0), rows]
        whole = -np.logaddexp.reduce(np.where(self.ends, last, -np.inf), axis=1)
        return np.where(self.lengths > 0, whole, np.where(self.used.sum(1) == 1, 0.0, np.inf))

    def _backward(self) -> Array:
        """The sums over what may follow each moment, without what it emits itself."""
        found = np.full(self.emitted.shape, -np.inf)
        leaps = np.zeros(self.leaps.shape, bool)
        leaps[:, :-2] = self.leaps[:, 2:]
        after = np.full(self.labels.shape, -np.inf)
        for t in range(len(found) - 1, -1, -1):
            then = _sums(after, _earlier(after, 1), np.where(leaps, _earlier(after, 2), -np.inf))
            starts = (self.lengths - 1 == t)[:, None]
            found[t] = np.where(starts, np.where(self.ends, 0.0, -np.inf), then)
            found[t][~self.used] = -np.inf
            after = found[t] + self.emitted[t]
        return found

    def slopes(self) -> Array:
        """The gradient of each sequence's cost, as it reaches what softmax normalises."""
        through = np.exp(self.forward + self._backward() + self.cost[:, None])
        slopes = np.exp(self.logs)
        times, rows = np.ogrid[: len(slopes), : len(self.lengths)]
        np.subtract.at(slopes, (times[..., None], rows[..., None], self.labels), through)
        return np.where((np.arange(len(slopes))[:, None] < self.lengths)[..., None], slopes, 0)


def _sums(*logs: Array) -> Array:
    return np.logaddexp(np.logaddexp(logs[0], logs[1]), logs[2])


def _later(row: Array, by: int) -> Array:
    moved = np.full(row.shape, -np.inf)
    moved[:, by:] = row[:, :-by]
    return moved


def _earlier(row: Array, by: int) -> Array:
    moved = np.full(row.shape, -np.inf)
    moved[:, :-by] = row[:, by:]
    return moved


def _ctc_back(grad: Tensor, input: Tensor, paths: _Paths, zero_infinity: bool) -> Tensor:
    if modes.grad:
        raise NotImplementedError("ctc_loss() can't be differentiated twice")
    slopes = paths.slopes()
    if zero_infinity:
        slopes = np.where(np.isinf(paths.cost)[:, None], 0, slopes)
    return grad.unsqueeze(-1) * wrap(slopes.astype(input._array.dtype))


@op(name="_ctc_loss", face=False, method=False, node="CtcLossBackward0", input=_ctc_back)
def _ctc_loss(input: Tensor, paths: _Paths, zero_infinity: bool) -> Any:
    cost = np.where(np.isinf(paths.cost), 0, paths.cost) if zero_infinity else paths.cost
    return cost.astype(input._array.dtype)


def _lengths(name: str, given: Any, count: int, most: int) -> Array:
    """Lengths as a vector; RuntimeError for the wrong number of them, and for one out of range."""
    array = np.atleast_1d(settled(given) if isinstance(given, Tensor) else np.asarray(given))
    if array.dtype.kind not in "iu":
        raise RuntimeError(f"ctc_loss(): {name} are integers, not {array.dtype}")
    if array.shape != (count,):
        raise RuntimeError(f"ctc_loss(): {count} {name} are needed, {array.size} are given")
    if array.size and not (array.min() >= 0 and array.max() <= most):
        raise RuntimeError(f"ctc_loss(): {name} are from 0 to {most}, not {array.tolist()}")
    return array.astype(np.int64)


def _padded(targets: Array, count: int, lengths: Any) -> tuple[Array, Array]:
    """Targets as a row for each sequence, and how long each is."""
    if targets.ndim == 2:
        if len(targets) != count:
            raise RuntimeError(
                f"ctc_loss(): {count} rows of targets are needed, not {len(targets)}")
        return targets, _lengths("target_lengths", lengths, count, targets.shape[1])
    if targets.ndim != 1:
        raise RuntimeError(f"ctc_loss(): targets have 1 or 2 dims, not {targets.ndim}")
    known = _lengths("target_lengths", lengths, count, targets.size)
    if known.sum() > targets.size:
        raise RuntimeError(
            f"ctc_loss(): target_lengths sum to {known.sum()}, there are {targets.size} targets")
    rows = np.zeros((count, int(known.max(initial=0))), np.int64)
    rows[np.arange(rows.shape[1]) < known[:, None]] = targets[: known.sum()]
    return rows, known


@composite(name="nn.functional.ctc_loss", method=False, looks=True)
def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability of a sequence of labels, wherever in time each of them lies.

    log_probs: (T, N, C), logarithms of probabilities, or (T, C). targets: (N, S), or all of them
    one after another; none is `blank`. reduction="mean": each cost over its number of
    labels, then the mean. zero_infinity: sequences that don't fit into their time cost nothing,
    else infinity.
    Raises RuntimeError for lengths and labels out of range.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html
    """
    checked(reduction)
    given = settled(need_tensor("ctc_loss", "targets", targets))
    logs = need_tensor("ctc_loss", "log_probs", log_probs)
    if given.dtype.kind not in "iu":
        raise RuntimeError(f"ctc_loss(): targets are integers, not {targets.dtype}")
    if logs._array.dtype.char not in "fd":
        raise RuntimeError(f"ctc_loss() is for float32 and float64, not {logs.dtype}")
    if logs.ndim not in (2, 3):
        raise RuntimeError(f"ctc_loss(): log_probs is (T, N, C) or (T, C), not {list(logs.shape)}")
    single = logs.ndim == 2
    if single:
        logs = logs.unsqueeze(1)
        given = given.reshape(1, -1)
    times, count, classes = logs.shape
    if not count:
        raise RuntimeError("ctc_loss(): there is no sequence: the batch is empty")
    if not 0 <= blank < classes:
        raise RuntimeError(f"ctc_loss(): blank is one of the {classes} classes, not {blank}")
    lengths = _lengths("input_lengths", input_lengths, count, times)
    rows, known = _padded(given.astype(np.int64), count, target_lengths)
    inside = rows[np.arange(rows.shape[1]) < known[:, None]]
    if inside.size and not (inside.min() >= 0 and inside.max() < classes):
        raise RuntimeError(f"ctc_loss(): targets are from 0 to {classes - 1}")
    paths = _Paths(settled(logs), rows, lengths, known, blank)
    cost = _ctc_loss(logs, paths, zero_infinity)
    if reduction == "mean":
        return (cost / wrap(np.maximum(known, 1).astype(logs._array.dtype))).mean()
    return cost.squeeze(0) if single and reduction == "none" else reduced(cost, reduction)


@composite(name="ctc_loss", method=False)
def _ctc_loss_by_number(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: int = 1, zero_infinity: bool = False,
) -> Tensor:
    """`nn.functional.ctc_loss`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
    return ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, NAMES[reduction],
                    zero_infinity)
