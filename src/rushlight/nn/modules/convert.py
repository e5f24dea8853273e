"""Changing all of a module at once: its dtype, its mode, its gradients."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self

from rushlight.autograd.modes import no_grad
from rushlight.nn.modules.tree import Tree
from rushlight.nn.parameter import Parameter
from rushlight.ops import convert
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


class Convertible(Tree):
    """What a Module does to all its parameters and buffers."""

    training: bool

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every parameter, gradient and buffer by what `fn` makes of it.

        A parameter stays the same object where its new values fit it, so that optimizers which
        hold it go on working.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, parameter in self._parameters.items():
            if parameter is None:
                continue
            with no_grad():
                values = fn(parameter)
                gradient = None if parameter.grad is None else fn(parameter.grad)
            if values.device == parameter.device:
                parameter._grad = None
                parameter.data = values
                kept = parameter
            else:
                kept = Parameter(values, parameter.requires_grad)
                self._parameters[name] = kept
            if gradient is not None:
                kept._grad = gradient.requires_grad_(gradient.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move the parameters and buffers, in place: `to(device)`, `to(dtype)`, `to(tensor)`.

        A dtype is for those that are floating-point or complex; TypeError for any other dtype.
        Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.to
        """
        unknown = kwargs.keys() - {"device", "dtype", "non_blocking", "memory_format", "tensor"}
        if unknown:
            raise TypeError(f"to() knows no {', '.join(sorted(unknown))}")
        if "tensor" in kwargs:
            args = (*args, kwargs.pop("tensor"))
        dtype, device = convert._target(args, kwargs)
        dtype = None if dtype is None else dtypes.as_dtype(dtype)
        if dtype is not None and dtype.category < dtypes.FLOATING:
            raise TypeError(
                f"Module.to() takes a floating-point or complex dtype, not {dtype}: parameters are "
                "such numbers")
        if dtype is not None and dtype.is_complex:
            warnings.warn(
                "a module with complex parameters: not every module can compute with them",
                stacklevel=2)
        options = {} if device is None else {"device": devices.usable(device)}
        format = kwargs.get("memory_format")

        def moved(tensor: Tensor) -> Tensor:
            wanted = dict(options)
            if dtype is not None and tensor.dtype.category >= dtypes.FLOATING:
                wanted["dtype"] = dtype
            if format is not None and tensor.dim() in (4, 5):
                wanted["memory_format"] = format
            return tensor.to(**wanted) if wanted else tensor

        return self._apply(moved)

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers to a dtype, or a type's name."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def _floating_to(self, dtype: dtypes.dtype) -> Self:
        return self._apply(
            lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)

    def float(self) -> Self:
        """Convert floating-point parameters and buffers to float32."""
        return self._floating_to(dtypes.float32)

    def double(self) -> Self:
        """Convert floating-point parameters and buffers to float64."""
        return self._floating_to(dtypes.float64)

    def half(self) -> Self:
        """Convert floating-point parameters and buffers to float16."""
        return self._floating_to(dtypes.float16)

    def bfloat16(self) -> Self:
        """Convert floating-point parameters and buffers to bfloat16."""
        return self._floating_to(dtypes.bfloat16)

    def cpu(self) -> Self:
        """This module: it is on the CPU."""
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self, device: Any = None) -> Self:
        """RuntimeError: there is no CUDA device here."""
        return self.to("cuda")

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Move to another device without the values: what they are is not said."""
        return self._apply(lambda tensor: tensor.new_empty(tensor.shape, device=device), recurse)

    def share_memory(self) -> Self:
        """Move parameters and buffers to memory that other processes can see, in place."""
        return self._apply(lambda tensor: tensor.share_memory_())

    # --- training

    def train(self, mode: bool = True) -> Self:
        """Training mode (or with False evaluation mode), which dropout and the like look at."""
        if not isinstance(mode, bool):
            raise ValueError(f"train() takes True or False, not {mode!r}")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Evaluation mode: `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Whether gradients of the parameters are collected."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or with `set_to_none=False` fill them with zeros."""
        for parameter in self.parameters():
            gradient = parameter._grad
            if set_to_none or gradient is None:
                parameter._grad = None
            else:
                gradient._node = None  # out of a graph, should `create_graph` have made one
                gradient.zero_()
