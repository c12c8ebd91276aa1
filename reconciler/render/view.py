"""How much of a result a reader wants to see, and how wide their screen is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """`full` shortens nothing; `width` is in columns."""

    width: int = 120
    full: bool = False
