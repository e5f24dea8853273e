"""Window functions: `torch.signal.windows`, and the older `hann_window` and its kin.

Each is computed in float64 and rounded once. A symmetric window ends as it begins; a periodic one
(`sym=False`) is the symmetric one of a point more, its last left out.
Source: Harris, On the use of windows for harmonic analysis, 1978;
https://docs.pytorch.org/docs/stable/signal.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rushlight.ops import create
from rushlight.ops.op import composite
from rushlight.tensor import dtypes, memory
from rushlight.tensor.tensor import Array, Tensor

_NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)


# --- shapes, over places t of a span


def _cosines(coefficients: Iterable[float]) -> Callable[[Array, float], Array]:
    weights = list(coefficients)

    def shape(t: Array, span: float) -> Array:
        angle = 2 * np.pi * t / span
        return np.sum([(-1) ** k * a * np.cos(k * angle) for k, a in enumerate(weights)], axis=0)

    return shape


def _bartlett(t: Array, span: float) -> Array:
    return 1 - np.abs(2 * t / span - 1)


def _kaiser(beta: float) -> Callable[[Array, float], Array]:
    def shape(t: Array, span: float) -> Array:
        inside = np.maximum(1 - (2 * t / span - 1) ** 2, 0)
        return np.i0(beta * np.sqrt(inside)) / np.i0(beta)

    return shape


def _sampled(shape: Callable[[Array, float], Array], count: int, sym: bool) -> Array:
    """The shape at `count` places; one place is its top."""
    span = count - 1 if sym else count
    return np.ones(count) if count == 1 else shape(np.arange(count, dtype=np.float64), span)


def _finished(name: str, values: Array, options: dict[str, Any]) -> Tensor:
    dtype = create.chosen(options.pop("dtype", None))
    room = create.allocate(np.empty, values.shape, dtype, options.pop("device", None))
    if type(room) is np.ndarray:
        room[...] = values
    return create.finish(name, room, **options)


# --- torch.signal.windows


def _need(name: str, M: int, options: dict[str, Any]) -> None:
    if M < 0:
        raise ValueError(f"{name}(): M must not be negative, it is {M}")
    dtype = options.get("dtype") or dtypes.get_default_dtype()
    if dtype not in (dtypes.float32, dtypes.float64):
        raise ValueError(f"{name}(): a window is float32 or float64, not {dtype}")
    if options.get("layout") not in (None, memory.strided):
        raise ValueError(f"{name}(): a window is strided, not {options['layout']}")


def _window(
    name: str, shape: Callable[[Array, float], Array], M: int, sym: bool, options: dict[str, Any]
) -> Tensor:
    _need(name, M, options)
    return _finished(name, _sampled(shape, M, sym), options)


def _publish(
    name: str, shape: Callable[[Array, float], Array], what: str
) -> None:
    def window(M: int, *, sym: bool = True, **options: Any) -> Tensor:
        return _window(name, shape, M, sym, options)

    window.__doc__ = (f"{what}, at M places; float32 or float64. ValueError for a negative M or "
                      "another dtype.")
    composite(name="signal.windows." + name, method=False)(window)


_publish("bartlett", _bartlett, "The triangle from 0 to 1 to 0")
_publish("blackman", _cosines((0.42, 0.5, 0.08)), "Blackman's three cosines")
_publish("hamming", _cosines((0.54, 0.46)), "Hamming's raised cosine, 0.08 at the ends")
_publish("hann", _cosines((0.5, 0.5)), "Hann's raised cosine, 0 at the ends")
_publish("nuttall", _cosines(_NUTTALL), "Nuttall's four cosines")


@composite(name="signal.windows.cosine", method=False)
def cosine(M: int, *, sym: bool = True, **options: Any) -> Tensor:
    """Half a period of the sine, its ends half a step inside; as `hann` else."""
    _need("cosine", M, options)
    span = M if sym or M <= 1 else M + 1
    return _finished("cosine", np.sin(np.pi * (np.arange(M) + 0.5) / span), options)


@composite(name="signal.windows.exponential", method=False)
def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, **options: Any
) -> Tensor:
    """exp(-|t - center| / tau), the center in the middle unless `sym` is False and it is given.

    ValueError unless tau > 0, for a center of a symmetric window, and as `hann`.
    """
    _need("exponential", M, options)
    if tau <= 0:
        raise ValueError(f"exponential(): tau must be positive, it is {tau}")
    if sym and center is not None:
        raise ValueError("exponential(): a symmetric window has its center in the middle")
    middle = (M if not sym and M > 1 else M - 1) / 2 if center is None else center
    return _finished("exponential", np.exp(-np.abs(np.arange(M) - middle) / tau), options)


@composite(name="signal.windows.gaussian", method=False)
def gaussian(M: int, *, std: float = 1.0, sym: bool = True, **options: Any) -> Tensor:
    """exp(-((t - middle) / std)^2 / 2). ValueError unless std > 0, and as `hann`."""
    _need("gaussian", M, options)
    if std <= 0:
        raise ValueError(f"gaussian(): std must be positive, it is {std}")
    middle = (M if not sym and M > 1 else M - 1) / 2
    return _finished("gaussian", np.exp(-(((np.arange(M) - middle) / std) ** 2) / 2), options)


@composite(name="signal.windows.kaiser", method=False)
def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, **options: Any) -> Tensor:
    """Kaiser's window, of Bessel functions. ValueError unless beta >= 0, and as `hann`."""
    if beta < 0:
        raise ValueError(f"kaiser(): beta must not be negative, it is {beta}")
    return _window("kaiser", _kaiser(beta), M, sym, options)


