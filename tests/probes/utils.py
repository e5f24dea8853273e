"""nn.utils: clipping, vectors, skip_init, fusing, functional_call, pruning, the old norms."""

from . import probe

INF = float("inf")


def with_grads(torch, *shapes, dtype=None):
    made = []
    for shape in shapes:
        made.append(torch.nn.Parameter(torch.randn(shape, dtype=dtype)))
        made[-1].grad = torch.randn(shape, dtype=dtype)
    return made


@probe
def clipping_by_norm(torch, see):
    utils = torch.nn.utils
    for order in (2.0, 1, INF, 0, 0.5, -INF, 3.0, "inf"):
        p = [*with_grads(torch, (2, 3), (4,), ()), torch.nn.Parameter(torch.zeros(2))]
        see(utils.clip_grad_norm_(p, 1.0, order), [each.grad for each in p])
    (p,) = with_grads(torch, (2, 3))
    see(utils.clip_grad_norm_(p, 100.0), p.grad, utils.clip_grad_norm_([], 1.0))
    see(utils.clip_grad_norm_([torch.nn.Parameter(torch.zeros(1))], 1.0))
    see(utils.clip_grad_norm_((each for each in [p]), 1.0), p.grad)
    see(lambda: utils.clip_grad_norm_(3, 1.0), lambda: utils.clip_grad_norm(p, 1.0))
    p.grad[0, 0] = INF
    see(lambda: utils.clip_grad_norm_(p, 1.0, error_if_nonfinite=True))
    see(utils.clip_grad_norm_(p, 1.0), p.grad)
    p = with_grads(torch, (2, 3), (3,), dtype=torch.float64) + with_grads(torch, (2,))
    see(utils.clip_grad_norm_(p, 0.5), [each.grad for each in p])
    see(utils.get_total_norm([torch.ones(2), torch.ones(3)]), utils.get_total_norm(torch.ones(4)))
    see(utils.get_total_norm([]), utils.get_total_norm([torch.ones(2), -2 * torch.ones(3)], INF))
    see(lambda: utils.get_total_norm([torch.tensor([float("nan")])], error_if_nonfinite=True))
    p = with_grads(torch, (2, 3), (4,))
    utils.clip_grads_with_norm_(p, 1.0, torch.tensor(4.0))
    see([each.grad for each in p], utils.clip_grads_with_norm_(p, 1.0, torch.tensor(0.4)))
    see([each.grad for each in p])


@probe
def clipping_by_value(torch, see):
    clip = torch.nn.utils.clip_grad_value_
    p = with_grads(torch, (2, 3), (4,))
    see(clip(p, 0.3), [each.grad for each in p], clip(p[0], 0.1), p[0].grad, clip(p, 0.2))
    see(lambda: clip(p, "a"))


@probe
def vectors(torch, see):
    utils = torch.nn.utils
    p = with_grads(torch, (2, 3), (4,))
    see(utils.parameters_to_vector(p), lambda: utils.parameters_to_vector([]))
    see(utils.parameters_to_vector([torch.ones(()), torch.ones(2, 2)]))
    v = torch.arange(10.0)
    see(utils.vector_to_parameters(v, p), p, p[0].data_ptr() == v.data_ptr())
    see(lambda: utils.vector_to_parameters(torch.arange(3.0), p))
    see(utils.vector_to_parameters(torch.arange(13.0), p), p)
    see(lambda: utils.vector_to_parameters(3, p))


@probe
def skipping(torch, see):
    nn, skip_init = torch.nn, torch.nn.utils.skip_init
    m = skip_init(nn.Linear, 2, 3)
    see(m, m.weight.shape, m.weight.device.type, torch.rand(1))
    see(lambda: skip_init(nn.Identity, 3), lambda: skip_init(int))
    see(skip_init(nn.Linear, 2, 3, dtype=torch.float64).weight.dtype)
    see(skip_init(nn.Linear, 2, 3, device="meta").weight)


@probe
def fusing(torch, see):
    utils = torch.nn.utils
    w, b, mean, scale, shift = (torch.randn(s) for s in ((4, 3, 2, 2), (4,), (4,), (4,), (4,)))
    var = torch.rand(4)
    see(utils.fuse_conv_bn_weights(w, b, mean, var, 1e-5, scale, shift))
    see(utils.fuse_conv_bn_weights(w, None, mean, var, 1e-5, None, None))
    turned = w.transpose(0, 1)
    see(utils.fuse_conv_bn_weights(turned, b, mean, var, 1e-5, scale, shift, transpose=True))
    see(utils.fuse_linear_bn_weights(torch.randn(4, 3), b, mean, var, 1e-5, scale, shift))
    p = torch.nn.Parameter(w)
    see(utils.fuse_conv_bn_weights(p, b, mean, var, 1e-5, scale, shift)[0].requires_grad)
    m = torch.nn.Linear(2, 2)
    see(utils.convert_conv2d_weight_memory_format(m, torch.channels_last) is m)


