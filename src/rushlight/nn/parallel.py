"""`DataParallel`: a batch shared out over several GPUs; with none, the module itself."""

from __future__ import annotations

from typing import Any

from rushlight.nn.modules.module import Module


class DataParallel(Module):
    """Calls the module it holds: there are no GPUs here to share the batch out to.

    The arguments but `module` are not looked at. Names in the `state_dict` begin with "module.".
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module, self.dim = module, dim
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's result."""
        return self.module(*inputs, **kwargs)


DataParallel.__module__ = "torch.nn.parallel"
