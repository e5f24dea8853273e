"""Native loops over a row, a vector at a time: sums in several lanes and chains, in one order."""

from __future__ import annotations

from collections.abc import Callable

from rushlight.engine import attention_tiles as vectors
from rushlight.engine.function_writer import Value, repeat, variable, when
from rushlight.engine.products_vectors import Lanes

_CHAINS = 4  # sums at a time, or each addition waits for the last


def over(lanes: Lanes, width: Value, do: Callable[[Value, int, Value | None], None]) -> None:
    """Do something with each vector of a row: (bytes from its start, chain, mask or None)."""
    step = lanes.count * _CHAINS
    turns = width // step
    with repeat(turns) as i:
        for chain in range(_CHAINS):
            do(i * (step * lanes.bytes) + chain * lanes.width, chain, None)
    done = turns * step
    whole = (width - done) // lanes.count
    with repeat(whole) as i:
        do(done * lanes.bytes + i * lanes.width, 0, None)
    rest = width % lanes.count
    with when(rest.differs(0)):
        do((width - rest) * lanes.bytes, 0, lanes.first(rest))


def read(lanes: Lanes, place: Value, mask: Value | None) -> Value:
    """The vector there; under the mask, if there is one, and zeros."""
    return lanes.load(place) if mask is None else lanes.load_some(place, mask)


def write(lanes: Lanes, value: Value, place: Value, mask: Value | None) -> None:
    """Write the vector there; under the mask, if there is one."""
    if mask is None:
        lanes.store(value, place)
    else:
        lanes.store_some(value, place, mask)


def sums(
    lanes: Lanes, width: Value, terms: Callable[[Value, Value | None], list[Value]], count: int
) -> list[Value]:
    """The sums of so many terms over a row, each in every lane."""
    sums = [[variable(lanes.vector, lanes.zero()) for _ in range(_CHAINS)] for _ in range(count)]

    def add(at: Value, chain: int, mask: Value | None) -> None:
        for each, term in zip(sums, terms(at, mask), strict=True):
            each[chain].set(lanes.add(each[chain].value, term))

    over(lanes, width, add)
    made = []
    for a, b, c, d in sums:
        whole = lanes.add(lanes.add(a.value, b.value), lanes.add(c.value, d.value))
        made.append(vectors.spread(lanes, lanes.total(whole)))
    return made
