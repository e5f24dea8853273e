"""Layers as they show themselves, and a network that learns, for whichever library runs them."""

from __future__ import annotations

import re
from typing import Any

LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *[(name, (), {}) for name in re.findall(r"\w+", """
        ReLU ReLU6 LeakyReLU ELU SELU CELU GELU SiLU Mish Hardtanh Hardsigmoid Hardswish Softplus
        Hardshrink Softshrink GLU Softmax LogSoftmax Softmin Sigmoid Tanh LogSigmoid Softsign
        Tanhshrink Softmax2d PReLU Dropout L1Loss MSELoss SmoothL1Loss HuberLoss NLLLoss
        CrossEntropyLoss BCELoss BCEWithLogitsLoss KLDivLoss PoissonNLLLoss GaussianNLLLoss
        HingeEmbeddingLoss MarginRankingLoss CosineEmbeddingLoss SoftMarginLoss
        MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss TripletMarginLoss
        TripletMarginWithDistanceLoss PairwiseDistance CosineSimilarity""")],
    *[(name, (), {"inplace": True}) for name in re.findall(r"\w+", """
        ReLU ReLU6 LeakyReLU ELU SELU CELU SiLU Mish Hardtanh Hardsigmoid Hardswish
        Dropout""")],
    ("Threshold", (0.1, 20), {}), ("Threshold", (0.1, 20), {"inplace": True}),
    ("LeakyReLU", (0.2,), {}), ("Hardtanh", (-2.0, 2.0), {}), ("Softplus", (2, 10), {}),
    ("Dropout", (0.2,), {}), ("Softmax", (1,), {}), ("PReLU", (3,), {}), ("GELU", ("tanh",), {}),
]


def shown(torch: Any) -> list[str]:
    """What each layer's repr is."""
    return [repr(getattr(torch.nn, name)(*args, **kwargs)) for name, args, kwargs in LAYERS]


def curve(torch: Any) -> list[float]:
    """The loss over 200 steps: data, first weights and dropout all come from the seed."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(20, 32), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(32, 16),
        torch.nn.GELU(), torch.nn.Linear(16, 5))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 50, 0.5)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    x, y = torch.randn(64, 20), torch.randint(0, 5, (64,))
    seen = []
    for _ in range(200):
        optimizer.zero_grad()
        now = loss(model(x), y)
        now.backward()
        optimizer.step()
        schedule.step()
        seen.append(now.item())
    return seen
