"""The switches and small rooms that programs touch: they answer, and refuse by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rushlight as torch


def test_rooms_are_opened_on_first_use():
    code = (
        "import sys, rushlight; rooms = [f'rushlight.{each}' for each in "
        "'amp compiler cpu hub jit masked multiprocessing overrides version nn'.split()]; "
        "assert not any(each in sys.modules for each in rooms); "
        "[getattr(rushlight, each.partition('.')[2]) for each in rooms]; "
        "assert all(each in sys.modules for each in rooms)")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_precision_and_determinism():
    assert torch.get_float32_matmul_precision() == "highest"
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_float32_matmul_precision("highest")
    with pytest.warns(UserWarning, match="bogus"):
        torch.set_float32_matmul_precision("bogus")
    torch.set_deterministic_debug_mode("warn")
    assert torch.get_deterministic_debug_mode() == 2
    for mode, error in (("x", RuntimeError), (5, RuntimeError), (1.5, TypeError)):
        with pytest.raises(error, match="debug_mode"):
            torch.set_deterministic_debug_mode(mode)
    torch.set_warn_always(True)
    assert torch.is_warn_always_enabled()
    torch.set_warn_always(False)
    assert not torch.set_flush_denormal(False)


def test_backends_devices_and_version():
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.benchmark = False
    assert not torch.backends.mkldnn.is_available() and torch.backends.cudnn.version() is None
    assert torch.get_device_module("cpu") is torch.cpu is torch.get_device_module()
    assert torch.get_device_module(torch.device("cpu")).current_device() == "cpu"
    with pytest.raises(RuntimeError, match="xla"):
        torch.get_device_module("xla")
    assert torch.version.cuda is None and torch.version.__version__ == torch.__version__


def test_hub(tmp_path):
    torch.hub.set_dir(tmp_path)
    assert torch.hub.get_dir() == str(tmp_path)
    with pytest.raises(NotImplementedError, match=r"torch\.hub\.load"):
        torch.hub.load("pytorch/vision", "resnet18")
    with pytest.raises(NotImplementedError, match="Download"):
        torch.hub.load_state_dict_from_url("https://example.org/a/model.pt")
    (tmp_path / "checkpoints").mkdir()
    torch.save({"x": torch.ones(2)}, tmp_path / "checkpoints" / "model.pt")
    found = torch.hub.load_state_dict_from_url("https://example.org/a/model.pt", progress=False)
    assert found["x"].tolist() == [1, 1]


def test_overrides():
    class Base:
        @classmethod
        def __torch_function__(cls, function, types, args, kwargs=None):
            return NotImplemented if args == ("unknown",) else (cls.__name__, len(types))

    class Derived(Base):
        pass

    overrides = torch.overrides
    assert overrides.is_tensor_like(Base()) and overrides.is_tensor_like(torch.ones(1))
    assert overrides.has_torch_function((1, Base())) and not overrides.has_torch_function((1,))
    both = (Base(), Derived())
    assert overrides.handle_torch_function(torch.add, both, 1) == ("Derived", 2)
    with pytest.raises(TypeError, match="Derived, Base"):
        overrides.handle_torch_function(torch.add, both, "unknown")
    assert overrides.is_tensor_method_or_property(torch.Tensor.backward)


def test_parallel():
    module = torch.nn.Linear(2, 1)
    made = torch.nn.DataParallel(module)
    assert list(made.state_dict()) == ["module.weight", "module.bias"]
    x = torch.ones(3, 2)
    assert torch.equal(made(x), module(x))
    assert torch.equal(torch.nn.parallel.data_parallel(module, x), module(x))
    with pytest.raises(NotImplementedError, match="DistributedDataParallel"):
        torch.nn.parallel.DistributedDataParallel(module)