@composite(name="signal.windows.general_cosine", method=False)
def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, **options: Any) -> Tensor:
    """The sum of (-1)^k a[k] cos(2 pi k t / span).

    TypeError unless `a` holds numbers; ValueError if it holds none, and as `hann`.
    """
    if not isinstance(a, Iterable):
        raise TypeError(f"general_cosine(): a must be several numbers, not {a!r}")
    weights = [*a]
    if not weights:
        raise ValueError("general_cosine(): a must hold at least one number")
    return _window("general_cosine", _cosines(weights), M, sym, options)


@composite(name="signal.windows.general_hamming", method=False)
def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **options: Any) -> Tensor:
    """alpha - (1 - alpha) cos(2 pi t / span); ValueError as `hann`."""
    return _window("general_hamming", _cosines((alpha, 1 - alpha)), M, sym, options)


# --- the older names


def _old(name: str, window_length: int, shape: Any, periodic: bool, options: Any) -> Tensor:
    if window_length < 0:
        raise RuntimeError(f"{name}(): window_length is negative: {window_length}")
    dtype = options.get("dtype") or dtypes.get_default_dtype()
    if not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"{name}(): a window is of floating-point numbers, not {dtype}")
    return _finished(name, _sampled(shape, window_length, not periodic), options)


def _publish_old(name: str, shape: Callable[[Array, float], Array]) -> None:
    def window(window_length: int, periodic: bool = True, **options: Any) -> Tensor:
        return _old(name, window_length, shape, periodic, options)

    window.__doc__ = (
        f"The window `signal.windows.{name.removesuffix('_window')}`, periodic if nothing else is "
        "said. RuntimeError for a negative length or a dtype of integers.")
    composite(name=name, method=False)(window)


_publish_old("bartlett_window", _bartlett)
_publish_old("blackman_window", _cosines((0.42, 0.5, 0.08)))
_publish_old("hann_window", _cosines((0.5, 0.5)))


@composite(method=False)
def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46,
    **options: Any,
) -> Tensor:
    """alpha - beta cos(2 pi t / span). RuntimeError as `hann_window`."""
    return _old("hamming_window", window_length, _cosines((alpha, beta)), periodic, options)


@composite(method=False)
def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, **options: Any
) -> Tensor:
    """Kaiser's window. RuntimeError as `hann_window`."""
    return _old("kaiser_window", window_length, _kaiser(beta), periodic, options)
