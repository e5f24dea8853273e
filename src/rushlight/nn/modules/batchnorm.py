"""Layers that standardize channels over a batch, and keep running statistics of them."""

from __future__ import annotations

from typing import Any, ClassVar

from rushlight.autograd.modes import no_grad
from rushlight.nn import functional as F
from rushlight.nn import init
from rushlight.nn.modules.lazy import LazyModuleMixin
from rushlight.nn.modules.module import Module
from rushlight.nn.parameter import Parameter
from rushlight.nn.uninitialized import UninitializedBuffer, UninitializedParameter
from rushlight.ops.op import FACE
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


class _NormBase(Module):
    """Weight, bias and running statistics: (num_features), or None where not wanted.

    affine: weight and bias; track_running_stats: running_mean, running_var and how many batches
    they have seen. momentum: how far the running ones move each time; None for a plain average.
    """

    _version = 2
    dims: ClassVar[tuple[int, ...]] = ()  # how many the input may have
    num_features: int
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
        affine: bool = True, track_running_stats: bool = True, device: Any = None,
        dtype: Any = None, *, bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._make_members(affine and bias, device, dtype)
        self.reset_parameters()

    def _make_members(self, bias: bool, device: Any, dtype: Any) -> None:
        count, empty = self.num_features, FACE["empty"]
        for name, wanted in (("weight", self.affine), ("bias", bias)):
            self.register_parameter(
                name, Parameter(empty(count, device=device, dtype=dtype)) if wanted else None)
        for name, fill in (("running_mean", "zeros"), ("running_var", "ones")):
            self.register_buffer(
                name, FACE[fill](count, device=device, dtype=dtype)
                if self.track_running_stats else None)
        self._make_counter(device)

    def _make_counter(self, device: Any) -> None:
        counter = FACE["tensor"](0, dtype=dtypes.int64, device=device)
        self.register_buffer(
            "num_batches_tracked", counter if self.track_running_stats else None)

    def reset_running_stats(self) -> None:
        """Forget what was seen: mean 0, variance 1, no batches."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Give the weight ones, the bias zeros, and forget what was seen."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        """ValueError for an input of other dims."""
        if self.dims and input.dim() not in self.dims:
            wanted = " or ".join(map(str, self.dims))
            raise ValueError(
                f"{type(self).__name__}: input has {wanted} dims, not {input.dim()}")

    def extra_repr(self) -> str:
        """The settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}")

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any
    ) -> None:
        """Older states have no count of batches."""
        version, name = local_metadata.get("version", None), prefix + "num_batches_tracked"
        if (version is None or version < 2) and self.track_running_stats and (
            name not in state_dict
        ):
            held = self.num_batches_tracked
            state_dict[name] = FACE["tensor"](0, dtype=dtypes.int64) if held is None else held
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class _BatchNorm(_NormBase):
    """Batch normalization."""

    def forward(self, input: Tensor) -> Tensor:
        """The input, standardized: by its own statistics in training or if none are kept."""
        self._check_input_dim(input)
        share = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                share = 1.0 / float(self.num_batches_tracked)
        own = self.training or (self.running_mean is None and self.running_var is None)
        keeps = not self.training or self.track_running_stats
        return F.batch_norm(
            input, self.running_mean if keeps else None, self.running_var if keeps else None,
            self.weight, self.bias, own, share, self.eps)


class BatchNorm1d(_BatchNorm):
    """`batch_norm` of (batch, channels) or (batch, channels, length).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
    """

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """`batch_norm` of (batch, channels, height, width).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
    """

    dims = (4,)


class BatchNorm3d(_BatchNorm):
    """`batch_norm` of (batch, channels, depth, height, width).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm3d.html
    """

    dims = (5,)


class SyncBatchNorm(_BatchNorm):
    """`batch_norm` of at least 2 dims over the batches of all processes; here there is just one.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
        affine: bool = True, track_running_stats: bool = True, process_group: Any = None,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() < 2:
            raise ValueError(f"SyncBatchNorm: input has at least 2 dims, not {input.dim()}")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with every batch normalization in it made a SyncBatchNorm."""
        made = module
        if isinstance(module, _BatchNorm):
            made = cls(
                module.num_features, module.eps, module.momentum, module.affine,
                module.track_running_stats, process_group, bias=module.bias is not None)
            with no_grad():
                for name in ("weight", "bias", "running_mean", "running_var",
                             "num_batches_tracked"):
                    setattr(made, name, getattr(module, name))
            made.training = module.training
        for name, child in module.named_children():
            made.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return made


# --- lazy ones


class _LazyNormBase(LazyModuleMixin, _NormBase):
    """A normalization that takes `num_features` from its first input."""

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Any = None, dtype: Any = None, *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _make_members(self, bias: bool, device: Any, dtype: Any) -> None:
        for name, wanted in (("weight", self.affine), ("bias", bias)):
            self.register_parameter(
                name, UninitializedParameter(device=device, dtype=dtype) if wanted else None)
        for name in ("running_mean", "running_var"):
            self.register_buffer(
                name, UninitializedBuffer(device=device, dtype=dtype)
                if self.track_running_stats else None)
        self._make_counter(device)

    def reset_parameters(self) -> None:
        """Give the weight ones and the bias zeros, once they have a shape."""
        if self.num_features and not self.has_uninitialized_params():
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Make weight, bias and statistics for this input."""
        if not self.has_uninitialized_params():
            return
        self._check_input_dim(input)
        self.num_features = input.shape[1]
        for each in (self.weight, self.bias, self.running_mean, self.running_var):
            if each is not None:
                each.materialize((self.num_features,))
        self.reset_parameters()


class LazyBatchNorm1d(_LazyNormBase, BatchNorm1d):
    """A `BatchNorm1d` that takes `num_features` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm1d.html
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNormBase, BatchNorm2d):
    """A `BatchNorm2d` that takes `num_features` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm2d.html
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNormBase, BatchNorm3d):
    """A `BatchNorm3d` that takes `num_features` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyBatchNorm3d.html
    """

    cls_to_become = BatchNorm3d
