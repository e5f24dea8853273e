"""nn.init: the same numbers from the same seed, and the errors."""

from . import probe

NONLINEAR = "linear conv1d conv2d conv3d conv_transpose2d sigmoid tanh relu leaky_relu selu gelu"


@probe
def gains(torch, see):
    gain = torch.nn.init.calculate_gain
    for name in NONLINEAR.split():
        see(lambda: gain(name))
    see(gain("leaky_relu", 0.2), lambda: gain("leaky_relu", True), lambda: gain("leaky_relu", "a"))
    see(gain("leaky_relu", 1), gain("relu", 0.2))


@probe
def draws(torch, see):
    init, e = torch.nn.init, torch.empty
    see(init.uniform_(e(5)), init.uniform_(e(40), -1, 2))
    see(init.normal_(e(5)), init.normal_(e(40), 1, 2))
    see(init.constant_(e(2), 3), init.ones_(e(2)), init.zeros_(e(2)), init.eye_(e(2, 3)))
    see(init.xavier_uniform_(e(3, 4)), init.xavier_normal_(e(3, 4, 2), gain=2.0))
    see(init.kaiming_uniform_(e(3, 4), a=1), init.kaiming_normal_(e(4, 3)))
    see(init.kaiming_normal_(e(2, 3, 3), mode="fan_out", nonlinearity="relu"))
    see(init.orthogonal_(e(3, 5)), init.orthogonal_(e(5, 2, 1)), init.orthogonal_(e(4, 4), gain=2))
    see(init.sparse_(e(6, 3), 0.5), init.sparse_(e(4, 3), 0.3, std=1), init.sparse_(e(3, 2), 1.5))
    see(init.dirac_(e(2, 2, 3)), init.dirac_(e(4, 2, 3), 2), init.dirac_(e(3, 2, 3, 3)))
    see(init.dirac_(e(2, 2, 1, 1, 3)), torch.rand(1))


@probe
def truncated(torch, see):
    trunc, e = torch.nn.init.trunc_normal_, torch.empty
    see(trunc(e(7)), trunc(e(40)), trunc(e(9), std=0.02), trunc(e(5), a=1.5), trunc(e(5), b=-1.0))
    see(lambda: trunc(e(5), mean=4.0), trunc(e(20, dtype=torch.float64), a=0.0), trunc(e(0)))
    see(trunc(e(30), 1, 2, 0, 0.5), trunc(e(3, 4).t()), lambda: trunc(e(3), a=2, b=1))
    see(torch.rand(1))


@probe
def generators_and_dtypes(torch, see):
    init, e = torch.nn.init, torch.empty
    source = torch.Generator().manual_seed(5)
    see(init.uniform_(e(3), generator=source), init.normal_(e(3), generator=source))
    see(init.trunc_normal_(e(3), generator=source), init.orthogonal_(e(2, 2), generator=source))
    for fill in (init.xavier_uniform_, init.kaiming_normal_, init.kaiming_uniform_):
        see(fill(e(2, 2), generator=source))
    see(torch.rand(1), init.uniform_(e(3, dtype=torch.float64)))
    p = torch.nn.Parameter(e(2))
    see(init.ones_(p), p.requires_grad, p.grad_fn, init.normal_(e(2, 3, device="meta")))
    see(init.orthogonal_(e(2, 3, device="meta")), init.trunc_normal_(e(3, device="meta")))


@probe
def errors(torch, see):
    init, e = torch.nn.init, torch.empty
    see(lambda: init.eye_(e(2)), lambda: init.dirac_(e(2, 3)), lambda: init.dirac_(e(3, 2, 3), 2))
    see(lambda: init.xavier_uniform_(e(2)), lambda: init.kaiming_uniform_(e(2)))
    see(lambda: init.kaiming_uniform_(e(2, 2), mode="foo"))
    see(lambda: init.kaiming_uniform_(e(2, 2), nonlinearity="foo"), lambda: init.orthogonal_(e(2)))
    see(lambda: init.kaiming_normal_(e(0, 2)), lambda: init.sparse_(e(2), 0.5))
    see(lambda: init.uniform_(e(3), 2, 1), lambda: init.normal_(e(3), 0, -1))
    see(lambda: init.uniform_(e(3).int()), lambda: init.kaiming_uniform_(3))
    see(lambda: init.uniform(e(3)), lambda: init.xavier_normal(e(3, 2)))
    see(lambda: init.constant_(3, 3), init._calculate_fan_in_and_fan_out(e(2, 3, 4, 5)))
    see(init._calculate_correct_fan(e(2, 3), "fan_out"))
