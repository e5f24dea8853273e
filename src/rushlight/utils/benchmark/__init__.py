"""`torch.utils.benchmark`: time statements, and compare.

Source: https://docs.pytorch.org/docs/stable/benchmark_utils.html
"""

from rushlight.utils.benchmark.compare import Compare
from rushlight.utils.benchmark.measurement import Measurement, TaskSpec, select_unit
from rushlight.utils.benchmark.timer import Timer, timer

__all__ = ["Compare", "Measurement", "TaskSpec", "Timer", "select_unit", "timer"]
