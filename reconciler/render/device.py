"""What a server answered to a device, for a terminal."""

from collections.abc import Iterator, Mapping

from reconciler.core.json_text import dump_json
from reconciler.core.values import JsonValue
from reconciler.render.screen import columns_of, pad, printable


def answer_text(answer: JsonValue) -> str:
    """One line for each member; a list has one more for each of its items."""
    if not isinstance(answer, Mapping):
        return printable(dump_json(answer))
    width = max((columns_of(printable(name)) for name in answer), default=0)
    return "\n".join(
        line for name, value in answer.items() for line in _member(printable(name), value, width)
    )


def _member(name: str, value: JsonValue, width: int) -> Iterator[str]:
    head = pad(name, width)
    if not isinstance(value, list | tuple):
        yield f"{head}  {_short(value)}"
        return
    yield f"{head}  {len(value)}"
    for item in value:
        yield f"  {_short(item)}"


def _short(value: JsonValue) -> str:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return "  ".join(_short(item) for item in value.values())
    return "-" if value is None else printable(dump_json(value))
