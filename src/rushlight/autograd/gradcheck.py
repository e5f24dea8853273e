"""`gradcheck`: is a function's backward its derivative? Compared with finite differences.

Each output element's gradient (one backward pass each) is a row of the Jacobian; each input
element moved by +-eps gives a column. Complex inputs are moved along both axes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rushlight.autograd.differentiate import grad
from rushlight.autograd.modes import no_grad
from rushlight.tensor.tensor import Tensor, wrap


class GradcheckError(RuntimeError):
    """Raised by `gradcheck` with the first difference it found."""


def gradcheck(
    func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5,
    rtol: float = 1e-3, raise_exception: bool = True, nondet_tol: float = 0.0,
    check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
    check_batched_grad: bool = False, check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False, check_backward_ad: bool = True, fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func(*inputs)` agree with central differences of width `eps`.

    `inputs`: float64 or complex128 tensors with requires_grad among any arguments. Returns True;
    on a difference raises GradcheckError, or returns False without `raise_exception`.
    Source: https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
    """
    if check_forward_ad or check_batched_grad or check_batched_forward_grad:
        raise NotImplementedError("gradcheck: forward mode and batched gradients are not there yet")
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    wanted = [each for each in given if isinstance(each, Tensor) and each._node is not None]
    if not wanted:
        raise ValueError("gradcheck needs at least one input with requires_grad=True")
    for each in wanted:
        if 0 in each._array.strides and each._array.size > 1:
            raise RuntimeError("gradcheck: an input whose elements share memory can't be moved")
    try:
        outputs = _outputs(func(*given))
        for number, output in enumerate(outputs):
            if output._node is not None:
                _compare(func, given, wanted, number, output, eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _outputs(result: Any) -> tuple[Tensor, ...]:
    several = result if isinstance(result, (tuple, list)) else (result,)
    return tuple(each for each in several if isinstance(each, Tensor))


def _compare(
    func: Any, given: Any, wanted: Sequence[Tensor], number: int, output: Tensor, eps: float,
    atol: float, rtol: float,
) -> None:
    analytical = _analytical(output, wanted)
    for which, tensor in enumerate(wanted):
        numerical = _numerical(func, given, tensor, number, output, eps)
        for part, (ours, theirs) in enumerate(zip(analytical[which], numerical, strict=True)):
            if not np.allclose(ours, theirs, rtol, atol, equal_nan=True):
                raise GradcheckError(
                    f"output {number}, input {which}{' (imaginary cotangent)' * part}: backward "
                    f"gives\n{ours}\nfinite differences give\n{theirs}")


def _analytical(output: Tensor, wanted: Sequence[Tensor]) -> list[list[Any]]:
    """For each input, the matrices (output elements) x (input elements), one for each unit."""
    units = (1, 1j) if output._array.dtype.kind == "c" else (1,)
    found: list[list[Any]] = [[] for _ in wanted]
    for unit in units:
        rows: list[list[Any]] = [[] for _ in wanted]
        for i in range(output._array.size):
            cotangent = np.zeros(output._array.shape, output._array.dtype)
            cotangent.reshape(-1)[i] = unit
            gradients = grad(output, wanted, wrap(cotangent), retain_graph=True, allow_unused=True)
            for row, gradient, tensor in zip(rows, gradients, wanted, strict=True):
                row.append(np.zeros(tensor._array.size, tensor._array.dtype) if gradient is None
                           else gradient._array.reshape(-1))
        for matrices, row, tensor in zip(found, rows, wanted, strict=True):
            matrices.append(np.array(row).reshape(output._array.size, tensor._array.size))
    return found


def _numerical(
    func: Any, given: Any, tensor: Tensor, number: int, output: Tensor, eps: float
) -> list[Any]:
    """The same matrices from differences: gradient = conj(unit) . d(out), real and imaginary."""
    complex_in = tensor._array.dtype.kind == "c"
    complex_out = output._array.dtype.kind == "c"
    moves = (eps, 1j * eps) if complex_in else (eps,)
    slopes = [_differences(func, given, tensor, number, move, eps) for move in moves]
    matrices = []
    for unit in (1, 1j) if complex_out else (1,):
        parts = [(np.conj(slope) * unit).real for slope in slopes]
        matrices.append(parts[0] + 1j * parts[1] if complex_in else parts[0])
    return matrices


def _differences(
    func: Any, given: Any, tensor: Tensor, number: int, move: complex, eps: float
) -> Any:
    """d(out) / d(one element of the input), for every element: (outputs) x (inputs)."""
    array = tensor._array
    columns = []
    with no_grad():
        for index in np.ndindex(array.shape):
            before = array[index]
            ends = []
            for step in (move, -move):
                array[index] = before + step
                ends.append(np.array(_outputs(func(*given))[number]._array).reshape(-1))
            array[index] = before
            columns.append((ends[0] - ends[1]) / (2 * eps))
    size = columns[0].size if columns else 0
    return np.array(columns).reshape(len(columns), size).T


def gradgradcheck(
    func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6,
    atol: float = 1e-5, rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False, check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True, fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the gradients of the gradients of `func` are right; see `gradcheck`."""
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    outputs = [each for each in _outputs(func(*given)) if each._node is not None]
    if grad_outputs is None:
        random = np.random.default_rng(0)
        cotangents = [_random_like(each, random) for each in outputs]
    else:
        cotangents = list((grad_outputs,) if isinstance(grad_outputs, Tensor) else grad_outputs)

    def first_order(*arguments: Any) -> tuple[Tensor, ...]:
        tensors, cotangents = arguments[: len(given)], arguments[len(given) :]
        results = [each for each in _outputs(func(*tensors)) if each._node is not None]
        wanted = [each for each in tensors if isinstance(each, Tensor) and each._node is not None]
        found = grad(results, wanted, cotangents, create_graph=True, allow_unused=True)
        return tuple(each for each in found if each is not None)

    def outside_modes(*arguments: Any) -> tuple[Tensor, ...]:
        from rushlight.autograd.modes import enable_grad

        with enable_grad():
            return first_order(*arguments)

    return gradcheck(outside_modes, (*given, *cotangents), eps=eps, atol=atol, rtol=rtol,
                     raise_exception=raise_exception)


def _random_like(tensor: Tensor, random: np.random.Generator) -> Tensor:
    values: Any = random.standard_normal(tensor._array.shape)
    if tensor._array.dtype.kind == "c":
        values = values + 1j * random.standard_normal(tensor._array.shape)
    made = wrap(np.asarray(values, tensor._array.dtype))
    made.requires_grad_()
    return made
