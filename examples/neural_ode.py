"""Find the law of a motion from noisy sights of it: a neural differential equation.

    rushlight examples/neural_ode.py        (or python, where PyTorch is installed)

A small network says which way things go from each place; its path through time is computed by
Runge and Kutta's method, and the error's gradient goes back through every step of it. The picture
shows the true path, the one found, and the field of directions that was learnt.
After Chen et al., Neural ordinary differential equations, 2018.
"""

import argparse
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import nn
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
START, TIME, POINTS = (2.0, 0.0), 20.0, 400
TRUTH = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])


class Field(nn.Module):
    """Which way, and how fast, things go from a place."""

    def __init__(self, width=48):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, 2))
        for each in self.layers[::2]:
            nn.init.normal_(each.weight, std=0.1)
            nn.init.zeros_(each.bias)

    def forward(self, place):
        return self.layers(place**3)


def path(field, start, step, count):
    """The places after so many steps of the classical Runge-Kutta method, the start the first."""
    places = [start]
    for _ in range(count - 1):
        here = places[-1]
        a = field(here)
        b = field(here + step / 2 * a)
        c = field(here + step / 2 * b)
        d = field(here + step * c)
        places.append(here + step / 6 * (a + 2 * b + 2 * c + d))
    return torch.stack(places)


@torch.no_grad()
def draw(picture, field, true, found, losses):
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    curve, times, plane = figure.subplots(1, 3)
    curve.semilogy(losses, linewidth=0.7)
    curve.set(title="mean distance while training", xlabel="step")
    for each, style in ((true, "--"), (found, "-")):
        times.plot(torch.linspace(0, TIME, POINTS).numpy(), each.numpy(), style)
    times.set(title="true (dashed) and found", xlabel="time")
    side = torch.linspace(-2, 2, 24)
    grid = torch.stack(torch.meshgrid(side, side, indexing="xy"), dim=-1)
    ways = nn.functional.normalize(field(grid), dim=-1)
    plane.quiver(*grid.unbind(-1), *ways.unbind(-1), color="gray")
    plane.plot(true[:, 0].numpy(), true[:, 1].numpy(), "--")
    plane.plot(found[:, 0].numpy(), found[:, 1].numpy())
    plane.set(title="the field that was learnt", aspect="equal")
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--steps", type=int, default=1500)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, default=HERE.parent / "build" / "neural_ode.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    step, length = TIME / POINTS, 10
    start = torch.tensor(START)
    true = path(lambda place: (place**3) @ TRUTH, start, step, POINTS)
    seen = true + 0.02 * torch.randn(true.shape)
    field = Field()
    optimizer = torch.optim.RMSprop(field.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.05 ** (1 / given.steps))
    losses = []
    with tqdm(range(given.steps), unit="step", ncols=88) as progress:
        for _ in progress:
            begins = torch.randint(POINTS - length, (24,))
            wanted = torch.stack([seen[begins + k] for k in range(length)])
            loss = (path(field, wanted[0], step, length) - wanted).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            progress.set_postfix_str(f"loss {losses[-1]:.4f}")
    with torch.no_grad():
        found = path(field, start, step, POINTS)
    draw(given.picture, field, true, found, losses)
    print(f"loss: {losses[0]:.4f} to {losses[-1]:.4f}; "
          f"mean distance from the true path {(found - true).abs().mean():.3f}")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
