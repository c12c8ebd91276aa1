"""A colleague reads a module in one sitting and a function on one screen.

(Booleans passed by position are what ruff looks for.)
"""

import ast

from tests.architecture.tree import Function, files, functions, name

MODULE_LINES = 400
FUNCTION_LINES = 40
PARAMETERS = 5


def test_modules_are_short() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_functions_are_short() -> None:
    assert {found.place for found in functions() if _lines(found) > FUNCTION_LINES} == set()


def test_functions_take_few_parameters() -> None:
    assert {
        found.place
        for found in functions("reconciler", "tools")
        if len(_parameters(found)) > PARAMETERS
    } == set()


def _lines(found: Function) -> int:
    """From `def` to the end, without the docstring."""
    last = found.node.end_lineno or found.node.lineno
    return last - found.node.lineno + 1 - _docstring_lines(found.node.body[0])


def _docstring_lines(first: ast.stmt) -> int:
    match first:
        case ast.Expr(ast.Constant(value=str()), end_lineno=int(end)):
            return end - first.lineno + 1
        case _:
            return 0


def _parameters(found: Function) -> list[ast.arg]:
    """Without `self` and `cls`."""
    arguments = found.node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument for argument in named if argument.arg not in {"self", "cls"}]
