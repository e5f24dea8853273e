"""Parameters and buffers without a shape, and the modules that have them."""

import copy
import pickle

from . import probe


@probe
def uninitialized(torch, see):
    nn = torch.nn
    u, b = nn.UninitializedParameter(), nn.UninitializedBuffer()
    see(repr(u), repr(b), vars(u), vars(b), u.dtype, u.device.type, u.grad, u.requires_grad)
    see(u.is_leaf, b.requires_grad, isinstance(u, nn.Parameter), isinstance(b, nn.Parameter))
    for use in (
        lambda: u.shape, lambda: u + 1, lambda: 1 + u, lambda: torch.add(u, 1), lambda: len(u),
        lambda: u.numel(), lambda: u.detach(), lambda: u[0],
        lambda: u == u, lambda: torch.relu(u), lambda: b + 1, lambda: u @ u, lambda: u.sum(),
        lambda: torch.ones(2) * u, lambda: u.t(), lambda: u.view(1), lambda: u.mean(),
        lambda: torch.nn.functional.linear(torch.ones(1, 1), u),
    ):
        see(use)
    see(repr(u.float()), u.half().dtype, repr(u.cpu()), u.is_floating_point())
    for made in (copy.deepcopy(u), pickle.loads(pickle.dumps(u))):
        see(repr(made), made.requires_grad)
    u.materialize((2, 3))
    b.materialize((2,))
    see(type(u), u.shape, u.requires_grad, type(b), b.shape, isinstance(b, nn.Buffer), vars(b))
    u = nn.UninitializedParameter(dtype=torch.float64, requires_grad=False)
    see(u.dtype)
    u.materialize((1,), dtype=torch.float16)
    see(u.dtype, u.requires_grad, type(u))


@probe
def lazy_linear(torch, see):
    nn = torch.nn
    layer = nn.LazyLinear(3)
    see(layer, layer.in_features, repr(layer.weight), repr(layer.bias))
    see(len(list(layer.parameters())))
    see([repr(each) for each in layer.state_dict().values()], layer.has_uninitialized_params())
    see(layer(torch.ones(2, 4)), layer, type(layer), dict(layer._forward_pre_hooks))
    other = nn.LazyLinear(3)
    other.load_state_dict(layer.state_dict())
    see(other, other.weight, type(other))
    other(torch.ones(1, 4))
    see(type(other), other)
    m = nn.Sequential(nn.LazyLinear(3), nn.Identity(), nn.LazyLinear(2, bias=False))
    see(m, m(torch.ones(1, 2)), m, nn.LazyLinear(3).half().weight.dtype)
    see(nn.LazyLinear(3, dtype=torch.float64).to(torch.float32).weight.dtype)
    see(lambda: nn.LazyLinear(3)(torch.ones(())))
    lazy = nn.LazyLinear(2)
    lazy.reset_parameters(), lazy.zero_grad(), lazy.train()
    for made in (copy.deepcopy(lazy), pickle.loads(pickle.dumps(lazy))):
        made(torch.ones(1, 3))
        see(made, lazy)
    fresh = nn.LazyLinear(2)
    see(fresh.load_state_dict(nn.LazyLinear(2).state_dict()), fresh.has_uninitialized_params())


@probe
def mixin(torch, see):
    nn = torch.nn
    Mixin = nn.modules.lazy.LazyModuleMixin

    class Bare(Mixin, nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.UninitializedParameter()
            self.b = nn.UninitializedBuffer()

        def forward(self, x):
            return x * self.w

    class Lazy(Bare):
        def initialize_parameters(self, x):
            self.w.materialize(x.shape)
            self.b.materialize(x.shape)
            nn.init.ones_(self.w)

    class Forgetful(Bare):
        def initialize_parameters(self, x):
            pass

    see(lambda: Bare()(torch.ones(2)), lambda: Forgetful()(torch.ones(2)))
    m = Lazy()
    see(m, m(torch.ones(2)), type(m), m.w, m.b.shape, list(m.state_dict()), m.w.requires_grad)
    m = Lazy()
    see(m(x=torch.ones(3)), m(torch.ones(3)), m.has_uninitialized_params())
    see(lambda: m(torch.ones(2)))
