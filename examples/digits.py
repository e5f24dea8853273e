"""Learn to read handwritten digits: one hidden layer, tensors and `backward`, nothing else.

    rushlight examples/digits.py        (or python, where PyTorch is installed)

1,797 images of 8 x 8; a fifth of them is held out and never learnt from. It takes a few seconds.
The curves, and the digits still misread, are drawn into build/digits.png.
"""

import os
from pathlib import Path

import numpy
import torch
from matplotlib.figure import Figure
from tqdm import tqdm

EXAMPLES = Path(__file__).resolve().parent
PICTURE = EXAMPLES.parent / "build" / "digits.png"
HIDDEN, EPOCHS, BATCH, STEP = 128, 30, 16, 0.25


def load():
    """Images as rows of 64 numbers from 0 to 1, and the digit of each."""
    path = EXAMPLES / "data" / "optdigits.csv.gz"
    table = numpy.loadtxt(path, delimiter=",", dtype=numpy.float32)
    return torch.from_numpy(table[:, :64]) / 16, torch.from_numpy(table[:, 64]).long()


def layer(inputs, outputs):
    """Weights that keep the scale of what goes through a ReLU, and biases of zero."""
    weight = torch.randn(inputs, outputs) * (2 / inputs) ** 0.5
    return weight.requires_grad_(), torch.zeros(outputs, requires_grad=True)


def scores(images, parameters):
    """One number for each digit: the larger, the likelier."""
    weight1, bias1, weight2, bias2 = parameters
    return torch.relu(images @ weight1 + bias1) @ weight2 + bias2


def cross_entropy(scores, digits):
    """How surprised the model is by the right answer, on average."""
    right = scores.gather(1, digits.unsqueeze(1)).squeeze(1)
    return (torch.logsumexp(scores, dim=1) - right).mean()


def train_epoch(images, digits, parameters):
    """One pass over the images in random order; the mean loss on the way."""
    total = 0.0
    for batch in torch.randperm(len(images)).split(BATCH):
        loss = cross_entropy(scores(images[batch], parameters), digits[batch])
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= STEP * parameter.grad
                parameter.grad = None
        total += loss.item() * len(batch)
    return total / len(images)


def read(images, parameters):
    """The likeliest digit of each image."""
    with torch.no_grad():
        return scores(images, parameters).argmax(dim=1)


def draw(losses, accuracies, images, digits, guesses):
    """Save the curves, and below them the digits that were misread."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    curves, mistakes = figure.subfigures(2, 1, height_ratios=(3, 1))
    left, right = curves.subplots(1, 2)
    left.semilogy(losses)
    left.set(title="loss while training", xlabel="epoch")
    right.plot(accuracies)
    right.set(title=f"held-out digits read: {accuracies[-1]:.1%}", xlabel="epoch")
    places = mistakes.subplots(1, 10)
    for place in places:
        place.axis("off")
    wrong = (guesses != digits).nonzero().flatten().tolist()
    for place, which in zip(places, wrong):
        place.imshow(images[which].view(8, 8).numpy(), cmap="gray_r")
        place.set_title(f"{digits[which].item()} read as {guesses[which].item()}", fontsize=7)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=150)


def main():
    torch.manual_seed(0)
    images, digits = load()
    held_out, learnt = torch.randperm(len(images)).split([359, 1438])
    test_images, test_digits = images[held_out], digits[held_out]
    images, digits = images[learnt], digits[learnt]

    parameters = (*layer(64, HIDDEN), *layer(HIDDEN, 10))
    losses, accuracies = [], []
    with tqdm(range(EPOCHS), unit="epoch", ncols=88) as progress:
        for _ in progress:
            losses.append(train_epoch(images, digits, parameters))
            right = read(test_images, parameters) == test_digits
            accuracies.append(right.float().mean().item())
            progress.set_postfix_str(f"loss {losses[-1]:.3f}, read {accuracies[-1]:.1%}")

    draw(losses, accuracies, test_images, test_digits, read(test_images, parameters))
    print(f"read {accuracies[-1]:.1%} of {len(test_digits)} held-out digits")
    print(f"picture: {os.path.relpath(PICTURE)}")


if __name__ == "__main__":
    main()
