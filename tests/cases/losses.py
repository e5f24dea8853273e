"""Losses and distances, as `torch.nn.functional` has them."""

from . import case, error, f, i
from .reasons import ROUNDED, UNDEFINED

SIGNS = f([[1.0, -1.0, 1.0, -1.0], [-1.0, -1.0, 1.0, 1.0], [1.0, 1.0, 1.0, -1.0]])
ODD = ("complex64", "int64", "int32", "uint8", "bool")
PARTS = "what becomes of these dtypes follows from how PyTorch puts its parts together"
LABELS = i([1, 0, 3])
SHARES = f(3, 4).probability

for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
    for reduction in ("mean", "sum", "none"):
        case(f"nn.functional.{name}", f(3, 4), f(3, 4), reduction=reduction)
    case(f"nn.functional.{name}", f(3, 4), f(4)), case(f"nn.functional.{name}", f(), f())
    case(f"nn.functional.{name}", f(3, 4).transposed, f(3, 4).sliced)
    error(f"nn.functional.{name}", f(3), f(4))
    error(f"nn.functional.{name}", f(3), f(3), reduction="median")
for name in ("mse_loss", "l1_loss", "huber_loss"):
    for reduction in ("mean", "sum", "none"):
        case(f"nn.functional.{name}", f(3, 4), f(3, 4), reduction=reduction,
             weight=f(3, 4).positive)
    error(f"nn.functional.{name}", f(3, 4), f(3, 4), weight=f(4))
case("nn.functional.mse_loss", f(3), f(3), size_average=False)
case("nn.functional.mse_loss", f(3), f(3), reduce=False)
case("nn.functional.smooth_l1_loss", f(3, 4), f(3, 4), beta=0.5)
case("nn.functional.smooth_l1_loss", f(3, 4), f(3, 4), beta=0)
error("nn.functional.smooth_l1_loss", f(3), f(3), beta=-1.0)
case("nn.functional.huber_loss", f(3, 4), f(3, 4), delta=0.5)
error("nn.functional.huber_loss", f(3), f(3), delta=0.0)

for reduction in ("mean", "sum", "none"):
    case("nn.functional.binary_cross_entropy", SHARES, SHARES, reduction=reduction)
    case("nn.functional.binary_cross_entropy_with_logits", f(3, 4), SHARES, reduction=reduction)
    case("nn.functional.binary_cross_entropy_with_logits", f(3, 4), SHARES, reduction=reduction,
         weight=f(4).positive, pos_weight=f(4).positive).without(
        "float16", "bfloat16", why=ROUNDED)
    case("nn.functional.soft_margin_loss", f(3, 4), SIGNS, reduction=reduction).without(
        "grad", "gradgrad", "complex64", why="none is asked for one input alone")
case("nn.functional.binary_cross_entropy", SHARES, SHARES, f(4).positive).without(
    "float16", "bfloat16", why=ROUNDED)
case("nn.functional.binary_cross_entropy", f([0.0, 1.0, 0.0]), f([0.0, 1.0, 1.0])).without(
    "gradgrad", why=UNDEFINED)
case("nn.functional.binary_cross_entropy_with_logits", f([90.0, -90.0]), f([0.0, 1.0]))
error("nn.functional.binary_cross_entropy", f([1.5]), f([1.0]))
error("nn.functional.binary_cross_entropy", SHARES, f(4).probability)
error("nn.functional.binary_cross_entropy_with_logits", f(3, 4), f(4).probability)

for reduction in ("mean", "sum", "none", "batchmean"):
    case("nn.functional.kl_div", f(3, 4), SHARES, reduction=reduction).without(*ODD, why=PARTS)
    case("nn.functional.kl_div", f(3, 4), f(3, 4), reduction=reduction, log_target=True).without(
        *ODD, why=PARTS)
case("kl_div", f(3, 4), SHARES, 2).without(*ODD, why=PARTS)
case("nn.functional.kl_div", f([-1.0, -2.0]), f([0.0, 1.0])).without(*ODD, why=PARTS)
for reduction in ("mean", "none"):
    case("nn.functional.poisson_nll_loss", f(3, 4), f(3, 4).positive, reduction=reduction)
    case("nn.functional.poisson_nll_loss", f(3, 4).positive, f(3, 4).positive, False, True,
         reduction=reduction)
    case("nn.functional.gaussian_nll_loss", f(3, 4), f(3, 4), f(3, 4).positive,
         reduction=reduction).without(*ODD, why=PARTS)
