"""Native functions from LLVM IR, and the cache of their objects on disk."""

from __future__ import annotations

import ctypes
import errno
import io
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rushlight.engine import native, object_cache

needs_llvm = pytest.mark.skipif(not native.available(), reason="LLVM is not available here")
KEY = "toolchain/0123456789abcdef"
DATA = bytes(range(256)) * 5


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, which does not exist yet."""
    monkeypatch.setenv("RUSHLIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def python(code: str, **environment: str) -> str:
    """What another process prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def adding(number: int) -> str:
    return f"define i64 @add(i64 %x) #0 {{\n  %y = add i64 %x, {number}\n  ret i64 %y\n}}\n"


def call(address: int, *arguments: int) -> int:
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * len(arguments))(address)(*arguments)


def entries(folder: Path) -> list[Path]:
    return [each for each in folder.glob("kernels/*/*") if each.is_file()]


# ---- compiling


@needs_llvm
def test_function_runs() -> None:
    assert call(native.compile(adding(37), ["add"])["add"], 5) == 42


@needs_llvm
def test_intrinsics_need_no_declaration() -> None:
    ir = """
    define i64 @most(i64 %a, i64 %b) #0 {
      %one = insertelement <4 x i64> zeroinitializer, i64 %a, i64 1
      %two = insertelement <4 x i64> %one, i64 %b, i64 2
      %all = call i64 @llvm.vector.reduce.smax.v4i64(<4 x i64> %two)
      %root = call double @llvm.sqrt.f64(double 9.0)
      %three = fptosi double %root to i64
      %sum = add i64 %all, %three
      ret i64 %sum
    }"""
    assert call(native.compile(ir, ["most"])["most"], 7, 12) == 15


@needs_llvm
def test_symbols_are_bound() -> None:
    callback = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(lambda x: x * 10)
    word = ctypes.c_int64(4)
    ir = """
    declare i64 @given(i64)
    @word = external global i64
    define i64 @both(i64 %x) #0 {
      %y = call i64 @given(i64 %x)
      %w = load i64, ptr @word
      %z = add i64 %y, %w
      ret i64 %z
    }"""
    symbols = {
        "given": ctypes.cast(callback, ctypes.c_void_p).value or 0,
        "word": ctypes.addressof(word),
    }
    assert call(native.compile(ir, ["both"], symbols)["both"], 3) == 34
    other = ctypes.c_int64(5)  # the same text, bound otherwise
    symbols["word"] = ctypes.addressof(other)
    assert call(native.compile(ir, ["both"], symbols)["both"], 3) == 35


@needs_llvm
def test_a_double_becomes_a_half_on_processors_without_an_instruction_for_it() -> None:
    ir = """
        define void @halve(ptr %from, ptr %to) #0 {
          %x = load double, ptr %from
          %y = fptrunc double %x to half
          store half %y, ptr %to
          ret void
        }
    """
    call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(
        native.compile(ir, ["halve"])["halve"])
    given, made = ctypes.c_double(-1.5), ctypes.c_uint16()
    call(ctypes.addressof(given), ctypes.addressof(made))
    assert made.value == 0xBE00


@needs_llvm
def test_loops_are_vectorised() -> None:
    ir = """
    define i64 @scale(ptr noalias %a, i64 %n) #0 {
    start:
      br label %next
    next:
      %i = phi i64 [0, %start], [%j, %next]
      %p = getelementptr float, ptr %a, i64 %i
      %v = load float, ptr %p
      %w = fmul float %v, 3.0
      store float %w, ptr %p
      %j = add i64 %i, 1
      %more = icmp slt i64 %j, %n
      br i1 %more, label %next, label %end
    end:
      ret i64 0
    }"""
    tools = native._toolchain()
    module = tools.llvm.parse_assembly(tools.head + ir + tools.tail)
    native._optimise(tools, module)
    width = 16 if "+avx512f" in tools.llvm.get_host_cpu_features().flatten() else 4
    assert f"<{width} x float>" in str(module)
    numbers = (ctypes.c_float * 37)(*range(37))
    call(native.compile(ir, ["scale"])["scale"], ctypes.addressof(numbers), 37)
    assert list(numbers) == [3.0 * i for i in range(37)]


