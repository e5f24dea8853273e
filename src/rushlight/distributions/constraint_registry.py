"""From unconstrained numbers to a constraint: `biject_to` and `transform_to`.

`biject_to(constraint)` is a bijection onto it, for densities; `transform_to(constraint)` any smooth
map onto it, for optimising.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rushlight.distributions import constraints as c
from rushlight.distributions import transforms as t

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]


class ConstraintRegistry:
    """What transform leads to each kind of constraint."""

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], t.Transform]] = {}

    def register(self, constraint: Any, factory: Any = None) -> Any:
        """Have `factory(constraint)` called for constraints of this class; also a decorator.

        TypeError for what is no constraint.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, c.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, c.Constraint):
            raise TypeError(f"a Constraint or a class of them is needed, not {constraint!r}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: c.Constraint) -> Any:
        """The transform. NotImplementedError where none is registered."""
        factory = self._registry.get(type(constraint))
        if factory is None:
            raise NotImplementedError(
                f"no transform leads to constraints of class {type(constraint).__name__}")
        return factory(constraint)


biject_to = ConstraintRegistry()
transform_to = ConstraintRegistry()


def _for_both(*kinds: type) -> Callable[[Any], Any]:
    def decorate(factory: Any) -> Any:
        for kind in kinds:
            biject_to.register(kind, factory)
            transform_to.register(kind, factory)
        return factory

    return decorate


@_for_both(c._Real)
def _to_real(constraint: Any) -> t.Transform:
    return t.identity_transform


@_for_both(c._GreaterThan, c._GreaterThanEq)
def _to_greater_than(constraint: Any) -> t.Transform:
    return t.ComposeTransform([t.ExpTransform(), t.AffineTransform(constraint.lower_bound, 1)])


@_for_both(c._LessThan)
def _to_less_than(constraint: Any) -> t.Transform:
    return t.ComposeTransform([t.ExpTransform(), t.AffineTransform(constraint.upper_bound, -1)])


@_for_both(c._HalfOpenInterval, c._Interval)
def _to_interval(constraint: Any) -> t.Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and (low, high) == (0, 1):
        return t.SigmoidTransform()
    return t.ComposeTransform([t.SigmoidTransform(), t.AffineTransform(low, high - low)])


@_for_both(c._CorrCholesky)
def _to_corr_cholesky(constraint: Any) -> t.Transform:
    return t.CorrCholeskyTransform()


biject_to.register(c._Simplex, lambda constraint: t.StickBreakingTransform())
transform_to.register(c._Simplex, lambda constraint: t.SoftmaxTransform())
transform_to.register(c._LowerCholesky, lambda constraint: t.LowerCholeskyTransform())
for _kind in (c._PositiveDefinite, c._PositiveSemidefinite):
    transform_to.register(_kind, lambda constraint: t.PositiveDefiniteTransform())


def _made_of_others(registry: ConstraintRegistry) -> None:
    """Constraints on parts lead to transforms of parts."""
    registry.register(c._IndependentConstraint, lambda constraint: t.IndependentTransform(
        registry(constraint.base_constraint), constraint.reinterpreted_batch_ndims))
    registry.register(c._Cat, lambda constraint: t.CatTransform(
        [registry(each) for each in constraint.cseq], constraint.dim, constraint.lengths))
    registry.register(c._Stack, lambda constraint: t.StackTransform(
        [registry(each) for each in constraint.cseq], constraint.dim))


_made_of_others(biject_to)
_made_of_others(transform_to)
