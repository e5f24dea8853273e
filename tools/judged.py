"""What an outside judge found: a program that runs PyTorch's operator database on a module.

    python judge.py --module rushlight --checks ... --json found.json

`section(found)` says in Markdown how many operators agree, and names each that does not, with the
reason. A record without one in `REASONS` is said to have none.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TITLE = "## PyTorch's operator database"
CHECKS = ("forward", "grad", "gradgrad", "errors", "inplace", "out", "method")
WRONG_BESSEL = (
    "PyTorch is off by up to 7e-7 in float64, where Rushlight is within 4e-16 of mpmath")
UNTOUCHED = "PyTorch leaves `out` untouched and returns another tensor"
NO_COMPLEX32 = "there is no complex dtype of two float16"
FLAT = "zero, where the gradient is None here and zeros there"
REASONS = {
    "chalf": NO_COMPLEX32,
    "__rdiv__": "TypeError, where PyTorch looks for an attribute: AttributeError",
    "as_strided_scatter": "what is written over gets no gradient; PyTorch's lets it through, which "
                          "finite differences deny",
    "cat": "an `out` whose elements share memory is not refused where it has to be resized",
    "fft.ihfft2": UNTOUCHED,
    "fft.ihfftn": UNTOUCHED,
    "special.bessel_j0": WRONG_BESSEL,
    "special.bessel_y1": WRONG_BESSEL,
    "native_group_norm": "the mean and the scale carry no second gradient",
    "native_layer_norm": "the mean and the scale carry no second gradient",
    "nn.functional.grid_sample": FLAT,
    "grid_sampler_2d": FLAT,
    "nn.functional.linear_cross_entropy/chunked": "PyTorch's loss in chunks has no second gradient "
                                                  "there, ours is whole and has one",
    "linalg.norm/subgradients_at_zero": "finite, where PyTorch gives nan",
    "masked.logaddexp": "0 where both terms are masked, where PyTorch gives nan",
}


def run(judge: str) -> dict[str, Any]:
    """The judge's findings about `rushlight`."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "found.json"
        subprocess.run(
            [sys.executable, judge, "--module", "rushlight", "--jobs", "2", "--checks",
             ",".join(CHECKS), "--json", str(found)], check=True)
        read: dict[str, Any] = json.loads(found.read_text())
        return read


def section(found: dict[str, Any]) -> str:
    """The findings as a section of a page."""
    totals = found["totals"]
    scores = [f"| {check} | {totals[check]['pass']} of {totals[check]['all']} |"
              for check in CHECKS]
    failing = []
    for name, record in sorted(found["ops"].items()):
        failed = [check for check in CHECKS
                  if record["checks"].get(check, {}).get("state") in ("fail", "missing")]
        if failed:
            reason = REASONS.get(name, "no reason written")
            failing.append(f"| `{name}` | {', '.join(failed)} | {reason} |")
    return "\n".join([
        TITLE, "",
        f"PyTorch {found['torch']}'s own samples and error inputs (OpInfo), each run on both.", "",
        "| check | operators that agree |", "| --- | ---: |", *scores, "",
        "| does not agree | check | reason |", "| --- | --- | --- |", *failing])


def kept(page: Path) -> str:
    """The section as the page has it, for a run without the judge."""
    text = page.read_text() if page.exists() else ""
    if TITLE not in text:
        return ""
    return TITLE + text.split(TITLE, 1)[1].split("\n## ", 1)[0].rstrip()
