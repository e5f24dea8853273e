"""state_dict and load_state_dict: names, strictness, what is told when they don't fit, hooks."""

from collections import OrderedDict

from . import probe


def told(load):
    """The message of the error, whose form programs look at."""
    try:
        return load()
    except RuntimeError as error:
        return str(error)


@probe
def saving(torch, see):
    nn = torch.nn
    m = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 1)))
    m.register_buffer("mean", torch.ones(1))
    m.register_buffer("none", None)
    m.register_buffer("out", torch.ones(1), persistent=False)
    state = m.state_dict()
    see(state, type(state), dict(state._metadata), m.state_dict(keep_vars=True))
    see(state["0.weight"].data_ptr() == m[0].weight.data_ptr())
    see(lambda: list(m.state_dict(OrderedDict(), "p.", True)))
    given = {}
    see(m.state_dict(destination=given, prefix="p.") is given, list(given))


@probe
def loading(torch, see):
    nn = torch.nn
    m = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    state = m.state_dict()
    other = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    see(repr(other.load_state_dict(state)), other.state_dict(), other[0].weight is m[0].weight)
    changed = dict(state)
    changed.pop("0.bias")
    changed |= {"x": torch.zeros(1), "0.y": torch.zeros(1)}
    see(told(lambda: m.load_state_dict(changed)))
    found = m.load_state_dict(changed, strict=False)
    see(repr(found), found.missing_keys, found.unexpected_keys, tuple(found))
    sized = {**state, "0.weight": torch.zeros(3, 2), "0.bias": torch.zeros(1, 2)}
    see(lambda: m.load_state_dict(sized), lambda: m.load_state_dict(sized, strict=False))
    see("size mismatch for 0.weight: " in told(lambda: m.load_state_dict(sized)))
    see(lambda: m.load_state_dict({**state, "0.weight": 3}), lambda: m.load_state_dict([1]))
    see(lambda: m.load_state_dict(None), lambda: m.load_state_dict({}))
    see(told(lambda: nn.Sequential(nn.Identity()).load_state_dict({"0.q": 1, "zz.a": 2, "1": 3})))
    double = {**state, "0.weight": torch.ones(2, 2, dtype=torch.float64)}
    weight = m[0].weight
    m.load_state_dict(double)
    see(m[0].weight, m[0].weight is weight)
    m.load_state_dict(double, assign=True)
    see(m[0].weight, m[0].weight is weight)
    see(m[0].weight.data_ptr() == double["0.weight"].data_ptr(), type(m[0].weight))
    m.requires_grad_(False)
    m.load_state_dict(other.state_dict(keep_vars=True), assign=True)
    see(m[0].weight is other[0].weight, m[0].weight)


@probe
def scalars_and_meta(torch, see):
    nn = torch.nn
    m = nn.Module()
    m.register_buffer("s", torch.zeros(()))
    see(m.load_state_dict({"s": torch.ones(1)}), m.s)
    see(lambda: nn.Linear(1, 1).load_state_dict({"weight": torch.ones(1), "bias": torch.ones(())}))
    with torch.device("meta"):
        shell = nn.Linear(2, 1)
    state = nn.Linear(2, 1).state_dict()
    see(lambda: shell.load_state_dict(state), shell.weight)
    shell.load_state_dict(state, assign=True)
    see(shell.weight)
    see(lambda: nn.Linear(2, 1).load_state_dict(nn.Linear(2, 1).to("meta").state_dict()))


@probe
def extra_state(torch, see):
    nn = torch.nn

    class Extra(nn.Module):
        def get_extra_state(self):
            return {"a": 1}

        def set_extra_state(self, state):
            see("set", state)

    m = nn.Sequential(Extra())
    see(m.state_dict(), m.load_state_dict(m.state_dict()), told(lambda: m.load_state_dict({})))
    see(told(lambda: nn.Sequential(nn.Identity()).load_state_dict(m.state_dict())))
    see(lambda: nn.Module().get_extra_state(), lambda: nn.Module().set_extra_state(1))


@probe
def overridden(torch, see):
    nn = torch.nn

    class Versioned(nn.Linear):
        _version = 3

        def _load_from_state_dict(self, state, prefix, about, *rest):
            see(prefix, about.get("version"))
            if prefix + "old" in state:
                state[prefix + "weight"] = state.pop(prefix + "old")
            super()._load_from_state_dict(state, prefix, about, *rest)

        def _save_to_state_dict(self, destination, prefix, keep_vars):
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "more"] = torch.ones(1)

    m = nn.Sequential(Versioned(1, 1))
    state = m.state_dict()
    see(list(state), dict(state._metadata))
    state["0.old"] = state.pop("0.weight")
    see(told(lambda: m.load_state_dict(state)))


@probe
def hooks(torch, see):
    nn = torch.nn
    m = nn.Sequential(nn.Linear(2, 2))
    m.register_state_dict_pre_hook(lambda mod, prefix, keep: see("pre", prefix, keep))
    m._register_state_dict_hook(
        lambda mod, state, prefix, about: see("post", list(state), prefix, about))
    m.register_state_dict_post_hook(
        lambda mod, state, prefix, about: see("public", list(state), prefix, about))
    m.register_load_state_dict_pre_hook(
        lambda *args: see("load", [type(x).__name__ for x in args], args[2:5]))
    m._register_load_state_dict_pre_hook(
        lambda *args: see("old", [type(x).__name__ for x in args]))
    m.register_load_state_dict_post_hook(lambda mod, keys: see("loaded", repr(keys)))
    state = m.state_dict()
    m.load_state_dict(state)
    with m.register_state_dict_post_hook(lambda *_: {}):
        see(lambda: m.state_dict())
    with m._register_state_dict_hook(lambda *_: OrderedDict(a=1)):
        see(m.state_dict())
    with m.register_load_state_dict_post_hook(lambda *_: 3):
        see(lambda: m.load_state_dict(state))
    with m.register_load_state_dict_post_hook(
        lambda mod, keys: keys.missing_keys.clear() or keys.unexpected_keys.clear()
    ):
        see(m.load_state_dict({"zz": 1}))
