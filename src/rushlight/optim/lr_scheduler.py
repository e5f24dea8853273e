"""Schedules of the learning rate: `torch.optim.lr_scheduler`.

A scheduler writes `lr` into the optimiser's groups at each `step()`, once after every epoch, say.
Most are a factor on what the rate was the step before, so that what others did to it stays.
Source: https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from rushlight.optim.plateau import ReduceLROnPlateau
from rushlight.optim.schedule import LRScheduler
from rushlight.optim.schedules import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from rushlight.optim.schedules_in_cycles import CyclicLR, OneCycleLR
from rushlight.optim.schedules_of_schedules import ChainedScheduler, SequentialLR
