"""Rushlight against PyTorch, side by side: `make bench`."""
