"""x * 2**n, rounded once also where that's subnormal or infinite.

Some processors have an instruction for it; for others it is two products. Functions call it by
name, and `native.py` adds the definition that suits its processor: so a kernel's text is the same
on all of them, and so is every result.
"""

from __future__ import annotations

from rushlight.engine.vector_writer import LAYOUTS, SUFFIXES, Value, Writer, choose


def times_two_to(x: Value, shifted: Value) -> Value:
    """x * 2**n, with n in the low bits of a shifted number."""
    symbol = f"@rl.times_two_to.{SUFFIXES[x.type]}"
    return x.writer.write(x.type, f"call {x.type} {symbol}({x.text}, {shifted.text})")


def two_to(shifted: Value) -> Value:
    """2**n, where n is in the low bits of a shifted number. It must give a normal number."""
    layout = shifted.layout
    return ((shifted.bits << layout.mantissa) + layout.one_bits).number


def source(has_instruction: bool) -> str:
    """What `times_two_to` calls, for both types."""
    text = ""
    for type in SUFFIXES:
        writer = Writer()
        x, shifted = (Value(writer, type, name) for name in ("%x", "%shifted"))
        result = (_by_instruction if has_instruction else _by_products)(x, shifted)
        text += "\n".join([
            f"define internal {type} @rl.times_two_to.{SUFFIXES[type]}({x.text}, {shifted.text}) "
            "alwaysinline nounwind willreturn memory(none) {",
            *writer.lines,
            f"  ret {type} {result.name}",
            "}\n",
        ])
    return text


def _by_instruction(x: Value, shifted: Value) -> Value:
    n = shifted.bits - LAYOUTS[x.type].magic_bits
    if n.type == "i64":
        n = n.writer.write("i32", f"trunc {n.text} to i32")
    call = f"call {x.type} @llvm.ldexp.{SUFFIXES[x.type]}.i32({x.text}, {n.text})"
    return x.writer.write(x.type, call)


def _by_products(x: Value, shifted: Value) -> Value:
    # 2**n itself may be neither, so its place is taken by two factors.
    layout = x.layout
    up = float(layout.mantissa * 4)
    small = shifted < layout.magic + (layout.mantissa + 2 - layout.bias)
    shifted = shifted + choose(small, x.like(up), -1.0)
    return x * two_to(shifted) * choose(small, x.like(2.0**-up), 2.0)
