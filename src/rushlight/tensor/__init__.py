"""What a tensor is. Knows no ops. Start with `tensor.py`."""
