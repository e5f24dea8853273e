"""Pruning: some elements of a parameter held at zero by a mask.

A pruned `weight` is `weight_orig` (the parameter) times `weight_mask` (a buffer), computed before
each call by a hook, the pruning method. Pruned again, only what is left is looked at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from rushlight.nn.modules.module import Module
from rushlight.ops.op import FACE
from rushlight.tensor.memory import contiguous_format
from rushlight.tensor.tensor import Tensor


class BasePruningMethod(ABC):
    """A way to choose what is pruned: a subclass defines `compute_mask`.

    `PRUNING_TYPE` says what it may look at once some is pruned: "unstructured" (the elements that
    are left), "structured" (the rows that are left) or "global" (everything).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.BasePruningMethod.html
    """

    PRUNING_TYPE = "unstructured"
    _tensor_name: str

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask for scores `t`: `default_mask` (what is left) with more zeros."""

    def apply_mask(self, module: Any) -> Any:
        """The original times the mask."""
        original = getattr(module, self._tensor_name + "_orig")
        return getattr(module, self._tensor_name + "_mask").to(original.dtype) * original

    @classmethod
    def apply(
        cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune `module.name` by this method, made of the further arguments; gives the hook.

        importance_scores: what is compared, in place of the values. AssertionError where their
        shape isn't that of the parameter.
        """
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        before = _hook_of(module, name)
        if before is not None:
            key, held = before
            if not isinstance(held, PruningContainer):
                held = PruningContainer(held)
            held.add_pruning_method(method)
            method = held
        parameter = getattr(module, name)
        scores = parameter if importance_scores is None else importance_scores
        if scores.shape != parameter.shape:
            raise AssertionError(
                f"importance_scores have shape {list(scores.shape)}, and {name!r} has "
                f"{list(parameter.shape)}: they must be equal")
        if before is None:
            left = FACE["ones_like"](parameter, memory_format=contiguous_format)
        else:
            left = getattr(module, name + "_mask").detach().clone(memory_format=contiguous_format)
        mask = method.compute_mask(scores, left)
        if before is None:
            del module._parameters[name]
            module.register_parameter(name + "_orig", parameter)
        else:
            del module._forward_pre_hooks[key]
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """`t` with zeros where this method prunes it; nothing is registered."""
        scores = t if importance_scores is None else importance_scores
        if scores.shape != t.shape:
            raise AssertionError("importance_scores must have the shape of the tensor")
        left = FACE["ones_like"](t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, left)

    def remove(self, module: Any) -> None:
        """Make the pruned tensor an ordinary parameter, whose zeros are only values."""
        name = self._tensor_name
        value = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original = module._parameters.pop(name + "_orig")
        original.data = value.data
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods, one after the other, for one tensor."""

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if args:
            first = args[0] if not isinstance(args[0], Iterable) else next(iter(args[0]))
            self._tensor_name = first._tensor_name
            for method in args if len(args) > 1 or not isinstance(args[0], Iterable) else args[0]:
                self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add a method. TypeError for what is none, ValueError for one of another tensor."""
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is no pruning method")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                f"a method for {method._tensor_name!r} can't join those for {self._tensor_name!r}")
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: Any) -> Any:
        return self._pruning_methods[index]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """What the last method prunes of what is left."""
        method = self._pruning_methods[-1]
        mask = default_mask.clone()
        part: Any
        if method.PRUNING_TYPE == "unstructured":
            part = mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = method.dim % t.dim()  # type: ignore[attr-defined]
            others = [each for each in range(t.dim()) if each != dim]
            part = (slice(None),) * dim + (mask.sum(others) != 0,)
        elif method.PRUNING_TYPE == "global":
            part = (slice(None),) * t.dim()
        else:
            raise ValueError(f"there is no pruning type {method.PRUNING_TYPE!r}")
        mask[part] = method.compute_mask(t[part], mask[part]).to(mask.dtype)
        return mask


class Identity(BasePruningMethod):
    """Prunes nothing, but registers a mask."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """What is left."""
        return default_mask


class _Amount(BasePruningMethod):
    """A method that prunes so many, or such a part, of what it looks at."""

    def __init__(self, amount: Any) -> None:
        if not isinstance(amount, (int, float)):
            raise TypeError(f"amount is an int or a float, not {amount!r}")
        if amount < 0 or (isinstance(amount, float) and amount > 1):
            raise ValueError(
                f"amount is a number of elements, or a part between 0.0 and 1.0, not {amount}")
        self.amount = amount

    def _count(self, size: int) -> int:
        """How many of `size` are pruned; ValueError if there are not so many."""
        if isinstance(self.amount, int) and self.amount > size:
            raise ValueError(f"amount={self.amount} is more than there are, {size}")
        return self.amount if isinstance(self.amount, int) else round(self.amount * size)


def _without(mask: Any, indices: Any) -> Any:
    mask = mask.clone(memory_format=contiguous_format)
    mask.view(-1)[indices] = 0
    return mask


class RandomUnstructured(_Amount):
    """Prunes elements at random."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """What is left without those."""
        count = self._count(t.numel())
        if not count:
            return default_mask.clone()
        return _without(default_mask, FACE["rand_like"](t).view(-1).topk(count).indices)

    @classmethod
    def apply(cls, module: Any, name: str, amount: Any) -> Any:  # type: ignore[override]
        """Prune `module.name`."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(_Amount):
    """Prunes the elements of the smallest absolute values."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """What is left without those."""
        count = self._count(t.numel())
        if not count:
            return default_mask.clone()
        least = t.detach().abs().reshape(-1).topk(count, largest=False)
        return _without(default_mask, least.indices)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: Any, importance_scores: Any = None
    ) -> Any:
        """Prune `module.name`."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class _Structured(_Amount):
    """A method that prunes whole rows along a dim."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def _rows(self, t: Any) -> tuple[int, int]:
        """How many rows there are, and how many are pruned."""
        if t.dim() <= 1:
            raise ValueError(
                f"structured pruning is for 2 or more dims, this tensor has {t.dim()}")
        if self.dim >= t.dim():
            raise IndexError(f"dim is {self.dim}, and the tensor has {t.dim()} dims")
        size = t.shape[self.dim]
        return size, self._count(size)

    def _keep(self, t: Any, default_mask: Any, rows: Any) -> Any:
        mask = FACE["zeros_like"](t)
        mask[(slice(None),) * (self.dim % t.dim()) + (rows,)] = 1
        return mask * default_mask


class RandomStructured(_Structured):
    """Prunes rows along a dim at random."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """What is left without those."""
        size, count = self._rows(t)
        if not count:
            return default_mask
        drawn = FACE["rand"](size)
        limit = drawn.kthvalue(count).values
        return self._keep(t.detach(), default_mask, drawn > limit)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: Any, dim: int = -1
    ) -> Any:
        """Prune `module.name`."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(_Structured):
    """Prunes the rows along a dim that have the smallest norms, of order `n`."""

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """What is left without those."""
        size, count = self._rows(t)
        if not count:
            return default_mask
        others = [each for each in range(t.dim()) if each != self.dim % t.dim()]
        norms = t.detach().norm(p=self.n, dim=others)
        return self._keep(t.detach(), default_mask, norms.topk(size - count).indices)

    @classmethod
    def apply(  # type: ignore[override]
        cls, module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None
    ) -> Any:
        """Prune `module.name`."""
        return super().apply(
            module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes by a mask that is given."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """What is left without the mask's zeros. AssertionError for a mask of another shape."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"a mask of shape {list(self.mask.shape)} is not for a tensor of shape "
                f"{list(default_mask.shape)}")
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, mask: Any) -> Any:  # type: ignore[override]
        """Prune `module.name`."""
        return super().apply(module, name, mask=mask)


