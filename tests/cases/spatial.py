"""Operations over places: convolution, pooling, padding, resampling, and norms of channels."""

from . import case, error, f, i, inf, nan
from .reasons import EMPTY, ROUNDED

F = "nn.functional."
HALF = ("float16", "bfloat16")
LONG_SUMS = "sums of many terms, in another order"

# --- convolution

for name, sizes, kernel in (
    ("1d", (7,), (3,)), ("2d", (5, 6), (3, 2)), ("3d", (4, 3, 4), (2, 3, 2)),
):
    conv, back = f"{F}conv{name}", f"{F}conv_transpose{name}"
    for each in (
        case(conv, f(2, 2, *sizes), f(3, 2, *kernel), f(3)),
        case(conv, f(2, *sizes), f(3, 2, *kernel)),
        case(conv, f(1, 4, *sizes), f(4, 2, *kernel), f(4), stride=2, padding=1, groups=2),
        case(back, f(2, 2, *sizes), f(2, 3, *kernel), f(3)),
        case(back, f(2, *sizes), f(2, 3, *kernel), stride=2, padding=1, output_padding=1),
    ):
        each.within(1e-5, 1e-4, "float32", "complex64", why=LONG_SUMS)
        each.within(1e-2, 1e-2, "float16", why=ROUNDED).within(5e-2, 5e-2, "bfloat16", why=ROUNDED)
        if name == "3d":
            each.without("gradgrad", why="it is long, and of the same three rows")
    error(conv, f(2, 3, *sizes), f(3, 2, *kernel)), error(conv, f(2, 2, *sizes), f(3, 2))
    error(conv, f(2, 2, *sizes), f(3, 2, *kernel), f(4))
    error(conv, f(2, 2, *sizes), f(3, 2, *kernel), stride=0)
    error(conv, f(2, 2, *sizes), f(3, 2, *kernel), padding=-1)
    error(conv, f(2, 2, *sizes), f(3, 2, *kernel), groups=2)
    error(conv, f(2, 2, *sizes), f(3, 2, *[9] * len(kernel)))
    error(back, f(2, 2, *sizes), f(2, 3, *kernel), output_padding=3)
    error(back, f(2, 3, *sizes), f(2, 3, *kernel))
ONLY_VALUES = ("grad", "gradgrad", "float16", "bfloat16", "int32", "uint8")
for options in ({"padding": "same"}, {"padding": "valid"}, {"dilation": 2}, {"dilation": (1, 2)},
                {"padding": (0, 2), "stride": (2, 1)}):
    case("conv2d", f(1, 2, 5, 6), f(2, 2, 2, 3), **options).without(
        *ONLY_VALUES, why="as above").within(1e-5, 1e-4, "float32", "complex64", why=LONG_SUMS)
case("conv2d", f(2, 3, 4, 4), f(6, 1, 3, 3), groups=3, padding=1).within(
    1e-5, 1e-4, "float32", "complex64", why=LONG_SUMS).within(
    1e-2, 1e-2, "float16", why=ROUNDED).within(5e-2, 5e-2, "bfloat16", why=ROUNDED)
case("conv2d", f(2, 3, 4, 5).transposed, f(2, 3, 1, 1)).without(*ONLY_VALUES, why="as above")
case("conv2d", f(0, 3, 4, 5), f(2, 3, 2, 2)).without("bool", why=EMPTY)
case("conv_transpose2d", f(1, 2, 3, 3), f(2, 2, 2, 2), dilation=3, output_padding=2).without(
    *ONLY_VALUES, why="as above").within(1e-5, 1e-4, "float32", "complex64", why=LONG_SUMS)
case("conv_transpose2d", f(1, 4, 3, 3), f(4, 1, 3, 3), stride=2, groups=2, padding=2,
     output_padding=1).without(*ONLY_VALUES, why="as above").within(
    1e-5, 1e-4, "float32", "complex64", why=LONG_SUMS)
