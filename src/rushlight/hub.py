"""`torch.hub`: models from elsewhere. Nothing is fetched here, and no fetched code is run.

Source: https://docs.pytorch.org/docs/stable/hub.html
"""

from __future__ import annotations

import os
from typing import Any, NoReturn

__all__ = [
    "download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url",
    "set_dir",
]

_directory: str | None = None


def get_dir() -> str:
    """The folder for what was downloaded: set, or $TORCH_HOME/hub, or ~/.cache/torch/hub."""
    if _directory is not None:
        return _directory
    cache = os.environ.get("XDG_CACHE_HOME", os.path.join("~", ".cache"))
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return os.path.join(os.path.expanduser(home), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Set the folder."""
    global _directory
    _directory = os.path.expanduser(d)


def _no(name: str) -> NoReturn:
    raise NotImplementedError(
        f"torch.hub.{name} is not supported: nothing is fetched from the network. Download the "
        "checkpoint and give its path to torch.load")


def load(repo_or_dir: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError: it would run code that was fetched."""
    _no("load")


def list(github: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError: it would run code that was fetched."""
    _no("list")


def help(github: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError: it would run code that was fetched."""
    _no("help")


def load_state_dict_from_url(url: str, *args: Any, **kwargs: Any) -> Any:
    """What lies in `get_dir()/checkpoints` under the name of the file; NotImplementedError if
    nothing does.

    model_dir: another folder. file_name: another name. map_location, weights_only: as for
    `torch.load`.
    """
    from urllib.parse import urlparse

    from rushlight.serialization.reading import load

    names = ("model_dir", "map_location", "progress", "check_hash", "file_name", "weights_only")
    given = dict(zip(names, args, strict=False)) | kwargs
    folder = given.get("model_dir") or os.path.join(get_dir(), "checkpoints")
    name = given.get("file_name") or os.path.basename(urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        raise NotImplementedError(
            f"torch.hub.load_state_dict_from_url: there is no {path}, and nothing is fetched from "
            f"the network. Download {url} to it")
    return load(path, map_location=given.get("map_location"))


def download_url_to_file(url: str, dst: str, *args: Any, **kwargs: Any) -> NoReturn:
    """NotImplementedError."""
    _no("download_url_to_file")