@probe
def functional_call(torch, see):
    nn, call = torch.nn, torch.func.functional_call
    layer, x = nn.Linear(2, 2), torch.ones(1, 2)
    weight, w, b = layer.weight, torch.ones(2, 2, requires_grad=True), torch.zeros(2)
    see(call(layer, {"weight": w, "bias": b}, (x,)), call(layer, {"weight": w}, x))
    call(layer, {"weight": w}, x).sum().backward()
    see(w.grad, layer.bias.grad, layer.weight is weight, layer.weight.grad)
    see(call(layer, ({"weight": w}, {"bias": b}), x))
    see(call(layer, {"weight": w}, None, {"input": x}))
    see(lambda: call(layer, ({"weight": w}, {"weight": w}), x), lambda: call(layer, 3, x))
    see(lambda: call(layer, [3], x), lambda: call(layer, {"weight": w, "no": b}, x))
    see(lambda: call(layer, {"weight": w, "a.b": b}, x), lambda: call(layer, {"weight": 3}, x))
    see(lambda: call(layer, {"weight": w}, x, strict=True), lambda: call(layer, {"training": w}, x))
    see(lambda: call(layer, {"weight": w, "bias": b, "q": b}, x, strict=True))
    see(call(layer, {"weight": w, "bias": b}, x, strict=True), lambda: call(layer, {}, x, {"z": 1}))
    see(layer.weight is weight, type(layer.weight), hasattr(layer, "no"))
    see(lambda: nn.utils.stateless.functional_call(layer, {"weight": w}, x))
    s = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    see(call(s, {"0.weight": w, "1.bias": b}, x), s[0].weight is w)


@probe
def tied_and_stacked(torch, see):
    nn, call = torch.nn, torch.func.functional_call

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = self.b = nn.Parameter(torch.ones(2))
            self.register_buffer("n", torch.zeros(1))

        def forward(self, x):
            self.n = self.n + 1
            if x is None:
                raise ValueError
            return self.a * x + self.b * 2

    m, x = Tied(), torch.ones(1, 2)
    zero, one = torch.zeros(2), torch.ones(2)
    see(call(m, {"a": zero}, x), call(m, {"a": zero}, x, tie_weights=False))
    see(lambda: call(m, {"a": zero, "b": one}, x), call(m, {"a": zero, "b": zero}, x))
    see(call(m, {"a": zero, "b": one}, x, tie_weights=False), m.n)
    given = {"n": torch.ones(1) * 10}
    see(call(m, given, x), given, m.n)
    see(lambda: call(m, {"a": zero}, (None,)), m.a)
    stack = torch.func.stack_module_state
    layers = [nn.Linear(2, 2) for _ in range(3)]
    parameters, buffers = stack(layers)
    see(parameters, buffers, [each.is_leaf for each in parameters.values()], lambda: stack([]))
    see(lambda: stack([nn.Linear(2, 2), nn.Identity()]))
    see(lambda: stack([nn.Linear(2, 2), nn.Linear(2, 2).eval()]))
    layers[0].weight.requires_grad_(False)
    see(lambda: stack(layers))


def pruned(torch, see, m, name="weight"):
    see(list(m.state_dict()), getattr(m, name), getattr(m, name + "_mask", None))
    see(torch.nn.utils.prune.is_pruned(m), len(m._forward_pre_hooks), type(getattr(m, name)))


@probe
def pruning(torch, see):
    nn, prune = torch.nn, torch.nn.utils.prune
    scores = torch.arange(12.0).reshape(3, 4)
    for way in (
        lambda m: prune.identity(m, "weight"),
        lambda m: prune.random_unstructured(m, "weight", 0.3),
        lambda m: prune.random_unstructured(m, "weight", 3),
        lambda m: prune.l1_unstructured(m, "weight", 0.5),
        lambda m: prune.l1_unstructured(m, "weight", 0.5, importance_scores=scores),
        lambda m: prune.random_structured(m, "weight", 0.5, 0),
        lambda m: prune.random_structured(m, "weight", 1, 1),
        lambda m: prune.ln_structured(m, "weight", 0.4, 2, 0),
        lambda m: prune.ln_structured(m, "weight", 1, INF, -1),
        lambda m: prune.custom_from_mask(m, "weight", torch.eye(4)[:3]),
    ):
        m = nn.Linear(4, 3)
        see(way(m) is m)
        pruned(torch, see, m)
        m(torch.ones(1, 4)).sum().backward()
        see(m.weight_orig.grad, prune.remove(m, "weight") is m)
        pruned(torch, see, m)