@needs_llvm
@pytest.mark.parametrize(
    ("ir", "word"),
    [("define void @add(", "expected type"), ("define i64 @add() { ret i64 %x }", "undefined")],
)
def test_bad_text_is_told(ir: str, word: str) -> None:
    with pytest.raises(RuntimeError, match=word):
        native.compile(ir, ["add"])
    assert call(native.compile(adding(1), ["add"])["add"], 1) == 2


@needs_llvm
def test_missing_name_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError):
        native.compile(adding(2), ["subtract"])
    capfd.readouterr()  # LLVM says it there too


@needs_llvm
def test_same_text_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSHLIGHT_CACHE", "0")
    made = []
    emit = native._emit
    monkeypatch.setattr(native, "_emit", lambda *given: made.append(1) or emit(*given))
    results: list[int] = []

    def work() -> None:
        for number in range(100, 104):
            results.append(call(native.compile(adding(number), ["add"])["add"], -number))  # noqa: PERF401

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert results == [0] * 16
    assert len(made) == 4


@needs_llvm
def test_first_calls_are_quick() -> None:
    native.compile(adding(1000), ["add"])
    times = []
    for number in range(1001, 1006):
        start = time.perf_counter()
        native.compile(adding(number), ["add"])
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


@needs_llvm
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_child_of_fork_compiles_while_the_parent_does() -> None:
    code = """
        import os, threading
        from rushlight.engine import native
        from test_native import adding, call
        stop = False
        def work():
            number = 0
            while not stop:
                number += 1
                native.compile(adding(number), ["add"])
        thread = threading.Thread(target=work)
        thread.start()
        for turn in range(5):
            child = os.fork()
            if child == 0:
                os._exit(call(native.compile(adding(-turn), ["add"])["add"], turn))
            assert os.waitpid(child, 0)[1] == 0
        stop = True
        thread.join()
    """
    python(code, PYTHONPATH=os.pathsep.join([str(Path(__file__).parent), *sys.path]))


# ---- whether there is a compiler


def test_turned_off() -> None:
    code = "from rushlight.engine import native; print(native.available())"
    assert python(code, RUSHLIGHT_JIT="0") == "False"


@pytest.mark.parametrize("name", ["llvmlite", "llvmlite.binding"])
def test_without_llvmlite(name: str) -> None:
    code = f"""
        import sys
        sys.modules[{name!r}] = None
        from rushlight.engine import native
        print(native.available(), native.available())
    """
    assert python(code) == "False False"


def test_with_llvmlite_of_old() -> None:
    code = """
        import sys
        from unittest.mock import MagicMock
        sys.modules["llvmlite"] = MagicMock(__version__="0")
        sys.modules["llvmlite.binding"] = binding = MagicMock()
        binding.get_host_cpu_features().flatten.return_value = ""
        from rushlight.engine import native
        for binding.llvm_version_info in [(15, 0, 7), (20, 1, 0)]:
            print(native.available())
            native.available.cache_clear()
    """
    assert python(code) == "False\nTrue"


def test_import_is_lazy() -> None:
    code = "import sys, rushlight.engine.pool; print('llvmlite' in sys.modules)"
    assert python(code) == "False"


# ---- other processes

COMPILE = """
    import time
    from rushlight.engine import native
    from test_native import adding, call
    native.compile(adding(1), ["add"])
    start = time.perf_counter()
    assert call(native.compile(adding(2), ["add"])["add"], 40) == 42
    print(time.perf_counter() - start)
"""
NO_COMPILER = """
    from rushlight.engine import native
    def _emit(*_): raise AssertionError("compiled again")
    native._emit = _emit
"""


def compiled(code: str = COMPILE) -> float:
    """The time that another process takes for its second function."""
    return float(python(code, PYTHONPATH=os.pathsep.join([str(Path(__file__).parent), *sys.path])))


@needs_llvm
def test_second_process_loads() -> None:
    compiled()
    assert compiled(NO_COMPILER + COMPILE) < 0.05  # 0.0005 where nothing else runs


