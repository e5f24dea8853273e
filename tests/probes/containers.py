"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from collections import OrderedDict

from . import probe


def deleted(container, index):
    del container[index]
    return container


def assigned(container, index, value):
    container[index] = value
    return container


@probe
def sequential(torch, see):
    nn = torch.nn
    F, I = nn.Flatten, nn.Identity  # noqa: E741
    s = nn.Sequential(nn.Linear(1, 2), F(), nn.Linear(2, 2), I())
    see(s, nn.Sequential(), len(s), [type(each) for each in s], s(torch.ones(3, 1)).shape)
    see(lambda: s[4], lambda: s[-5], s[-1], s[1:3], lambda: s["1"], s[::2])
    see(lambda: s + 1, s * 2, lambda: s * 0, lambda: s * "a", 2 * s, s + s, lambda: s * 1.5)
    see(s.pop(1), lambda: s.insert(9, F()), lambda: s.insert(1, 3), s.insert(-1, I()), s)
    see(lambda: s.append(3), s.extend([I()]), lambda: s.extend(3), s.pop(slice(0, 2)), s)
    see(deleted(s, 0), assigned(s, 0, F()), lambda: assigned(s, 7, F()), lambda: assigned(s, 0, 3))
    see(lambda: nn.Sequential(3), lambda: nn.Sequential([F()]), lambda: nn.Sequential({"a": F()}))
    s = nn.Sequential(OrderedDict(a=F(), b=I()))
    see(s, s.a, s[1], s[:1], s.append(I()), s * 2, deleted(s, 1), s.insert(1, I()))
    s = nn.Sequential(I())
    s += nn.Sequential(F())
    s *= 2
    see(s, list(s._modules))


@probe
def module_list(torch, see):
    nn = torch.nn
    F, I = nn.Flatten, nn.Identity  # noqa: E741
    layers = nn.ModuleList([F(), I()])
    see(layers, nn.ModuleList(), nn.ModuleList([nn.Linear(1, 1)] * 3 + [F()]))
    see(lambda: layers(1), layers + [F()], layers.pop(-1), layers.insert(0, I()), layers)
    see(lambda: layers[7], layers[0:1], lambda: layers.extend(3), lambda: layers["a"])
    see(layers.append(None), nn.ModuleList([None]), len(layers), "0" in dir(layers))
    see(deleted(layers, slice(0, 2)), lambda: nn.ModuleList([3]), lambda: nn.ModuleList(3))
    see(nn.ModuleList([nn.Sequential(nn.Linear(1, 1), F())] * 2 + [nn.Linear(1, 1)]))
    layers += [I(), I()]
    see(layers, assigned(layers, -1, F()), list(layers._modules))


@probe
def module_dict(torch, see):
    nn = torch.nn
    F, I = nn.Flatten, nn.Identity  # noqa: E741
    d = nn.ModuleDict({"z": F(), "a": I()})
    see(d, nn.ModuleDict(), list(d), len(d), "a" in d, d["a"], lambda: d["q"], list(d.keys()))
    see(d.update([("x", F()), ("y", I())]), lambda: d.update([3]), lambda: d.update(3))
    see(lambda: d.update([(1, 2, 3)]), d.pop("x"), lambda: d.pop("x"), list(d.values()))
    see(lambda: assigned(d, 3, F()), lambda: assigned(d, "keys", F()), list(d.items()))
    see(nn.ModuleDict(d), lambda: deleted(d, "q"), deleted(d, "z"), d.clear(), d)
    see(nn.ModuleDict(OrderedDict(q=F(), b=I())), nn.ModuleDict([("q", F())]))


@probe
def parameter_list(torch, see):
    nn = torch.nn
    p = nn.ParameterList([torch.zeros(2), nn.Parameter(torch.zeros(1, 2)), 3])
    see(p, nn.ParameterList(), p.state_dict(), [type(each) for each in p], len(p))
    see(nn.ParameterList([nn.ParameterList([torch.zeros(1)])]))
    see(lambda: p("a"), lambda: p.extend(torch.zeros(2)), lambda: p.extend(3), lambda: p[3], p[-2])
    see(lambda: p["a"], p[0:1], lambda: assigned(p, 0, 3), assigned(p, 0, torch.ones(3)))
    see(p.append(nn.Linear(1, 1)), "0" in dir(p), lambda: nn.ParameterList([torch.ones(1).int()]))
    p = nn.ParameterList([torch.zeros(2, dtype=torch.float64), torch.zeros(())])
    see(p)
    p += [3, "s"]
    see(p, len(p), [type(each) for each in p])


@probe
def parameter_dict(torch, see):
    nn = torch.nn
    d = nn.ParameterDict({"b": torch.zeros(2), "a": 3})
    see(d, nn.ParameterDict(), list(d), d.state_dict(), type(d["b"]), "a" in d, len(d))
    see(lambda: d["q"], lambda: d[3], d.pop("a"), d.popitem(), lambda: d.popitem())
    see(lambda: d.update(3), lambda: d.update([3]), lambda: d.update([(1, 2, 3)]))
    see(d.update({"z": torch.zeros(1), "a": torch.zeros(1)}), d, d.update([("y", 1), ("x", 2)]), d)
    see(d.fromkeys(["a", "b"], torch.zeros(1)), d | d, list(d.keys()), list(d.items()))
    see(list(d.values()), d.get("n", 4), list(reversed(d)), d.setdefault("a", 3), d.setdefault("n"))
    see(d.copy(), lambda: d(3), d.clear(), lambda: d.pop("q"), lambda: deleted(d, "q"))
    see(nn.ParameterDict({"m": nn.Linear(1, 1)}), lambda: nn.ParameterDict({"keys": torch.ones(1)}))
    see(nn.ParameterDict(nn.ParameterDict(OrderedDict(q=1, c=2))))
    see(nn.ParameterDict({"z": 1}) | nn.ParameterDict({"c": 1}))
    d = nn.ParameterDict({"z": torch.ones(1)})
    d |= nn.ParameterDict({"c": torch.ones(2)})
    see(d, [name for name, _ in d.named_parameters()])
