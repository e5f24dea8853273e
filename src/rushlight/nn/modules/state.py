"""`state_dict` and `load_state_dict`: a module's values by their dotted names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rushlight.nn.modules.tree import Tree
else:
    Tree = object


class Stateful(Tree):
    """What a Module saves and takes back."""
