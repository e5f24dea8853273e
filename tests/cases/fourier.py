"""Fourier transforms, those of windows over a signal, and the windows."""

from . import c, case, error, f, lib

for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    at = f"fft.{name}"
    signal = f(3, 5) if name in ("rfft", "ihfft") else c(3, 5)
    case(at, signal)
    case(at, signal, n=4, dim=0, norm="ortho")
    case(at, signal, 7, norm="forward")
    error(at, signal, n=0)
    error(at, signal, dim=2)
    error(at, signal, norm="backwards")
    for several in ("2", "n"):
        case(at + several, signal)
        case(at + several, signal, s=(2, 6), norm="ortho")
    case(at + "n", signal, dim=(-1,), norm="forward")
    error(at + "n", signal, s=(2,), dim=(0, 1))
    error(at + "n", signal, dim=(1, 1))
case("fft.fft", f(6)), case("fft.ifft", f(2, 3)), case("fft.hfft", f(4)), case("fft.irfft", f(4))
case("fft.fftn", f(2, 3, 2), dim=(0, 2))
error("fft.rfft", c(4))
error("fft.fft", f())
for d in (1.0, 0.5):
    case("fft.fftfreq", 5, d), case("fft.rfftfreq", 6, d)
case("fft.fftshift", f(3, 4)), case("fft.fftshift", f(3, 4), dim=1)
case("fft.ifftshift", f(3, 5)), case("fft.ifftshift", f(3, 5), dim=(0,))

WINDOW = f([0.25, 1.0, 0.75, 0.5], dtype="float32")
case("stft", f(12, dtype="float32"), 4, return_complex=True)
case("stft", f(2, 12, dtype="float32"), 6, 2, 4, WINDOW, normalized=True, return_complex=True)
case("stft", f(12, dtype="float32"), 4, 3, center=False, onesided=False, return_complex=True)
case("stft", c(12), 4, pad_mode="constant")
case("Tensor.stft", f(9, dtype="float64"), 4, return_complex=True)
error("stft", f(12, dtype="float32"), 4)
error("stft", f(12, dtype="float32"), 20, center=False, return_complex=True)
error("stft", f(12, dtype="float32"), 4, 0, return_complex=True)
error("stft", f(12, dtype="float32"), 4, None, 3, WINDOW, return_complex=True)
error("stft", c(12), 4, onesided=True)
error("stft", f(2, 2, 12, dtype="float32"), 4, return_complex=True)
case("istft", c(3, 5), 4)
case("istft", c(2, 3, 5), 4, 2, 4, WINDOW, length=7)
case("istft", c(4, 5), 4, 2, return_complex=True, normalized=True)
error("istft", f(3, 5, dtype="float32"), 4)
error("istft", c(4, 5), 4, onesided=True)
case("istft", c(3, 5), 4, 2, 4, WINDOW, center=False, length=40)

OPTIONS = {
    "bartlett": {}, "blackman": {}, "cosine": {}, "exponential": {"tau": 2.0},
    "gaussian": {"std": 1.5}, "general_cosine": {"a": [0.5, 0.3, 0.2]},
    "general_hamming": {"alpha": 0.6}, "hamming": {}, "hann": {}, "kaiser": {"beta": 3.0},
    "nuttall": {},
}
for name, options in OPTIONS.items():
    for count in (0, 1, 6):
        case(f"signal.windows.{name}", count, **options)
        case(f"signal.windows.{name}", count, sym=False, dtype=lib.float64, **options)
    error(f"signal.windows.{name}", -1, **options)
    error(f"signal.windows.{name}", 4, dtype=lib.int64, **options)
case("signal.windows.exponential", 6, center=2.0, sym=False)
error("signal.windows.exponential", 6, tau=0.0)
error("signal.windows.exponential", 6, center=1.0)
error("signal.windows.gaussian", 6, std=-1.0)
error("signal.windows.kaiser", 6, beta=-1.0)
error("signal.windows.general_cosine", 6, a=[])
error("signal.windows.general_cosine", 6, a=1.0)
for name in ("bartlett", "blackman", "hamming", "hann", "kaiser"):
    case(f"{name}_window", 6), case(f"{name}_window", 6, False, dtype=lib.float64)
    case(f"{name}_window", 1)
    error(f"{name}_window", -1)
    error(f"{name}_window", 4, dtype=lib.int64)
