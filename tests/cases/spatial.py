"""Operations over places: convolution, pooling, padding, resampling, and norms of channels."""

from . import case, error, f
from .reasons import ROUNDED

for name, x, w in (
    ("conv1d", f(2, 4, 9), f(6, 4, 3)), ("conv2d", f(2, 4, 6, 5), f(6, 4, 3, 2)),
    ("conv3d", f(1, 2, 4, 4, 3), f(2, 2, 2, 2, 2)),
):
    case(f"nn.functional.{name}", x, w), case(f"nn.functional.{name}", x, w, f(w.shape[0]))
    case(f"nn.functional.{name}", x, w, stride=2, padding=1)
    case(f"nn.functional.{name}", x, w, dilation=2, padding=2)
case("nn.functional.conv2d", f(2, 4, 6, 5), f(6, 2, 3, 2), None, 1, 0, 1, 2)
case("nn.functional.conv2d", f(2, 4, 6, 5), f(4, 1, 3, 3), groups=4, padding="same")
case("nn.functional.conv2d", f(4, 6, 5), f(6, 4, 1, 1))
case("nn.functional.conv_transpose1d", f(2, 4, 5), f(4, 3, 3), stride=2, output_padding=1)
case("nn.functional.conv_transpose2d", f(2, 4, 3, 4), f(4, 2, 3, 2), f(4), groups=2, padding=1)
error("nn.functional.conv2d", f(2, 4, 6, 5), f(6, 3, 3, 2))
error("nn.functional.conv2d", f(2, 4, 2, 2), f(6, 4, 3, 3))
error("nn.functional.conv2d", f(2, 4, 6, 5), f(6, 4, 3, 2), stride=0)

case("nn.functional.max_pool1d", f(2, 3, 8), 2), case("nn.functional.max_pool2d", f(2, 3, 6, 7), 2)
case("nn.functional.max_pool2d", f(2, 3, 6, 7), 3, stride=2, padding=1, ceil_mode=True)
case("nn.functional.max_pool3d", f(1, 2, 4, 4, 4), 2)
case("nn.functional.avg_pool1d", f(2, 3, 8), 2)
case("nn.functional.avg_pool2d", f(2, 3, 6, 7), 3, stride=2, padding=1, count_include_pad=False)
case("nn.functional.avg_pool3d", f(1, 2, 4, 4, 4), 2)
case("nn.functional.adaptive_avg_pool2d", f(2, 3, 6, 7), (3, 2))
case("nn.functional.adaptive_max_pool2d", f(2, 3, 6, 7), (3, 2))
error("nn.functional.max_pool2d", f(2, 3, 6, 7), 2, padding=2)
error("nn.functional.avg_pool2d", f(2, 3, 1, 1), 2)

case("nn.functional.pad", f(2, 3, 4), (1, 2)), case("nn.functional.pad", f(2, 3, 4), (1, -1, 2, 0))
for mode in ("reflect", "replicate", "circular"):
    case("nn.functional.pad", f(2, 3, 4, 5), (1, 2, 2, 1), mode=mode)
error("nn.functional.pad", f(2, 3, 4), (1,))
error("nn.functional.pad", f(1, 3, 4), (5, 0), "reflect")

case("nn.functional.interpolate", f(1, 2, 4, 5), scale_factor=2)
case("nn.functional.interpolate", f(1, 2, 4, 5), size=(7, 3), mode="bilinear").without(
    "uint8", why="PyTorch takes whole steps of 1/256 there")
case("nn.functional.interpolate", f(1, 2, 4, 5), size=(7, 3), mode="bicubic", align_corners=True)
case("nn.functional.pixel_shuffle", f(2, 8, 3, 2), 2)
case("nn.functional.pixel_unshuffle", f(2, 2, 4, 6), 2)
case("nn.functional.unfold", f(2, 3, 5, 4), (2, 3), padding=1)
case("nn.functional.fold", f(2, 12, 6), (3, 4), (2, 2))

case("nn.functional.layer_norm", f(3, 4, 5), (4, 5), f(4, 5), f(4, 5))
case("nn.functional.group_norm", f(2, 6, 3), 3, f(6), f(6))
case("nn.functional.instance_norm", f(2, 3, 7))
case("nn.functional.batch_norm", f(4, 3, 2), None, None, f(3), f(3), True).without(
    "float16", "bfloat16", why=ROUNDED)
error("nn.functional.layer_norm", f(3, 4, 5), (5, 4))
error("nn.functional.group_norm", f(2, 5, 3), 2)
