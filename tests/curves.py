"""Four small trainings of 200 steps, for whichever library runs them: everything that is random in
them, the data, the first weights, dropout and the order of examples, comes from one seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

STEPS = 200


def _batches(torch: Any, *data: Any) -> Iterator[list[Any]]:
    """Batches of 16, shuffled anew each time round, for ever."""
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*data), batch_size=16, shuffle=True)
    while True:
        yield from loader


def _train(
    torch: Any, model: Any, optimizer: Any, data: tuple[Any, ...],
    loss: Callable[[Any, Any], Any],
) -> list[float]:
    seen = []
    batches = _batches(torch, *data)
    for _ in range(STEPS):
        x, y = next(batches)
        optimizer.zero_grad()
        now = loss(model(x), y)
        now.backward()
        optimizer.step()
        seen.append(now.item())
    return seen


def dense(torch: Any) -> list[float]:
    """A dense network with dropout, by Adam with a schedule."""
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(20, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 32), nn.GELU(),
        nn.Dropout(0.1), nn.Linear(32, 5))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    x, y = torch.randn(128, 20), torch.randint(0, 5, (128,))
    return _train(torch, model, optimizer, (x, y), nn.CrossEntropyLoss(label_smoothing=0.1))


def convolutional(torch: Any) -> list[float]:
    """A network for images with batch norm and pooling, by SGD with momentum.

    Its activations are smooth: on a ReLU's edge the last bit of a sum decides on a whole slope.
    """
    nn = torch.nn
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.SiLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.SiLU(), nn.AdaptiveAvgPool2d(2),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3, nesterov=True)
    x, y = torch.randn(96, 1, 12, 12), torch.randint(0, 10, (96,))
    return _train(torch, model, optimizer, (x, y), nn.functional.cross_entropy)


def recurrent(torch: Any) -> list[float]:
    """Letters told by an LSTM of two layers, by RMSprop, with clipped gradients."""
    nn = torch.nn

    class Letters(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(12, 16)
            self.states = nn.LSTM(16, 24, num_layers=2, dropout=0.1, batch_first=True)
            self.head = nn.Linear(24, 12)

        def forward(self, x: Any) -> Any:
            return self.head(self.states(self.table(x))[0])

    torch.manual_seed(2)
    model = Letters()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3)
    text = torch.randint(0, 12, (64, 11))

    def loss(made: Any, wanted: Any) -> Any:
        now = nn.functional.cross_entropy(made.flatten(0, 1), wanted.flatten())
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        return now

    return _train(torch, model, optimizer, (text[:, :-1], text[:, 1:]), loss)


def attending(torch: Any) -> list[float]:
    """A small GPT with dropout, by AdamW and a cosine schedule."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.before, self.after = nn.LayerNorm(32), nn.LayerNorm(32)
            self.all, self.out = nn.Linear(32, 96), nn.Linear(32, 32)
            self.up, self.down = nn.Linear(32, 64), nn.Linear(64, 32)
            self.dropout = nn.Dropout(0.1)

        def forward(self, x: Any) -> Any:
            n, length, _ = x.shape
            q, k, v = [each.view(n, length, 2, 16).transpose(1, 2)
                       for each in self.all(self.before(x)).chunk(3, dim=-1)]
            seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.dropout(self.out(seen.transpose(1, 2).reshape(n, length, 32)))
            return x + self.dropout(self.down(nn.functional.gelu(self.up(self.after(x)))))

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table, self.place = nn.Embedding(12, 32), nn.Embedding(10, 32)
            self.blocks = nn.ModuleList([Block() for _ in range(2)])
            self.norm, self.head = nn.LayerNorm(32), nn.Linear(32, 12, bias=False)
            self.head.weight = self.table.weight

        def forward(self, x: Any) -> Any:
            x = self.table(x) + self.place(torch.arange(x.shape[1]))
            for each in self.blocks:
                x = each(x)
            return self.head(self.norm(x))

    torch.manual_seed(3)
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    text = torch.randint(0, 12, (64, 11))

    def loss(made: Any, wanted: Any) -> Any:
        if optimizer.state:
            schedule.step()
        return nn.functional.cross_entropy(made.flatten(0, 1), wanted.flatten())

    return _train(torch, model, optimizer, (text[:, :-1], text[:, 1:]), loss)


TRAININGS = (dense, convolutional, recurrent, attending)
