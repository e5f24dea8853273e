"""The Python in every page runs, and prints what the page says it prints.

The convention, for README.md, CONTRIBUTING.md, their .zh.md and docs/**/*.md:

- A block fenced as ```python is run. The blocks of one page are one program, in order: a later
  block sees the names of the earlier ones.
- A block fenced as ```text that comes next, with nothing but blank lines between, is what that
  block must print, to the character. Without it the block may print anything.
- Blocks fenced with a language of NOT_RUN are not run. Any other language fails the page, so that
  nothing is passed over by mistake.

A page runs as `rushlight page` would: `import torch` and `import rushlight as torch` both work.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
NOT_RUN = {"", "json", "sh", "text", "toml", "yaml"}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)

# Runs a page's blocks from standard input as one program; writes what each printed.
PLAYER = """
import contextlib, io, json, sys
page, *blocks = json.load(sys.stdin)
names = {"__name__": "__main__"}
for block in blocks:
    code = compile("\\n" * block["line"] + block["code"], page, "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    print(json.dumps(printed.getvalue()))
"""


@dataclass(frozen=True)
class Block:
    """Python of a page, the line of its fence, and what it must print (None: anything)."""

    line: int
    code: str
    expected: str | None


def blocks(text: str) -> Iterator[Block]:
    """The Python blocks of a page, each with the text block that follows it."""
    for fence, following in pairwise([*FENCE.finditer(text), None]):
        language = fence["language"].strip()
        if language not in {*NOT_RUN, "python"}:
            line = text.count("\n", 0, fence.start()) + 1
            raise ValueError(f"line {line}: {language!r} is neither run nor in NOT_RUN")
        if language == "python":
            expected = None
            if following is not None and following["language"].strip() == "text":
                between = text[fence.end() : following.start()]
                expected = None if between.strip() else dedent(following["body"])
            line = text.count("\n", 0, fence.start()) + 1
            yield Block(line, dedent(fence["body"]), expected)


def play(name: str, program: list[Block]) -> list[str]:
    """What each block prints when the page runs in a process of its own."""
    given = json.dumps([name, *map(asdict, program)])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "rushlight", "-c", PLAYER],
        cwd=ROOT, input=given, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page(path: Path) -> None:
    program = list(blocks(path.read_text(encoding="utf-8")))
    if program:
        name = str(path.relative_to(ROOT))
        for block, printed in zip(program, play(name, program), strict=True):
            if block.expected is not None:
                assert printed == block.expected, f"{name}, line {block.line}"


# --- the reader of pages itself

PAGE = """
Some prose.

```python
import torch
a = 1
```

```python
print(a + 1)
```

```text
2
```

- in a list

  ```python
  print(a)
  ```

  and its output is not stated:

  ```text
  something else
  ```
"""


def test_blocks_are_found_with_their_output() -> None:
    found = list(blocks(PAGE))
    assert [(block.line, block.code, block.expected) for block in found] == [
        (4, "import torch\na = 1\n", None),
        (9, "print(a + 1)\n", "2\n"),
        (19, "print(a)\n", None),
    ]
    assert play("page.md", found) == ["", "2\n", "1\n"]


def test_a_block_of_unknown_language_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="line 1: 'pycon'"):
        list(blocks("```pycon\n>>> 1\n```\n"))


def test_a_failing_block_is_told_with_its_line() -> None:
    with pytest.raises(AssertionError, match=r'File "page.md", line 3'):
        play("page.md", list(blocks("\n```python\n1 / 0\n```\n")))
