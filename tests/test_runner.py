"""`rushlight program.py` behaves as `python program.py`, with rushlight as its torch.

The judge is Python itself: a program that imports nothing is run both ways and must print the same
to both streams and end with the same code. Programs that import torch stand beside a package named
torch that fails when it is loaded, as PyTorch would if it were.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import rushlight

PYTHON = (sys.executable,)
RUNNER = (sys.executable, "-m", "rushlight")
SCRIPT = (str(Path(sys.executable).with_name("rushlight")),)


class Outcome(tuple[int, str, str]):
    """What a process left: its exit code and what it printed to each stream."""

    code = property(lambda self: self[0])
    out = property(lambda self: self[1])
    err = property(lambda self: self[2])


def run(*command: str, cwd: Path, text: str = "") -> Outcome:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    search = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(cwd / "elsewhere"), *search]))
    done = subprocess.run(
        command, cwd=cwd, env=environment, input=text, capture_output=True, text=True, timeout=60
    )
    return Outcome((done.returncode, done.stdout, done.stderr))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for programs, with another torch on the import path."""
    other = tmp_path / "elsewhere" / "torch"
    other.mkdir(parents=True)
    for name in ("__init__", "onlythere"):
        (other / f"{name}.py").write_text("raise SystemExit('the other torch was loaded')\n")
    return tmp_path


def write(folder: Path, source: str, name: str = "program.py") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(dedent(source))
    return path


# --- as under Python

PROGRAMS = {
    "arguments": "import sys; print(sys.argv)",
    "import folder": "import sys; print(repr(sys.path[0]))",
    "names of __main__": """
        names = dict(globals())
        names.pop("__annotations__", None)
        loader = names.pop("__loader__")
        print(getattr(loader, "__name__", type(loader)))
        print(sorted(names.items(), key=str))
        """,
    "__main__ is the program": """
        import pickle, sys
        class Point: pass
        print(sys.modules["__main__"].Point is Point, __name__)
        print(type(pickle.loads(pickle.dumps(Point()))) is Point)
        """,
    "future flags stay out": "print((lambda x: int) and (lambda: None).__code__.co_flags)",
    "end": "pass",
    "exit with a code": "import sys; sys.exit(3)",
    "exit with a message": "raise SystemExit('enough')",
    "exit at once": "import os; os._exit(5)",
    "at exit": "import atexit; atexit.register(print, 'bye'); print('hello')",
    "a thread outlives the program": """
        import threading, time
        def late(): time.sleep(0.05); print("late", Later)
        class Later: pass
        Later = "still here"
        threading.Thread(target=late).start()
        """,
    "an error": """
        def inner(): return {}["missing"]
        inner()
        """,
    "an error with a cause": """
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise ValueError("two\\nlines") from error
        """,
    "an error in a library": "import json; json.loads('{')",
    "a deep error": """
        def down(depth): 1 / depth, down(depth - 1)
        down(900)
        """,
    "a group of errors": "raise ExceptionGroup('both', [ValueError(1), TypeError(2)])",
    "a missing module": "import there_is_no_such_module",
    "not Python": "def f(:\n    pass",
    "a null byte": "print('a\\0b')",
    "its own excepthook": """
        import sys
        def hook(kind, value, traceback):
            print("hooked", kind.__name__, value, traceback.tb_lineno, traceback.tb_next)
        sys.excepthook = hook
        raise ValueError("x")
        """,
    "interrupted": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "a warning": "import warnings; warnings.warn('careful')",
    "standard input": "print(input())",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_in_a_file(folder: Path, name: str) -> None:
    write(folder, PROGRAMS[name], "sub/program.py")
    command = ("sub/program.py", "one", "-m", "--help")
    expected = run(*PYTHON, *command, cwd=folder, text="typed\n")
    assert run(*SCRIPT, *command, cwd=folder, text="typed\n") == expected


@pytest.mark.parametrize("name", ["arguments", "import folder", "an error", "interrupted"])
def test_python_m_rushlight_does_what_the_script_does(folder: Path, name: str) -> None:
    path = str(write(folder, PROGRAMS[name]))
    assert run(*RUNNER, path, "one", cwd=folder) == run(*PYTHON, path, "one", cwd=folder)


@pytest.mark.parametrize(
    "name",
    [
        "arguments",
        "import folder",
        "names of __main__",
        "exit with a code",
        "an error",
        "not Python",
        "interrupted",
        "standard input",
    ],
)
def test_code_on_the_command_line(folder: Path, name: str) -> None:
    command = ("-c", dedent(PROGRAMS[name]), "one", "-c", "two")
    expected = run(*PYTHON, *command, cwd=folder, text="typed\n")
    outcome = run(*SCRIPT, *command, cwd=folder, text="typed\n")
    assert without_source(outcome) == without_source(expected)


def without_source(outcome: Outcome) -> Outcome:
    """Without source lines, which tracebacks show for programs in no file since Python 3.13."""
    lines = outcome.err.splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith("    "))
    return Outcome((outcome.code, outcome.out, kept))


