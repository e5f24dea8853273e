"""How numbers are computed. Knows arrays, not tensors."""
