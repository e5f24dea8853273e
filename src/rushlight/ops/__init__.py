"""What can be computed: one row per op, one file per family. Start with `op.py`."""
