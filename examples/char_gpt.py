"""Teach a small GPT to write, letter by letter, and let it write.

    rushlight examples/char_gpt.py        (or python, where PyTorch is installed)

It learns from Alice's Adventures in Wonderland. After a minute it makes words and lines; for sense
it would need far more text. The picture shows the loss, and whom each letter attends to.
After Vaswani et al., Attention is all you need, 2017, and Radford et al., 2019.
"""

import argparse
import gzip
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import nn
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
LENGTH, WIDTH, HEADS, LAYERS = 64, 128, 4, 4


class Block(nn.Module):
    """Each letter looks at those before it, then thinks for itself."""

    def __init__(self):
        super().__init__()
        self.before, self.after = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.all, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.think = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH), nn.Dropout(0.1))

    def parts(self, x):
        """Queries, keys and values, by heads."""
        batch, length, _ = x.shape
        return [each.view(batch, length, HEADS, -1).transpose(1, 2)
                for each in self.all(self.before(x)).split(WIDTH, dim=2)]

    def forward(self, x):
        seen = nn.functional.scaled_dot_product_attention(*self.parts(x), is_causal=True)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.think(self.after(x))


class GPT(nn.Module):
    def __init__(self, letters):
        super().__init__()
        self.letter, self.place = nn.Embedding(letters, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, letters)

    def begin(self, x):
        return self.letter(x) + self.place(torch.arange(x.shape[1]))

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.begin(x))))

    @torch.no_grad()
    def write(self, text, count, temperature=0.8):
        """Go on with a text (a tensor of letters' numbers) by so many letters."""
        self.eval()
        for _ in range(count):
            chances = (self(text[None, -LENGTH:])[0, -1] / temperature).softmax(dim=0)
            text = torch.cat([text, torch.multinomial(chances, 1)])
        return text

    @torch.no_grad()
    def attention(self, text):
        """The first layer's scores, (heads, letters, letters)."""
        queries, keys, _ = self.blocks[0].parts(self.begin(text[None]))
        scores = queries @ keys.mT / queries.shape[-1] ** 0.5
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        return scores.masked_fill(hidden, -torch.inf).softmax(dim=-1)[0]


def draw(path, losses, attention, letters):
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.2))
    curve = above.subplots()
    curve.plot(losses, linewidth=0.8)
    curve.set(title="loss while training", xlabel="step", ylabel="nats to a letter")
    below.suptitle("whom each letter (a row) attends to, by the first layer's heads")
    for place, scores in zip(below.subplots(1, HEADS), attention):
        place.imshow(scores.numpy(), cmap="Greens")
        place.set_xticks(range(len(letters)), letters, fontsize=6)
        place.set_yticks(range(len(letters)), letters, fontsize=6)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--steps", type=int, default=1500)
    options.add_argument("--batch", type=int, default=16)
    options.add_argument("--letters", type=int, default=400, help="how many to write")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, default=HERE.parent / "build" / "char_gpt.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    text = gzip.decompress((HERE / "data" / "alice.txt.gz").read_bytes()).decode()
    known = sorted(set(text))
    numbers = torch.tensor([known.index(each) for each in text])
    model = GPT(len(known))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, given.steps)
    losses = []
    with tqdm(range(given.steps), unit="step", ncols=88) as progress:
        for _ in progress:
            starts = torch.randint(len(numbers) - LENGTH, (given.batch, 1))
            pieces = numbers[starts + torch.arange(LENGTH + 1)]
            made = model(pieces[:, :-1])
            loss = nn.functional.cross_entropy(made.flatten(0, 1), pieces[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            progress.set_postfix_str(f"loss {losses[-1]:.3f}")
    written = model.write(numbers[:LENGTH], given.letters)
    print("".join(known[each] for each in written.tolist()[LENGTH:]))
    sample = numbers[LENGTH : LENGTH + 24]
    draw(given.picture, losses, model.attention(sample), [known[each] for each in sample.tolist()])
    print(f"loss: {losses[0]:.3f} to {losses[-1]:.3f}")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
