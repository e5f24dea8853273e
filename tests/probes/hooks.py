"""Hooks of every kind: what they are called with, in which order, and what their results do."""

import copy

from . import probe


@probe
def forward_hooks(torch, see):
    nn = torch.nn

    class Model(nn.Module):
        def forward(self, x, k=1):
            return x * k

    m = Model()
    m.register_forward_hook(lambda mod, args, out: see("after", args, out))
    m.register_forward_pre_hook(lambda mod, args: see("before", args))
    see(m(2), m(2, k=3))
    m = Model()
    m.register_forward_hook(lambda mod, args, out: out * 10)
    see(m(2))
    m.register_forward_hook(lambda mod, args, kwargs, out: see(args, kwargs, out), with_kwargs=True)
    see(m(2, k=2))
    m = Model()
    m.register_forward_pre_hook(lambda mod, args: args[0] + 1)
    see(m(2))
    m.register_forward_pre_hook(lambda mod, args: (args[0], 5))
    see(m(2))
    m.register_forward_pre_hook(lambda mod, args, kwargs: ((7,), {"k": 2}), with_kwargs=True)
    see(m(1))
    m.register_forward_pre_hook(lambda mod, args, kwargs: 5, with_kwargs=True)
    see(lambda: m(1))


@probe
def order_and_removal(torch, see):
    order, m = [], torch.nn.Identity()
    m.register_forward_hook(lambda *_: order.append(1))
    m.register_forward_hook(lambda *_: order.append(2), prepend=True)
    m.register_forward_pre_hook(lambda *_: order.append(3))
    handle = m.register_forward_pre_hook(lambda *_: order.append(4), prepend=True)
    m(1)
    handle.remove()
    handle.remove()
    m(1)
    see(list(order), len(m._forward_hooks), len(m._forward_pre_hooks))
    with m.register_forward_hook(lambda *_: order.append("while")):
        m(1)
    m(1)
    see(list(order))
    copied = copy.deepcopy(m)
    copied(1)
    m._forward_hooks.clear()
    m(1)
    see(list(order))

    def once(mod, args, out):
        order.append("once")
        handle.remove()

    handle = m.register_forward_hook(once)
    m(1), m(1)
    see(order)


@probe
def always_called(torch, see):
    nn = torch.nn
    m = nn.Identity()
    m.register_forward_hook(lambda mod, args, out: see("always", args, out), always_call=True)
    m.register_forward_hook(lambda mod, args, out: see("never"))
    m.forward = lambda x: 1 / 0
    see(lambda: m(3))

    def bad(mod, args, out):
        raise ValueError("hook")

    m.register_forward_hook(bad, always_call=True)
    see(lambda: m(3))
    m = nn.Identity()
    m.register_forward_hook(lambda mod, args, out: see("first"), always_call=True)
    m.register_forward_hook(bad)
    m.register_forward_hook(lambda mod, args, out: see("last", out), always_call=True)
    see(lambda: m(3))


@probe
def everywhere(torch, see):
    nn, module = torch.nn, torch.nn.modules.module

    def named(what):
        return lambda mod, *rest: see(what, type(mod), *[each for each in rest if each is not mod])

    x = torch.ones(1, 2, requires_grad=True)
    for register, call in (
        (module.register_module_forward_pre_hook, lambda: nn.Sequential(nn.Identity())(3)),
        (module.register_module_forward_hook, lambda: nn.Sequential(nn.Identity())(3)),
        (module.register_module_full_backward_hook, lambda: nn.Identity()(x).sum().backward()),
        (module.register_module_full_backward_pre_hook, lambda: nn.Identity()(x).sum().backward()),
    ):
        with register(named(register.__name__)):
            call()
    with module.register_module_forward_hook(named("kw"), with_kwargs=True):
        nn.Identity()(3)
    nn.Identity()(3)
    see(len(module._global_forward_hooks) if hasattr(module, "_global_forward_hooks") else 0)


@probe
def registration(torch, see):
    nn, module = torch.nn, torch.nn.modules.module

    def told(mod, name, member):
        see(type(mod), name, type(member).__name__)

    with module.register_module_parameter_registration_hook(told):
        nn.Linear(1, 1)
    with module.register_module_module_registration_hook(told):
        m = nn.Sequential(nn.Linear(1, 1))
        m.more = nn.Identity()
    with module.register_module_buffer_registration_hook(told):
        m.register_buffer("b", None)
        m.b = torch.zeros(1)
        m.c = nn.Buffer(torch.zeros(1))
    with module.register_module_parameter_registration_hook(
        lambda mod, name, member: nn.Parameter(torch.ones(2)) if name == "bias" else None
    ):
        see(nn.Linear(1, 2).bias)


@probe
def full_backward_hooks(torch, see):
    nn = torch.nn
    layer, x = nn.Linear(2, 3), torch.ones(1, 2, requires_grad=True)
    hooks = [
        layer.register_full_backward_hook(lambda mod, left, came: see("left", left, came)),
        layer.register_full_backward_pre_hook(lambda mod, came: see("came", came))]
    y = layer(x)
    see(y.grad_fn.name(), [each.name() for each, _ in y.grad_fn.next_functions])
    y.sum().backward()
    see(lambda: layer(torch.ones(1, 2)).sum().backward())
    see(lambda: layer.register_backward_hook(lambda *_: None))
    for each in hooks:
        each.remove()
    layer(x).sum().backward()
    with torch.no_grad():
        layer(x)

    class Two(nn.Module):
        def forward(self, a, b):
            return a * 2, a * b

    m = Two()
    m.register_full_backward_hook(lambda mod, left, came: see(left, came))
    m(x, x * 3)[0].sum().backward()
    m(x, torch.ones(2))[1].sum().backward()
    m(x, b=x)[1].sum().backward()
    m(x, torch.ones(2, dtype=torch.int64))[1].sum().backward()


@probe
def backward_hooks_that_replace(torch, see):
    nn = torch.nn

    def tried(change, hook, forward=lambda x: x * 2):
        m, x = nn.Identity(), torch.ones(1, 2, requires_grad=True)
        m.forward = forward
        getattr(m, f"register_full_backward_{change}")(hook)
        see(lambda: m(x * 1).sum().backward())
        see(x.grad)

    tried("hook", lambda mod, left, came: (left[0] * 100,))
    tried("hook", lambda mod, left, came: (left[0], left[0]))
    tried("pre_hook", lambda mod, came: (came[0] * 10,))
    tried("hook", lambda mod, left, came: None, lambda x: x.add_(2))
    tried("hook", lambda mod, left, came: None, lambda x: {"a": x})
    tried("hook", lambda mod, left, came: None, lambda x: (x, x * 2)[1])
    m, x = nn.Identity(), torch.ones(1, 2, requires_grad=True)
    m.forward = lambda x: x * 2
    m.register_full_backward_hook(lambda *_: None)
    y = m(x)
    see(lambda: y.add_(1))
    m = nn.Linear(2, 2)
    m.register_backward_hook(lambda mod, left, came: see(len(left), came))
    m(x).sum().backward()
