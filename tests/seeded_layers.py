"""Layers whose first weights and noise come from the seed, for whichever library runs them.

A line is a layer and the shapes of its inputs (an int: that many numbers of rows of a table). What
is seen of it: its text, its result, and how large the gradients are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LINES: list[tuple[str, tuple[Any, ...]]] = [
    ("Embedding(7, 3, padding_idx=2)", (5,)),
    ("EmbeddingBag(7, 3, mode='max')", ((2, 3, "rows"),)),
    ("RNN(3, 4, 2, dropout=0.5)", ((5, 2, 3),)),
    ("RNN(3, 4, nonlinearity='relu', bias=False)", ((5, 3),)),
    ("LSTM(3, 4, 2, bidirectional=True, dropout=0.25)", ((5, 2, 3),)),
    ("LSTM(3, 5, proj_size=2, batch_first=True)", ((2, 5, 3),)),
    ("GRU(3, 4, 2, bidirectional=True)", ((5, 2, 3),)),
    ("RNNCell(3, 4)", ((2, 3), (2, 4))), ("GRUCell(3, 4)", ((3,), (4,))),
    ("LSTMCell(3, 4)", ((2, 3),)),
    ("MultiheadAttention(4, 2, dropout=0.5)", ((5, 2, 4),) * 3),
    ("MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True, kdim=3, vdim=2)",
     ((5, 2, 4), (3, 2, 3), (3, 2, 2))),
    ("TransformerEncoderLayer(4, 2, 8, 0.25, batch_first=True)", ((2, 5, 4),)),
    ("TransformerEncoderLayer(4, 2, 8, 0.0, 'gelu', norm_first=True, bias=False)", ((5, 4),)),
    ("TransformerDecoderLayer(4, 2, 8, 0.25)", ((5, 2, 4), (3, 2, 4))),
    ("Transformer(4, 2, 1, 2, 8, 0.1)", ((5, 2, 4), (3, 2, 4))),
    ("AdaptiveLogSoftmaxWithLoss(16, 7, [2, 4])", ((5, 16), 5)),
    ("PReLU(3)", ((2, 3),)), ("RReLU()", ((4, 5),)), ("Dropout(0.3)", ((4, 5),)),
    ("Dropout1d(0.5)", ((3, 4, 2),)), ("Dropout2d(0.5)", ((3, 4, 2, 2),)),
    ("Dropout3d(0.5)", ((4, 2, 2, 2),)), ("AlphaDropout(0.3)", ((4, 5),)),
    ("FeatureAlphaDropout(0.5)", ((3, 4, 2),)),
]


def _input(torch: Any, shape: Any, place: int) -> Any:
    if isinstance(shape, int) or shape[-1] == "rows":
        sizes = (shape,) if isinstance(shape, int) else shape[:-1]
        return torch.tensor((np.arange(np.prod(sizes)) * 3 % 7).reshape(sizes))
    values = np.sin(1.7 * np.arange(np.prod(shape)) + place).reshape(shape)
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def _tensors(made: Any) -> list[Any]:
    if isinstance(made, (tuple, list)):
        return [tensor for each in made for tensor in _tensors(each)]
    return [] if made is None else [made]


def seen(torch: Any, line: str, shapes: tuple[Any, ...]) -> dict[str, Any]:
    """What one line shows; in double precision, so that only mistakes are seen."""
    torch.manual_seed(0)
    layer = eval(f"nn.{line}", {"nn": torch.nn}).double()
    inputs = [_input(torch, shape, place) for place, shape in enumerate(shapes)]
    results = _tensors(layer(*inputs))
    sum((each * each * each).sum() for each in results).backward()
    leaves = [*layer.parameters(), *[each for each in inputs if each.requires_grad]]
    return {
        "repr": repr(layer), "names": list(layer.state_dict()),
        "results": [each.detach().numpy().round(12).tolist() for each in results],
        "gradients": [round(float((each.grad**2).sum()), 12) for each in leaves],
        "next": torch.rand(1).item(),
    }
