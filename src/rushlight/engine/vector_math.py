"""Mathematical functions as LLVM IR, which LLVM turns into code for 16 numbers at a time.

C's own functions take one number a call, so a loop with such calls stays a loop over single
numbers. These are polynomials and choices, and call only LLVM's intrinsics: inlined into a loop
they become vector instructions. For numbers that are rare, such as large angles, there may be
another formula behind a branch (`vector_branches.py`). They need fused multiply-add (on x86 the
processors since 2013), and neither fast-math flags nor another rounding than the usual one.

Invariant: float32 results are within 1 unit in the last place of the exact value for every
input, float64 results within 2; zeros' signs, infinities and NaN are as in NumPy. Remainders are
exact. The units are the larger term's for logaddexp and, in float64, for lgamma of what's negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rushlight.engine import vector_angles as angles
from rushlight.engine import vector_errors as errors
from rushlight.engine import vector_exponentials as exponentials
from rushlight.engine import vector_gamma as gamma
from rushlight.engine import vector_roots as roots
from rushlight.engine.vector_writer import SUFFIXES, Value, Writer

Formula = Callable[..., Value]


def _in_double(formula: Formula, *settings: str) -> Formula:
    """The float32 function that computes in float64 and rounds at the end."""
    return lambda *operands: formula(*(x.wide for x in operands), *settings).narrow


# name: the formula for float, the one for double, and how many operands they take.
_FUNCTIONS: Final[dict[str, tuple[Formula, Formula, int]]] = {
    "exp": (exponentials.exp, exponentials.exp, 1),
    "exp2": (exponentials.exp2, exponentials.exp2, 1),
    "expm1": (exponentials.expm1_32, exponentials.expm1_64, 1),
    "log": (exponentials.log, exponentials.log, 1),
    "log2": (exponentials.log2, exponentials.log2, 1),
    "log10": (exponentials.log10, exponentials.log10, 1),
    "log1p": (exponentials.log1p, exponentials.log1p, 1),
    "sinh": (_in_double(exponentials.sinh, "narrow"), exponentials.sinh, 1),
    "cosh": (_in_double(exponentials.cosh, "narrow"), exponentials.cosh, 1),
    "tanh": (exponentials.tanh32, exponentials.tanh64, 1),
    "arcsinh": (exponentials.arcsinh32, exponentials.arcsinh64, 1),
    "arccosh": (exponentials.arccosh32, exponentials.arccosh64, 1),
    "arctanh": (exponentials.arctanh32, exponentials.arctanh64, 1),
    "power": (exponentials.power32, exponentials.power64, 2),
    "logaddexp": (exponentials.logaddexp, exponentials.logaddexp, 2),
    "sin": (angles.sin32, angles.sin64, 1),
    "cos": (angles.cos32, angles.cos64, 1),
    "tan": (angles.tan32, angles.tan64, 1),
    "arcsin": (angles.arcsin, angles.arcsin, 1),
    "arccos": (angles.arccos, angles.arccos, 1),
    "arctan": (angles.arctan, angles.arctan, 1),
    "arctan2": (angles.arctan2, angles.arctan2, 2),
    "erf": (errors.erf32, errors.erf64, 1),
    "erfc": (errors.erfc32, errors.erfc64, 1),
    "hypot": (roots.hypot32, roots.hypot64, 2),
    "lgamma": (_in_double(gamma.lgamma), gamma.lgamma, 1),
    "fmod": (roots.fmod, roots.fmod, 2),
    "remainder": (roots.remainder, roots.remainder, 2),
}


def has(name: str, type: str) -> bool:
    """Is there such a function of "float" or "double"?"""
    return name in _FUNCTIONS and type in SUFFIXES


def symbol(name: str, type: str) -> str:
    """What LLVM IR calls the function: @rl.exp.f32."""
    return f"@rl.{name}.{SUFFIXES[type]}"


def source(wanted: Iterable[tuple[str, str]]) -> str:
    """LLVM IR of the functions (name, "float" or "double"), each once, and of their tables.

    The intrinsics aren't declared: whoever puts a module together declares each that it finds.
    """
    functions: list[str] = []
    needed: dict[str, str] = {}
    for name, type in dict.fromkeys(wanted):
        writer = Writer()
        functions.append(_definition(writer, name, type))
        needed |= writer.needed
    return "\n".join([*needed.values(), *functions])


def _definition(writer: Writer, name: str, type: str) -> str:
    of_float, of_double, count = _FUNCTIONS[name]
    formula = of_float if type == "float" else of_double
    operands = [Value(writer, type, operand) for operand in ("%x", "%y")[:count]]
    result = formula(*operands)
    listed = ", ".join(f"{type} {operand.name}" for operand in operands)
    return "\n".join(
        [
            f"define internal {type} {symbol(name, type)}({listed}) "
            "alwaysinline nounwind willreturn memory(none) {",
            *writer.lines,
            f"  ret {type} {result.name}",
            "}\n",
        ]
    )
