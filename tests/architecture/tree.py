"""The project's own Python files, parsed, for the rules that read them."""

import ast
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("reconciler", "tests", "tools", "bench")
_GENERATED = ROOT / "reconciler" / "server" / "store" / "migrations" / "versions"


@dataclass(frozen=True, slots=True)
class Function:
    """A function and the place to name when it breaks a rule."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    place: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its `#`, and the place to name."""

    text: str
    place: str


def files(*parts: str) -> list[Path]:
    """Every Python file below the named folders (default: all of ours), migrations left out."""
    found = [path for part in parts or _PARTS for path in (ROOT / part).rglob("*.py")]
    return sorted(path for path in found if _GENERATED not in path.parents)


def name(path: Path) -> str:
    """The path as a reader types it."""
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), name(path))


def functions(*parts: str) -> Iterator[Function]:
    """Every function and method below the named folders."""
    for path in files(*parts):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(node, f"{name(path)}:{node.lineno} {node.name}")


def comments(*parts: str) -> Iterator[Comment]:
    """Every comment below the named folders."""
    for path in files(*parts):
        with path.open("rb") as stream:
            for token in tokenize.tokenize(stream.readline):
                if token.type == tokenize.COMMENT:
                    yield Comment(token.string, f"{name(path)}:{token.start[0]}")
