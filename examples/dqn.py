"""Learn to balance a pole by trying: a deep Q-network.

    rushlight examples/dqn.py        (or python, where PyTorch is installed)

The cart is pushed left or right at each moment; a trial ends when the pole falls, or after 500
moments. The picture shows how long it stood, and how good each tilt looks to the network.
The environment is Gymnasium's: pip install gymnasium.
After Mnih et al., Human-level control through deep reinforcement learning, 2015, with the double
estimate of van Hasselt et al., 2016.
"""

import argparse
from collections import deque
from pathlib import Path
from random import Random

import torch
from matplotlib.figure import Figure
from torch import nn
from tqdm import tqdm

try:
    import gymnasium
except ModuleNotFoundError as error:
    raise SystemExit("this example needs Gymnasium: pip install gymnasium") from error

HERE = Path(__file__).resolve().parent
DISCOUNT, BATCH, MEMORY, REFRESH = 0.99, 64, 20_000, 200


def network():
    """From (position, speed, tilt, turning speed) to the worth of a push left and of one right."""
    return nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


def learn(values, goal, optimizer, memories):
    """One step towards what was seen and what `goal` expects of what follows."""
    before, pushes, rewards, after, fallen = (torch.tensor(each) for each in zip(*memories))
    with torch.no_grad():
        best = values(after).argmax(dim=1, keepdim=True)
        later = goal(after).gather(1, best).squeeze(1)
        wanted = rewards + DISCOUNT * later * ~fallen
    expected = values(before).gather(1, pushes.unsqueeze(1)).squeeze(1)
    loss = nn.functional.smooth_l1_loss(expected, wanted)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(values.parameters(), 10)
    optimizer.step()
    return loss.item()


@torch.no_grad()
def draw(path, values, trials, losses):
    figure = Figure(figsize=(10, 3.5), layout="constrained")
    stood, worry, worth = figure.subplots(1, 3)
    stood.plot(trials, ".", markersize=3)
    mean = torch.tensor(trials).float().cumsum(0)
    if len(trials) > 20:
        stood.plot(range(20, len(trials)), ((mean[20:] - mean[:-20]) / 20).numpy())
    stood.set(title="moments the pole stood", xlabel="trial")
    whole = torch.tensor(losses[: len(losses) // 50 * 50]).view(-1, 50)
    worry.semilogy(range(0, 50 * len(whole), 50), whole.mean(1).numpy())
    worry.set(title="loss", xlabel="step")
    tilts, speeds = torch.linspace(-0.2, 0.2, 60), torch.linspace(-2, 2, 60)
    grid = torch.stack(torch.meshgrid(speeds, tilts, indexing="ij"), dim=-1)
    states = torch.cat([torch.zeros(60, 60, 2), grid.flip(-1)], dim=-1)
    better = values(states)
    shown = worth.imshow((better[..., 1] - better[..., 0]).numpy(), cmap="coolwarm",
                         origin="lower", aspect="auto", extent=(-0.2, 0.2, -2, 2))
    worth.set(title="push right (red) or left?", xlabel="tilt", ylabel="turning speed")
    figure.colorbar(shown, ax=worth)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--steps", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--picture", type=Path, default=HERE.parent / "build" / "dqn.png")
    given = options.parse_args()

    torch.manual_seed(given.seed)
    chance = Random(given.seed)
    world = gymnasium.make("CartPole-v1")
    state, _ = world.reset(seed=given.seed)
    values, goal = network(), network()
    goal.load_state_dict(values.state_dict())
    optimizer = torch.optim.Adam(values.parameters(), lr=5e-4)
    memories, trials, losses, lasted = deque(maxlen=MEMORY), [], [], 0
    with tqdm(range(given.steps), unit="step", ncols=88) as progress:
        for step in progress:
            curiosity = max(0.02, 1 - step / (0.3 * given.steps))
            if chance.random() < curiosity:
                push = chance.randrange(2)
            else:
                with torch.no_grad():
                    push = values(torch.from_numpy(state)).argmax().item()
            after, reward, fallen, stopped, _ = world.step(push)
            memories.append((state.tolist(), push, float(reward), after.tolist(), fallen))
            state, lasted = after, lasted + 1
            if fallen or stopped:
                trials.append(lasted)
                state, lasted = world.reset()[0], 0
                progress.set_postfix_str(f"the pole stood {trials[-1]} moments")
            if len(memories) >= 4 * BATCH:
                losses.append(learn(values, goal, optimizer, chance.sample(memories, BATCH)))
            if step % REFRESH == 0:
                goal.load_state_dict(values.state_dict())
    draw(given.picture, values, trials, losses)
    first, last = (sum(each) / len(each) for each in (trials[:20], trials[-20:]))
    print(f"the pole stood {first:.0f} moments at first, {last:.0f} at last")
    print(f"picture: {given.picture}")


if __name__ == "__main__":
    main()
