"""Convolutions in shapes that networks have, forward alone and with gradients, and pooling.

Each workload takes the module (PyTorch's or ours) and a batch size, and returns the call to be
timed, as in `large.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Make = Callable[[Any, int], Callable[[], Any]]


def _both(name: str, shape: tuple[int, ...], function: Any, *more: tuple[int, ...]) -> list[Any]:
    """Two workloads: a function of images of this shape and of tensors of more shapes, and it with
    the gradients of them all."""
    def given(torch: Any, batch: int) -> list[Any]:
        random = np.random.default_rng(0)
        return [torch.tensor(random.standard_normal(each).astype(np.float32))
                for each in ((batch, *shape), *more)]

    def forward(torch: Any, batch: int) -> Callable[[], Any]:
        tensors = given(torch, batch)
        return lambda: function(torch.nn.functional, *tensors)

    def backward(torch: Any, batch: int) -> Callable[[], Any]:
        tensors = [each.requires_grad_() for each in given(torch, batch)]
        grad = torch.ones_like(function(torch.nn.functional, *tensors))

        def work() -> Any:
            for each in tensors:
                each.grad = None
            function(torch.nn.functional, *tensors).backward(grad)
            return tensors[-1].grad

        return work

    return [(name, forward), (f"{name}, backward", backward)]


def _conv(name: str, shape: tuple[int, ...], weight: tuple[int, ...], **options: Any) -> list[Any]:
    groups = options.get("groups", 1)
    return _both(name, shape, lambda f, x, w, b: f.conv2d(x, w, b, **options),
                 (weight[0], shape[0] // groups, *weight[1:]), weight[:1])


GROUPS: dict[str, dict[str, Make]] = {
    "convolutions, by batch": dict([
        *_conv("1 to 6, 5 x 5, of 28", (1, 28, 28), (6, 5, 5), padding=2),
        *_conv("6 to 16, 5 x 5, of 14", (6, 14, 14), (16, 5, 5)),
        *_conv("3 to 32, 3 x 3, of 32", (3, 32, 32), (32, 3, 3), padding=1),
        *_conv("32 to 64, 3 x 3, of 32", (32, 32, 32), (64, 3, 3), padding=1),
        *_conv("64 to 128, stride 2, of 16", (64, 16, 16), (128, 3, 3), padding=1, stride=2),
        *_conv("128 to 128, 3 x 3, of 8", (128, 8, 8), (128, 3, 3), padding=1),
        *_conv("64 to 256, 1 x 1, of 16", (64, 16, 16), (256, 1, 1)),
        *_conv("64 depthwise, 3 x 3, of 32", (64, 32, 32), (64, 3, 3), padding=1, groups=64),
    ]),
    "pooling and norms, by batch": dict([
        *_both("max of 2 x 2", (32, 32, 32), lambda f, x: f.max_pool2d(x, 2)),
        *_both("mean of 2 x 2", (32, 32, 32), lambda f, x: f.avg_pool2d(x, 2)),
        *_both("mean of all", (64, 8, 8), lambda f, x: f.adaptive_avg_pool2d(x, 1)),
        *_both("batch norm", (32, 32, 32),
               lambda f, x, w, b: f.batch_norm(x, None, None, w, b, True), (32,), (32,)),
        *_both("group norm", (32, 32, 32), lambda f, x, w, b: f.group_norm(x, 8, w, b), (32,),
               (32,)),
        *_both("upsample", (16, 16, 16), lambda f, x: f.interpolate(x, scale_factor=2)),
    ]),
}
SIZES = dict.fromkeys(GROUPS, (1, 32))
