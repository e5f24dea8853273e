"""Calls whose results autocast may change the dtype of, for whichever library runs them.

`tests/golden/record_autocast.py` records what PyTorch gives, `tests/test_autocast.py` compares.
"""

from __future__ import annotations

import math
from typing import Any

# A call each: `c` converts, `t(sizes)` makes numbers, `square()` a positive definite matrix.
CALLS = """
torch.matmul: torch.matmul(c(t(2, 3)), c(t(3, 2)))
torch.mm: torch.mm(c(t(2, 3)), c(t(3, 2)))
torch.mv: torch.mv(c(t(2, 3)), c(t(3)))
torch.dot: torch.dot(c(t(3)), c(t(3)))
torch.vdot: torch.vdot(c(t(3)), c(t(3)))
torch.inner: torch.inner(c(t(2, 3)), c(t(2, 3)))
torch.outer: torch.outer(c(t(3)), c(t(3)))
torch.addr: torch.addr(c(t(3, 3)), c(t(3)), c(t(3)))
torch.bmm: torch.bmm(c(t(2, 3, 3)), c(t(2, 3, 3)))
torch.addmm: torch.addmm(c(t(2, 2)), c(t(2, 3)), c(t(3, 2)))
torch.addmv: torch.addmv(c(t(2)), c(t(2, 3)), c(t(3)))
torch.baddbmm: torch.baddbmm(c(t(2, 3, 3)), c(t(2, 3, 3)), c(t(2, 3, 3)))
torch.addbmm: torch.addbmm(c(t(3, 3)), c(t(2, 3, 3)), c(t(2, 3, 3)))
torch.einsum: torch.einsum("ij, jk->ik", c(t(2, 3)), c(t(3, 2)))
torch.tensordot: torch.tensordot(c(t(2, 3)), c(t(3, 2)), 1)
torch.kron: torch.kron(c(t(2, 3)), c(t(3, 2)))
torch.linalg.vecdot: torch.linalg.vecdot(c(t(2, 3)), c(t(2, 3)))
torch.linalg.multi_dot: torch.linalg.multi_dot([c(t(2, 3)), c(t(3, 2)), c(t(2, 2))])
torch.linalg.matmul: torch.linalg.matmul(c(t(2, 3)), c(t(3, 2)))
F.linear: F.linear(c(t(2, 3)), c(t(4, 3)), c(t(4)))
F.bilinear: F.bilinear(c(t(2, 3)), c(t(2, 3)), c(t(4, 3, 3)), c(t(4)))
F.conv1d: F.conv1d(c(t(1, 2, 5)), c(t(3, 2, 3)))
F.conv2d: F.conv2d(c(t(1, 2, 5, 5)), c(t(3, 2, 3, 3)))
F.conv3d: F.conv3d(c(t(1, 2, 5, 5, 5)), c(t(3, 2, 3, 3, 3)))
F.conv_transpose1d: F.conv_transpose1d(c(t(1, 2, 5)), c(t(2, 3, 3)))
F.conv_transpose2d: F.conv_transpose2d(c(t(1, 2, 5, 5)), c(t(2, 3, 3, 3)))
F.conv_transpose3d: F.conv_transpose3d(c(t(1, 2, 5, 5, 5)), c(t(2, 3, 3, 3, 3)))
F.scaled_dot_product_attention: F.scaled_dot_product_attention(*[c(t(1, 1, 2, 4))] * 3)
nn.MultiheadAttention: torch.nn.MultiheadAttention(4, 2)(*[c(t(3, 1, 4))] * 3)[0]
nn.RNN: torch.nn.RNN(3, 4)(c(t(2, 1, 3)))[0]
nn.RNNCell: torch.nn.RNNCell(3, 4)(c(t(2, 3)))
F.prelu: F.prelu(c(t(2, 3)), c(t(1)))
F.avg_pool1d: F.avg_pool1d(c(t(1, 2, 4)), 2)
F.avg_pool2d: F.avg_pool2d(c(t(1, 2, 4, 4)), 2)
F.avg_pool3d: F.avg_pool3d(c(t(1, 2, 4, 4, 4)), 2)
F.max_pool1d: F.max_pool1d(c(t(1, 2, 4)), 2)
F.max_pool2d: F.max_pool2d(c(t(1, 2, 4, 4)), 2)
F.max_pool3d: F.max_pool3d(c(t(1, 2, 4, 4, 4)), 2)
F.max_unpool2d: F.max_unpool2d(c(t(1, 1, 1, 1)), torch.tensor([[[[2]]]]), 2)
F.max_unpool1d: F.max_unpool1d(c(t(1, 1, 1)), torch.tensor([[[1]]]), 2)
F.max_unpool3d: F.max_unpool3d(c(t(1, 1, 1, 1, 1)), torch.tensor([[[[[2]]]]]), 2)
F.adaptive_avg_pool1d: F.adaptive_avg_pool1d(c(t(1, 2, 4)), 2)
F.adaptive_avg_pool2d: F.adaptive_avg_pool2d(c(t(1, 2, 4, 4)), 2)
F.adaptive_avg_pool3d: F.adaptive_avg_pool3d(c(t(1, 2, 4, 4, 4)), 2)
F.adaptive_max_pool1d: F.adaptive_max_pool1d(c(t(1, 2, 4)), 2)
F.adaptive_max_pool2d: F.adaptive_max_pool2d(c(t(1, 2, 4, 4)), 2)
F.adaptive_max_pool3d: F.adaptive_max_pool3d(c(t(1, 2, 4, 4, 4)), 2)
F.fractional_max_pool2d: F.fractional_max_pool2d(c(t(1, 2, 4, 4)), 2, output_size=2)
F.fractional_max_pool3d: F.fractional_max_pool3d(c(t(1, 2, 4, 4, 4)), 2, output_size=2)
F.lp_pool2d: F.lp_pool2d(c(t(1, 2, 4, 4)), 2, 2)
F.pad_reflect1: F.pad(c(t(1, 2, 4)), (1, 1), mode="reflect")
F.pad_reflect2: F.pad(c(t(1, 2, 4, 4)), (1, 1, 1, 1), mode="reflect")
F.pad_reflect3: F.pad(c(t(1, 2, 4, 4, 4)), (1, 1, 1, 1, 1, 1), mode="reflect")
F.pad_replicate1: F.pad(c(t(1, 2, 4)), (1, 1), mode="replicate")
F.pad_replicate2: F.pad(c(t(1, 2, 4, 4)), (1, 1, 1, 1), mode="replicate")
F.pad_replicate3: F.pad(c(t(1, 2, 4, 4, 4)), (1, 1, 1, 1, 1, 1), mode="replicate")
F.pad_circular: F.pad(c(t(1, 2, 4)), (1, 1), mode="circular")
F.pad_constant: F.pad(c(t(1, 2, 4)), (1, 1))
F.grid_sample2: F.grid_sample(c(t(1, 2, 4, 4)), c(t(1, 3, 3, 2)), align_corners=True)
F.grid_sample3: F.grid_sample(c(t(1, 2, 4, 4, 4)), c(t(1, 3, 3, 3, 3)), align_corners=True)
F.affine_grid: F.affine_grid(c(t(1, 2, 3)), (1, 1, 2, 2), align_corners=True)
F.interpolate_nearest: F.interpolate(c(t(1, 2, 4, 4)), scale_factor=2)
F.interpolate_bilinear: F.interpolate(c(t(1, 2, 4, 4)), scale_factor=2, mode="bilinear")
F.interpolate_bicubic: F.interpolate(c(t(1, 2, 4, 4)), scale_factor=2, mode="bicubic")
F.interpolate_trilinear: F.interpolate(c(t(1, 2, 4, 4, 4)), scale_factor=2, mode="trilinear")
F.interpolate_linear: F.interpolate(c(t(1, 2, 4)), scale_factor=2, mode="linear")
F.binary_cross_entropy: F.binary_cross_entropy(c(t(2, 3)), c(t(2, 3)))
F.binary_cross_entropy_with_logits: F.binary_cross_entropy_with_logits(c(t(2, 3)), c(t(2, 3)))
F.mse_loss: F.mse_loss(c(t(2, 3)), c(t(2, 3)))
F.l1_loss: F.l1_loss(c(t(2, 3)), c(t(2, 3)))
F.smooth_l1_loss: F.smooth_l1_loss(c(t(2, 3)), c(t(2, 3)))
F.huber_loss: F.huber_loss(c(t(2, 3)), c(t(2, 3)))
F.cosine_embedding_loss: F.cosine_embedding_loss(c(t(2, 3)), c(t(2, 3)), c(torch.ones(2)))
F.nll_loss: F.nll_loss(c(t(2, 3)), torch.tensor([0, 1]))
F.nll_loss2d: F.nll_loss(c(t(2, 3, 2, 2)), torch.zeros(2, 2, 2, dtype=torch.long))
F.cross_entropy: F.cross_entropy(c(t(2, 3)), torch.tensor([0, 1]))
F.hinge_embedding_loss: F.hinge_embedding_loss(c(t(2, 3)), c(torch.ones(2, 3)))
F.poisson_nll_loss: F.poisson_nll_loss(c(t(2, 3)), c(t(2, 3)))
F.gaussian_nll_loss: F.gaussian_nll_loss(c(t(2, 3)), c(t(2, 3)), c(t(2, 3)))
F.margin_ranking_loss: F.margin_ranking_loss(c(t(3)), c(t(3)), c(torch.ones(3)))
F.soft_margin_loss: F.soft_margin_loss(c(t(3)), c(torch.ones(3)))
F.triplet_margin_loss: F.triplet_margin_loss(c(t(2, 3)), c(t(2, 3)), c(t(2, 3)))
F.triplet_margin_with_distance_loss: F.triplet_margin_with_distance_loss(*[c(t(2, 3))] * 3)
F.multi_margin_loss: F.multi_margin_loss(c(t(2, 3)), torch.tensor([0, 1]))
F.multilabel_margin_loss: F.multilabel_margin_loss(c(t(2, 3)), i([[0, 1, -1], [0, -1, -1]]))
F.multilabel_soft_margin_loss: F.multilabel_soft_margin_loss(c(t(2, 3)), c(t(2, 3)))
F.kl_div: F.kl_div(c(t(2, 3)), c(t(2, 3)))
F.ctc_loss: F.ctc_loss(c(t(5, 2, 4)).log_softmax(2), i([[1, 2], [1, 3]]), i([5, 5]), i([2, 2]))
torch.cdist: torch.cdist(c(t(2, 3)), c(t(2, 3)))
F.pdist: F.pdist(c(t(3, 3)))
F.pairwise_distance: F.pairwise_distance(c(t(2, 3)), c(t(2, 3)))
F.cosine_similarity: F.cosine_similarity(c(t(2, 3)), c(t(2, 3)))
torch.prod: torch.prod(c(t(3)))
torch.prod_dim: torch.prod(c(t(3, 3)), 1)
torch.sum: torch.sum(c(t(3)))
torch.cumsum: torch.cumsum(c(t(3)), 0)
torch.cumprod: torch.cumprod(c(t(3)), 0)
torch.renorm: torch.renorm(c(t(3, 3)), 2, 0, 1.)
torch.quantile: torch.quantile(c(t(3)), 0.5)
torch.nanquantile: torch.nanquantile(c(t(3)), 0.5)
torch.polar: torch.polar(c(t(3)), c(t(3)))
torch.view_as_complex: torch.view_as_complex(c(t(3, 2)))
torch.trace: torch.trace(c(t(3, 3)))
torch.stft: torch.stft(c(t(20)), 8, return_complex=True)
torch.exp: torch.exp(c(t(3)))
torch.log: torch.log(c(t(3)))
torch.pow: torch.pow(c(t(3)), 2)
torch.rsqrt: torch.rsqrt(c(t(3)))
F.softmax: F.softmax(c(t(3)), 0)
F.log_softmax: F.log_softmax(c(t(3)), 0)
F.softplus: F.softplus(c(t(3)))
F.gelu: F.gelu(c(t(3)))
F.layer_norm: F.layer_norm(c(t(2, 3)), (3, ))
F.group_norm: F.group_norm(c(t(2, 3)), 3)
F.batch_norm: F.batch_norm(c(t(2, 3)), None, None, training=True)
F.instance_norm: F.instance_norm(c(t(2, 3, 4)))
F.local_response_norm: F.local_response_norm(c(t(2, 3, 4)), 2)
F.rms_norm: F.rms_norm(c(t(2, 3)), (3, ))
F.embedding: F.embedding(torch.tensor([0, 1]), c(t(3, 3)))
torch.logsumexp: torch.logsumexp(c(t(3)), 0)
torch.logaddexp: torch.logaddexp(c(t(3)), c(t(3)))
torch.cholesky_inverse: torch.cholesky_inverse(c(square()))
torch.cholesky_solve: torch.cholesky_solve(c(t(3, 3)), c(square()))
torch.inverse: torch.inverse(c(square()))
torch.pinverse: torch.pinverse(c(square()))
torch.det: torch.det(c(square()))
torch.logdet: torch.logdet(c(square()))
torch.slogdet: torch.slogdet(c(square()))[1]
torch.linalg.svd: torch.linalg.svd(c(square()))[1]
torch.linalg.norm: torch.linalg.norm(c(square()))
torch.linalg.vector_norm: torch.linalg.vector_norm(c(square()))
torch.linalg.matrix_norm: torch.linalg.matrix_norm(c(square()))
torch.linalg.inv: torch.linalg.inv(c(square()))
torch.linalg.inv_ex: torch.linalg.inv_ex(c(square()))[0]
torch.linalg.cholesky: torch.linalg.cholesky(c(square()))
torch.linalg.cholesky_ex: torch.linalg.cholesky_ex(c(square()))[0]
torch.linalg.det: torch.linalg.det(c(square()))
torch.linalg.slogdet: torch.linalg.slogdet(c(square()))[1]
torch.linalg.qr: torch.linalg.qr(c(square()))[1]
torch.linalg.eigh: torch.linalg.eigh(c(square()))[0]
torch.linalg.eig: torch.linalg.eig(c(square()))[0]
torch.linalg.eigvals: torch.linalg.eigvals(c(square()))
torch.linalg.eigvalsh: torch.linalg.eigvalsh(c(square()))
torch.linalg.svdvals: torch.linalg.svdvals(c(square()))
torch.linalg.solve: torch.linalg.solve(c(square()), c(t(3, 3)))
torch.linalg.lstsq: torch.linalg.lstsq(c(square()), c(t(3, 3)))[0]
torch.linalg.lu: torch.linalg.lu(c(square()))[1]
torch.linalg.lu_factor: torch.linalg.lu_factor(c(square()))[0]
torch.linalg.lu_factor_ex: torch.linalg.lu_factor_ex(c(square()))[0]
torch.linalg.matrix_rank: torch.linalg.matrix_rank(c(square()))
torch.linalg.matrix_power: torch.linalg.matrix_power(c(square()), 2)
torch.linalg.cond: torch.linalg.cond(c(square()))
linalg.solve_triangular: torch.linalg.solve_triangular(c(square()).triu(), c(t(3, 3)), upper=True)
torch.linalg.tensorinv: torch.linalg.tensorinv(c(square()), 1)
torch.linalg.tensorsolve: torch.linalg.tensorsolve(c(square()), c(t(3)))
torch.linalg.householder_product: torch.linalg.householder_product(c(square()), c(t(3)))
torch.linalg.ldl_factor: torch.linalg.ldl_factor(c(square()))[0]
torch.linalg.cross: torch.linalg.cross(c(t(3)), c(t(3)))
torch.linalg.vander: torch.linalg.vander(c(t(3)))
torch.atan2: torch.atan2(c(t(3)), c(t(3)))
torch.fft.fft: torch.fft.fft(c(t(4, 4)))
torch.fft.ifft: torch.fft.ifft(c(t(4, 4)))
torch.fft.rfft: torch.fft.rfft(c(t(4, 4)))
torch.fft.irfft: torch.fft.irfft(c(t(4, 4)))
torch.fft.hfft: torch.fft.hfft(c(t(4, 4)))
torch.fft.ihfft: torch.fft.ihfft(c(t(4, 4)))
torch.fft.fft2: torch.fft.fft2(c(t(4, 4)))
torch.fft.ifft2: torch.fft.ifft2(c(t(4, 4)))
torch.fft.rfft2: torch.fft.rfft2(c(t(4, 4)))
torch.fft.irfft2: torch.fft.irfft2(c(t(4, 4)))
torch.fft.fftn: torch.fft.fftn(c(t(4, 4)))
torch.fft.ifftn: torch.fft.ifftn(c(t(4, 4)))
torch.fft.rfftn: torch.fft.rfftn(c(t(4, 4)))
torch.fft.irfftn: torch.fft.irfftn(c(t(4, 4)))
"""
DTYPES = ("float32", "bfloat16", "float16", "float64")


