"""A branch in code without branches: a formula for rare numbers, computed only if there are any.

LLVM's vectoriser computes both sides of a choice. But it takes one call for N numbers where a
function says that it has a variant for N numbers, and what is written for vectors may branch. The
variants are inlined after the vectoriser has taken them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rushlight.engine.vector_writer import SUFFIXES, Value, Writer, choose, constant

# How many numbers LLVM may take at a time, the widest registers last.
_LANES: Final = {"float": (4, 8, 16), "double": (2, 4, 8)}

# The usual value, or the rare formula's: one by one, for LLVM to make vectors of, then N at a time.
# Hidden, not internal: they must outlast LLVM's search for unused functions until they are called,
# and keep all their parameters, or the variants would no longer fit.
_EITHER: Final = """\
define hidden {kind} {symbol}({parameters}) #0 {attributes} {{
{test}
  br i1 %any, label %rare, label %usual, !prof !{{!"branch_weights", i32 1, i32 1000}}
rare:
{widened}
  %wide = call {wide} {rare}({given})
  %result = {narrowed}
  ret {kind} %result
usual:
  ret {kind} %value
}}
"""
_TEST_OF_ONE: Final = "  %any = fcmp ogt {type} %size, {limit}"
_TEST_OF_MANY: Final = """\
  %which = fcmp ogt <{lanes} x {type}> %size, splat ({type} {limit})
  %bits = bitcast <{lanes} x i1> %which to i{lanes}
  %any = icmp ne i{lanes} %bits, 0"""


def unless(
    rare: str, size: Value, limit: float, usual: Value, formula: Callable[..., Value],
    *operands: Value,
) -> Value:
    """`usual` where the size isn't above the limit, and the formula of the operands elsewhere.

    `rare` names the formula; all are of one type.
    """
    type, symbol = usual.type, f"@rl.{rare}.{SUFFIXES[usual.type]}"
    names = ("%size", "%value", *(f"%operand{i}" for i in range(len(operands))))
    writer = Writer(_LANES[type][-1])
    needed = usual.writer.needed
    if symbol not in needed:
        formal = [Value(writer, type, name) for name in names]
        result = choose(formal[0] > limit, formula(*formal[2:]), formal[1])
        kind = writer.text(type)
        needed |= writer.needed
        needed[symbol] = "\n".join([
            f"define internal {kind} {symbol}({', '.join(each.text for each in formal)}) #0 "
            "noinline willreturn memory(none) {",
            *writer.lines,
            f"  ret {kind} {result.name}",
            "}",
            *(_either(symbol, type, lanes, writer.lanes, limit, names)
              for lanes in (1, *_LANES[type])),
        ])
    given = ", ".join(each.text for each in (size, usual, *operands))
    variants = ",".join(
        f"_ZGV_LLVM_N{lanes}{'v' * len(names)}_{symbol[1:]}.x1({symbol[1:]}.x{lanes})"
        for lanes in _LANES[type])
    return usual.writer.write(
        type, f'call {type} {symbol}.x1({given}) "vector-function-abi-variant"="{variants}"')


def _either(
    symbol: str, type: str, lanes: int, widest: int, limit: float, names: tuple[str, ...]
) -> str:
    """The function that branches, for so many numbers."""
    one, vector, wide = lanes == 1, f"<{lanes} x {type}>", f"<{widest} x {type}>"
    kind = type if one else vector
    there = ", ".join(f"i32 {i if i < lanes else 0}" for i in range(widest))
    back = ", ".join(f"i32 {i}" for i in range(lanes))
    widened = []
    for name in names:
        if one:
            widened.append(f"  {name}.0 = insertelement {vector} poison, {type} {name}, i64 0")
        source = f"{name}.0" if one else name
        widened.append(f"  {name}.wide = shufflevector {vector} {source}, {vector} poison, "
                       f"<{widest} x i32> <{there}>")
    return _EITHER.format(
        attributes="noinline willreturn memory(none)" if one else "alwaysinline",
        kind=kind, symbol=f"{symbol}.x{lanes}", rare=symbol, wide=wide,
        parameters=", ".join(f"{kind} {name}" for name in names),
        test=(_TEST_OF_ONE if one else _TEST_OF_MANY).format(
            type=type, lanes=lanes, limit=constant(type, limit)),
        widened="\n".join(widened),
        given=", ".join(f"{wide} {name}.wide" for name in names),
        narrowed=f"extractelement {wide} %wide, i64 0" if one else (
            f"shufflevector {wide} %wide, {wide} poison, <{lanes} x i32> <{back}>"),
    )
