"""What models are made of: activation functions and losses."""

from . import case, error, f, i, inf, nan
from .reasons import UNDEFINED

KINKS = f([nan, inf, -inf, 0.0, -0.0, 0.5, -0.5, 3.0, -3.0, 6.0, 30.0, -30.0])
SMOOTH = "silu mish softplus logsigmoid softsign tanhshrink gelu elu selu celu"
BENT = "relu relu6 leaky_relu hardtanh hardsigmoid hardswish hardshrink softshrink"

for name in f"{SMOOTH} {BENT}".split():
    for x in (f(3, 4), f(), f(0, 3), f(4, 3).transposed, f(5).sliced):
        case(f"nn.functional.{name}", x)
    if name != "gelu":  # PyTorch's of infinity is nan
        case(f"nn.functional.{name}", KINKS).without("grad", "gradgrad", why=UNDEFINED)
    error(f"nn.functional.{name}", "text")
for name in ("celu", "selu"):
    case(name, f(3, 4))
case("nn.functional.elu", f(3, 4), alpha=0.5), case("nn.functional.celu", f(3, 4), alpha=0.5)
case("nn.functional.leaky_relu", f(3, 4), 0.2)
case("nn.functional.gelu", f(3, 4), approximate="tanh")
error("nn.functional.gelu", f(3), approximate="sigmoid")
case("nn.functional.hardtanh", f(3, 4), -0.5, 0.5), error("nn.functional.hardtanh", f(3), 1.0, -1.0)
case("nn.functional.softplus", f(3, 4), 2.0, 0.5)
case("nn.functional.hardshrink", f(3, 4), 0.1), case("nn.functional.softshrink", f(3, 4), 0.1)
error("nn.functional.softshrink", f(3), -1.0)
case("nn.functional.threshold", f(3, 4), 0.1, 20.0)
case("nn.functional.glu", f(3, 4)), case("nn.functional.glu", f(4, 3), 0)
error("nn.functional.glu", f(3)), error("nn.functional.glu", f())
case("nn.functional.prelu", f(2, 3, 4), f(3)), case("nn.functional.prelu", f(2, 3), f(1))
error("nn.functional.prelu", f(2, 3), f(2))
case("nn.functional.linear", f(3, 4), f(2, 4), f(2))
case("nn.functional.linear", f(5, 3, 4), f(2, 4))
error("nn.functional.linear", f(3, 4), f(2, 3))

PROBABILITIES = f([[0.1, 0.4, 0.9], [0.5, 0.2, 0.7]])
TARGETS = f([[0.0, 1.0, 1.0], [0.3, 0.2, 0.0]])
SIGNS = f([1.0, -1.0, 1.0])

for reduction in ("none", "mean", "sum"):
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div"):
        case(f"nn.functional.{name}", f(3, 4), f(3, 4), reduction=reduction)
    case("nn.functional.binary_cross_entropy", PROBABILITIES, TARGETS, reduction=reduction)
    case("nn.functional.binary_cross_entropy_with_logits", f(2, 3), TARGETS, reduction=reduction)
    case("nn.functional.poisson_nll_loss", f(3, 4), f(3, 4), reduction=reduction)
    case("nn.functional.soft_margin_loss", f(3), SIGNS, reduction=reduction)
    case("nn.functional.hinge_embedding_loss", f(3), SIGNS, reduction=reduction).without(
        "int64", "int32", why="PyTorch rounds the margin and then cannot take a mean")
    case("nn.functional.margin_ranking_loss", f(3), f(3), SIGNS, reduction=reduction)
    case("nn.functional.cosine_embedding_loss", f(3, 4), f(3, 4), SIGNS, reduction=reduction)
    case("nn.functional.multi_margin_loss", f(3, 4), i([0, 3, 1]), reduction=reduction)
    case("nn.functional.multilabel_margin_loss", f(2, 4), i([[2, 0, -1, 1], [3, -1, 0, 0]]),
         reduction=reduction)
    case("nn.functional.multilabel_soft_margin_loss", f(2, 3), TARGETS, reduction=reduction)
    case("nn.functional.triplet_margin_loss", f(3, 4), f(3, 4), f(3, 4), reduction=reduction)
    for name in ("cross_entropy", "nll_loss"):
        case(f"nn.functional.{name}", f(3, 4), i([0, 3, 1]), reduction=reduction)
        case(f"nn.functional.{name}", f(3, 4), i([0, -100, 1]), f(4), reduction=reduction)
        case(f"nn.functional.{name}", f(2, 3, 2), i([[0, 2], [1, 1]]), ignore_index=1,
             reduction=reduction)
    case("nn.functional.cross_entropy", f(3, 4), i([0, -100, 1]), f(4), reduction=reduction,
         label_smoothing=0.2)
    case("nn.functional.cross_entropy", f(2, 3), TARGETS, reduction=reduction, label_smoothing=0.1)
case("nn.functional.cross_entropy", f(4), i(2)), case("nn.functional.nll_loss", f(4), i(2))
case("nn.functional.smooth_l1_loss", f(3), f(3), beta=0.0)
case("nn.functional.huber_loss", f(3), f(3), delta=0.3)
case("nn.functional.kl_div", f(3), f(3), log_target=True, reduction="batchmean")
case("nn.functional.poisson_nll_loss", f([0.5, 2.0]), f([3.0, 0.5]), log_input=False, full=True)
case("nn.functional.gaussian_nll_loss", f(3, 2), f(3, 2), f([[0.5], [1.0], [2.0]]), full=True)
case("nn.functional.multi_margin_loss", f(3, 4), i([0, 3, 1]), p=2, margin=0.5)
case("nn.functional.triplet_margin_loss", f(3, 4), f(3, 4), f(3, 4), swap=True, p=1.0)
case("nn.functional.binary_cross_entropy_with_logits", f(2, 3), TARGETS,
     pos_weight=f([1.0, 2.0, 0.5]))
case("cosine_similarity", f(3, 4), f(3, 4)), case("pairwise_distance", f(3, 4), f(3, 4))
case("nn.functional.cosine_similarity", f(3, 4), f(4), dim=-1)

error("nn.functional.cross_entropy", f(3, 4), i([0, 4, 1]))
error("nn.functional.cross_entropy", f(3, 4), i([0, 1]))
error("nn.functional.cross_entropy", f(3, 4), i([0, 3, 1]), label_smoothing=2.0)
error("nn.functional.nll_loss", f(3, 4), i([0, -1, 1]))
error("nn.functional.nll_loss", f(3, 4), i([0, 1, 2]), f(3))
error("nn.functional.mse_loss", f(3), f(3), reduction="median")
error("nn.functional.binary_cross_entropy", f([2.0]), f([1.0]))
error("nn.functional.binary_cross_entropy", f([0.5]), f([1.0, 0.0]))
error("nn.functional.huber_loss", f(3), f(3), delta=-1.0)
error("nn.functional.multi_margin_loss", f(3, 4), i([0, 3, 1]), p=3)
error("nn.functional.triplet_margin_loss", f(3), f(3), f(3), margin=-1.0)
error("nn.functional.margin_ranking_loss", f(3), f(3, 1), SIGNS)
