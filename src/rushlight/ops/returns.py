"""Several results under names: what `max(dim)`, `sort` and others return.

    torch.return_types.max(
    values=tensor([3., 4.]),
    indices=tensor([1, 0]))

Invariant: each is a plain tuple to whoever unpacks it; the names only read from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from rushlight.ops.op import FACE


class Results(tuple[Any, ...]):
    """A tuple whose fields have names; made of one sequence, as `Results((values, indices))`."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def __new__(cls, fields: Iterable[Any]) -> Results:
        made = super().__new__(cls, fields)
        if len(made) != len(cls.__match_args__):
            raise TypeError(
                f"{cls.__name__} holds {', '.join(cls.__match_args__)}: not {len(made)} values")
        return made

    # Unchecked, for the rows.
    _make: Any = classmethod(tuple.__new__)

    def __repr__(self) -> str:
        named = zip(self.__match_args__, self, strict=True)
        fields = ",\n".join([f"{name}={value!r}" for name, value in named])
        return f"{self.__module__}.{type(self).__name__}(\n{fields})"


def results(name: str, *fields: str) -> Any:
    """The class `torch.return_types.<name>` with these fields."""
    body: dict[str, Any] = {
        "__slots__": (), "__match_args__": fields, "__module__": "torch.return_types",
        "__doc__": f"What `{name}` returns: {', '.join(fields)}.",
        "n_fields": len(fields), "n_sequence_fields": len(fields), "n_unnamed_fields": 0,
    }
    for place, field in enumerate(fields):
        body[field] = property(itemgetter(place), doc=f"Result {place}.")
    made = FACE[f"return_types.{name}"] = type(name, (Results,), body)
    return made
