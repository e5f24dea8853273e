"""Module itself: attributes, the tree below it, conversions, copies, text; Parameter and Buffer."""

import copy
import pickle

from . import probe


def public(module):
    return [name for name in dir(module) if not name.startswith("_")]


@probe
def attributes_become_members(torch, see):
    nn = torch.nn
    m = nn.Module()
    m.p, m.b, m.s = nn.Parameter(torch.ones(2)), nn.Buffer(torch.zeros(1)), nn.Identity()
    m.t, m.number = torch.zeros(3), 5
    m.kept_out = nn.Buffer(torch.zeros(1), persistent=False)
    see(m._parameters, m._buffers, list(m._modules), m.state_dict())
    see(lambda: setattr(m, "p", torch.ones(2)), lambda: setattr(m, "p", 3))
    see(lambda: setattr(m, "s", 3), lambda: setattr(m, "s", torch.ones(2)))
    see(lambda: setattr(m, "b", 3), lambda: setattr(m, "b", nn.Identity()))
    see(list(m._buffers), list(m._modules), isinstance(m.b, nn.Identity))
    m.b = nn.Parameter(torch.ones(1))
    see(list(m._parameters), list(m._modules))
    m.p = None
    see(m._parameters, m.p)
    m.p = nn.Parameter(torch.ones(3))
    m.number = nn.Parameter(torch.ones(1))
    see(list(m._parameters), [name for name, _ in m.named_parameters()])
    m.register_buffer("c", None)
    m.c = torch.ones(1)
    see(m._buffers)
    del m.p, m.c, m.s
    see(list(m._parameters), list(m._buffers), list(m._modules), hasattr(m, "p"))
    see(lambda: m.p, lambda: delattr(m, "p"), lambda: delattr(m, "t"), lambda: m.t)
    see("b" in dir(m), "kept_out" in dir(m), "t" in dir(m), "forward" in dir(m))


@probe
def names_are_checked(torch, see):
    m = torch.nn.Module()
    m.taken = 3
    for register in (m.register_parameter, m.register_buffer, m.add_module, m.register_module):
        for name in (3, "a.b", "", "training", "taken", "forward"):
            see(lambda: register(name, None))
        see(lambda: register("x", 3), lambda: register("fine", None))
        delattr(m, "fine")
    result = torch.zeros(1, requires_grad=True) * 2
    see(lambda: m.register_parameter("q", result), lambda: m.register_parameter("q", torch.ones(1)))
    see(lambda: m.register_buffer("q", result))
    see(m.q)


@probe
def before_init_nothing_can_be_assigned(torch, see):
    nn = torch.nn

    class Model(nn.Module):
        def __init__(self):
            pass

    m = Model()
    see(lambda: setattr(m, "p", nn.Parameter(torch.zeros(1))))
    see(lambda: setattr(m, "p", nn.Linear(1, 1)), lambda: setattr(m, "p", nn.Buffer(torch.ones(1))))
    see(lambda: setattr(m, "p", torch.zeros(1)), lambda: m.register_buffer("b", torch.zeros(1)))
    see(lambda: m.register_parameter("b", None), lambda: m.add_module("b", nn.Linear(1, 1)))
    see(lambda: nn.Module(1), lambda: nn.Module(x=1), lambda: nn.Module()(1))


@probe
def the_tree(torch, see):
    nn = torch.nn
    shared = nn.Linear(2, 2)
    m = nn.Sequential(shared, nn.Sequential(nn.Identity(), shared), nn.Linear(2, 1, bias=False))
    m.register_buffer("seen", torch.zeros(1))
    m.alias = m[2]
    see([name for name, _ in m.named_modules()], [name for name, _ in m.named_children()])
    see([name for name, _ in m.named_modules(remove_duplicate=False)])
    see([name for name, _ in m.named_modules(prefix="top")])
    see([type(each) for each in m.modules()], [type(each) for each in m.children()])
    see([name for name, _ in m.named_parameters()], len(list(m.parameters())))
    see([name for name, _ in m.named_parameters(remove_duplicate=False)])
    see([name for name, _ in m.named_parameters("top", recurse=False)])
    see([name for name, _ in m.named_buffers("top")], len(list(m.buffers(recurse=False))))
    order = []
    see(m.apply(lambda each: order.append(type(each).__name__)) is m, order)
    for target in ("1.1", "1", "", "5", "1.5", "seen", "0.weight", "training", "1.1.weight"):
        see(lambda: m.get_submodule(target), lambda: m.get_parameter(target))
        see(lambda: m.get_buffer(target))
    see(lambda: m.set_submodule("1.0", nn.Linear(1, 1)), m)
    see(lambda: m.set_submodule("", nn.Linear(1, 1)), lambda: m.set_submodule("9", nn.Linear(1, 1)))
    see(lambda: m.set_submodule("8", nn.Linear(1, 1), strict=True))
    see(lambda: m.set_submodule("9", nn.Identity(), strict=True), lambda: m.set_submodule("9", 3))
    see(lambda: m.set_submodule("training.x", nn.Identity()))
    see(lambda: m.set_submodule("x.y.z", nn.Identity()), m)


