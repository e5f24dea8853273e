"""Guess what people will like from what they liked: matrix factorisation.

    rushlight examples/matrix_factorisation.py        (or python, where PyTorch is installed)

200 people have rated a tenth of 300 films each; their tastes are made up here, of three hidden
likings and noise. A vector for each person and each film is learnt whose product tells the rating.
The picture shows the ratings seen, those guessed and the true ones.
After Koren, Bell and Volinsky, Matrix factorization techniques for recommender systems, 2009.
"""

import argparse
from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import nn
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
PEOPLE, FILMS, LIKINGS = 200, 300, 3


class Tastes(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.person, self.film = nn.Embedding(PEOPLE, size), nn.Embedding(FILMS, size)
        self.kindness, self.fame = nn.Embedding(PEOPLE, 1), nn.Embedding(FILMS, 1)
        for each in (self.person, self.film, self.kindness, self.fame):
            nn.init.normal_(each.weight, std=0.1)

    def forward(self, people, films):
        """The ratings that are expected, from 0 to 5."""
        alike = (self.person(people) * self.film(films)).sum(-1)
        level = self.kindness(people).squeeze(-1) + self.fame(films).squeeze(-1)
        return 5 * (alike + level).sigmoid()


def made_up():
    """True ratings from 0 to 5, (people, films), and which of them are known."""
    people, films = torch.randn(PEOPLE, LIKINGS), torch.randn(FILMS, LIKINGS)
    level = 0.5 * torch.randn(PEOPLE, 1) + 0.7 * torch.randn(FILMS)
    ratings = 5 * (people @ films.T + level + 0.2 * torch.randn(PEOPLE, FILMS)).sigmoid()
    return ratings, torch.rand(PEOPLE, FILMS) < 0.1


def in_order(ratings):
    """People and films that are alike, next to each other."""
    flat = ratings - ratings.mean()
    for _ in range(30):  # the largest singular vectors, by power iteration
        films = nn.functional.normalize(flat.T @ (flat @ torch.ones(FILMS, 1)), dim=0)
        flat_films = flat @ films
    return flat_films.flatten().argsort(), (flat.T @ flat_films).flatten().argsort()


def draw(path, ratings, known, guesses, losses, errors):
    figure = Figure(figsize=(12, 3.2), layout="constrained")
    curve, *places = figure.subplots(1, 4, width_ratios=(1.2, 1, 1, 1))
    curve.plot(losses, label="known ratings")
    curve.plot(errors, label="held out")
    curve.set(title="root mean square error", xlabel="epoch")
    curve.legend()
    people, films = in_order(ratings)
    seen = ratings.where(known, torch.nan)
    for place, what, title in zip(
            places, (seen, guesses, ratings), ("known", "guessed", "true ratings")):
        place.imshow(what[people][:, films].numpy(), cmap="magma", vmin=0, vmax=5, aspect="auto",
                     interpolation="nearest")
        place.set(title=title, xlabel="films", ylabel="people", xticks=[], yticks=[])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--epochs", type=int, default=60)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument(
        "--picture", type=Path, default=HERE.parent / "build" / "matrix_factorisation.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    ratings, known = made_up()
    people, films = known.nonzero().unbind(1)
    wanted = ratings[people, films]
    model = Tastes(LIKINGS)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
    everyone = torch.arange(PEOPLE).unsqueeze(1), torch.arange(FILMS)
    losses, errors = [], []
    with tqdm(range(given.epochs), unit="epoch", ncols=88) as progress:
        for _ in progress:
            total = 0.0
            for batch in torch.randperm(len(people)).split(256):
                loss = nn.functional.mse_loss(model(people[batch], films[batch]), wanted[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append((total / len(people)) ** 0.5)
            with torch.no_grad():
                guesses = model(*everyone)
            errors.append((guesses - ratings)[~known].square().mean().sqrt().item())
            progress.set_postfix_str(f"held out {errors[-1]:.3f}")
    draw(given.picture, ratings, known, guesses, losses, errors)
    print(f"loss: {losses[0]:.3f} to {losses[-1]:.3f}; held out {errors[-1]:.3f} of 5")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