@probe
def pruning_again(torch, see):
    nn, prune = torch.nn, torch.nn.utils.prune
    m = nn.Linear(4, 3)
    weight = m.weight
    prune.l1_unstructured(m, "weight", 0.3)
    prune.random_structured(m, "weight", 0.4, 0)
    pruned(torch, see, m)
    prune.l1_unstructured(m, "weight", 2)
    prune.l1_unstructured(m, "bias", 1)
    pruned(torch, see, m)
    pruned(torch, see, m, "bias")
    see([list(map(type, x)) for x in m._forward_pre_hooks.values() if hasattr(x, "__len__")])
    prune.remove(m, "weight")
    see(m.weight is weight, lambda: prune.remove(m, "weight"))

    class Mine(prune.BasePruningMethod):
        PRUNING_TYPE = "unstructured"

        def compute_mask(self, t, default_mask):
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    m = nn.Linear(4, 3)
    see(type(Mine.apply(m, "bias")))
    pruned(torch, see, m, "bias")
    s = nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))
    pairs = [(s[0], "weight"), (s[1], "weight"), (s[0], "bias")]
    prune.global_unstructured(pairs, prune.L1Unstructured, amount=0.4)
    pruned(torch, see, s[0])
    prune.global_unstructured(pairs, prune.L1Unstructured, amount=3)
    pruned(torch, see, s[0])
    pruned(torch, see, s[1])
    see(lambda: prune.global_unstructured(pairs, prune.LnStructured, amount=3, n=1))
    see(lambda: prune.global_unstructured(3, prune.L1Unstructured, amount=3))
    see(lambda: prune.global_unstructured(pairs, prune.L1Unstructured, 3, amount=1))


@probe
def pruning_errors(torch, see):
    nn, prune = torch.nn, torch.nn.utils.prune
    m = nn.Linear(4, 3)
    for amount in (1.5, -1, 13, "a", -0.5):
        see(lambda: prune.l1_unstructured(m, "weight", amount))
    see(lambda: prune.ln_structured(m, "bias", 1, 2, 0))
    see(lambda: prune.ln_structured(m, "weight", 1, 2, 5))
    see(lambda: prune.l1_unstructured(m, "no", 2))
    see(lambda: prune.random_structured(m, "weight", 5, 0), lambda: prune.BasePruningMethod())
    see(lambda: prune.l1_unstructured(m, "weight", 2, importance_scores=torch.ones(2)))
    see(lambda: prune.custom_from_mask(m, "weight", torch.ones(2, 2)))
    see(prune.L1Unstructured(0.5).prune(torch.arange(4.0)), sorted(m.state_dict()))
    see(prune.L1Unstructured(1).prune(torch.arange(4.0), importance_scores=-torch.arange(4.0)))


@probe
def old_norms(torch, see):
    nn, utils = torch.nn, torch.nn.utils
    x = torch.randn(2, 4)
    m = nn.Linear(4, 3)
    see(lambda: utils.weight_norm(m))
    see(list(m.state_dict()), m.weight, m.weight_g, m(x))
    m(x).sum().backward()
    see(m.weight_g.grad, m.weight_v.grad, lambda: utils.weight_norm(m))
    state = m.state_dict()
    see(utils.remove_weight_norm(m), m.weight, dict(m._forward_pre_hooks))
    see(lambda: utils.remove_weight_norm(m))
    new = utils.parametrizations.weight_norm(nn.Linear(4, 3))
    see(new.load_state_dict(state), new.weight)
    m = utils.spectral_norm(nn.Linear(4, 3))
    see(list(m.state_dict()), m.weight, type(m.weight), m(x), m.weight_u, m.weight_v, m.weight)
    m.eval()
    m(x).sum().backward()
    see(m(x), m.weight_orig.grad, dict(m.state_dict()._metadata), lambda: utils.spectral_norm(m))
    other = utils.spectral_norm(nn.Linear(4, 3))
    see(other.load_state_dict(m.state_dict()), other.eval()(x))
    see(utils.remove_spectral_norm(m), m.weight, list(m.state_dict()))
    see(lambda: utils.remove_spectral_norm(m), lambda: utils.spectral_norm(m, n_power_iterations=0))
