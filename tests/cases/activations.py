"""Activations and the gates among them, as `torch.nn.functional` has them."""

from . import c, case, error, f, i, inf, nan
from .reasons import UNDEFINED

KINKS = f([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0])
FAR = f([-100.0, -30.0, 30.0, 100.0])
PLAIN = (
    "relu relu6 leaky_relu elu selu celu gelu silu mish softplus softsign hardtanh hardsigmoid"
    " hardswish hardshrink softshrink tanhshrink logsigmoid rrelu"
)
IN_PLACE = "relu relu6 leaky_relu elu selu celu silu mish hardtanh hardsigmoid hardswish"
NO_SECOND = ("hardsigmoid",)  # PyTorch has no second derivative of it

for name in PLAIN.split():
    for x in (f(3, 4), f(3, 4).large, f(), f(0, 3), f(4, 3).transposed, f(5).sliced):
        line = case(f"nn.functional.{name}", x)
        if name in NO_SECOND:
            line.without("gradgrad", why="PyTorch has none")
    case(f"nn.functional.{name}", KINKS).without("grad", "gradgrad", why=UNDEFINED)
    case(f"nn.functional.{name}", FAR).without("gradgrad", why=UNDEFINED)
    case(f"nn.functional.{name}", f([nan])).without("grad", "gradgrad", why=UNDEFINED)
    error(f"nn.functional.{name}", "text")
for name in IN_PLACE.split():
    case(f"nn.functional.{name}", f(3, 4).large, inplace=False).without(
        "gradgrad", why="said above")

case("nn.functional.leaky_relu", f(3, 4), 0.2), case("nn.functional.leaky_relu", f(3), -0.5)
case("nn.functional.elu", f(3, 4), 0.7), case("nn.functional.elu", f(3), alpha=-1.5)
case("nn.functional.celu", f(3, 4), 0.7), case("nn.functional.celu", f(3), alpha=2.0)
error("nn.functional.celu", f(3), 0.0)
case("nn.functional.gelu", f(3, 4), approximate="tanh")
case("nn.functional.gelu", FAR, approximate="tanh").without("gradgrad", why=UNDEFINED)
error("nn.functional.gelu", f(3), approximate="sigmoid")
case("nn.functional.softplus", f(3, 4), 2.0), case("nn.functional.softplus", f(3, 4).large, 1, 2)
case("nn.functional.hardtanh", f(3, 4).large, -2.0, 2.5), case("nn.functional.hardtanh", i([3, -4]))
error("nn.functional.hardtanh", f(3), 2.0, 1.0)
case("nn.functional.relu6", i([9, -2, 3]))
case("nn.functional.hardshrink", f(3, 4), 1.0), case("nn.functional.softshrink", f(3, 4), 1.0)
error("nn.functional.softshrink", f(3), -1.0)
case("nn.functional.threshold", f(3, 4), 0.25, 7.0)
case("nn.functional.threshold", i([1, 3]), 2, 9)
case("nn.functional.threshold", KINKS, 0.5, -1).without("gradgrad", why=UNDEFINED)
case("nn.functional.silu", c(3, 2)), case("nn.functional.softsign", c(3, 2))
case("nn.functional.softsign", i([1, -3]))
case("nn.functional.tanhshrink", c(3, 2)), case("nn.functional.tanhshrink", i([1, -3]))

case("threshold", f(3, 4), 0.25, 7.0), case("selu", f(3, 4)), case("celu", f(3, 4), 0.5)
case("hardshrink", f(3, 4), 0.75), case("Tensor.hardshrink", f(3, 4), 0.75)
case("rrelu", f(3, 4), 0.1, 0.3)
for name in ("relu", "selu", "celu", "rrelu"):
    case(f"{name}_", f(3, 4))
case("threshold_", f(3, 4), 0.25, 7.0)
for name in ("elu", "leaky_relu", "hardtanh", "celu", "selu"):
    case(f"nn.functional.{name}_", f(3, 4))
error("rrelu", f(3), 0.5, 0.1), error("rrelu", f(3), nan, 0.1), error("rrelu", f(3), 0.1, inf)

case("nn.functional.glu", f(3, 4)), case("nn.functional.glu", f(4, 3), 0)
case("nn.functional.glu", f(2, 4, 3), dim=-2), case("nn.functional.glu", f(6, 3).transposed, 0)
error("nn.functional.glu", f(3)), error("nn.functional.glu", f())
error("nn.functional.glu", f(4), 1)
for name in ("nn.functional.prelu", "prelu", "Tensor.prelu"):
    case(name, f(3, 4), f(1)), case(name, f(3, 4), f(4)), case(name, f(2, 3, 2), f(3))
    case(name, f(), f(1)), case(name, f(3), f()), case(name, f(2, 3), f())
error("prelu", f(3, 4), f(3)), error("prelu", f(3, 4), f(4, 1)), error("prelu", f(), f(2))
error("prelu", f(3, 4), f(4, dtype="float64")).without("float64", why="then the dtypes are equal")
case("nn.functional.dropout", f(3, 4), 0.5, False), case("nn.functional.dropout", f(3, 4), 1.0)
case("nn.functional.alpha_dropout", f(3, 4), 0.5), case("nn.functional.dropout1d", f(3, 4), 0.0)
error("nn.functional.dropout", f(3), 1.5), error("nn.functional.dropout1d", f(3, 2, 2, 2))
error("nn.functional.feature_alpha_dropout", f(3), 0.5, True)
case("feature_dropout", f(3, 4), 0.5, False)
error("nn.functional.gumbel_softmax", f(3), dim=2)
