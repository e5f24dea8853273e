"""Short programs see here what they see in PyTorch: see `tests/probes`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from probes import FAMILIES, collect, observe

import rushlight as torch

GOLDEN = Path(__file__).parent / "golden" / "probes"
PROBES = [(family, name) for family in FAMILIES for name in collect(family)]


def differences(ours, theirs, place=""):
    """Where two observations differ, as lines."""
    if type(ours) is dict and type(theirs) is dict and ours.keys() == theirs.keys():
        return [x for key in ours for x in differences(ours[key], theirs[key], f"{place}.{key}")]
    if type(ours) is list and type(theirs) is list and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [x for i, pair in pairs for x in differences(*pair, f"{place}[{i}]")]
    if type(ours) is float or type(theirs) is float:
        try:
            if math.isclose(ours, theirs, rel_tol=2e-5, abs_tol=2e-6):
                return []
        except TypeError:
            pass
    return [] if ours == theirs else [f"{place}: {ours!r}, in PyTorch {theirs!r}"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("family", "name"), PROBES)
def test_what_is_seen_is_what_pytorch_sees(family, name):
    recorded = json.loads((GOLDEN / f"{family}.json").read_text())[name]
    found = differences(observe(torch, collect(family)[name]), recorded)
    assert not found, "\n".join(found[:10])
