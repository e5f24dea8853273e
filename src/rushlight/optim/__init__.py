"""`torch.optim`: optimisers, and schedules of their learning rates."""

import importlib
from typing import Any

from rushlight.optim import lr_scheduler
from rushlight.optim.adam import Adam, Adamax, AdamW, NAdam, RAdam, SparseAdam
from rushlight.optim.adaptive import ASGD, Adadelta, Adagrad, RMSprop, Rprop
from rushlight.optim.factored import Adafactor, Muon
from rushlight.optim.lbfgs import LBFGS
from rushlight.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from rushlight.optim.sgd import SGD


def __getattr__(name: str) -> Any:
    """`swa_utils`, which needs modules: on first use."""
    if name == "swa_utils":
        return importlib.import_module("rushlight.optim.swa_utils")
    raise AttributeError(
        f"rushlight.optim has no {name!r}: if PyTorch has it, it is not here yet")
