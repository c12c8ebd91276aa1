"""Where a value was written, kept from the file to the plan."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A value's source: cheap enough to keep for 100,000 objects.

    `line` is that of the document's first key. The exact line and column of `pointer` are found
    by reading the file once more (`sources.locate`), which only errors and `explain` need.
    """

    file: str
    """Relative to the project's folder, with forward slashes."""
    document: int
    """0-based number of the document in its file."""
    line: int
    """1-based."""
    pointer: str = ""
    """JSON Pointer from the document's root (`/parameters/kiosk`)."""

    def at(self, pointer: str) -> "Origin":
        """The same document, `pointer` further down."""
        return Origin(self.file, self.document, self.line, self.pointer + pointer)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Place:
    """An exact stretch of a file, for people: 1-based, the end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str = ""
    """The source line, secrets masked; empty when there is nothing to show."""
