"""Functions of one number in float32, at random values, against float64 rounded once.

    PYTHONPATH=src python tests/test_single_precision.py 1000000     the worst of a million, each

Half of the values are random bits, of every size there is; half lie around 0.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest
from test_sixteen_bits import TRUTHS, named

import rushlight as torch

# In units in the last place. What is more loses digits on the way, as PyTorch's formula does.
ALLOWED = {"logit": 1 << 16, "special.ndtr": 256, "special.entr": 2, "sigmoid": 2}
SIGMOID_IN_RANGE = -87.0


def values(count):
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**32, count // 2, dtype=np.uint32).view(np.float32)
    near = (4 * random.standard_normal(count // 2)).astype(np.float32)
    return np.concatenate([bits[np.isfinite(bits)], near])


def order(array):
    bits = array.view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)


def distances(name, x):
    """The values, and how many units in the last place each result is off."""
    x = x[x > SIGMOID_IN_RANGE] if name == "sigmoid" else x
    with np.errstate(all="ignore"):
        truth = TRUTHS[name](x.astype(np.float64)).astype(np.float32)
    found = named(name)(torch.from_numpy(x)).numpy()
    np.testing.assert_array_equal(np.isnan(found), np.isnan(truth))
    off = np.abs(order(found) - order(truth))
    return x, np.where(np.isnan(truth), 0, off)


@pytest.mark.parametrize("name", TRUTHS)
def test_results_are_near_the_truth(name):
    x, off = distances(name, values(20_000))
    worst = off.argmax()
    assert off[worst] <= ALLOWED.get(name, 1), x[worst]


if __name__ == "__main__":
    for name in TRUTHS:
        x, off = distances(name, values(int(sys.argv[1])))
        worst = off.argmax()
        print(f"{name:20} {off[worst]:6} units at {x[worst]!r}")