case("nn.functional.gaussian_nll_loss", f(3, 4), f(3, 4), f(3).positive, full=True).without(
    *ODD, why=PARTS)
case("nn.functional.gaussian_nll_loss", f(3, 4), f(3, 4), f(3, 1).positive, eps=0.5).without(
    *ODD, why=PARTS)
case("nn.functional.gaussian_nll_loss", f(3, 4), f(3, 4), f(1, 4).positive).without(
    *ODD, why=PARTS)
case("nn.functional.gaussian_nll_loss", f(3, 4), f(3, 4), 0.25).without(
    *ODD, why=PARTS)
error("nn.functional.gaussian_nll_loss", f(3), f(3), f([-1.0, 1.0, 1.0]))
error("nn.functional.gaussian_nll_loss", f(3, 4), f(3, 4), f(2, 4).positive)

# Classes.

for name in ("cross_entropy", "nll_loss"):
    for reduction in ("mean", "sum", "none"):
        case(f"nn.functional.{name}", f(3, 4), LABELS, reduction=reduction).without(
            "float16", why=ROUNDED)
        case(f"nn.functional.{name}", f(3, 4), i([1, -100, 3]), reduction=reduction)
        case(f"nn.functional.{name}", f(3, 4), LABELS, f(4, dtype="float64").positive,
             ignore_index=3, reduction=reduction).without(
            "float32", "float16", "bfloat16", why="the weight's dtype is fixed")
        case(f"nn.functional.{name}", f(2, 3, 5), i(2, 5, below=3), reduction=reduction)
        case(f"nn.functional.{name}", f(2, 3, 2, 2), i(2, 2, 2, below=3), reduction=reduction)
    case(f"nn.functional.{name}", f(4), i(2)), case(f"nn.functional.{name}", f(4, 3).transposed,
                                                    i([0, 1, 2, 0]))
    error(f"nn.functional.{name}", f(3, 4), i([1, 0, 4])), error(
        f"nn.functional.{name}", f(3, 4), i([1, 0, -1]))
    error(f"nn.functional.{name}", f(3, 4), i([1, 0])), error(f"nn.functional.{name}", f(), i(0))
    error(f"nn.functional.{name}", f(2, 3, 5), i(2, 4, below=3))
    error(f"nn.functional.{name}", f(3, 4), LABELS, reduction="median")
    error(f"nn.functional.{name}", f(3, 4), LABELS, f(3))
for reduction in ("mean", "sum", "none"):
    case("nn.functional.cross_entropy", f(3, 4), LABELS, label_smoothing=0.1,
         reduction=reduction).without("float16", why=ROUNDED)
    case("nn.functional.cross_entropy", f(3, 4), f(3, 4).probability, reduction=reduction)
    case("nn.functional.cross_entropy", f(3, 4), LABELS, f(4, dtype="float64").positive,
         label_smoothing=0.25, reduction=reduction).without(
        "float32", "float16", "bfloat16", why="the weight's dtype is fixed")
case("nn.functional.cross_entropy", f(2, 3, 5), f(2, 3, 5).probability, label_smoothing=0.1)
case("nn.functional.cross_entropy", f(4), f(4).probability)
case("nn.functional.cross_entropy", f([[1000.0, -1000.0, 0.0]]), i([1]))
error("nn.functional.cross_entropy", f(3, 4), LABELS, label_smoothing=1.5)
error("nn.functional.cross_entropy", f(3, 4), f(3, 3))

# Margins.

for reduction in ("mean", "sum", "none"):
    case("nn.functional.hinge_embedding_loss", f(3, 4), SIGNS, reduction=reduction).without(
        *ODD, why=PARTS)
    case("nn.functional.margin_ranking_loss", f(3, 4), f(3, 4), SIGNS, 0.5, reduction=reduction)
    case("nn.functional.cosine_embedding_loss", f(3, 4), f(3, 4), i([1, -1, 1]), 0.1,
         reduction=reduction)
    case("nn.functional.triplet_margin_loss", f(3, 4), f(3, 4), f(3, 4), reduction=reduction)
    case("nn.functional.multilabel_soft_margin_loss", f(3, 4), SHARES, reduction=reduction)
    case("nn.functional.multi_margin_loss", f(3, 4), LABELS, reduction=reduction)
    case("nn.functional.multi_margin_loss", f(3, 4), LABELS, 2, 0.75, reduction=reduction)
    case("nn.functional.multilabel_margin_loss", f(3, 4),
         i([[1, 2, -1, 0], [0, -1, 1, 2], [3, 2, 1, 0]]), reduction=reduction)
