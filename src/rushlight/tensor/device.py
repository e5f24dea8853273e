"""Devices: where a tensor's memory lies. `cpu`, and `meta`, which has shapes but no memory."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

_KNOWN = (
    "cpu", "cuda", "meta", "mps", "xpu", "hip", "xla", "vulkan", "mkldnn", "ideep", "opengl",
    "opencl", "fpga", "maia", "hpu", "lazy", "ve", "mtia", "privateuseone", "ipu",
)
_FORM = re.compile(r"([a-z_]+)(?::(\d+))?")


class device:
    """A device by name (`device("cpu")`, `device("cuda:0")`) or by type and index.

    Any name PyTorch knows can be written down; only tensors on `cpu` and `meta` can be made.
    Raises RuntimeError for a name that is no device.
    Source: https://pytorch.org/docs/stable/tensor_attributes.html#torch-device
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any = None, index: int | None = None):
        if isinstance(type, device):
            self.type, self.index = type.type, type.index  # type: ignore[has-type]
            return
        if isinstance(type, int):
            raise RuntimeError(f"device {type} names an accelerator, and there is none here")
        found = _FORM.fullmatch(type) if isinstance(type, str) else None
        if not isinstance(type, str):
            raise TypeError(f"a device is named by a string, not {type!r}")
        if found is None or found[1] not in _KNOWN:
            raise RuntimeError(f"{type!r} is not a device: use 'cpu' or 'meta'")
        if found[2] is not None and index is not None:
            raise RuntimeError(f"{type!r} carries an index already: leave out index={index}")
        self.type = found[1]
        self.index = int(found[2]) if found[2] is not None else index

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        _defaults.append(usable(self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _defaults.pop()


CPU = device("cpu")
META = device("meta")
_defaults = [CPU]


def usable(value: Any) -> device:
    """`value` as a device that tensors can be on; None is the default device.

    Raises RuntimeError where this machine or this version has no such device.
    """
    if value is None:
        return _defaults[-1]
    chosen = value if isinstance(value, device) else device(value)
    if chosen.type == "cuda":
        raise AssertionError(
            "there is no CUDA device here: write device='cpu', or choose with "
            "torch.cuda.is_available()")
    if chosen.type not in ("cpu", "meta"):
        raise RuntimeError(
            f"no {chosen.type} device here: rushlight computes on 'cpu' (and knows 'meta'). "
            f"Write device='cpu', or choose with torch.cuda.is_available()"
        )
    return CPU if chosen.type == "cpu" else META


def set_default_device(value: Any) -> None:
    """Make new tensors on `value` unless they name a device; None restores the CPU."""
    _defaults[:] = [CPU if value is None else usable(value)]


def get_default_device() -> device:
    """The device that new tensors are made on."""
    return _defaults[-1]
