"""Reads parsed JSON with the position in hand, so that a wrong plan file is named by its place."""

from collections.abc import Collection, Iterator, Mapping
from typing import NoReturn

from reconciler.core.pointer import join
from reconciler.core.values import JsonValue


class Malformed(Exception):  # noqa: N818 -- never leaves the reader of plans
    """Not of the shape of a plan; `message` holds no value of it."""

    def __init__(self, message: str, pointer: str, *, code: str = "plan-malformed") -> None:
        self.pointer = pointer
        self.message = message
        self.code = code
        super().__init__(message)


class Node:
    """A value and where it stands; every method raises `Malformed` when it is something else.

    Not a dataclass: a large plan has millions of them. Where it stands is put together only for
    an error.
    """

    __slots__ = ("above", "key", "value")

    def __init__(
        self, value: JsonValue, above: "Node | None" = None, key: str | int | None = None
    ) -> None:
        self.value = value
        self.above = above
        self.key = key

    @property
    def pointer(self) -> str:
        """Where it stands, from the root of the file."""
        parts: list[str | int] = []
        node: Node | None = self
        while node is not None:
            if node.key is not None:
                parts.append(node.key)
            node = node.above
        return join(reversed(parts))

    def refuse(self, wanted: str) -> NoReturn:
        """Raise the error that asks for `wanted` here."""
        message = f"not a plan: {self.pointer or 'the file'} is not {wanted}"
        raise Malformed(message, self.pointer)

    def map(self) -> Mapping[str, JsonValue]:
        """An object."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return self.value

    def field(self, key: str) -> "Node":
        """A field that must be there."""
        fields = self.map()
        if key in fields:
            return Node(fields[key], self, key)
        pointer = Node(None, self, key).pointer
        message = f"not a plan: {pointer} is missing"
        raise Malformed(message, pointer)

    def items(self) -> Iterator["Node"]:
        """The items of an array."""
        if not isinstance(self.value, list | tuple):
            self.refuse("an array")
        for number, item in enumerate(self.value):
            yield Node(item, self, number)

    def text(self) -> str:
        """Text."""
        if not isinstance(self.value, str):
            self.refuse("text")
        return self.value

    def pointer_text(self) -> str:
        """A JSON Pointer."""
        text = self.text()
        if text and not text.startswith("/"):
            self.refuse("a JSON Pointer")
        return text

    def text_or_none(self) -> str | None:
        """Text or null."""
        return None if self.value is None else self.text()

    def flag_or_none(self) -> bool | None:
        """True, false or null."""
        if self.value is not None and not isinstance(self.value, bool):
            self.refuse("true, false or null")
        return self.value

    def count(self) -> int:
        """A whole number from 0."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            self.refuse("a number from 0")
        return self.value

    def counts(self) -> dict[str, int] | None:
        """Numbers by name, or null."""
        if self.value is None:
            return None
        return {key: self.field(key).count() for key in self.map()}

    def one_of(self, words: Collection[str]) -> str:
        """One of the words."""
        text = self.value
        if not isinstance(text, str) or text not in words:
            self.refuse(f"one of {', '.join(words)}")
        return text