case("nn.functional.cosine_embedding_loss", f(4), f(4), i(1))
case("nn.functional.triplet_margin_loss", f(3, 4), f(3, 4), f(3, 4), 2.0, 1, swap=True)
case("nn.functional.triplet_margin_with_distance_loss", f(3, 4), f(3, 4), f(3, 4), margin=0.5)
case("nn.functional.multi_margin_loss", f(4), i(2))
case("nn.functional.multilabel_margin_loss", f(4), i([1, 3, -1, 0]))
error("nn.functional.multi_margin_loss", f(3, 4), i([1, 0, 4]))
error("nn.functional.multi_margin_loss", f(3, 4), LABELS, 3)
error("nn.functional.multilabel_margin_loss", f(3, 4), i([[1, 2, -1, 0]]))
error("nn.functional.triplet_margin_loss", f(3, 4), f(3, 4), f(3, 4), -1.0)
error("nn.functional.triplet_margin_loss", f(3, 4), f(3, 4), f(4))
error("nn.functional.margin_ranking_loss", f(3, 4), f(4), SIGNS)
error("nn.functional.cosine_embedding_loss", f(3, 4), f(3, 4), i(1))

# Sequences: the gradient is taken with what stands before it, a log_softmax.

TALL = f(6, 2, 4)
for reduction in ("mean", "sum", "none"):
    case("nn.functional.ctc_loss", TALL, i([[1, 2, 2], [3, 1, 0]]), i([6, 5]), i([3, 2]),
         reduction=reduction).without("gradgrad", why="PyTorch has none")
case("nn.functional.ctc_loss", TALL, i([1, 2, 3]), (6, 5), (1, 2), 0).without(
    "gradgrad", why="PyTorch has none")
case("nn.functional.ctc_loss", f(2, 1, 3), i([[1, 1]]), (2,), (2,), zero_infinity=True).without(
    "gradgrad", why="PyTorch has none")
case("nn.functional.ctc_loss", f(5, 4), i([1, 2]), i(5), i(2)).without(
    "gradgrad", why="PyTorch has none")
error("nn.functional.ctc_loss", TALL, i([[1, 2], [3, 1]]), (6,), (2, 2))
error("nn.functional.ctc_loss", TALL, i([[1, 2], [3, 1]]), (6, 7), (2, 2))
error("nn.functional.ctc_loss", TALL, i([[1, 2], [3, 1]]), (6, 6), (2, 2), 4)

# Distances.

case("nn.functional.normalize", f(3, 4)), case("nn.functional.normalize", f(3, 4), 1, 0)
case("nn.functional.normalize", f(3, 4), p=3.0, dim=-1)
case("nn.functional.normalize", f(4), dim=0)
for name in ("cosine_similarity", "nn.functional.cosine_similarity"):
    case(name, f(3, 4), f(3, 4)), case(name, f(3, 4), f(4), -1), case(name, f(3, 4), f(3, 4), 0)
case("pairwise_distance", f(3, 4), f(3, 4)), case("pairwise_distance", f(3, 4), f(4), 1.0)
case("nn.functional.pairwise_distance", f(3, 4), f(3, 4), 3.0, keepdim=True)
for p in (0.0, 1.0, 1.5, 2.0, float("inf")):
    case("cdist", f(3, 4), f(2, 4), p).without("gradgrad", why="PyTorch has none")
    case("pdist", f(4, 3), p).without("gradgrad", why="PyTorch has none")
case("cdist", f(2, 3, 4), f(2, 4)).without("gradgrad", why="PyTorch has none")
case("cdist", f(3, 4), f(2, 4), compute_mode="use_mm_for_euclid_dist").without(
    "gradgrad", "bfloat16", "float16", why="PyTorch has none, and rounds halfway")
case("nn.functional.pdist", f(1, 3)).without("gradgrad", why="PyTorch has none")
error("cdist", f(3, 4), f(2, 3)), error("cdist", f(4), f(2, 4))
error("cdist", f(3, 4), f(2, 4), -1)
error("cdist", f(3, 4), f(2, 4), compute_mode="always"), error("pdist", f(4))
error("pdist", f(4, 3), -1)
error("cosine_similarity", f(3, 4), f(3, 4), 5), error("cosine_similarity", i([[1]]), i([[2]]))
