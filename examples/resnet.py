"""Tell patterns apart with a residual network.

    rushlight examples/resnet.py        (or python, where PyTorch is installed)

The images, 3 x 32 x 32, are made as they are needed: stripes of three kinds, rings, discs, squares,
crosses and checks, in random colours and places, under noise. The picture shows the loss, some
images with what they are taken for, and what is mistaken for what.
After He et al., Deep residual learning for image recognition, 2015.
"""

import argparse
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import nn
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
KINDS = ["rows", "columns", "diagonals", "rings", "disc", "square", "cross", "checks"]


def images(count):
    """So many images, and the number of each one's kind."""
    kinds = torch.randint(len(KINDS), (count,))
    side = torch.arange(32.0)
    shift = torch.rand(count, 2, 1, 1) * 12 + 10
    y, x = side.view(1, 32, 1) - shift[:, 0], side.view(1, 1, 32) - shift[:, 1]
    pitch = torch.rand(count, 1, 1) * 1.2 + 0.6
    size = torch.rand(count, 1, 1) * 4 + 6
    far = (y.square() + x.square()).sqrt()
    inside = torch.maximum(y.abs(), x.abs())
    shapes = torch.stack([
        (y * pitch).sin() + 0 * x, (x * pitch).sin() + 0 * y, ((x + y) * pitch * 0.7).sin(),
        (far * pitch).sin(), size - far, size - inside,
        torch.maximum(2 - y.abs(), 2 - x.abs()).where(inside < size, -1),
        (y * pitch).sin() * (x * pitch).sin()])
    mask = (shapes[kinds, torch.arange(count)] > 0).float().unsqueeze(1)
    colours = torch.rand(2, count, 3, 1, 1)
    made = colours[0] * mask + colours[1] * (1 - mask) + 0.15 * torch.randn(count, 3, 32, 32)
    return made.clamp(0, 1), kinds


class Block(nn.Module):
    """Two convolutions, added to what came in."""

    def __init__(self, before, after, stride=1):
        super().__init__()
        self.one = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.two = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm_one, self.norm_two = nn.BatchNorm2d(after), nn.BatchNorm2d(after)
        self.short = nn.Identity() if stride == 1 else nn.Sequential(
            nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        y = self.norm_one(self.one(x)).relu()
        return (self.norm_two(self.two(y)) + self.short(x)).relu()


def network():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16),
        Block(16, 32, 2), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(64, len(KINDS)))


def draw(path, losses, shown, kinds, guesses):
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1.5, 1))
    above, below = left.subfigures(2, 1, height_ratios=(1, 1.3))
    curve = above.subplots()
    curve.plot(losses, linewidth=0.8)
    curve.set(title="loss while training", xlabel="step")
    for place, image, guess in zip(below.subplots(2, 8).flat, shown, guesses):
        place.imshow(image.permute(1, 2, 0).numpy())
        place.set_title(KINDS[guess], fontsize=7)
        place.axis("off")
    table = torch.zeros(len(KINDS), len(KINDS))
    table.index_put_((kinds, guesses), torch.ones(len(kinds)), accumulate=True)
    place = right.subplots()
    place.imshow((table / table.sum(1, keepdim=True).clamp(min=1)).numpy(), cmap="Blues")
    place.set_xticks(range(len(KINDS)), KINDS, rotation=60)
    place.set_yticks(range(len(KINDS)), KINDS)
    place.set(title="what (a row) is taken for what", xlabel=None)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--steps", type=int, default=500)
    options.add_argument("--batch", type=int, default=32)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, default=HERE.parent / "build" / "resnet.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, given.steps)
    losses = []
    with tqdm(range(given.steps), unit="step", ncols=88) as progress:
        for _ in progress:
            seen, kinds = images(given.batch)
            loss = nn.functional.cross_entropy(model(seen), kinds)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            progress.set_postfix_str(f"loss {losses[-1]:.3f}")
    seen, kinds = images(256)
    with torch.no_grad():
        guesses = model.eval()(seen).argmax(dim=1)
    draw(given.picture, losses, seen, kinds, guesses)
    right = (guesses == kinds).float().mean().item()
    print(f"loss: {losses[0]:.3f} to {losses[-1]:.3f}; {right:.1%} of 256 new images told right")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
