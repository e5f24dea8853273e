"""`torch.utils.tensorboard`: what a program tells of itself, for TensorBoard to show.

The files are written by tensorboardX, the extra `rushlight[tensorboard]`; `tensorboard`, which
shows them, is a program of its own. Source: https://docs.pytorch.org/docs/stable/tensorboard.html
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any

import numpy as np

from rushlight.tensor.tensor import Tensor


class SummaryWriter:
    """Writes events to a file in `log_dir`: by default a new folder in `runs/` for each run.

    Besides the methods here there are add_scalars, add_histogram, add_histogram_raw, add_image,
    add_image_with_boxes, add_figure, add_video, add_audio, add_text, add_embedding, add_pr_curve,
    add_pr_curve_raw, add_mesh and add_custom_scalars, with PyTorch's parameters; all take tensors.
    Events are written when `max_queue` wait, every `flush_secs` seconds, and by `flush()` and
    `close()`. `purge_step` hides events of a run before from that step on. Raises ImportError
    without tensorboardX.
    Source: https://docs.pytorch.org/docs/stable/tensorboard.html#torch.utils.tensorboard.writer.SummaryWriter
    """

    def __init__(
        self, log_dir: Any = None, comment: str = "", purge_step: int | None = None,
        max_queue: int = 10, flush_secs: int = 120, filename_suffix: str = "",
    ):
        self.log_dir = None if log_dir is None else str(log_dir)
        self._writer = _library().SummaryWriter(
            self.log_dir, comment, purge_step, max_queue, flush_secs, filename_suffix)
        self.log_dir = self._writer.logdir

    def get_logdir(self) -> str | None:
        """The folder that it writes to."""
        return self.log_dir

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: int | None = None,
        walltime: float | None = None, new_style: bool = False, double_precision: bool = False,
    ) -> None:
        """A number at a step. The two styles are PyTorch's; they make no difference here."""
        self._writer.add_scalar(tag, _plain(scalar_value), _plain(global_step), walltime)

    def add_images(
        self, tag: str, img_tensor: Any, global_step: int | None = None,
        walltime: float | None = None, dataformats: str = "NCHW",
    ) -> None:
        """Images beside each other: a tensor with `dataformats`, or a list of tensors without N."""
        images = _plain(img_tensor)
        if isinstance(images, list):
            images, dataformats = np.stack(images), "N" + dataformats.replace("N", "")
        self._writer.add_images(tag, images, _plain(global_step), walltime, dataformats)

    def add_hparams(
        self, hparam_dict: dict[str, Any], metric_dict: dict[str, Any],
        hparam_domain_discrete: dict[str, list[Any]] | None = None, run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """Settings, and what came of them, as a run of its own. Domains are not written."""
        self._writer.add_hparams(
            _plain(hparam_dict), _plain(metric_dict), run_name, _plain(global_step))

    def add_graph(self, *args: Any, **kwargs: Any) -> None:
        """NotImplementedError: a model is not traced here."""
        raise NotImplementedError("SummaryWriter.add_graph(): models are not traced here")

    def flush(self) -> None:
        """Write what waits."""
        self._writer.flush()

    def close(self) -> None:
        """Write what waits, and close the file."""
        self._writer.close()

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        """The other methods that add: the library's, given arrays for tensors."""
        if not name.startswith("add_"):
            raise AttributeError(f"SummaryWriter has no {name!r}")
        method = getattr(self._writer, name)

        @functools.wraps(method)
        def add(*args: Any, **kwargs: Any) -> None:
            method(*_plain(args), **_plain(kwargs))

        return add


def _plain(value: Any) -> Any:
    """The value with NumPy's arrays for tensors, and numbers for tensors of one element."""
    if isinstance(value, Tensor):
        value = value.detach()
        if value.dtype.is_floating_point and value.dtype.itemsize < 4:
            value = value.float()  # it knows NumPy's own dtypes only
        return value.item() if value.ndim == 0 else value.numpy()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value


def _library() -> Any:
    """tensorboardX; it would import PyTorch if it is there, and has no need to."""
    hidden = "tensorboardX" not in sys.modules and "torch" not in sys.modules
    if hidden:
        sys.modules["torch"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        return importlib.import_module("tensorboardX")
    except ImportError as error:
        raise ImportError(
            "torch.utils.tensorboard needs tensorboardX: pip install 'rushlight[tensorboard]'",
            name="tensorboardX") from error
    finally:
        if hidden:
            del sys.modules["torch"]
