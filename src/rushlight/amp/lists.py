"""Which functions autocast changes on the CPU, by what happens to their arguments.

These are PyTorch's lists. Composites are on them where PyTorch's are made of listed functions and
ours are not. Source: https://docs.pytorch.org/docs/stable/amp.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _names(text: str, room: str = "") -> list[str]:
    return [room + each for each in text.split()]


_FFTS = "fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn"

# Computed in the lower precision.
LOWER = _names(
    "matmul mm bmm addmm addbmm baddbmm inner chain_matmul conv_tbc "
    "linalg.vecdot linalg.multi_dot linalg.matrix_power conv1d conv2d conv3d "
    "conv_transpose1d conv_transpose2d conv_transpose3d lstm rnn_tanh rnn_relu rnn_tanh_cell "
    "rnn_relu_cell prelu nn.functional.linear nn.functional.prelu nn.functional.affine_grid "
    "nn.functional.scaled_dot_product_attention")

# Computed in float32.
SINGLE = _names(
    "prod trace quantile nanquantile cdist polar view_as_complex stft "
    "cholesky cholesky_inverse cholesky_solve inverse pinverse svd qr triangular_solve orgqr ormqr "
    "geqrf lu_solve "
    "linalg.svd linalg.svdvals linalg.inv linalg.inv_ex linalg.cholesky linalg.cholesky_ex "
    "linalg.qr linalg.eig linalg.eigh linalg.eigvals linalg.eigvalsh linalg.solve linalg.lstsq "
    "linalg.matrix_rank linalg.cond linalg.tensorinv linalg.tensorsolve "
    "linalg.householder_product grid_sampler ctc_loss kl_div"
) + _names(_FFTS, "fft.") + _names(
    "avg_pool3d adaptive_avg_pool3d max_pool3d adaptive_max_pool3d max_unpool1d max_unpool2d "
    "max_unpool3d fractional_max_pool2d fractional_max_pool3d grid_sample binary_cross_entropy "
    "binary_cross_entropy_with_logits mse_loss l1_loss smooth_l1_loss huber_loss "
    "cosine_embedding_loss nll_loss cross_entropy hinge_embedding_loss poisson_nll_loss "
    "margin_ranking_loss soft_margin_loss triplet_margin_loss multi_margin_loss "
    "multilabel_margin_loss kl_div ctc_loss", "nn.functional.")

# Computed in the widest precision among the arguments.
WIDEST = ["cat", "stack", "index_copy"]

# Computed in the lower precision if the first argument is of that, else in float32.
AS_FIRST = ["gru", "gru_cell", "lstm_cell"]

# Computed as if autocast were off: not listed by PyTorch, though ours calls what is.
UNCHANGED = ["nn.functional.bilinear"]


def _pads_with_values(input: Any, pad: Any, mode: str = "constant", value: Any = None) -> bool:
    return mode == "replicate" or (mode == "reflect" and len(pad) < 6)


# Only for some arguments, of which the function is told.
CONDITIONS: dict[str, Callable[..., bool]] = {"nn.functional.pad": _pads_with_values}