def _hook_of(module: Any, name: str) -> tuple[int, BasePruningMethod] | None:
    for key, hook in module.__dict__.get("_forward_pre_hooks", {}).items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            return key, hook
    return None


# --- what users call

def identity(module: Any, name: str) -> Any:
    """Give `module.name` a mask that prunes nothing; gives the module, as all of these do."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """Prune `amount` elements (an int), or that part of them (a float), at random.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.random_unstructured.html
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: Any, name: str, amount: Any, importance_scores: Any = None
) -> Any:
    """Prune the elements of the smallest absolute values.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.l1_unstructured.html
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """Prune rows along `dim` at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None
) -> Any:
    """Prune the rows along `dim` of the smallest norms of order `n`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.ln_structured.html
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """Prune where `mask` is zero."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Any, pruning_method: Any, importance_scores: Any = None, **kwargs: Any
) -> None:
    """Prune several parameters, given as pairs of module and name, as if they were one.

    importance_scores: a dict from such pairs to scores. TypeError for what is no iterable, no dict,
    or no unstructured method.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.global_unstructured.html
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured() takes pairs of module and name")
    if importance_scores is not None and not isinstance(importance_scores, dict):
        raise TypeError("importance_scores is a dict from pairs of module and name to scores")
    pairs, given = list(parameters), importance_scores or {}
    flat, masks = [], []
    for pair in pairs:
        tensor = getattr(*pair)
        flat.append(given.get(pair, tensor).detach().reshape(-1))
        left = getattr(pair[0], pair[1] + "_mask", None)
        masks.append((FACE["ones_like"](tensor) if left is None else left).reshape(-1))
    container = PruningContainer()
    container._tensor_name = "all of them"
    method = pruning_method(**kwargs)
    method._tensor_name = container._tensor_name
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(f"{pruning_method} is not unstructured: only such methods prune globally")
    container.add_pruning_method(method)
    found, begin = container.compute_mask(FACE["cat"](flat), FACE["cat"](masks)), 0
    for module, name in pairs:
        tensor = getattr(module, name)
        end = begin + tensor.numel()
        custom_from_mask(module, name, found[begin:end].view_as(tensor))
        begin = end


def remove(module: Any, name: str) -> Any:
    """Make pruning permanent: the tensor is a parameter again. ValueError if it isn't pruned."""
    found = _hook_of(module, name)
    if found is None:
        raise ValueError(f"{name!r} of {type(module).__name__} is not pruned")
    key, hook = found
    hook.remove(module)
    del module._forward_pre_hooks[key]
    return module


def is_pruned(module: Module) -> bool:
    """Whether a tensor of this module, or of one below it, is pruned."""
    return any(
        isinstance(hook, BasePruningMethod)
        for _, below in module.named_modules()
        for hook in below.__dict__.get("_forward_pre_hooks", {}).values())
