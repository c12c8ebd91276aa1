"""A colleague reads a module in one sitting and a function on one screen."""

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


def test_booleans_are_passed_by_name() -> None:
    assert {
        f"{found.place}({argument.arg})"
        for found in functions("reconciler", "tools")
        for argument in (*found.node.args.posonlyargs, *found.node.args.args)
        if not found.node.name.startswith("__") and _is_boolean(argument.annotation)
    } == set()


def _lines(found: Function) -> int:
    return (found.node.end_lineno or found.node.lineno) - found.node.lineno + 1


def _parameters(found: Function) -> list[ast.arg]:
    """Without `self` and `cls`."""
    arguments = found.node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument for argument in named if argument.arg not in {"self", "cls"}]


def _is_boolean(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation) in {"bool", "bool | None"}