@probe
def conversions(torch, see):
    nn = torch.nn
    m = nn.Sequential(nn.Linear(2, 2))
    m.register_buffer("count", torch.zeros(1, dtype=torch.int64))
    m.register_buffer("mean", torch.zeros(1))
    weight = m[0].weight
    m(torch.ones(1, 2)).sum().backward()
    see(m.double() is m, weight is m[0].weight, weight.dtype, weight.grad.dtype)
    for change in ("half", "bfloat16", "float", "cpu"):
        getattr(m, change)()
        see(m[0].weight.dtype, m.count.dtype, m.mean.dtype)
    m.to(torch.float64)
    see(m.state_dict())
    m.to("cpu", torch.float32).to(torch.zeros(1, dtype=torch.float64)).to(device="cpu")
    see(m[0].weight.dtype, m.type(torch.float16).count.dtype, m[0].bias.grad.dtype)
    see(lambda: m.to(torch.int32), lambda: m.to("nowhere"), lambda: m.type("torch.DoubleTensor"))
    see(m[0].weight.dtype, weight is m[0].weight)
    m.to("meta")
    see(m[0].weight, m[0].weight is weight, lambda: m.to("cpu"))
    see(m.to_empty(device="cpu")[0].weight.shape, m[0].weight.device.type)
    with torch.device("meta"):
        see(nn.Linear(3, 4).weight)
    see(m.train(False).training, m[0].training, m.train()[0].training, m.eval()[0].training)
    see(lambda: m.train("yes"), lambda: m.train(1))
    see(m.requires_grad_(False) is m, [each.requires_grad for each in m.parameters()])


@probe
def zero_grad(torch, see):
    m = torch.nn.Linear(2, 2)
    m(torch.ones(1, 2)).sum().backward()
    held = m.weight.grad
    m.zero_grad(set_to_none=False)
    see(held, m.weight.grad is held)
    m.zero_grad()
    see(m.weight.grad, m.bias.grad)


@probe
def calls(torch, see):
    nn = torch.nn

    class Model(nn.Module):
        def forward(self, x, *more, k=1):
            return x, more, k

    m = Model()
    see(m(1), m(1, 2, k=3), m(x=5), lambda: m(), lambda: m(1, z=1), lambda: nn.Module()(3))
    see(nn.Identity(3, a=4)(7), lambda: nn.Linear(2, 2)(3), lambda: nn.Linear(2, 2)(torch.ones(3)))
    m.forward = lambda x: x * 100
    see(m(2))


@probe
def data_parallel(torch, see):
    m = torch.nn.DataParallel(torch.nn.Linear(2, 1))
    see(m, m(torch.ones(3, 2)), list(m.state_dict()), m.module)


@probe
def text(torch, see):
    nn = torch.nn

    class Two(nn.Module):
        def extra_repr(self):
            return "first\nsecond"

    class One(Two):
        def extra_repr(self):
            return "only"

    m = Two()
    see(m, One())
    m.inner = One()
    m.inner.deep = Two()
    m.none = None
    m.add_module("nothing", None)
    see(m, nn.Linear(2, 3), nn.Linear(2, 3, False), nn.Bilinear(1, 2, 3), nn.Flatten())
    see(nn.Unflatten(1, (2, -1)), nn.Identity(), nn.LazyLinear(3), str(nn.Sequential(m)))


