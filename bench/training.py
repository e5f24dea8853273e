"""Training steps of whole models (forward, backward, optimiser), and models that only answer.

Each workload takes the module (PyTorch's or ours) and a batch size, and returns the call to be
timed, as in `large.py`. Both start from the same seed, and do the same at every call.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

Make = Callable[[Any, int], Callable[[], Any]]


def _training(
    name: str, make: Callable[[Any], Any], data: Callable[[Any, int], tuple[Any, Any]],
    optimiser: Callable[[Any, Any], Any], loss: str = "cross_entropy",
) -> tuple[str, Make]:
    """A workload that trains this model on one batch; what it gives is the loss."""
    def prepare(torch: Any, batch: int) -> Callable[[], Any]:
        torch.manual_seed(0)
        model = make(torch)
        steps = optimiser(torch.optim, model.parameters())
        inputs, targets = data(torch, batch)
        measure = getattr(torch.nn.functional, loss)

        def step() -> Any:
            steps.zero_grad()
            answer = model(inputs)
            lost = measure(answer.flatten(0, -2), targets.flatten()) if answer.ndim == 3 else (
                measure(answer, targets))
            lost.backward()
            steps.step()
            return lost.detach()

        return step

    return name, prepare


def _answering(
    name: str, make: Callable[[Any], Any], inputs: Callable[[Any, int], Any]
) -> tuple[str, Make]:
    """A workload that asks this model."""
    def prepare(torch: Any, batch: int) -> Callable[[], Any]:
        torch.manual_seed(0)
        model = make(torch).eval()
        given = inputs(torch, batch)

        def ask() -> Any:
            with torch.no_grad():
                return model(given)

        return ask

    return name, prepare


# --- models


def _dense(torch: Any, *sizes: int) -> Any:
    nn = torch.nn
    layers = []
    for before, after in itertools.pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _convolutional(torch: Any) -> Any:
    """After LeNet: LeCun et al., Gradient-based learning applied to document recognition, 1998."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), _dense(torch, 400, 120, 84, 10))


def _residual(torch: Any) -> Any:
    """He et al., Deep residual learning for image recognition, 2015: three stages of one block."""
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, before: int, after: int, stride: int) -> None:
            super().__init__()
            self.one = nn.Conv2d(before, after, 3, stride, 1, bias=False)
            self.norm_one = nn.BatchNorm2d(after)
            self.two = nn.Conv2d(after, after, 3, 1, 1, bias=False)
            self.norm_two = nn.BatchNorm2d(after)
            self.short = nn.Sequential() if stride == 1 else nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

        def forward(self, x: Any) -> Any:
            y = self.norm_one(self.one(x)).relu()
            return (self.norm_two(self.two(y)) + self.short(x)).relu()

    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16, 1),
        Block(16, 32, 2), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(64, 10))


