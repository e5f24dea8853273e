"""Elementwise ops: arithmetic, comparison, logic, rounding and the elementary functions.

Each row is a formula and the slope for each input; `elementwise.py` says what follows from it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.engine.expression import exp, log, where  # noqa: F401
from rushlight.ops.elementwise import pointwise
from rushlight.tensor.tensor import Tensor


@pointwise(input=1, other=lambda alpha: alpha, operator="add")
def add(input, other, *, alpha=1):
    """input + alpha * other."""
    return input + alpha * other


@pointwise(
    input="other", other="input", operator="mul", aliases=("multiply",))
def mul(input, other):
    """input * other."""
    return input * other


@pointwise(input=lambda out: out * (1 - out), promote="float")
def sigmoid(input):
    """1 / (1 + exp(-input))."""
    return 1 / (1 + exp(-input))
