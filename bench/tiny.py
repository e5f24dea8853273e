"""Workloads on tiny tensors, where the library's own overhead is the cost.

Each takes the module (PyTorch's or ours) and returns the call to be timed, which returns what is
compared first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Work = Callable[[], Any]


def add(torch: Any) -> Work:
    x, y = torch.ones(4, 4), torch.ones(4, 4)
    return lambda: x + y


def add_with_gradient(torch: Any) -> Work:
    x, y = torch.ones(4, 4, requires_grad=True), torch.ones(4, 4)
    return lambda: x + y


def scalar_multiply(torch: Any) -> Work:
    x = torch.ones(4, 4)
    return lambda: x * 2.5


def view(torch: Any) -> Work:
    x = torch.ones(4, 4)
    return lambda: x.view(2, 8)


def index(torch: Any) -> Work:
    x = torch.ones(4, 4)
    return lambda: x[1]


def sum(torch: Any) -> Work:
    x = torch.ones(4, 4)
    return lambda: x.sum()


def matmul(torch: Any) -> Work:
    x, y = torch.ones(4, 4), torch.ones(4, 4)
    return lambda: x @ y


def tensor_from_list(torch: Any) -> Work:
    values = [1.0, 2.0, 3.0]
    return lambda: torch.tensor(values)


def zeros(torch: Any) -> Work:
    return lambda: torch.zeros(4, 4)


def item(torch: Any) -> Work:
    x = torch.tensor(2.5)
    return lambda: x.item()


def exp(torch: Any) -> Work:
    x = torch.ones(4, 4)
    return lambda: x.exp()


def tutorial(torch: Any) -> Work:
    """The four ops of the beginner's tutorial, forward and backward."""
    x = torch.ones(2, 2, requires_grad=True)

    def step() -> Any:
        y = x + 2
        out = (y * y * 3).mean()
        x.grad = None
        out.backward()
        return x.grad

    return step


def chain_of_100(torch: Any) -> Work:
    """A hundred multiplications, forward and backward."""
    x, y, one = torch.ones(4, 4, requires_grad=True), torch.ones(4, 4), torch.ones(4, 4)

    def step() -> Any:
        z = x
        for _ in range(100):
            z = z * y
        x.grad = None
        z.backward(one)
        return x.grad

    return step


def small_mlp_step(torch: Any) -> Work:
    """Two layers, squared error, backward, and a hand-made SGD step."""
    torch.manual_seed(0)
    inputs, targets = torch.randn(16, 8), torch.randn(16, 1)
    weights = [torch.randn(8, 16, requires_grad=True), torch.zeros(16, requires_grad=True),
               torch.randn(16, 1, requires_grad=True), torch.zeros(1, requires_grad=True)]

    def step() -> Any:
        hidden = (inputs @ weights[0] + weights[1]).tanh()
        loss = ((hidden @ weights[2] + weights[3] - targets) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for each in weights:
                each -= 0.001 * each.grad
                each.grad.zero_()
        return loss

    return step


def scalar_loop(torch: Any) -> Work:
    """A Python loop over 0-d tensors: the logistic map, twenty times."""
    start = torch.tensor(0.4)

    def step() -> Any:
        x = start
        for _ in range(20):
            x = 3.5 * x * (1 - x)
        return x.item()

    return step


WORKLOADS = (
    add, add_with_gradient, scalar_multiply, view, index, sum, matmul, tensor_from_list, zeros,
    item, exp, tutorial, chain_of_100, small_mlp_step, scalar_loop,
)
