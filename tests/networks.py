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


_WINDOWS = "MaxPool MaxUnpool AvgPool LPPool AdaptiveAvgPool AdaptiveMaxPool"
LAYERS += [
    *[(f"{name}{n}d", (2, 3)[: 1 + (name == "LPPool")], {})
      for name in _WINDOWS.split() for n in (1, 2, 3)],
    *[(f"{name}Pad{n}d", (1,), {})
      for name in ("Zero", "Reflection", "Replication", "Circular") for n in (1, 2, 3)],
    *[(f"{lazy}{name}{n}d", (3,)[: not lazy], {})
      for lazy in ("", "Lazy") for name in ("BatchNorm", "InstanceNorm") for n in (1, 2, 3)],
    *[(f"{lazy}{name}{n}d", (4, 6, 3)[bool(lazy):], {})
      for lazy in ("", "Lazy") for name in ("Conv", "ConvTranspose") for n in (1, 2, 3)],
    ("Conv2d", (4, 4, (3, 2)), {"stride": 2, "padding": 1, "groups": 2, "bias": False,
                                "padding_mode": "circular", "dilation": 2}),
    ("Conv2d", (4, 4, 3), {"padding": "same"}),
    ("ConvTranspose2d", (4, 4, 3), {"output_padding": 1, "stride": 2}),
    ("MaxPool2d", (2,), {"stride": 1, "return_indices": True}),
    ("AvgPool2d", ((2, 3),), {"padding": (1, 0)}), ("AdaptiveAvgPool2d", ((1, None),), {}),
    ("FractionalMaxPool2d", (2, 3), {}), ("FractionalMaxPool3d", (2,), {"output_ratio": 0.5}),
    ("BatchNorm1d", (3,), {"affine": False}), ("SyncBatchNorm", (3,), {}),
    ("LayerNorm", (3,), {}), ("LayerNorm", ((3, 4),), {"bias": False}),
    ("LayerNorm", ((3, 4),), {"elementwise_affine": False}), ("RMSNorm", (3,), {}),
    ("GroupNorm", (2, 4), {}), ("GroupNorm", (2, 4), {"affine": False}),
    ("LocalResponseNorm", (3,), {}), ("CrossMapLRN2d", (3,), {}),
    ("ConstantPad1d", (1, 2.5), {}), ("ConstantPad2d", ((1, 2, 3, 4), 0), {}),
    ("ConstantPad3d", (1, 1.0), {}), ("Upsample", (), {"scale_factor": 2}), ("Upsample", (3,), {}),
    ("Upsample", (), {"scale_factor": (2, 3), "mode": "bilinear"}),
    ("UpsamplingNearest2d", (), {"scale_factor": 2}), ("UpsamplingBilinear2d", (4,), {}),
    ("Fold", (4, 2), {}), ("Unfold", (2,), {}), ("PixelShuffle", (2,), {}),
    ("PixelUnshuffle", (2,), {}), ("ChannelShuffle", (2,), {}),
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


def beginnings(torch: Any) -> list[float]:
    """The first weights of layers for images, a sum for each: they come from the seed."""
    torch.manual_seed(3)
    return [
        sum(float((each.detach().double() * (k + 1)).sum()) for k, each in enumerate(
            getattr(torch.nn, name)(*args, **kwargs).parameters()))
        for name, args, kwargs in LAYERS if name.startswith(("Conv", "BatchNorm", "GroupNorm"))]


def curve_of_images(torch: Any) -> list[float]:
    """The loss of a small network for images over 40 steps, then, at rest, what it says of some."""
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1, groups=4, bias=False), nn.GroupNorm(2, 8), nn.SiLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding_mode="reflect", padding=1), nn.LayerNorm((16, 4, 4)),
        nn.ConvTranspose2d(16, 8, 2, stride=2), nn.InstanceNorm2d(8, affine=True), nn.GELU(),
        nn.Upsample(scale_factor=1.5, mode="bilinear"), nn.AvgPool2d(3, 2, 1),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.LazyLinear(5))
    x, y = torch.randn(16, 1, 16, 16), torch.randint(0, 5, (16,))
    model(x[:2])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    seen = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    return [*seen, *model.eval()(x[:2]).flatten().tolist()]
