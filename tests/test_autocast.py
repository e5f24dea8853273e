"""Autocast and GradScaler: against what PyTorch gives, and what they promise."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import autocasting
import numpy as np
import pytest

import rushlight as torch
from rushlight.amp import casting

F = torch.nn.functional
RECORDED = json.loads((Path(__file__).parent / "golden" / "autocast.json").read_text())


@pytest.fixture(autouse=True)
def _everything_is_put_back():
    before = torch.matmul, F.linear, torch.Tensor.__matmul__
    yield
    assert before == (torch.matmul, F.linear, torch.Tensor.__matmul__)
    assert casting._entries == 0 and not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("name", autocasting.calls())
def test_dtypes_are_those_of_pytorch(name):
    for dtype, theirs in zip(autocasting.DTYPES, RECORDED[name], strict=True):
        try:
            ours = autocasting.dtype_of(torch, name, dtype)
        except AttributeError as error:
            pytest.skip(str(error))
        if not theirs.endswith("Error"):
            assert ours == theirs, dtype


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_training(dtype):
    np.testing.assert_allclose(
        autocasting.train(torch, dtype), RECORDED[f"train {dtype}"], rtol=0.02, atol=0.004)


def test_values_are_those_of_cast_operands():
    a, b = torch.rand(5, 7), torch.rand(7, 3)
    with torch.autocast("cpu"):
        made = a @ b
    assert torch.equal(made, a.bfloat16() @ b.bfloat16())
    with torch.autocast("cpu", dtype=torch.float16):
        assert (a @ b).dtype == torch.float16
        assert a.matmul(b).dtype == (a.to(torch.float64) @ b.double()).half().dtype
        assert (a.double() @ b.double()).dtype == torch.float64
        assert F.mse_loss(made, made).dtype == torch.float32
        assert torch.matmul(a, b, out=torch.empty(5, 3)).dtype == torch.float32


def test_gradients_come_back_in_the_parameters_dtype():
    layer, x = torch.nn.Linear(3, 2), torch.rand(4, 3, requires_grad=True)
    with torch.autocast("cpu"):
        made = layer(x)
        assert made.dtype == torch.bfloat16
        made.float().sum().backward()
    assert layer.weight.grad.dtype == x.grad.dtype == torch.float32
    np.testing.assert_allclose(layer.weight.grad[0], x.detach().sum(0), rtol=0.02)


def test_derivatives_are_not_cast():
    a, b = torch.rand(3, 4, requires_grad=True), torch.rand(4, 5)
    with torch.autocast("cpu"):
        with torch.autocast("cpu", enabled=False):
            made = a @ b
        (made * torch.rand(3, 5)).sum().backward()
        assert torch.is_autocast_enabled("cpu")
        assert not torch.equal(a.grad, a.grad.bfloat16().float())


def test_a_parameter_is_cast_once_and_anew_when_it_was_written_to():
    w, x = torch.nn.Parameter(torch.ones(3, 3)), torch.ones(2, 3)
    with torch.autocast("cpu"):
        first, second = x @ w, x @ w
        casts = [each.grad_fn.next_functions[1][0] for each in (first, second)]
        assert casts[0] is casts[1]
        with torch.no_grad():
            w.add_(1)
        assert (x @ w)[0, 0].item() == 6
        with torch.no_grad():
            assert not (x @ w).requires_grad
        assert (x @ w).requires_grad
    assert not casting.state.casts
    with torch.autocast("cpu", cache_enabled=False):
        assert not torch.is_autocast_cache_enabled()
        x @ w
        assert not casting.state.casts


def test_nesting_decorating_and_asking():
    a = torch.ones(2, 2)
    assert torch.get_autocast_dtype("cpu") == torch.bfloat16
    with torch.autocast("cpu", dtype=torch.float16):
        assert torch.is_autocast_enabled("cpu") and not torch.is_autocast_enabled()
        assert torch.get_autocast_cpu_dtype() == torch.float16
        with torch.autocast("cpu", enabled=False):
            assert (a @ a).dtype == torch.float32
        assert (a @ a).dtype == torch.float16
        with torch.amp.autocast("cpu", dtype=torch.bfloat16):
            assert (a @ a).dtype == torch.bfloat16

    @torch.autocast(device_type="cpu")
    def product(depth):
        return product(depth - 1) if depth else a @ a

    assert product(2).dtype == torch.bfloat16 and (a @ a).dtype == torch.float32
    with pytest.raises(RuntimeError, match="multiply"), torch.autocast("cpu"):
        a @ torch.ones(3, 3)
    torch.set_autocast_enabled("cpu", True)
    assert torch.is_autocast_cpu_enabled() and (a @ a).dtype == torch.bfloat16
    torch.set_autocast_enabled("cpu", False)


def test_threads_are_apart():
    a, found = torch.ones(2, 2), []
    with torch.autocast("cpu"):
        thread = threading.Thread(target=lambda: found.append((a @ a).dtype))
        thread.start()
        thread.join()
        assert (a @ a).dtype == torch.bfloat16
    assert found == [torch.float32]


def test_layers_that_take_what_others_cast():
    x = torch.rand(2, 4, 3)
    with torch.autocast("cpu"):
        cast = torch.nn.Linear(3, 3)(x)
        for layer in (torch.nn.LSTM(3, 3), torch.nn.GRU(3, 3), torch.nn.RNN(3, 3)):
            layer(cast)[0].sum().backward(retain_graph=True)
        torch.nn.TransformerEncoderLayer(3, 1, 8)(cast).sum().backward()


def test_refusals_and_warnings():
    with pytest.raises(RuntimeError, match="xyz"):
        torch.autocast("xyz")
    with pytest.raises(ValueError, match="string"):
        torch.autocast(3)
    for options in ({"device_type": "cuda"}, {"device_type": "cpu", "dtype": torch.float64}):
        with pytest.warns(UserWarning, match="autocast is off"):
            assert not torch.autocast(**options)._enabled
    with pytest.warns(FutureWarning, match="deprecated"):
        assert torch.cpu.amp.autocast().fast_dtype == torch.bfloat16
    with pytest.warns(FutureWarning), pytest.warns(UserWarning, match="no cuda device"):
        assert not torch.cuda.amp.GradScaler().is_enabled()
    with torch.autocast("cpu"), pytest.raises(RuntimeError, match="float16"):
        torch.cat([torch.ones(1).half(), torch.ones(1)])


def test_functions_of_the_users_own():
    class Product(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu")
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a @ b

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, grad):
            a, b = ctx.saved_tensors
            made = grad @ b.mT
            seen.append(made.dtype)
            return made.float(), (a.mT @ grad).float()

    class InFloat(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
        def forward(ctx, a):
            seen.append(a.dtype)
            return a @ a

    seen = []
    a = torch.rand(2, 2, requires_grad=True)
    with torch.autocast("cpu"):
        made = Product.apply(a, a)
        assert InFloat.apply(a.detach().bfloat16()).dtype == torch.float32
    made.sum().backward()
    assert seen == [torch.float32, torch.bfloat16]


def test_scaler():
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = torch.optim.SGD([p], lr=0.1)
    for call in (scaler.step, scaler.unscale_):
        with pytest.raises(AssertionError, match="scale"):
            call(optimizer)
    with pytest.raises(ValueError, match="float"):
        scaler.scale(3.0)
    scaled = scaler.scale([p, (p,)])
    assert scaled[1][0].tolist() == [8.0, 16.0]
    with pytest.raises(AssertionError, match="update"):
        scaler.update()
    with pytest.raises(AssertionError, match="gradient"):
        scaler.step(optimizer)
    scaler.update(4.0)
    assert scaler.get_scale() == 4.0
    scaler.scale((p**2).sum()).backward()
    scaler.unscale_(optimizer)
    assert p.grad.tolist() == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="unscale_"):
        scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="closure"):
        scaler.step(optimizer, closure=lambda: 0)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="step"):
        scaler.step(optimizer)
    with pytest.raises(AssertionError, match="pickled"):
        pickle.dumps(scaler)
    scaler.update()
    other = pickle.loads(pickle.dumps(scaler))
    assert other.state_dict() == scaler.state_dict()
    fresh = torch.amp.GradScaler("cpu")
    fresh.load_state_dict(scaler.state_dict())
    assert fresh.state_dict() == scaler.state_dict()
    with pytest.raises(RuntimeError, match="empty"):
        fresh.load_state_dict({})
    half = torch.nn.Parameter(torch.ones(1).half())
    half.grad = torch.ones(1).half()
    with pytest.raises(ValueError, match="float16"):
        scaler.unscale_(torch.optim.SGD([half], lr=1.0))
    off = torch.amp.GradScaler("cpu", enabled=False)
    assert off.state_dict() == {} and off.scale(3) == 3 and off.get_scale() == 1.0
    for options in ({"growth_factor": 1.0}, {"backoff_factor": 1.0}):
        with pytest.raises(AssertionError, match="factor"):
            torch.amp.GradScaler("cpu", **options)


def test_the_native_road_waits():
    code = """
import rushlight as torch
a = torch.ones(2, 2)
with torch.autocast("cpu"):
    for _ in range(3500):
        a + a
    assert (a @ a).dtype == torch.bfloat16
assert hasattr(torch.Tensor.__add__, "__wrapped__")  # it counts
for _ in range(3):
    a + a
assert not hasattr(torch.Tensor.__add__, "__wrapped__")
with torch.autocast("cpu"):
    assert (a @ a).dtype == a.matmul(a).dtype == torch.bfloat16
    assert torch.nn.functional.linear(a, a).dtype == torch.bfloat16
assert (a @ a).dtype == torch.nn.functional.linear(a, a).dtype == torch.float32
"""
    subprocess.run([sys.executable, "-c", code], check=True)
