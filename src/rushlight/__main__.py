"""`rushlight program.py`: run a PyTorch program as it stands, with rushlight as its torch.

The one invariant: apart from what `torch` means, the program cannot tell this from `python
program.py`. Arguments, `__main__`, `sys.path`, exit codes and tracebacks are as they are there.
How `torch` comes to mean rushlight is told in `rushlight/alias.py`.
"""

from __future__ import annotations

import builtins
import os
import sys
from importlib.machinery import BuiltinImporter, SourceFileLoader
from types import ModuleType, TracebackType

from rushlight import alias

HELP = """\
rushlight runs a PyTorch program as it stands, with rushlight as its torch.

    rushlight program.py [arguments]    a file, or a folder with a __main__.py
    rushlight -m module [arguments]     a module, as in: rushlight -m pytest
    rushlight -c code [arguments]       code given here
    rushlight - [arguments]             code from standard input

    rushlight --help                    this text
    rushlight --version                 rushlight's version

In a notebook: import rushlight.alias; rushlight.alias.install()
Options of Python itself: python -X dev -m rushlight program.py
"""


def main() -> None:
    """Run what the command line names. Ends as the program ends."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(HELP, end="")
    elif arguments[0] in ("-V", "--version"):
        print("rushlight", sys.modules["rushlight"].__version__)
    else:
        alias.install()
        try:
            _run(arguments)
        except SystemExit:
            raise
        except BaseException as error:
            _report_without_our_frames(error)
            raise


def _run(arguments: list[str]) -> None:
    first, *rest = arguments
    if first in ("-m", "-c") and not rest:
        sys.exit(f"rushlight: {first} needs the {'module' if first == '-m' else 'code'} to run")
    if first == "-m":
        _run_module(*rest)
    elif first == "-c":
        _run_text(rest[0], "<string>", ["-c", *rest[1:]])
    elif first == "-":
        _run_text(sys.stdin.buffer.read(), "<stdin>", arguments)
    elif first.startswith("-"):
        print(f"rushlight: unknown option {first}; see rushlight --help", file=sys.stderr)
        sys.exit(2)
    elif os.path.isdir(first) or first.endswith((".zip", ".pyz")):
        _run_folder(first, arguments)
    else:
        _run_file(first, arguments)


def _run_module(name: str, *arguments: str) -> None:
    import runpy

    if name.partition(".")[0] == "torch":
        name = "rushlight" + name.removeprefix("torch")
    _become_main(["-m", *arguments], os.getcwd())
    runpy._run_module_as_main(name)  # type: ignore[attr-defined]  # what `python -m` itself calls


def _run_folder(path: str, arguments: list[str]) -> None:
    import runpy

    _become_main(arguments, path)
    runpy._run_module_as_main("__main__", alter_argv=False)  # type: ignore[attr-defined]


def _run_file(path: str, arguments: list[str]) -> None:
    path = os.path.join(os.getcwd(), path)
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        print(
            f"rushlight: can't open file {path!r}: [Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        sys.exit(2)
    module = _become_main(arguments, os.path.dirname(os.path.realpath(path)))
    loader = SourceFileLoader("__main__", path)
    module.__dict__.update(__file__=path, __cached__=None, __loader__=loader)
    exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)


def _run_text(source: str | bytes, filename: str, arguments: list[str]) -> None:
    module = _become_main(arguments, "")
    if filename == "<stdin>":
        module.__dict__.update(__file__=filename, __cached__=None)
    exec(compile(source, filename, "exec", dont_inherit=True), module.__dict__)


def _become_main(arguments: list[str], folder: str) -> ModuleType:
    """Set the process up for the program: its arguments, import folder and `__main__`."""
    sys.argv = arguments
    if not sys.flags.safe_path:
        sys.path[0] = folder
    module = sys.modules["__main__"] = ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, __loader__=BuiltinImporter)
    return module


def _report_without_our_frames(error: BaseException) -> None:
    """Have the interpreter, as it ends, print the traceback that the program alone would give."""
    program_hook = sys.excepthook
    clean = _without_our_frames(error.__traceback__)

    def hook(
        kind: type[BaseException], value: BaseException, traceback: TracebackType | None
    ) -> None:
        program_hook(kind, value.with_traceback(clean), clean)

    sys.excepthook = hook


def _without_our_frames(traceback: TracebackType | None) -> TracebackType | None:
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    for entry in reversed(entries):
        if entry.tb_frame.f_code.co_filename not in (__file__, alias.__file__):
            entry.tb_next = traceback
            traceback = entry
    return traceback


if __name__ == "__main__":
    main()
