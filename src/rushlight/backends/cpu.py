"""`torch.backends.cpu`: what the processor can do is LLVM's to find out."""


def get_cpu_capability() -> str:
    """The name DEFAULT: kernels are made for the processor at hand, whichever it is."""
    return "DEFAULT"
