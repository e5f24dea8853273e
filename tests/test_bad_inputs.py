"""Wrong calls raise PyTorch's exception class, in our own words, and leave their tensors alone."""

from __future__ import annotations

import builtins
import json
from pathlib import Path

import numpy
import pytest
from bad_inputs import CALLS

import rushlight as torch

RECORDED = json.loads((Path(__file__).parent / "golden" / "bad_inputs.json").read_text())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", CALLS)
def test_the_class_is_pytorchs_and_nothing_changes(call):
    t = torch.arange(6.0).reshape(2, 3)
    wanted = getattr(builtins, RECORDED[call])
    with pytest.raises(wanted) as caught:
        eval(call, {"torch": torch, "numpy": numpy, "t": t})
    assert len(str(caught.value)) > 5, "the message says nothing"
    if wanted is not NotImplementedError:
        assert caught.type is not NotImplementedError or "not" in str(caught.value)
    assert t.tolist() == [[0, 1, 2], [3, 4, 5]]