error("conv2d", f(1, 2, 5, 6), f(2, 2, 2, 3), padding="same", stride=2)
error("conv2d", f(1, 2, 5, 6), f(2, 2, 2, 3), padding="full")
case("conv_tbc", f(5, 2, 3), f(2, 3, 4), f(4), 1).without(*ONLY_VALUES, why="as above").within(
    1e-5, 1e-4, "float32", why=LONG_SUMS)
case("convolution", f(1, 2, 5), f(2, 3, 2), None, (2,), (1,), (1,), True, (1,), 1).without(
    *ONLY_VALUES, why="as above").within(1e-5, 1e-4, "float32", "complex64", why=LONG_SUMS)

# --- pooling

for name, sizes in (("1d", (7,)), ("2d", (5, 6)), ("3d", (4, 5, 4))):
    case(f"{F}max_pool{name}", f(1, 2, *sizes), 2)
    case(f"{F}max_pool{name}", f(2, *sizes), 3, 2, 1, return_indices=True)
    case(f"{F}max_pool{name}", f(1, 2, *sizes), 2, 3, 1, ceil_mode=True)
    case(f"{F}avg_pool{name}", f(1, 2, *sizes), 2)
    case(f"{F}avg_pool{name}", f(2, *sizes), 3, 2, 1, count_include_pad=False)
    case(f"{F}avg_pool{name}", f(1, 2, *sizes), 2, 3, 1, ceil_mode=True)
    case(f"{F}adaptive_avg_pool{name}", f(1, 2, *sizes), 3).without(*HALF, why=ROUNDED)
    case(f"{F}adaptive_avg_pool{name}", f(2, *sizes), 1)
    case(f"{F}adaptive_max_pool{name}", f(1, 2, *sizes), 3, return_indices=True)
    case(f"{F}lp_pool{name}", f(1, 2, *sizes).positive, 2, 3).without(
        "int64", "int32", "uint8", "bool", "complex64", why=ROUNDED)
    error(f"{F}max_pool{name}", f(1, 2, *sizes), 2, padding=2)
    error(f"{F}max_pool{name}", f(1, 2, *sizes), 0)
    error(f"{F}avg_pool{name}", f(1, 2, *sizes), 2, 0)
    error(f"{F}max_pool{name}", f(1, 2, *sizes), 9)
    error(f"{F}adaptive_avg_pool{name}", f(1, 2, *sizes), -1)
case(f"{F}max_pool2d", f(1, 1, 6, 7), 2, 1, dilation=(2, 3))
case(f"{F}max_pool2d", f([[[1.0, 2.0, nan, 0.0], [3.0, -inf, 5.0, 5.0]]]), 2,
     return_indices=True).without("grad", "gradgrad", why="the gradient of nan")
case(f"{F}avg_pool2d", f(1, 2, 5, 6), (2, 3), divisor_override=5)
case(f"{F}adaptive_avg_pool2d", f(1, 2, 5, 6), (None, 4))
case(f"{F}fractional_max_pool2d", f(1, 2, 7, 8), 2, (4, 5), return_indices=True,
     _random_samples=f([[[0.25, 0.75], [0.5, 0.125]]]))
case(f"{F}fractional_max_pool3d", f(1, 1, 5, 6, 7), 2, output_ratio=0.5,
     _random_samples=f([[[0.25, 0.75, 0.5]]]))
case(f"{F}max_unpool2d", f(1, 1, 2, 2), i([[[[5, 7], [13, 15]]]]), 2)
case(f"{F}max_unpool2d", f(1, 2, 2), i([[[5, 7], [13, 18]]]), 2, output_size=(5, 5))
error(f"{F}max_unpool2d", f(1, 1, 2, 2), i([[[[5, 7], [13, 16]]]]), 2)
error(f"{F}max_unpool2d", f(1, 1, 2, 2), i([[[5, 7], [13, 15]]]), 2)
case("adaptive_max_pool1d", f(2, 7), 3), case("max_pool1d_with_indices", f(2, 7), 3)

# --- normalization

