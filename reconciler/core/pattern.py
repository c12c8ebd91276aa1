r"""Patterns for texts that take linear time, whoever wrote them.

They are RE2's: regular expressions without references back and without looking around. `$` is the
very end, never before a last line break; `\d`, `\w`, `\s` and `\b` are ASCII.
"""

from functools import lru_cache
from typing import Any, Final

MAX_PATTERN: Final = 500
"""Characters of a pattern."""
_MAX_MEMORY: Final = 1 << 20
"""Bytes of a pattern and of what is remembered of texts."""
_REASONS: Final = {
    "missing )": "a ( is not closed",
    "unexpected )": "a ) closes nothing",
    "missing ]": "a [ is not closed, or [ ] is empty",
    "invalid character class range": "[ ] holds a range that runs backwards, or no known class",
    "invalid escape sequence": "a \\ stands before a character that has no meaning with it",
    "trailing \\": "a \\ stands at the end",
    "no argument for repetition operator": "*, + or ? has nothing to repeat",
    "bad repetition operator": "*, + or ? has nothing to repeat",
    "invalid repetition size": "{ } needs numbers in order, and no more than 1000 in all",
    "invalid perl operator": "of (?…) there is (?:…) and (?i): nothing looks around",
    "pattern too large - compile failed": "is too large: its repetitions are too many",
}
"""By what the library says before it repeats a part of the pattern."""


class PatternError(ValueError):
    """A text that is no pattern; `message` says why, in words for whoever wrote it."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class Pattern:
    """A pattern, ready to be searched for; make one by `pattern_of`."""

    def __init__(self, text: str) -> None:
        """Raises `PatternError`."""
        import re2  # type: ignore[import-untyped] # noqa: PLC0415 -- untyped; few projects need it

        if len(text) > MAX_PATTERN:
            message = f"is longer than {MAX_PATTERN} characters"
            raise PatternError(message)
        options = re2.Options()
        options.max_mem = _MAX_MEMORY
        options.log_errors = False
        options.never_capture = True
        try:
            self._compiled: Any = re2.compile(_encoded(text), options)
        except re2.error as error:
            said = bytes(error.args[0]).decode(errors="replace").partition(":")[0]
            message = _REASONS.get(said, "is no regular expression")
            raise PatternError(message) from None

    def found_in(self, text: str) -> bool:
        """Whether the pattern occurs in the text; `^` and `$` tie it to the text's ends."""
        return self._compiled.search(_encoded(text)) is not None


def _encoded(text: str) -> bytes:
    """As the library reads texts; half a surrogate pair is a character that matches little."""
    return text.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=512)
def pattern_of(text: str) -> Pattern:
    """The pattern that a text means, read once; raises `PatternError`."""
    return Pattern(text)
