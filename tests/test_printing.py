"""What a tensor's text is, against texts recorded from PyTorch (`golden/record_printing.py`).

Printing reads a tensor through a few attributes, so a stand-in with just these is what it prints
here; that `repr` of a real one comes out so too is tested last.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rushlight.tensor import device, dtypes, printing
from rushlight.tensor.tensor import wrap

RECORDED = json.loads((Path(__file__).parent / "golden" / "printing.json").read_text())
OPTIONS = ("precision", "threshold", "edgeitems", "linewidth", "profile", "sci_mode")
DEFAULTS = {
    "precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


class CloneBackward0:
    """Named as the node is that PyTorch's recorded tensors came from."""


@dataclass
class Tensor:
    """As much of a tensor as printing looks at."""

    _array: Any
    requires_grad: bool = False
    grad_fn: Any = None
    device: Any = device.CPU

    shape = property(lambda self: self._array.shape)
    dtype = property(lambda self: dtypes.of(self._array.dtype))


class Parameter(Tensor):
    """Stands for `nn.Parameter`."""


class Weight(Parameter):
    """Stands for a user's own kind of tensor."""


@pytest.fixture(autouse=True)
def default_options():
    yield
    printing.set_printoptions(profile="default")
    dtypes.set_default_dtype(dtypes.float32)


def stand_in(case: dict[str, Any]) -> Tensor:
    grad = case.get("grad")
    return Tensor(
        np.array(eval(case["values"], {"np": np})).astype(dtypes.named(case["dtype"]).numpy),
        requires_grad=grad is not None,
        grad_fn=CloneBackward0() if grad == "made" else None,
        device=device.usable(case.get("device", "cpu")),
    )


def label(case: dict[str, Any]) -> str:
    return " ".join(str(value) for name, value in case.items() if name != "text")


@pytest.mark.parametrize("case", RECORDED, ids=label)
def test_text_is_the_recorded_one(case):
    dtypes.set_default_dtype(dtypes.named(case.get("default", "float32")))
    tensor = stand_in(case)
    with printing.printoptions(**{name: case[name] for name in OPTIONS if name in case}):
        assert printing.tensor_text(tensor) == case["text"]


@given(arrays.arrays(np.float64, arrays.array_shapes(max_dims=3, max_side=4)))
def test_sixteen_decimals_read_back_as_the_same_numbers(array):
    """An oracle that needs no record: Python reads the text and finds the array."""
    with printing.printoptions(precision=16, sci_mode=True):
        text = printing.tensor_text(Tensor(array))
    body = text.removeprefix("tensor(").removesuffix(", dtype=torch.float64)")
    body = body.removesuffix(",\n       dtype=torch.float64)")
    read = np.array(eval(body, {"nan": np.nan, "inf": np.inf}))
    np.testing.assert_array_equal(read, array)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 30), st.integers(1, 4))
def test_what_is_left_out_is_the_middle(rows, columns, threshold, edge):
    array = np.arange(rows * columns).reshape(rows, columns)
    with printing.printoptions(threshold=threshold, edgeitems=edge):
        text = printing.tensor_text(Tensor(array))
    shown = [int(word) for word in text.split("size")[0].replace("[", " ").replace("]", " ")
             .replace("tensor(", " ").replace(",", " ").replace(")", " ").split()
             if word.isdigit()]
    kept = array
    if array.size > threshold:
        kept = np.array([
            [value for j, value in enumerate(row) if j < edge or j >= columns - edge]
            for i, row in enumerate(array) if i < edge or i >= rows - edge])
    assert shown == kept.ravel().tolist()


def test_a_function_of_the_user_gives_its_own_name():
    class SquareBackward:
        pass

    tensor = Tensor(np.float32([2]), requires_grad=True, grad_fn=SquareBackward())
    assert printing.tensor_text(tensor) == "tensor([2.], grad_fn=<SquareBackward>)"


def test_a_subclass_prints_its_own_name_and_indents_by_it():
    text = printing.tensor_text(Weight(np.ones((2, 2), np.float32)))
    assert text == "Weight([[1., 1.],\n        [1., 1.]])"


def test_parameters_say_so():
    plain = Parameter(np.ones(2, np.float32), requires_grad=True)
    assert printing.parameter_text(plain) == (
        "Parameter containing:\ntensor([1., 1.], requires_grad=True)")
    own = Weight(np.ones(2, np.float32), requires_grad=True)
    assert printing.parameter_text(own) == (
        "Parameter containing:\nParameter(Weight([1., 1.], requires_grad=True))")


# --- options


def test_options_start_at_the_defaults_and_add_up():
    assert printing.get_printoptions() == DEFAULTS
    printing.set_printoptions(precision=2)
    printing.set_printoptions(linewidth=120)
    assert printing.get_printoptions() == {**DEFAULTS, "precision": 2, "linewidth": 120}


@pytest.mark.parametrize(("profile", "differing"), [
    ("default", {}),
    ("short", {"precision": 2, "edgeitems": 2}),
    ("full", {"threshold": float("inf")}),
])
def test_a_profile_sets_every_option_before_the_others_named(profile, differing):
    printing.set_printoptions(precision=9, threshold=9, edgeitems=9, linewidth=9)
    printing.set_printoptions(profile=profile)
    assert printing.get_printoptions() == {**DEFAULTS, **differing}
    printing.set_printoptions(profile=profile, edgeitems=7)
    assert printing.get_printoptions() == {**DEFAULTS, **differing, "edgeitems": 7}


def test_an_unknown_profile_changes_nothing():
    printing.set_printoptions(precision=2)
    printing.set_printoptions(profile="of no such name")
    assert printing.get_printoptions() == {**DEFAULTS, "precision": 2}


def test_scientific_notation_lasts_until_the_next_call():
    printing.set_printoptions(sci_mode=True)
    assert printing.get_printoptions()["sci_mode"] is True
    printing.set_printoptions(precision=3)
    assert printing.get_printoptions()["sci_mode"] is None


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError):
        printing.set_printoptions(digits=3)
    with pytest.raises(TypeError), printing.printoptions(digits=3):
        pass


def test_a_precision_that_is_no_number_of_digits_fails_when_printing():
    printing.set_printoptions(precision=-1)
    with pytest.raises(ValueError, match="precision"):
        printing.tensor_text(Tensor(np.float32([1.5])))


def test_the_context_restores_all_options_even_after_an_error():
    printing.set_printoptions(precision=2, sci_mode=True)
    before = printing.get_printoptions()
    with printing.printoptions(profile="full", linewidth=9):
        assert printing.get_printoptions() == {
            **DEFAULTS, "threshold": float("inf"), "linewidth": 9}
    assert printing.get_printoptions() == before
    with pytest.raises(KeyError), printing.printoptions(precision=9):
        raise KeyError
    assert printing.get_printoptions() == before


def test_repr_of_a_real_tensor():
    assert repr(wrap(np.float32([[1, 2], [3, 4.5]]))) == (
        "tensor([[1.0000, 2.0000],\n        [3.0000, 4.5000]])")
    assert str(wrap(np.array(3.0))) == "tensor(3., dtype=torch.float64)"