for affine in ((), (f(3), f(3))):
    for x in (f(4, 3), f(2, 3, 4), f(2, 3, 2, 3)):
        case(f"{F}batch_norm", x, None, None, *affine, training=True).without(*HALF, why=ROUNDED)
        case(f"{F}batch_norm", x, f([0.5, 0.0, -1.0]), f([1.0, 2.0, 0.5]), *affine,
             eps=0.1).without("grad", why="PyTorch has no gradient for running statistics")
    case(f"{F}instance_norm", f(2, 3, 4), None, None, *affine).without(*HALF, why=ROUNDED)
    case(f"{F}instance_norm", f(2, 3, 2, 3), None, None, *affine, eps=0.1).without(
        *HALF, why=ROUNDED)
    case(f"{F}layer_norm", f(2, 4, 3), (3,), *affine)
    case(f"{F}group_norm", f(2, 3, 4), 3, *affine), case(f"{F}group_norm", f(2, 3, 4), 1, *affine)
    case(f"{F}rms_norm", f(2, 4, 3), (3,), *affine[:1])
case(f"{F}layer_norm", f(2, 4, 3), (4, 3), f(4, 3), f(4, 3), 0.1)
case(f"{F}group_norm", f(2, 4, 2, 3), 2, f(4), f(4), 0.1)
case(f"{F}rms_norm", f(2, 4, 3), (4, 3), f(4, 3), 0.1)
case(f"{F}local_response_norm", f(2, 5, 3), 3)
case(f"{F}local_response_norm", f(1, 4, 2, 3), 2, 0.1)
error(f"{F}batch_norm", f(1, 3), None, None, training=True)
error(f"{F}batch_norm", f(2, 3), None, None), error(f"{F}batch_norm", f(2, 3), f(2), f(2))
error(f"{F}layer_norm", f(2, 3), (2,)), error(f"{F}layer_norm", f(2, 3), (3,), f(2))
error(f"{F}group_norm", f(2, 3, 4), 2), error(f"{F}instance_norm", f(2, 3, 1), None, None)
error(f"{F}rms_norm", f(2, 3), (2,)), error(f"{F}local_response_norm", f(2, 3), 2)

# --- padding and sizes

for mode in ("constant", "reflect", "replicate", "circular"):
    for x, pad in ((f(2, 5), (2, 1)), (f(1, 4, 5), (1, 2, 3, 0)), (f(1, 2, 4, 5), (1, -2, -1, 3)),
                   (f(1, 1, 3, 4, 3), (1, 2, 0, 1, 2, 1))):
        case(f"{F}pad", x, pad, mode=mode)
case(f"{F}pad", f(2, 3), (1, 2), value=2.5), case(f"{F}pad", f(3), (-1, 2))
case("constant_pad_nd", f(2, 3), (1, 0, 0, 1), 3)
error(f"{F}pad", f(2, 3), (1,)), error(f"{F}pad", f(2, 3), (-2, -2))
error(f"{F}pad", f(2, 3), (3, 0), mode="reflect")
error(f"{F}pad", f(2, 3), (4, 0), mode="circular")
error(f"{F}pad", f(2, 3), (1, 1), mode="mirror"), error(f"{F}pad", f(3), (1, 1), mode="reflect")
error(f"{F}pad", f(2, 3), (1, 1, 1, 1, 1, 1))

INTEGERS = ("uint8", "int64", "int32")  # PyTorch rounds in another way
for mode, x in (("linear", f(1, 2, 5)), ("bilinear", f(1, 2, 4, 5)), ("bicubic", f(1, 2, 4, 5)),
                ("trilinear", f(1, 1, 3, 4, 3))):
    for options in ({"size": (7,) * (len(x.shape) - 2)}, {"scale_factor": 1.5},
                    {"scale_factor": 0.6, "recompute_scale_factor": True},
                    {"size": 3, "align_corners": True}):
        case(f"{F}interpolate", x, mode=mode, **options).without(
            *INTEGERS, *HALF, why=ROUNDED).within(
            1e-5, 1e-4, "float32", why=LONG_SUMS)