@probe
def copies_and_pickles(torch, see):
    nn = torch.nn
    m = nn.Sequential(nn.Linear(2, 2), nn.ModuleDict({"a": nn.Linear(1, 1)}))
    m.register_buffer("b", torch.ones(1), persistent=False)
    m.tied = m[0].weight
    m.note = ["free", "text"]
    for made in (copy.deepcopy(m), pickle.loads(pickle.dumps(m)), copy.copy(m)):
        see(made, made.state_dict(), made.note, made.tied is made[0].weight, made.b)
        see(made[0].weight is m[0].weight, made(torch.ones(1, 2)) if len(made) == 1 else None)
        made.extra = nn.Parameter(torch.ones(1))
        see([name for name, _ in made.named_parameters()])
    del m[1]
    see(copy.deepcopy(m)(torch.ones(1, 2)))


@probe
def parameters(torch, see):
    nn = torch.nn
    x = torch.ones(2, 3)
    p = nn.Parameter(x)
    see(p, repr(p), p.data_ptr() == x.data_ptr(), p.is_leaf, type(p), isinstance(p, torch.Tensor))
    see(repr(nn.Parameter(x, requires_grad=False)), repr(nn.Parameter()), nn.Parameter(p) is p)
    see(lambda: nn.Parameter(3), lambda: nn.Parameter([1.0]))
    see(lambda: nn.Parameter(torch.ones(2, dtype=torch.int32)))
    see(nn.Parameter(torch.ones(2, dtype=torch.int32), requires_grad=False))
    see(type(p + 1), type(p.detach()), type(p.data), type(p.clone()), type(p.view(-1)), type(p[0]))
    see(type(p.float()), type(p.requires_grad_()), type(p.double()), type(torch.zeros_like(p)))
    see(type(p.to(torch.float32)), type(p.t()), type(p.new_zeros(2)), type(p @ p.t()))
    see(lambda: p.add_(1), isinstance(x, nn.Parameter), isinstance(3, nn.Parameter))
    p.grad, p.note = torch.ones(2, 3), "kept"
    for made in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
        see(made, type(made), made.grad, made.data_ptr() == p.data_ptr(), vars(made))
    y = nn.Parameter(torch.ones(1, requires_grad=True) * 2)
    see(y, y.grad_fn, y.is_leaf)
    with torch.no_grad():
        p.mul_(2)
    see(x)
    (p * 2).sum().backward()
    see(p.grad)


@probe
def buffers(torch, see):
    nn = torch.nn
    x = torch.ones(2)
    b = nn.Buffer(x)
    see(b, type(b), repr(b), isinstance(b, nn.Buffer), isinstance(x, nn.Buffer), vars(b))
    see(b is x, b.data_ptr() == x.data_ptr(), nn.Buffer(), vars(nn.Buffer(x, persistent=False)))
    see(nn.Buffer(torch.ones(1, requires_grad=True) * 2), isinstance(b, nn.Parameter))


@probe
def layers(torch, see):
    nn = torch.nn
    see(nn.Linear(3, 2), nn.Linear(3, 2).weight, nn.Linear(3, 2).bias, nn.Linear(2, 2, False).bias)
    see(lambda: nn.Linear(0, 3).weight, lambda: nn.Linear(-1, 3), lambda: nn.Linear("a", 3))
    see(lambda: nn.Linear(2, 2, dtype=torch.int32), nn.Linear(2, 2, dtype=torch.float64).weight)
    x = torch.randn(2, 5, 3)
    see(nn.Linear(3, 4)(x), nn.Linear(3, 4, False)(x[0, 0]), nn.Linear(3, 4)(x[0]))
    b = nn.Bilinear(2, 3, 4)
    see(b.weight, b.bias, b(torch.randn(5, 2), torch.randn(5, 3)))
    see(nn.Bilinear(2, 3, 1, bias=False)(torch.randn(2), torch.randn(3)))
    see(b(torch.ones(7, 5, 2), torch.ones(7, 5, 3)).shape, lambda: nn.Bilinear(0, 3, 2))
    see(lambda: b(torch.ones(5, 2), torch.ones(4, 3)))
    see(lambda: b(torch.ones(5, 3), torch.ones(5, 3)))
    see(lambda: b(3, torch.ones(3)), lambda: b(torch.ones(2, dtype=torch.float64), torch.ones(3)))
    y = torch.arange(24.0).reshape(2, 3, 4)
    see(nn.Flatten()(y).shape, nn.Flatten(0, 1)(y).shape, lambda: nn.Flatten(5)(y))
    see(nn.Unflatten(2, (2, -1))(y).shape, nn.Unflatten(1, [3, 1])(y).shape)
    see(lambda: nn.Unflatten(1, 3), lambda: nn.Unflatten(1, (2, "a")))
    see(lambda: nn.Unflatten(1, (4, 3))(y))
