"""`torch.compile`, `torch.compiler` and `torch.jit`: functions and modules that run as they are."""

from __future__ import annotations

import copy

import pytest

import rushlight as torch


def model():
    return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Dropout(0.5))


def test_a_compiled_module_is_the_module_and_has_its_parameters():
    plain = model().eval()
    made = torch.compile(plain, mode="max-autotune", fullgraph=True, dynamic=False)
    x = torch.rand(4, 2)
    assert torch.equal(made(x), plain(x))
    assert made._orig_mod is plain
    assert list(made.state_dict()) == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
    assert [each for each, _ in made.named_parameters()] == list(made.state_dict())
    assert repr(made).startswith("OptimizedModule(\n  (_orig_mod): Sequential(")
    plain.load_state_dict({
        name.removeprefix("_orig_mod."): each for name, each in made.state_dict().items()})


def test_attributes_and_modes_are_those_of_the_module():
    plain = model()
    made = torch.compile(plain)
    assert made.training
    made.eval()
    assert not plain.training and not made.training and not plain[1].training
    plain.train()
    assert made.training
    made.extra = 3
    assert plain.extra == 3 and "extra" not in made.__dict__
    del made.extra
    assert not hasattr(plain, "extra")
    linear = torch.compile(torch.nn.Linear(2, 3))
    assert linear.in_features == 2 and linear.weight is linear._orig_mod.weight
    linear.bias = None
    assert linear._orig_mod.bias is None and "in_features" in dir(linear)
    other = copy.deepcopy(linear)
    assert other.weight is not linear.weight and torch.equal(other.weight, linear.weight)


def test_hooks_and_training():
    plain, calls = torch.nn.Linear(2, 1), []
    made = torch.compile(plain)
    plain.register_forward_hook(lambda *_: calls.append("inner"))
    made.register_forward_hook(lambda *_: calls.append("outer"))
    optimizer = torch.optim.SGD(made.parameters(), lr=0.1)
    before = plain.weight.detach().clone()
    made(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert torch.allclose(plain.weight, before - 0.1) and calls == ["inner", "outer"]
    plain.compile()
    assert list(plain.state_dict()) == ["weight", "bias"]


def test_functions_and_decorators():
    @torch.compile
    def plus(x):
        """Adds one."""
        return x + 1

    @torch.compile(backend="eager", options=None)
    def twice(x, *, by=2):
        return x * by

    assert plus(1) == 2 and plus.__name__ == "plus" and plus.__doc__ == "Adds one."
    assert twice(2, by=3) == 6 and plus._torchdynamo_orig_callable(1) == 2
    assert torch.compile(plus, disable=True) is plus


def test_refusals():
    with pytest.raises(RuntimeError, match="mode"):
        torch.compile(len, mode="bogus")
    with pytest.raises(RuntimeError, match="not both"):
        torch.compile(len, mode="default", options={})
    with pytest.raises(RuntimeError, match="bogus"):
        torch.compile(len, backend="bogus")
    with pytest.raises(NotImplementedError, match="backend"):
        torch.compile(len, backend=lambda graph, inputs: graph)
    with pytest.raises(AssertionError):
        torch.compile(3)


def test_compiler():
    assert not torch.compiler.is_compiling() and not torch.compiler.is_exporting()
    torch.compiler.reset()
    assert "inductor" in torch.compiler.list_backends()
    assert torch.compiler.get_default_backend() == "inductor"
    assert torch.compiler.disable(len) is torch.compiler.disable(recursive=False)(len) is len
    assert torch.compiler.allow_in_graph(len) is len
    with torch.compiler.set_stance("force_eager"):
        pass
    with pytest.raises(RuntimeError, match="sideways"):
        torch.compiler.set_stance("sideways")


def test_a_scripted_module_is_the_module():
    plain = model().eval()
    x = torch.rand(4, 2)
    for made in (torch.jit.script(plain), torch.jit.trace(plain, x)):
        assert torch.equal(made(x), plain(x)) and isinstance(made, torch.jit.ScriptModule)
        assert list(made.state_dict()) == list(plain.state_dict())
        assert made[0].weight is plain[0].weight and made.original_name == "Sequential"
        assert torch.jit.freeze(made) is made and torch.jit.script(made) is made
        with pytest.raises(NotImplementedError, match="save"):
            made.save("model.pt")
        with pytest.raises(NotImplementedError, match="graph"):
            made.graph  # noqa: B018
    for call in (lambda: torch.jit.save(plain, "f"), lambda: torch.jit.load("f")):
        with pytest.raises(NotImplementedError, match=r"torch\.jit"):
            call()
    with pytest.raises(ValueError, match="ScriptModule"):
        torch.jit.freeze(plain)


def test_scripted_functions():
    seen = []

    def sign(x: torch.Tensor) -> torch.Tensor:
        seen.append(torch.jit.is_tracing())
        return x if x.sum() > 0 else -x

    x = torch.ones(2)
    scripted, traced = torch.jit.script(sign), torch.jit.trace(sign, (x,))
    assert isinstance(scripted, torch.jit.ScriptFunction) and scripted.__name__ == "sign"
    assert torch.equal(scripted(-x), x) and torch.equal(traced(x=-x), x)
    assert seen == [True, False, False]
    with pytest.raises(RuntimeError, match="example_inputs"):
        torch.jit.trace(sign)
    with pytest.raises(NotImplementedError, match="code"):
        scripted.code  # noqa: B018


def test_decorators_and_hints():
    class Model(torch.jit.ScriptModule):
        scale: torch.jit.Final[int]

        def __init__(self):
            super().__init__()
            self.scale = 2
            self.empty = torch.jit.annotate(list[int], [])

        @torch.jit.script_method
        def forward(self, x):
            return self.helper(x) * self.scale

        @torch.jit.export
        def helper(self, x):
            return self.other(x)

        @torch.jit.ignore(drop=True)
        def other(self, x):
            return self.third(x)

        @torch.jit.unused
        def third(self, x):
            return x + (1 if torch.jit.is_scripting() else 0)

    assert Model()(3) == 6 and Model().original_name == "Model"
    assert torch.jit.wait(torch.jit.fork(max, 1, 2)) == 2
