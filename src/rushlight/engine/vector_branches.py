"""A branch in code without branches: a formula for rare numbers, computed only if there are any.

LLVM's vectoriser computes both sides of a choice. But it takes one call for N numbers where a
function says that it has a variant for N numbers, and what is written for vectors may branch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rushlight.engine.vector_writer import Value, Writer, constant

_WIDTHS: Final = (2, 4, 8, 16)

# The numbers one by one, for LLVM to make vectors of.
_SCALAR: Final = """\
define internal float @rl.{name}.far.f32(float %x) alwaysinline nounwind willreturn memory(none) {{
{lines}
  ret float {far}
}}
define internal float @rl.{name}.either.f32(float %x, float %near) #0 noinline willreturn \
memory(none) {{
  %size = call float @llvm.fabs.f32(float %x)
  %is_far = fcmp ogt float %size, {limit}
  br i1 %is_far, label %far, label %near_enough
far:
  %result = call float @rl.{name}.far.f32(float %x)
  ret float %result
near_enough:
  ret float %near
}}
define internal void @rl.{name}.replace(ptr noalias %from, ptr noalias %to, i64 %n) #0 noinline {{
start:
  br label %next
next:
  %i = phi i64 [0, %start], [%j, %next]
  %p = getelementptr float, ptr %from, i64 %i
  %x = load float, ptr %p
  %far = call float @rl.{name}.far.f32(float %x)
  %size = call float @llvm.fabs.f32(float %x)
  %is_far = fcmp ogt float %size, {limit}
  %q = getelementptr float, ptr %to, i64 %i
  %near = load float, ptr %q
  %result = select i1 %is_far, float %far, float %near
  store float %result, ptr %q
  %j = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %next, label %end
end:
  ret void
}}
"""

# The rare case is a function of its own, so that the usual one needs no memory. `hidden`: the
# variants must outlast LLVM's search for unused functions until the vectoriser calls them.
_VECTOR: Final = """\
define internal {vector} @rl.{name}.mixed.x{n}({vector} %x, {vector} %near) #0 noinline {{
  %from = alloca {vector}
  %to = alloca {vector}
  store {vector} %x, ptr %from
  store {vector} %near, ptr %to
  call void @rl.{name}.replace(ptr %from, ptr %to, i64 {n})
  %result = load {vector}, ptr %to
  ret {vector} %result
}}
define hidden {vector} @rl.{name}.either.x{n}({vector} %x, {vector} %near) #0 noinline {{
  %size = call {vector} @llvm.fabs.v{n}f32({vector} %x)
  %is_far = fcmp ogt {vector} %size, splat (float {limit})
  %which = bitcast <{n} x i1> %is_far to i{n}
  %any = icmp ne i{n} %which, 0
  br i1 %any, label %far, label %near_enough
far:
  %result = tail call {vector} @rl.{name}.mixed.x{n}({vector} %x, {vector} %near)
  ret {vector} %result
near_enough:
  ret {vector} %near
}}
"""


def unless_far(
    x: Value, limit: float, near: Value, name: str, formula: Callable[[Value], Value]
) -> Value:
    """`near` for a float x of at most this size, and the formula's value for any other."""
    writer = Writer()
    far = formula(Value(writer, "float", "%x"))
    known = {"name": name, "limit": constant("float", limit)}
    text = _SCALAR.format(lines="\n".join(writer.lines), far=far.name, **known)
    for n in _WIDTHS:
        text += _VECTOR.format(vector=f"<{n} x float>", n=n, **known)
    x.writer.tables |= writer.tables | {f"@rl.{name}.either": text}
    variants = ",".join(
        f"_ZGV_LLVM_N{n}vv_rl.{name}.either.f32(rl.{name}.either.x{n})" for n in _WIDTHS
    )
    return x.writer.write(
        "float",
        f"call float @rl.{name}.either.f32(float {x.name}, float {near.name}) "
        f'"vector-function-abi-variant"="{variants}"',
    )