@pytest.mark.parametrize("name", ["arguments", "import folder", "names of __main__", "an error"])
def test_code_from_standard_input(folder: Path, name: str) -> None:
    source = dedent(PROGRAMS[name])
    expected = run(*PYTHON, "-", "one", cwd=folder, text=source)
    outcome = run(*SCRIPT, "-", "one", cwd=folder, text=source)
    assert without_source(outcome) == without_source(expected)


@pytest.mark.parametrize(
    "name", ["arguments", "import folder", "__main__ is the program", "an error", "end"]
)
def test_a_module(folder: Path, name: str) -> None:
    write(folder, PROGRAMS[name], "module.py")
    command = ("-m", "module", "one", "-m")
    assert run(*SCRIPT, *command, cwd=folder) == run(*PYTHON, *command, cwd=folder)


def test_a_package_and_a_folder(folder: Path) -> None:
    write(folder, "import sys; print(__package__, __file__, sys.argv)", "package/__main__.py")
    write(folder, "", "package/__init__.py")
    for command in (("-m", "package", "one"), ("package", "one")):
        outcome = run(*SCRIPT, *command, cwd=folder)
        assert outcome == run(*PYTHON, *command, cwd=folder)
        assert outcome.code == 0


def test_what_is_not_there(folder: Path) -> None:
    module = ("-m", "there_is_no_such_module")
    ours, theirs = run(*SCRIPT, *module, cwd=folder), run(*PYTHON, *module, cwd=folder)
    assert ours.code == theirs.code == 1
    # Which name of the interpreter is shown (python, python3) is the installer's choice.
    assert ours[2].split(": ")[1:] == theirs[2].split(": ")[1:]
    code, out, err = run(*SCRIPT, "no_such_program.py", cwd=folder)
    assert (code, out) == (2, "")
    assert err.startswith("rushlight: can't open file ")
    assert "no_such_program.py" in err
    code, out, err = run(*SCRIPT, "--no-such-option", cwd=folder)
    assert (code, out) == (2, "")
    assert "--no-such-option" in err
    for option in ("-m", "-c"):
        code, out, err = run(*SCRIPT, option, cwd=folder)
        assert (code, out) == (1, "")
        assert option in err


def test_it_explains_itself(folder: Path) -> None:
    code, out, err = run(*SCRIPT, cwd=folder)
    assert (code, err) == (0, "")
    assert "rushlight program.py" in out
    assert run(*SCRIPT, "--help", cwd=folder) == (0, out, "")
    assert run(*SCRIPT, "--version", cwd=folder) == (0, f"rushlight {rushlight.__version__}\n", "")


# --- with rushlight as its torch


def expect(folder: Path, source: str, printed: str, *, runner: tuple[str, ...] = SCRIPT) -> None:
    outcome = run(*runner, str(write(folder, source)), cwd=folder)
    assert outcome == (0, dedent(printed).lstrip(), "")


def test_torch_and_its_submodules_are_rushlights_own(folder: Path) -> None:
    source = """
        import sys
        import torch
        import torch.autograd
        import torch.autograd as autograd
        from torch.autograd import Function
        import rushlight
        print(torch.__name__, torch is rushlight, sys.modules["torch"] is rushlight)
        print(torch.autograd is rushlight.autograd is autograd)
        print(sys.modules["torch.autograd"] is sys.modules["rushlight.autograd"])
        print(Function is rushlight.autograd.Function, torch.autograd.__name__)
        print(torch.__spec__.name, torch.autograd.__spec__.name)
        print(torch.ones(3).sum() == 3)
        """
    printed = """
        rushlight True True
        True
        True
        True rushlight.autograd
        rushlight rushlight.autograd
        """
    for runner in (SCRIPT, RUNNER):
        outcome = run(*runner, str(write(folder, source)), cwd=folder)
        assert (outcome.code, outcome.err) == (0, "")
        *lines, last = outcome.out.splitlines(keepends=True)
        assert "".join(lines) == dedent(printed).lstrip()
        assert "True" in last


