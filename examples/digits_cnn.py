"""Learn to read handwritten digits with a small convolutional network.

    rushlight examples/digits_cnn.py        (or python, where PyTorch is installed)

1,797 images of 8 x 8, a fifth of them held out. The picture shows what the first layer looks for,
and the digits that are still misread.
"""

import argparse
from pathlib import Path

import numpy
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split
from tqdm import tqdm

HERE = Path(__file__).resolve().parent


def load():
    """Images of shape (1, 8, 8) with numbers from 0 to 1, and the digit of each."""
    path = HERE / "data" / "optdigits.csv.gz"
    table = torch.from_numpy(numpy.loadtxt(path, delimiter=",", dtype=numpy.float32))
    return TensorDataset(table[:, :64].reshape(-1, 1, 8, 8) / 16, table[:, 64].long())


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(32 * 4 * 4, 10))


def train_epoch(model, loader, optimizer):
    """One pass over the images; the mean loss on the way."""
    model.train()
    total = 0.0
    for images, digits in loader:
        loss = nn.functional.cross_entropy(model(images), digits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(digits)
    return total / len(loader.dataset)


@torch.no_grad()
def read(model, images):
    """The likeliest digit of each image."""
    return model.eval()(images).argmax(dim=1)


def draw(path, model, losses, images, digits, guesses):
    figure = Figure(figsize=(8, 5), layout="constrained")
    above, middle, below = figure.subfigures(3, 1, height_ratios=(2, 1, 1))
    curve = above.subplots()
    curve.semilogy(range(1, len(losses) + 1), losses, marker="o")
    curve.set(title="loss while training", xlabel="epoch")
    middle.suptitle("what the first layer looks for")
    for place, kernel in zip(middle.subplots(1, 16), model[0].weight.detach()):
        place.imshow(kernel[0].numpy(), cmap="coolwarm", vmin=-0.7, vmax=0.7)
        place.axis("off")
    below.suptitle("misread")
    wrong = (guesses != digits).nonzero().flatten().tolist()[:10]
    for place, which in zip(below.subplots(1, 10), wrong + [None] * (10 - len(wrong))):
        place.axis("off")
        if which is not None:
            place.imshow(images[which, 0].numpy(), cmap="gray_r")
            place.set_title(f"{digits[which].item()} as {guesses[which].item()}", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--epochs", type=int, default=15)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, default=HERE.parent / "build" / "digits_cnn.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    learnt, held_out = random_split(load(), [1438, 359])
    images, digits = (torch.stack(each) for each in zip(*held_out))
    loader = DataLoader(learnt, batch_size=32, shuffle=True)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    with tqdm(range(given.epochs), unit="epoch", ncols=88) as progress:
        for _ in progress:
            losses.append(train_epoch(model, loader, optimizer))
            right = (read(model, images) == digits).float().mean().item()
            progress.set_postfix_str(f"loss {losses[-1]:.3f}, read {right:.1%}")
    draw(given.picture, model, losses, images, digits, read(model, images))
    print(f"loss: {losses[0]:.3f} to {losses[-1]:.3f}; read {right:.1%} of {len(digits)} digits")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
