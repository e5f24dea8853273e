"""Reasons: why a case line leaves a check out, where more than one family has the same reason."""

EMPTY = "PyTorch looks for a kernel of the dtype only when there are elements"
HALF = "the complex dtype of two float16 is experimental in PyTorch"
ROUNDED = "PyTorch rounds what it has halfway to this dtype"
TIES = "which of the equal elements an index names is left open"
UNDEFINED = "which of nan and infinity a derivative gives there depends on how it is written"
