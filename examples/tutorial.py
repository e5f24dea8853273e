"""A first hour with tensors and gradients, told in prose in docs/tutorial.md.

    rushlight examples/tutorial.py      (or python, where PyTorch is installed)
"""

import numpy
import torch

print("== making tensors")
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
print(x)
print(x.shape, x.dtype)
print(torch.zeros(2, 3))
print(torch.ones(2, 3, dtype=torch.long))
print(torch.arange(0, 10, 2), torch.linspace(0, 1, 5))
print(torch.ones_like(x), x.new_full((2,), 7))

print("== chance, repeatable")
torch.manual_seed(0)
print(torch.rand(2, 3))
print(torch.randn(4))
print(torch.randint(0, 10, (5,)), torch.randperm(5))

print("== four ways to add")
y = torch.full((2, 3), 10.0)
print(x + y)
print(torch.add(x, y))
print(x.add(y))
total = torch.empty(2, 3)
torch.add(x, y, out=total)
print(total)

print("== sizes and types that differ")
print(x + torch.tensor([100.0, 200.0, 300.0]))
print(x * torch.tensor([[1.0], [-1.0]]))
print(torch.arange(3) + 0.5, torch.arange(3) / 2, torch.arange(3) // 2)
print(x @ x.t())

print("== in place")
y.add_(x)
y *= 2
print(y)
print(y.t_(), y.is_contiguous())

print("== views")
flat = x.view(6)
flat[0] = -1
print(x)
print(x.view(-1, 2))
print(x[:, 1], x[1], x[x > 3])
rows, columns = x.size()
print(rows, columns, x.stride(), x.t().stride())

print("== out of the tensor")
mean = x.mean()
print(mean, mean.item(), x.tolist())
print(x.max(dim=1))

print("== the same memory as NumPy")
a = torch.ones(3)
b = a.numpy()
a.add_(1)
print(a, b)
b *= 10
print(a)
print(torch.from_numpy(numpy.arange(3.0)))

print("== a gradient")
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x**2 + 1
print(y)
z = y.mean()
print(z, type(z.grad_fn).__name__)
z.backward()
print(x.grad)

print("== who wants gradients")
a = torch.tensor([2.0, 3.0])
print((a * 2).requires_grad)
a.requires_grad_()
b = a * 2
print(b.requires_grad, a.is_leaf, b.is_leaf, a.grad_fn)
print(b.grad_fn.next_functions[0][0].variable is a)

print("== a vector times the Jacobian")
angle = torch.tensor([0.0, 0.5, 1.0], requires_grad=True)
points = torch.stack([angle.cos(), angle.sin()], dim=1)
print(points)
points.backward(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
print(angle.grad)

print("== a gradient of a gradient")
t = torch.tensor(2.0, requires_grad=True)
(first,) = torch.autograd.grad(t**3, t, create_graph=True)
(second,) = torch.autograd.grad(first, t)
print(first, second)

print("== without a record")
with torch.no_grad():
    print((x * 2).requires_grad)
c = x.detach()
print(c.requires_grad, c.data_ptr() == x.data_ptr())

print("== gradients add up")
w = torch.tensor([1.0, 2.0], requires_grad=True)
for _ in range(3):
    (w * w).sum().backward()
print(w.grad)
w.grad.zero_()
print(w.grad)

print("== a line through five points")
inputs = torch.arange(5.0)
targets = 3 * inputs - 1
slope = torch.zeros((), requires_grad=True)
offset = torch.zeros((), requires_grad=True)
for step in range(201):
    loss = ((slope * inputs + offset - targets) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for parameter in (slope, offset):
            parameter -= 0.1 * parameter.grad
            parameter.grad.zero_()
    if step % 50 == 0:
        print(f"step {step:3}: loss {loss.item():.4f}")
print(f"{slope.item():.3f} x {offset.item():+.3f}")

print("== the class of each error")


def attempt(what):
    try:
        what()
    except Exception as error:
        print(type(error).__name__)


attempt(lambda: torch.ones(2, 3) + torch.ones(4))
attempt(lambda: torch.ones(2, 3) @ torch.ones(2, 3))
attempt(lambda: torch.ones(2, 3).view(4))
attempt(lambda: torch.ones(2, 3).t().view(6))
attempt(lambda: torch.ones(2).item())
attempt(lambda: torch.ones(2)[2])
attempt(lambda: torch.ones(2, dtype=torch.long).requires_grad_())
attempt(lambda: (w * w).backward())
attempt(lambda: w.add_(1))
attempt(lambda: w.numpy())
attempt(lambda: torch.tensor(["words"]))
attempt(lambda: torch.zeros(2, shape=3))
attempt(lambda: z.backward())