def test_every_loaded_module_is_one_object_under_both_names(folder: Path) -> None:
    source = """
        import sys
        import torch
        ours = {name: module for name, module in sys.modules.items()
                if name.partition(".")[0] == "rushlight"}
        for name in ours:
            __import__("torch" + name.removeprefix("rushlight"))
        now = {name for name in sys.modules if name.partition(".")[0] == "rushlight"}
        print(now - set(ours))
        print(all(sys.modules["torch" + name.removeprefix("rushlight")] is module
                  for name, module in ours.items()))
        """
    expect(folder, source, "set()\nTrue\n")


def test_importing_a_submodule_does_not_hide_a_function_of_its_name(folder: Path) -> None:
    source = """
        import torch
        import torch.tensor
        print(callable(torch.tensor))
        """
    expect(folder, source, "True\n")


def test_a_submodule_we_lack(folder: Path) -> None:
    source = """
        for name in "torch.onlythere", "torch.alias.nothing.below":
            try:
                __import__(name)
            except ModuleNotFoundError as error:
                print(error.name, "|", error)
        import torch.no.such.part
        """
    code, out, err = run(*SCRIPT, str(write(folder, source)), cwd=folder)
    missing = "No module named {!r}: rushlight does not have this part of PyTorch"
    assert code == 1
    lacking = ("torch.onlythere", "torch.alias.nothing")
    assert out == "".join(f"{name} | {missing.format(name)}\n" for name in lacking)
    assert err == dedent(
        f"""\
        Traceback (most recent call last):
          File "{folder}/program.py", line 7, in <module>
            import torch.no.such.part
        ModuleNotFoundError: {missing.format("torch.no")}
        """
    )


def test_python_itself_still_finds_the_other_torch(folder: Path) -> None:
    assert run(*PYTHON, "-c", "import torch", cwd=folder).err == "the other torch was loaded\n"


def test_a_module_of_torch_is_run_as_ours(folder: Path) -> None:
    outcome = run(*RUNNER, "-m", "torch", "--version", cwd=folder)
    assert outcome == (0, f"rushlight {rushlight.__version__}\n", "")


def test_pytest_runs_tests_that_import_torch(folder: Path) -> None:
    write(
        folder,
        """
        import pickle, torch
        from torch.autograd import Function
        def test_name(): assert torch.__name__ == "rushlight"
        def test_wrong(): assert torch.__name__ == "torch"
        """,
        "test_it.py",
    )
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder))
    code, out, err = run(*SCRIPT, *command, "test_it.py", cwd=folder)
    assert (code, err) == (1, "")
    assert "1 failed, 1 passed" in out
    assert "assert 'rushlight' == 'torch'" in out


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes_have_the_alias_too(folder: Path, method: str) -> None:
    source = f"""
        import multiprocessing
        import torch
        from torch.autograd import Function
        class Ours(Function): pass
        def work(given):
            return torch.__name__, given is Ours
        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(1) as pool:
                print(pool.map(work, [Ours]))
        """
    expect(folder, source, "[('rushlight', True)]\n")
    outcome = run(*SCRIPT, "-m", "program", cwd=folder)
    assert outcome == (0, "[('rushlight', True)]\n", "")


# --- in a notebook


def test_install_in_a_running_process(folder: Path) -> None:
    source = """
        import multiprocessing.spawn
        import sys
        import rushlight.alias
        rushlight.alias.install()
        rushlight.alias.install()
        import torch, rushlight
        ours = [each for each in sys.meta_path if type(each).__module__ == "rushlight.alias"]
        print(torch is rushlight, len(ours), sys.meta_path[0] is ours[0])
        print("rushlight" in multiprocessing.spawn.get_preparation_data("worker"))
        """
    expect(folder, source, "True 1 True\nTrue\n", runner=PYTHON)


def test_install_after_the_other_torch_is_refused(folder: Path) -> None:
    source = """
        import sys, types
        sys.modules["torch"] = types.ModuleType("torch")
        import rushlight.alias
        try:
            rushlight.alias.install()
        except ImportError as error:
            print("already imported" in str(error), error.name)
        """
    expect(folder, source, "True torch\n", runner=PYTHON)


@pytest.mark.parametrize(
    ("before", "expected"), [("", "True 0"), ("gc.disable()", "False 0"), ("gc.freeze()", "True n")]
)
def test_importing_leaves_the_collector_as_it_was(
    folder: Path, before: str, expected: str
) -> None:
    code = f"""
        import gc
        {before}
        import rushlight
        print(gc.isenabled(), "n" if gc.get_freeze_count() else 0)
    """
    assert run(*PYTHON, "-c", dedent(code), cwd=folder).out.strip() == expected
