"""Layers without parameters, and networks of layers."""

from __future__ import annotations

import json
from pathlib import Path

import networks
import numpy as np
import pytest

import rushlight as torch
from rushlight import nn

RECORDED = json.loads((Path(__file__).parent / "golden" / "layers.json").read_text())


def test_layers_show_themselves_as_those_of_pytorch_do():
    assert networks.shown(torch) == RECORDED["shown"]


def test_a_network_learns_as_it_does_in_pytorch():
    np.testing.assert_allclose(networks.curve(torch), RECORDED["curve"], rtol=1e-4)


def test_weights_begin_as_they_do_in_pytorch():
    np.testing.assert_allclose(networks.beginnings(torch), RECORDED["beginnings"], rtol=1e-6)


def test_a_network_for_images_learns_as_it_does_in_pytorch():
    np.testing.assert_allclose(
        networks.curve_of_images(torch), RECORDED["curve_of_images"], rtol=1e-3)


def test_a_layer_is_its_function():
    x = torch.randn(3, 4)
    for name, args, kwargs in networks.LAYERS[:24]:
        args = (1,) if name in ("Softmax", "LogSoftmax", "Softmin") else args
        layer = getattr(nn, name)(*args, **kwargs)
        settings = {each: getattr(layer, each) for each in layer.settings}
        expected = getattr(nn.functional, layer.function)(x, **settings)
        assert torch.equal(layer(x), expected), name


def test_weights_of_losses_are_buffers():
    weight = torch.tensor([1.0, 2.0, 0.5])
    loss = nn.CrossEntropyLoss(weight=weight, reduction="sum")
    assert list(loss.state_dict()) == ["weight"] and loss.weight is weight
    assert loss.double().weight.dtype == torch.float64
    scores, wanted = torch.randn(4, 3, dtype=torch.float64), torch.tensor([0, 2, 1, 1])
    logs = scores.log_softmax(1).numpy()
    picked = logs[np.arange(4), wanted.numpy()] * weight.double().numpy()[wanted.numpy()]
    np.testing.assert_allclose(loss(scores, wanted).item(), -picked.sum(), rtol=1e-12)


def test_dropout_rests_when_nothing_is_learned():
    x, layer = torch.ones(1000), nn.Dropout(0.25)
    assert 0.6 < (layer(x) > 0).double().mean().item() < 0.9
    assert layer.eval()(x) is x


def test_inplace_layers_write_into_their_input():
    x = torch.tensor([-1.0, 2.0])
    assert nn.ReLU(inplace=True)(x) is x and x.tolist() == [0.0, 2.0]


@pytest.mark.parametrize(("error", "make"), [
    (ValueError, lambda: nn.Dropout(1.5)),
    (AssertionError, lambda: nn.Hardtanh(2.0, 1.0)),  # as PyTorch has it
    (ValueError, lambda: nn.MultiMarginLoss(p=3)),
    (ValueError, lambda: nn.TripletMarginLoss(margin=-1.0)),
    (TypeError, lambda: nn.Threshold()),
    (TypeError, lambda: nn.Softplus(temperature=2)),
    (ValueError, lambda: nn.MSELoss(reduction="median")(torch.ones(1), torch.ones(1))),
])
def test_refusals(error, make):
    with pytest.raises(error):
        make()


def test_the_older_words_for_a_reduction():
    with pytest.warns(UserWarning, match="reduction='sum'"):
        loss = nn.MSELoss(size_average=False)
    assert loss(torch.ones(3), torch.zeros(3)).item() == 3