@needs_llvm
def test_damaged_object_is_compiled_again(folder: Path) -> None:
    compiled()
    for each in entries(folder):
        each.write_bytes(each.read_bytes()[:-1])
    compiled()
    compiled(NO_COMPILER + COMPILE)


@needs_llvm
def test_other_toolchains_object_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    text = adding(2000)
    native._object(text)
    tools = native._toolchain()
    monkeypatch.setattr(native, "_toolchain", lambda: tools._replace(identity="another"))
    monkeypatch.setattr(native, "_emit", lambda *_: b"made")
    assert native._object(text) == b"made"


def test_two_processes_at_once() -> None:
    code = """
        from rushlight.engine import object_cache
        for turn in range(150):
            for key in range(5):
                data = bytes([key]) * 100_000
                object_cache.store(f"toolchain/{key}", data)
                assert object_cache.load(f"toolchain/{key}") == data, turn
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for each in both:
        complaint = each.communicate(timeout=60)[1]
        assert each.returncode == 0, complaint


def test_writer_killed(folder: Path) -> None:
    code = """
        import os, signal, sys
        from rushlight.engine import object_cache
        os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        object_cache.store(sys.argv[1], b"lost")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), KEY], timeout=60)
    assert done.returncode < 0
    assert [each.name.endswith(".part") for each in entries(folder)] == [True]
    assert object_cache.load(KEY) is None
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) == DATA


# ---- entries


def test_stored_is_loaded(folder: Path) -> None:
    assert object_cache.load(KEY) is None
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) == DATA
    object_cache.store(KEY, b"")
    assert object_cache.load(KEY) == b""
    assert [each.stat().st_mode & 0o077 for each in [folder, *folder.glob("kernels")]] == [0, 0]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda entry: entry[:-1],
    "cut short": lambda entry: entry[:10],
    "longer": lambda entry: entry + b"\0",
    "empty": lambda entry: b"",
    "flipped in the data": lambda entry: entry[:-100] + bytes([entry[-100] ^ 4]) + entry[-99:],
    "flipped in the digest": lambda entry: entry[:20] + bytes([entry[20] ^ 1]) + entry[21:],
    "flipped in the mark": lambda entry: bytes([entry[0] ^ 1]) + entry[1:],
    "garbage": lambda entry: os.urandom(len(entry)),
    "of another key": lambda entry: object_cache._entry("toolchain/another", DATA),
    "of another toolchain": lambda entry: object_cache._entry("other/" + KEY.split("/")[1], DATA),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entry_is_dropped(damage: str, folder: Path) -> None:
    object_cache.store(KEY, DATA)
    path = folder / "kernels" / KEY
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert object_cache.load(KEY) is None
    assert not path.exists()
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) == DATA


def test_folder_in_place_of_an_entry(folder: Path) -> None:
    (folder / "kernels" / KEY).mkdir(parents=True, mode=0o700)
    for each in (folder, folder / "kernels", folder / "kernels" / "toolchain"):
        each.chmod(0o700)
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) is None


# ---- folders that do not serve


@pytest.mark.parametrize("place", [".", "kernels", "kernels/toolchain"])
def test_file_in_place_of_a_folder(place: str, folder: Path) -> None:
    (folder / place).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / place).write_text("here first")
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) is None
    assert (folder / place).read_text() == "here first"


