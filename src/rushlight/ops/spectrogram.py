"""Short-time Fourier transforms: `stft` cuts a signal into windows, `istft` adds them up again.

Source: Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984;
https://docs.pytorch.org/docs/stable/generated/torch.stft.html
"""

from __future__ import annotations

import warnings

from rushlight.ops import fourier, padding, rearranging
from rushlight.ops.op import FACE, composite
from rushlight.ops.padding import constant_pad_nd
from rushlight.tensor.tensor import Tensor

_ROOT, _BY_COUNT = 1, 2  # of `fourier`'s norms
_LEAST = 1e-11  # what the windows add up to where a signal can be told


def _window(
    name: str, input: Tensor, window: Tensor | None, n_fft: int, win_length: int | None
) -> Tensor | None:
    """The window with zeros around it to n_fft elements."""
    length = n_fft if win_length is None else win_length
    if not 0 < length <= n_fft:
        raise RuntimeError(f"{name}(): win_length is {length}, it must be 1 to n_fft, {n_fft}")
    if window is not None and list(window.shape) != [length]:
        raise RuntimeError(
            f"{name}(): the window has the shape {list(window.shape)}, not [{length}]")
    if length == n_fft:
        return window
    if window is None:
        real = input.real if input.is_complex() else input
        window = FACE["ones"](length, dtype=real.dtype, device=input.device)
    left = (n_fft - length) // 2
    return constant_pad_nd(window, [left, n_fft - length - left], 0)


@composite()
def stft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, pad_mode: str = "reflect",
    normalized: bool = False, onesided: bool | None = None, return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """The transform of each window over a signal: (..., frequencies, windows).

    input: (T,) or (batch, T), real or complex. hop_length: from one window to the next (n_fft / 4).
    center: the signal is padded so that window t stands over element t * hop_length. onesided: half
    of the frequencies, where all is real. return_complex=False gives pairs of real numbers.
    RuntimeError for sizes that do not fit, or no `return_complex` for a real signal.
    """
    if not (input.is_floating_point() or input.is_complex()) or input.ndim not in (1, 2):
        raise RuntimeError(
            "stft(): the input is (T,) or (batch, T) of floating-point or complex numbers, not "
            f"{list(input.shape)} of {input.dtype}")
    complex_ = input.is_complex() or (window is not None and window.is_complex())
    if return_complex is None:
        if not complex_:
            raise RuntimeError("stft(): say return_complex=True, or False for pairs of numbers")
        return_complex = True
    if onesided and complex_:
        raise RuntimeError("stft(): onesided is for a signal and a window that are real")
    if align_to_window is not None:
        if center:
            raise RuntimeError("stft(): align_to_window is for center=False")
        if align_to_window:
            raise NotImplementedError("stft(align_to_window=True)")
    if not return_complex:
        warnings.warn("stft(return_complex=False) is deprecated: use view_as_real on the result",
                      UserWarning, stacklevel=2)
    onesided = not complex_ if onesided is None else onesided
    signal = input if input.ndim == 2 else input.unsqueeze(0)
    if center:
        half = n_fft // 2
        signal = padding.pad(signal.unsqueeze(1), [half, half], pad_mode).squeeze(1)
    hop = n_fft // 4 if hop_length is None else hop_length
    if not 0 < n_fft <= signal.shape[-1]:
        raise RuntimeError(f"stft(): n_fft is {n_fft}, it must be 1 to {signal.shape[-1]}")
    if hop <= 0:
        raise RuntimeError(f"stft(): hop_length must be positive, it is {hop}")
    shape = _window("stft", input, window, n_fft, win_length)
    frames = signal.unfold(-1, n_fft, hop)
    if shape is not None:
        frames = frames * shape
    norm = _ROOT if normalized else 0
    if frames.is_complex():
        found = fourier._fft_c2c(frames, [2], norm, True)
    else:
        found = fourier._fft_r2c(frames, [2], norm, onesided)
    found = found.transpose(1, 2)
    found = found if input.ndim == 2 else found.squeeze(0)
    return found if return_complex else FACE["view_as_real"](found)


def _overlapped(frames: Tensor, length: int, hop: int) -> Tensor:
    """(batch, windows, n) put back into (batch, length), added where windows overlap."""
    if frames.is_complex():
        parts = (_overlapped(each, length, hop) for each in (frames.real, frames.imag))
        return FACE["complex"](*parts)
    found: Tensor = rearranging.fold(
        frames.transpose(1, 2), (1, length), (1, frames.shape[-1]), stride=(1, hop))
    return found[:, 0, 0]


@composite(looks=True)
def istft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, normalized: bool = False,
    onesided: bool | None = None, length: int | None = None, return_complex: bool = False,
) -> Tensor:
    """The signal whose `stft` is nearest to the input: (T,) or (batch, T).

    input: complex, (frequencies, windows) or (batch, frequencies, windows). length: how many
    elements to give. RuntimeError for sizes that do not fit, and where all windows are zero.
    """
    if not input.is_complex() or input.ndim not in (2, 3) or input.numel() == 0:
        raise RuntimeError(
            "istft(): the input is complex, (frequencies, windows) or (batch, frequencies, "
            f"windows), and not empty; it is {list(input.shape)} of {input.dtype}")
    spectrum = input if input.ndim == 3 else input.unsqueeze(0)
    frequencies, count = spectrum.shape[1:]
    onesided = frequencies != n_fft if onesided is None else onesided
    wanted = n_fft // 2 + 1 if onesided else n_fft
    if frequencies != wanted:
        raise RuntimeError(f"istft(): {frequencies} frequencies, but n_fft={n_fft} and "
                           f"onesided={onesided} make {wanted}")
    hop = n_fft // 4 if hop_length is None else hop_length
    if not 0 < hop <= (n_fft if win_length is None else win_length):
        raise RuntimeError(f"istft(): hop_length is {hop}, it must be 1 to win_length")
    if return_complex and onesided:
        raise RuntimeError("istft(): half of the frequencies (onesided) make a real signal")
    if not return_complex and window is not None and window.is_complex():
        raise RuntimeError("istft(): a complex window makes a complex signal: return_complex=True")
    shape = _window("istft", input, window, n_fft, win_length)
    if shape is None:
        shape = FACE["ones"](n_fft, dtype=input.real.dtype, device=input.device)
    norm = _ROOT if normalized else _BY_COUNT
    spectrum = spectrum.transpose(1, 2)
    if return_complex:
        frames = fourier._fft_c2c(spectrum, [2], norm, False)
    else:
        frames = fourier._fft_c2r(spectrum[..., : n_fft // 2 + 1], [2], norm, n_fft)
    whole = n_fft + hop * (count - 1)
    signal = _overlapped(frames * shape, whole, hop)
    envelope = _overlapped((shape * shape).expand(1, count, n_fft), whole, hop)
    first = n_fft // 2 if center else 0
    last = whole - n_fft // 2 if center else whole
    if length is not None:
        last = first + length
    envelope = envelope[:, first:last]
    if envelope.numel() == 0 or not bool(envelope.abs().min() > _LEAST):
        raise RuntimeError("istft(): somewhere all windows are zero: the signal can't be told")
    signal = signal[:, first:last] / envelope
    if length is not None and signal.shape[1] < length:
        warnings.warn("istft(): the signal is shorter than length, and filled up with zeros",
                      UserWarning, stacklevel=2)
        signal = constant_pad_nd(signal, [0, length - signal.shape[1]], 0)
    return signal if input.ndim == 3 else signal.squeeze(0)
