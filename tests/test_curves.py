"""The same seed, the same training: the loss at each of 200 steps is PyTorch's."""

import json
from pathlib import Path

import curves
import numpy as np
import pytest

import rushlight as torch

RECORDED = json.loads((Path(__file__).parent / "golden" / "curves.json").read_text())


@pytest.mark.parametrize("train", curves.TRAININGS, ids=lambda each: each.__name__)
def test_the_loss_goes_down_as_pytorchs(train):
    want = RECORDED[train.__name__]
    assert len(want) == curves.STEPS and want[-1] < want[0]
    np.testing.assert_allclose(train(torch), want, rtol=1e-4)
