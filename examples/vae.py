"""Draw digits that nobody wrote: a variational autoencoder.

    rushlight examples/vae.py        (or python, where PyTorch is installed)

It learns to press each image of a digit into two numbers and to draw it again from these. The
picture shows where the digits lie on the plane of these two numbers, and what is drawn from a grid
of its points.
After Kingma and Welling, Auto-encoding variational Bayes, 2013.
"""

import argparse
from pathlib import Path

import numpy
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.distributions import Normal, kl_divergence
from tqdm import tqdm

HERE = Path(__file__).resolve().parent


class VAE(nn.Module):
    def __init__(self, inner=2, width=128):
        super().__init__()
        self.encode = nn.Sequential(
            nn.Linear(64, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, 2 * inner))
        self.decode = nn.Sequential(
            nn.Linear(inner, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(),
            nn.Linear(width, 64))

    def inside(self, images):
        """What an image may mean: a normal distribution of points."""
        mean, spread = self.encode(images).chunk(2, dim=1)
        return Normal(mean, nn.functional.softplus(spread) + 1e-4)

    def loss(self, images):
        """The evidence lower bound, negative, for an image."""
        inside = self.inside(images)
        drawn = self.decode(inside.rsample())
        error = nn.functional.binary_cross_entropy_with_logits(drawn, images, reduction="none")
        return (error.sum(1) + kl_divergence(inside, Normal(0.0, 1.0)).sum(1)).mean()


@torch.no_grad()
def draw(path, model, losses, images, digits, side=16):
    figure = Figure(figsize=(11, 4), layout="constrained")
    curve, plane, drawings = figure.subplots(1, 3, width_ratios=(1, 1.2, 1.2))
    curve.plot(losses)
    curve.set(title="loss while training", xlabel="epoch")
    points = model.inside(images).mean.numpy()
    shown = plane.scatter(points[:, 0], points[:, 1], c=digits.numpy(), cmap="tab10", s=4)
    plane.set(title="where the digits lie", aspect="equal")
    figure.colorbar(shown, ax=plane, ticks=range(10), shrink=0.8)
    places = Normal(0.0, 1.0).icdf(torch.linspace(0.03, 0.97, side))
    grid = torch.stack(torch.meshgrid(places, places.flip(0), indexing="xy"), dim=-1)
    made = model.decode(grid).sigmoid().reshape(side, side, 8, 8)
    drawings.imshow(made.permute(0, 2, 1, 3).reshape(side * 8, side * 8).numpy(), cmap="gray_r")
    drawings.set_title("drawn from a grid of points")
    drawings.axis("off")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--epochs", type=int, default=150)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, default=HERE.parent / "build" / "vae.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    path = HERE / "data" / "optdigits.csv.gz"
    table = torch.from_numpy(numpy.loadtxt(path, delimiter=",", dtype=numpy.float32))
    images, digits = table[:, :64] / 16, table[:, 64].long()
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    with tqdm(range(given.epochs), unit="epoch", ncols=88) as progress:
        for _ in progress:
            seen = []
            for batch in torch.randperm(len(images)).split(64):
                loss = model.loss(images[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                seen.append(loss.item())
            losses.append(sum(seen) / len(seen))
            progress.set_postfix_str(f"loss {losses[-1]:.2f}")
    draw(given.picture, model, losses, images, digits)
    print(f"loss: {losses[0]:.2f} to {losses[-1]:.2f}")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
