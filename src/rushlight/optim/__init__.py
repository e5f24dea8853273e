"""`torch.optim`: optimisers, and schedules of their learning rates."""

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
