"""Settings that every test shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import rushlight as torch

# Kernels that tests compile stay with the project, not among the user's.
os.environ.setdefault("RUSHLIGHT_CACHE", str(Path(__file__).parents[1] / "build" / "kernels"))

settings.register_profile(
    "rushlight", deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
settings.load_profile("rushlight")


@pytest.fixture(autouse=True)
def fresh_state():
    """Each test starts with PyTorch's defaults and a fixed seed, and leaves none of its own."""
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(torch.float32)
