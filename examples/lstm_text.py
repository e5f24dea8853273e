"""Teach an LSTM to say numbers: from "three hundred and twelve" to 312.

    rushlight examples/lstm_text.py        (or python, where PyTorch is installed)

It reads the letters one by one, words of different lengths packed together, and tells three digits
from what it remembers. A tenth of the numbers is held out. The picture shows how what it remembers
changes as it reads.
After Hochreiter and Schmidhuber, Long short-term memory, 1997.
"""

import argparse
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
LETTERS = " -abcdefghijklmnopqrstuvwxyz"


def said(number):
    """A number below 1,000 in words."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    small = ONES[rest] if rest < 20 else TENS[tens] + (f"-{ONES[ones]}" if ones else "")
    if not hundreds:
        return small
    return f"{ONES[hundreds]} hundred" + (f" and {small}" if rest else "")


def letters(text):
    return torch.tensor([LETTERS.index(each) for each in text])


class Reader(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.letter = nn.Embedding(len(LETTERS), 24)
        self.memory = nn.LSTM(24, width, batch_first=True)
        self.digits = nn.Linear(width, 30)

    def read(self, texts):
        """The states after each letter, and the last one of each text."""
        packed = pack_sequence(texts, enforce_sorted=False)
        packed = packed._replace(data=self.letter(packed.data))
        states, (last, _) = self.memory(packed)
        return states, last[0]

    def forward(self, texts):
        """Scores of shape (texts, 10, 3): for each of three digits, what it may be."""
        return self.digits(self.read(texts)[1]).view(-1, 10, 3)


def digits_of(numbers):
    return torch.stack([numbers // 100, numbers // 10 % 10, numbers % 10], dim=1)


@torch.no_grad()
def told(model, texts):
    """The numbers that the model understands."""
    hundreds, tens, ones = model(texts).argmax(dim=1).unbind(dim=1)
    return hundreds * 100 + tens * 10 + ones


@torch.no_grad()
def draw(path, model, losses, text):
    figure = Figure(figsize=(9, 5), layout="constrained")
    curve, memory = figure.subplots(2, 1, height_ratios=(1, 1.6))
    curve.semilogy(losses, linewidth=0.8)
    curve.set(title="loss while training", xlabel="step")
    states, _ = pad_packed_sequence(model.read([letters(text)])[0], batch_first=True)
    memory.imshow(states[0].T.numpy(), cmap="coolwarm", aspect="auto", vmin=-1, vmax=1)
    memory.set_xticks(range(len(text)), text)
    memory.set(title=f"what it remembers of {text!r}: {told(model, [letters(text)]).item()}",
               ylabel="state")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--steps", type=int, default=600)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, default=HERE.parent / "build" / "lstm_text.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    texts = [letters(said(number)) for number in range(1000)]
    held_out, learnt = torch.randperm(1000).split([100, 900])
    model = Reader()
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, given.steps)
    losses = []
    with tqdm(range(given.steps), unit="step", ncols=88) as progress:
        for _ in progress:
            batch = learnt[torch.randint(len(learnt), (64,))]
            loss = nn.functional.cross_entropy(
                model([texts[each] for each in batch.tolist()]), digits_of(batch))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            progress.set_postfix_str(f"loss {losses[-1]:.4f}")
    right = told(model, [texts[each] for each in held_out.tolist()]) == held_out
    draw(given.picture, model, losses, said(767))
    print(f"loss: {losses[0]:.3f} to {losses[-1]:.4f}; "
          f"understood {right.sum().item()} of {len(held_out)} numbers it had never read")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