for mode in ("bilinear", "bicubic"):
    for size in ((2, 3), (7, 8)):
        case(f"{F}interpolate", f(1, 2, 5, 6), size, mode=mode, antialias=True).without(
            *INTEGERS, *HALF, why=ROUNDED).within(
            1e-5, 1e-4, "float32", why=LONG_SUMS)
for mode in ("nearest", "nearest-exact", "area"):
    for x in (f(1, 2, 5), f(1, 2, 4, 5), f(1, 1, 3, 4, 3)):
        case(f"{F}interpolate", x, 7, mode=mode).without(
            *HALF[: 2 * (mode == "area")], why=ROUNDED)
        case(f"{F}interpolate", x, scale_factor=0.7, mode=mode)
        case(f"{F}interpolate", x, scale_factor=2, mode=mode)
error(f"{F}interpolate", f(1, 2, 5)), error(f"{F}interpolate", f(1, 2, 5), 2, 2.0)
error(f"{F}interpolate", f(1, 2, 5), 3, mode="bilinear"), error(f"{F}interpolate", f(2, 5), 3)
error(f"{F}interpolate", f(1, 2, 5), 3, align_corners=True), error(f"{F}interpolate", f(1, 2, 5), 0)
error(f"{F}interpolate", f(1, 2, 5), (3, 3)), error(f"{F}interpolate", f(1, 2, 5), 3, mode="cubic")
error(f"{F}interpolate", f(1, 2, 5), 3, mode="linear", antialias=True)

# --- rearranging, and grids

case(f"{F}unfold", f(1, 2, 4, 5), (2, 3)), case(f"{F}unfold", f(2, 5, 4), 2, 2, 1, (1, 2))
case(f"{F}fold", f(1, 12, 9), (4, 4), (2, 2)).without("int64", "int32", "uint8", why="as they come")
case(f"{F}fold", f(8, 6), (5, 4), 2, 2, 1, (2, 2)).without(
    "int64", "int32", "uint8", why="as they come")
error(f"{F}fold", f(1, 12, 8), (4, 4), (2, 2)), error(f"{F}fold", f(1, 11, 9), (4, 4), (2, 2))
error(f"{F}unfold", f(1, 2, 4, 5), 6)
case("pixel_shuffle", f(2, 8, 2, 3), 2), case("pixel_unshuffle", f(2, 2, 4, 6), 2)
error("pixel_shuffle", f(2, 6, 2, 3), 2), error("pixel_unshuffle", f(2, 2, 5, 6), 2)
case("channel_shuffle", f(2, 6, 2), 3).without("alias", why="PyTorch gives a view for some sizes")
error("channel_shuffle", f(2, 5, 2), 3)
for align in (True, False):
    case(f"{F}affine_grid", f(2, 2, 3), (2, 3, 4, 5), align_corners=align).without(
        *HALF, why=ROUNDED)
    case(f"{F}affine_grid", f(1, 3, 4), (1, 3, 2, 4, 3), align_corners=align).without(
        *HALF, why=ROUNDED)
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            case(f"{F}grid_sample", f(1, 2, 4, 5), f(1, 3, 4, 2), mode=mode, padding_mode=padding,
                 align_corners=align).within(1e-5, 1e-4, "float32", why=LONG_SUMS).without(
                *HALF, why=ROUNDED)
    case(f"{F}grid_sample", f(1, 2, 3, 4, 3), f(1, 2, 3, 4, 3), align_corners=align).without(
        *HALF, why=ROUNDED)
error(f"{F}grid_sample", f(1, 2, 4, 5), f(2, 3, 4, 2))
error(f"{F}grid_sample", f(1, 2, 4, 5), f(1, 3, 4, 3))
error(f"{F}grid_sample", f(1, 2, 4, 5), f(1, 3, 4, 2), mode="cubic")
error(f"{F}affine_grid", f(2, 2, 4), (2, 3, 4, 5)), error(f"{F}affine_grid", f(2, 2, 3), (2, 3, 4))