def test_read_only_folder(folder: Path) -> None:
    object_cache.store(KEY, DATA)
    code = """
        import os
        from rushlight.engine import object_cache
        key, new = "toolchain/0123456789abcdef", "toolchain/new"
        folders = [".", "kernels", "kernels/toolchain"]
        entry = os.path.join("kernels", key)
        for each in [*folders, entry]:
            os.chmod(each, 0o500)
            if os.geteuid() == 0:
                os.chown(each, 65534, 65534)  # nothing is read-only to root
        if os.geteuid() == 0:
            os.setuid(65534)
        assert len(object_cache.load(key)) == 1280
        object_cache.store(new, b"data")
        assert object_cache.load(new) is None
        assert os.listdir("kernels/toolchain") == [os.path.basename(key)]
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=folder, timeout=60,
        env=os.environ | {"RUSHLIGHT_CACHE": "."}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


class Full(io.FileIO):
    """A file on a disk that has no room left."""

    def write(self, data: Any) -> int:
        super().write(data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@needs_llvm
def test_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_cache, "open", Full, raising=False)
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) is None
    assert call(native.compile(adding(3000), ["add"])["add"], 1) == 3001
    assert entries(folder) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize("function", ["replace", "makedirs", "stat"])
def test_system_that_refuses(
    function: str, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, function, refuse)
        object_cache.store(KEY, DATA)
        assert object_cache.load(KEY) is None
    assert entries(folder) == []


@pytest.mark.parametrize("place", [".", "kernels", "kernels/toolchain"])
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_folder_open_to_others(place: str, mode: int, folder: Path) -> None:
    object_cache.store(KEY, DATA)
    (folder / place).chmod(mode)
    assert object_cache.load(KEY) is None
    object_cache.store("toolchain/new", DATA)
    assert len(entries(folder)) == 1


@pytest.mark.parametrize("place", [".", "kernels", "kernels/toolchain"])
def test_folder_of_another_user(place: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    object_cache.store(KEY, DATA)
    if os.geteuid() == 0:
        os.chown(folder / place, 65534, -1)
    else:  # the nearest to it that we can do: all folders are another's
        user = os.geteuid() + 1
        monkeypatch.setattr(os, "geteuid", lambda: user)
    assert object_cache.load(KEY) is None
    object_cache.store("toolchain/new", DATA)
    assert len(entries(folder)) == 1


# ---- where it lies


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for cache, xdg, place in [
        (str(tmp_path / "mine"), str(tmp_path / "xdg"), "mine"),
        ("", str(tmp_path / "xdg"), "xdg/rushlight"),
        ("", "relative", "home/.cache/rushlight"),
        ("", "", "home/.cache/rushlight"),
    ]:
        monkeypatch.setenv("RUSHLIGHT_CACHE", cache)
        monkeypatch.setenv("XDG_CACHE_HOME", xdg)
        object_cache.store(KEY, place.encode())
        assert object_cache.load(KEY) == place.encode()
        assert (tmp_path / place / "kernels" / KEY).is_file()


def test_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("RUSHLIGHT_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # nor in the list of users
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) is None
    assert not list(tmp_path.iterdir())


def test_cache_turned_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUSHLIGHT_CACHE", "0")
    object_cache.store(KEY, DATA)
    assert object_cache.load(KEY) is None
    assert not list(tmp_path.iterdir())


# ---- its bound


def test_oldest_go_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"{toolchain}/{i}" for i in range(5) for toolchain in ("old", "new")]
    for age, key in enumerate(keys):
        object_cache.store(key, DATA)
        os.utime(folder / "kernels" / key, (time.time() - 1000 * age, 1))
    size = len(object_cache._entry("", DATA))
    monkeypatch.setattr(object_cache, "_LIMIT", 0)
    object_cache.store("new/last", DATA)
    assert len(entries(folder)) == 11  # it was tidied today

    def tidy(limit: int) -> None:
        monkeypatch.setattr(object_cache, "_LIMIT", limit)
        os.utime(folder / "kernels" / "tidied", (1, 1))
        object_cache.store("new/last", DATA)

    tidy(11 * size)
    assert len(entries(folder)) == 11
    tidy(10 * size)
    assert sum(each.stat().st_size for each in entries(folder)) <= 5 * size
    assert [key for key in keys if object_cache.load(key)] == keys[:4]
    assert object_cache.load("new/last") == DATA


def test_leftovers_go(folder: Path) -> None:
    object_cache.store(KEY, DATA)
    old, new = (folder / "kernels/toolchain" / name for name in ("a.1.part", "b.2.part"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    os.utime(folder / "kernels" / "tidied", (1, 1))
    object_cache.store(KEY, DATA)
    assert (old.exists(), new.exists()) == (False, True)
