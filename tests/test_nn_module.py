"""What holds inside modules: members are attributes, nothing is kept alive, speed is kept."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rushlight as torch
from rushlight import nn

names = st.sampled_from(["a", "b", "c"])
steps = st.lists(st.one_of(
    st.tuples(st.sampled_from(["set", "setdefault", "update", "or", "assign"]), names),
    st.tuples(st.sampled_from(["del", "pop", "attribute", "delattr"]), names),
    st.tuples(st.sampled_from(["clear", "popitem", "replace"]), st.none()),
), max_size=12)


def play(module, members, step, name):
    """One change to a dict of members, by one of the ways there are."""
    held, new = getattr(module, members), nn.Parameter(torch.ones(1))
    if step == "set":
        held[name] = new
    elif step == "setdefault":
        held.setdefault(name, new)
    elif step == "update":
        held.update({name: new})
    elif step == "or":
        setattr(module, members, held.__ior__({name: new}))  # as `module._parameters |= ...` does
    elif step in ("assign", "attribute"):
        setattr(module, name, new)
    elif step == "del" and name in held:
        del held[name]
    elif step == "pop":
        held.pop(name, None)
    elif step == "delattr" and name in held:
        delattr(module, name)
    elif step == "clear":
        held.clear()
    elif step == "popitem" and held:
        held.popitem()
    elif step == "replace":
        setattr(module, members, {"b": new})


@given(steps)
def test_a_member_is_an_attribute_however_it_was_changed(program):
    module = nn.Module()
    for step, name in program:
        play(module, "_parameters", step, name)
        for each in "abc":
            assert module.__dict__.get(each) is module._parameters.get(each)
            assert hasattr(module, each) == (each in module._parameters)
        assert [name for name, _ in module.named_parameters()] == list(module._parameters)


def test_a_module_is_freed_at_once():
    gc.disable()
    try:
        model = nn.Sequential(nn.Linear(2, 2), nn.LazyLinear(2))
        model(torch.ones(1, 2)).sum().backward()
        seen = [weakref.ref(each) for each in (model, model[0], model[0].weight)]
        del model
        assert [each() for each in seen] == [None] * 3
    finally:
        gc.enable()


def test_a_module_without_init_says_so():
    class Model(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    with pytest.raises(AttributeError, match=r"Module.__init__\(\)"):
        Model()


def test_call_super_init_passes_arguments_on():
    class Named:
        def __init__(self, name="nobody"):
            self.name = name

    class Model(nn.Module, Named):
        call_super_init = True

    assert Model(name="rush").name == "rush"


def test_a_user_defined_getattr_still_finds_members():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(1, 1)

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return "made up"

    assert isinstance(Model().layer, nn.Linear)
    assert Model().other == "made up"


def test_a_plain_dict_in_place_of_members_still_works():
    module = nn.Linear(1, 1)
    module.__dict__["_parameters"] = dict(module._parameters)
    del module.__dict__["weight"]
    assert module.weight.shape == (1, 1)


def test_the_last_hook_gone_the_call_is_quick_again():
    module = nn.Identity()
    handle = module.register_forward_hook(lambda *_: None)
    assert module._hooked
    module(1)
    handle.remove()
    module(1)
    assert not module._hooked
    module.register_forward_hook(lambda *_: 2)
    assert module(1) == 2


def test_results_are_plain_tensors():
    p = nn.Parameter(torch.ones(2, 2))
    for made in (p + 1, 1 + p, p * p, p @ p, p.t(), p[0], p.exp(), p.sum(), -p, p.view(4), p.mean(),
                 p.clone(), p.detach(), nn.functional.linear(p, p), torch.ones(2, 2) * p):
        assert type(made) is torch.Tensor
    assert type(torch.tensor([p.detach()[0, 0], nn.Parameter(torch.ones(()))])) is torch.Tensor


def test_an_optimizer_keeps_its_parameters_through_conversions():
    model = nn.Linear(2, 2)
    held = list(model.parameters())
    model.double().half().float()
    model.load_state_dict(nn.Linear(2, 2).state_dict())
    assert [a is b for a, b in zip(held, model.parameters(), strict=True)] == [True, True]
    assert held[0].dtype == torch.float32


def test_a_pickled_module_needs_no_module_named_torch(tmp_path):
    special = nn.modules.linear.NonDynamicallyQuantizableLinear(1, 1)
    model = nn.Sequential(nn.Linear(2, 2), nn.ModuleDict({"a": nn.LazyLinear(1)}), special)
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(model))
    program = (
        "import pickle, sys, rushlight\n"
        f"model = pickle.loads(open({str(path)!r}, 'rb').read())\n"
        "print(model, model[0].weight.tolist(), 'torch' in sys.modules)")
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True, timeout=60).stdout
    assert told == f"{model} {model[0].weight.tolist()} False\n"


def test_gradients_of_a_model_are_finite_differences():
    model = nn.Sequential(nn.Linear(3, 4), nn.Flatten(), nn.Linear(4, 2)).double()
    x = torch.randn(5, 3, dtype=torch.float64)
    values = tuple(each.detach().requires_grad_() for each in model.parameters())

    def called(*parameters):
        named = dict(zip(dict(model.named_parameters()), parameters, strict=True))
        return torch.func.functional_call(model, named, (x,)).tanh()

    assert torch.autograd.gradcheck(called, values)
    assert torch.autograd.gradgradcheck(called, values)


def test_a_write_to_a_weight_between_the_passes_is_noticed():
    layer = nn.Linear(2, 2)
    made = layer(torch.ones(1, 2, requires_grad=True)).sum()
    with torch.no_grad():
        layer.weight.add_(1)
    with pytest.raises(RuntimeError, match="changed in place"):
        made.backward()
    made = layer(torch.ones(1, 2, requires_grad=True)).sum()
    with torch.no_grad():
        layer.bias.add_(1)  # which no gradient needs
    made.backward()