def calls() -> dict[str, Any]:
    """Each call's name and code."""
    pairs = [line.split(": ", 1) for line in CALLS.strip().splitlines()]
    return {name: compile(code, name, "eval") for name, code in pairs}


def _numbers(torch: Any) -> Any:
    def t(*sizes: int) -> Any:
        values = [0.1 + 0.8 * abs(math.sin(1.7 * k + 0.3)) for k in range(math.prod(sizes))]
        return torch.tensor(values).reshape(sizes)

    return t


def dtype_of(torch: Any, name: str, dtype: str) -> str:
    """The dtype of the call's result under autocast to bfloat16, or the name of its error."""
    t = _numbers(torch)
    names = {
        "torch": torch, "F": torch.nn.functional, "nn": torch.nn, "t": t, "i": torch.tensor,
        "c": lambda each: each.to(getattr(torch, dtype)),
        "square": lambda: t(3, 3) @ t(3, 3).mT + 3 * torch.eye(3)}
    try:
        with torch.autocast("cpu"):
            return str(eval(calls()[name], names).dtype).removeprefix("torch.")
    except (RuntimeError, ValueError) as error:
        return type(error).__name__


def train(torch: Any, dtype: str) -> list[Any]:
    """Losses and parameters of a small model trained under autocast, with a GradScaler."""
    t = _numbers(torch)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(18, 3))
    with torch.no_grad():
        for each in model.parameters():
            each.copy_(t(*each.shape) - 0.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0, growth_interval=2)
    x, y = t(4, 1, 5, 5), torch.tensor([0, 1, 2, 1])
    found = []
    for k in range(5):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=getattr(torch, dtype)):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            if k == 2:
                loss = loss * float("inf")
        scaler.scale(loss).backward()
        if k == 3:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        if k != 2:
            found.append(loss.item())
        found.append(scaler.state_dict()["scale"])
    return found + [each for p in model.parameters() for each in p.detach().reshape(-1).tolist()]


def results(torch: Any) -> dict[str, Any]:
    """Everything, by name."""
    found: dict[str, Any] = {
        name: [dtype_of(torch, name, dtype) for dtype in DTYPES] for name in calls()}
    for dtype in ("bfloat16", "float16"):
        found[f"train {dtype}"] = train(torch, dtype)
    return found
