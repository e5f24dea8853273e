"""`DataParallel`: a batch shared out over several GPUs; with none, the module itself."""

from __future__ import annotations

from typing import Any, NoReturn

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


def data_parallel(
    module: Module, inputs: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """The module's result: there are no GPUs here to share the batch out to."""
    given = inputs if isinstance(inputs, tuple) else () if inputs is None else (inputs,)
    return module(*given, **(module_kwargs or {}))


class DistributedDataParallel:
    """NotImplementedError: gradients are not yet averaged over processes here."""

    def __init__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            "nn.parallel.DistributedDataParallel is not here yet: gradients are not averaged over "
            "processes")
