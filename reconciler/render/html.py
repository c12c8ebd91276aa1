"""HTML in which text from files and servers stays text.

Elements are made by `element`, which escapes every text and every attribute that it is given:
there is no way to put a string in unescaped, and no other module makes an `Html`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final, TypeAlias

from reconciler.render.screen import printable

_VOID: Final = frozenset({"input", "meta"})
_EMBEDDED: Final = frozenset({"style", "script"})


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that is safe to show; only the functions of this module make it."""

    markup: str


Content: TypeAlias = Html | str | None
"""A string is text; `None` is nothing."""
Attribute: TypeAlias = str | bool


def element(name: str, /, *content: Content, **attributes: Attribute) -> Html:
    """An element; `class_` and `http_equiv` name the attributes `class` and `http-equiv`.

    An attribute that is True stands without a value, one that is False is left out.
    """
    start = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{start}>")
    return Html(f"<{start}>{''.join(map(_markup, content))}</{name}>")


def together(parts: Iterable[Content]) -> Html:
    """Elements and texts behind each other."""
    return Html("".join(map(_markup, parts)))


def embedded(name: str, source: str) -> Html:
    """A style or script that is part of pvm, as it is.

    Raises:
        ValueError: Another element, or a source that could end it.
    """
    if name not in _EMBEDDED or "<" in source:
        message = f"{name!r} can't hold this source"
        raise ValueError(message)
    return Html(f"<{name}>{source}</{name}>")


def document(language: str, head: Html, body: Html) -> str:
    """A whole page as text."""
    root = element("html", head, body, lang=language)
    return f"<!doctype html>\n{root.markup}\n"


def _markup(content: Content) -> str:
    if content is None:
        return ""
    return content.markup if isinstance(content, Html) else _escaped(content)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{_escaped(value)}"'


def _escaped(text: str) -> str:
    """Nothing in it acts on the page or on the eye of the reader."""
    return escape(printable(text), quote=True)