def _recurrent(torch: Any) -> Any:
    nn = torch.nn

    class Words(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(64, 32)
            self.states = nn.LSTM(32, 64, batch_first=True)
            self.head = nn.Linear(64, 64)

        def forward(self, x: Any) -> Any:
            return self.head(self.states(self.table(x))[0])

    return Words()


def _attending(torch: Any, vocabulary: int, places: int, width: int, heads: int, deep: int,
               causal: bool = True, patch: int = 0) -> Any:
    """Vaswani et al., Attention is all you need, 2017: of tokens, or of patches of images."""
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
            self.all, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x: Any) -> Any:
            batch, length, _ = x.shape
            q, k, v = [
                each.view(batch, length, heads, width // heads).transpose(1, 2)
                for each in self.all(self.before(x)).split(width, 2)]
            seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
            x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
            return x + self.down(nn.functional.gelu(self.up(self.after(x))))

    class Model(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Conv2d(3, width, patch, patch) if patch else nn.Embedding(
                vocabulary, width)
            self.place = nn.Parameter(torch.randn(places, width) * 0.02)
            self.blocks = nn.Sequential(*[Block() for _ in range(deep)])
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary)

        def forward(self, x: Any) -> Any:
            seen = self.table(x)
            if patch:
                seen = seen.flatten(2).transpose(1, 2)
            made = self.norm(self.blocks(seen + self.place[: seen.shape[1]]))
            return self.head(made.mean(1)) if patch else self.head(made)

    return Model()


def _gpt(torch: Any) -> Any:
    return _attending(torch, 65, 64, 128, 4, 4)


def _vit(torch: Any) -> Any:
    return _attending(torch, 10, 64, 128, 4, 4, causal=False, patch=4)


class _Decoder:
    """A model that continues a text by 64 tokens, from the likeliest ones."""

    def __init__(self, torch: Any):
        self.torch, self.model = torch, _gpt(torch)

    def eval(self) -> Any:
        self.model.eval()
        return self

    def __call__(self, tokens: Any) -> Any:
        for _ in range(64):
            best = self.model(tokens[:, -64:])[:, -1].argmax(-1, keepdim=True)
            tokens = self.torch.cat([tokens, best], 1)
        return tokens


# --- data and optimisers


def _vectors(size: int, classes: int) -> Callable[[Any, int], tuple[Any, Any]]:
    return lambda torch, n: (torch.randn(n, size), torch.randint(0, classes, (n,)))


def _images(channels: int, side: int) -> Callable[[Any, int], tuple[Any, Any]]:
    return lambda torch, n: (
        torch.randn(n, channels, side, side), torch.randint(0, 10, (n,)))


def _texts(vocabulary: int, length: int) -> Callable[[Any, int], tuple[Any, Any]]:
    return lambda torch, n: (
        torch.randint(0, vocabulary, (n, length)), torch.randint(0, vocabulary, (n, length)))


def _points(torch: Any, n: int) -> tuple[Any, Any]:
    x = torch.randn(n, 2)
    return x, x[:, :1] * x[:, 1:]


def _sgd(optim: Any, parameters: Any) -> Any:
    return optim.SGD(parameters, lr=1e-3)


def _momentum(optim: Any, parameters: Any) -> Any:
    return optim.SGD(parameters, lr=1e-3, momentum=0.9)


def _adam(optim: Any, parameters: Any) -> Any:
    return optim.Adam(parameters, lr=1e-4)


def _adamw(optim: Any, parameters: Any) -> Any:
    return optim.AdamW(parameters, lr=1e-4)


GROUPS: dict[str, dict[str, Make]] = {
    "small models, by batch": dict([
        _training("2-16-16-1, SGD", lambda t: _dense(t, 2, 16, 16, 1), _points, _sgd, "mse_loss"),
        _training("2-16-16-1, Adam", lambda t: _dense(t, 2, 16, 16, 1), _points, _adam,
                  "mse_loss"),
    ]),
    "training, by batch": dict([
        _training("MLP 784-512-512-10, SGD", lambda t: _dense(t, 784, 512, 512, 10),
                  _vectors(784, 10), _sgd),
        _training("MLP, momentum", lambda t: _dense(t, 784, 512, 512, 10), _vectors(784, 10),
                  _momentum),
        _training("MLP, Adam", lambda t: _dense(t, 784, 512, 512, 10), _vectors(784, 10), _adam),
        _training("LeNet, SGD", _convolutional, _images(1, 28), _momentum),
        _training("ResNet 3 x 32 x 32", _residual, _images(3, 32), _momentum),
        _training("LSTM, 32 letters", _recurrent, _texts(64, 32), _adam),
    ]),
    "GPT and ViT, by batch": dict([
        _training("GPT, 4 layers of 128", _gpt, _texts(65, 64), _adamw),
        _answering("GPT, 64 tokens", _Decoder, lambda t, n: t.randint(0, 65, (n, 1))),
        _answering("ViT, 4 layers of 128", _vit, lambda t, n: t.randn(n, 3, 32, 32)),
    ]),
}
SIZES = {
    "small models, by batch": (16,),
    "training, by batch": (64,),
    "GPT and ViT, by batch": (1, 8),
}
