"""The YAML parser's own complaints in words that say what to do."""

import re
from dataclasses import dataclass
from typing import Final

from yaml import Mark, MarkedYAMLError

from reconciler.core.problem import Problem
from reconciler.sources.source_text import SourceText, Span

_PLACEHOLDER = re.compile(r"[^\s\"'{},\[\]:]*\$\{[^}]*\}?")


@dataclass(frozen=True, slots=True)
class _Wording:
    """How to say what the parser said."""

    found: str
    """Part of the parser's own text."""
    message: str
    help: str
    at_start: bool = False
    """The mistake is where the construct begins, not where the parser gave up."""


_WORDINGS: Final = (
    _Wording("violates indentation", "a tab can't indent", "indent with spaces"),
    _Wording(
        "mapping values are not allowed",
        "a colon is not expected here",
        'quote text that holds ": ", and check that keys of one object are indented alike',
    ),
    _Wording(
        "found unexpected end of stream",
        "quoted text has no end",
        "close the quote",
        at_start=True,
    ),
    _Wording(
        "expected ',' or ']'",
        "list in brackets is not closed, or a comma is missing",
        "separate items by commas and end with ]; quote text that holds brackets or braces",
    ),
    _Wording(
        "expected ',' or '}'",
        "object in braces is not closed, or a comma is missing",
        "separate fields by commas and end with }; quote text that holds brackets or braces",
    ),
    _Wording(
        "could not find expected ':'",
        "key without a colon",
        "write `key: value`; quote text that goes on over several lines",
    ),
    _Wording(
        "expected key",
        "this line fits none of the objects around it",
        "indent keys of one object alike, and separate documents by ---",
    ),
    _Wording(
        "expected '-' indicator",
        "this line is no item of the list above it",
        "start each item with a dash in the same column",
    ),
    _Wording(
        "expected <block end>",
        "this line fits none of the objects around it",
        "indent keys of one object alike, and separate documents by ---",
    ),
    _Wording(
        "expected <document start>",
        "a second value where the document should end",
        "separate documents by ---",
    ),
    _Wording(
        "did not find expected node content",
        "a value is missing",
        "write a value, or quote text that starts with a sign",
    ),
    _Wording(
        "escape",
        "unknown escape in double quotes",
        "double the backslash, or use single quotes",
    ),
    _Wording(
        "hexdecimal",
        "unknown escape in double quotes",
        "double the backslash, or use single quotes",
    ),
    _Wording("tag", "tags are not supported", "leave it out, or quote text that starts with !"),
    _Wording("directive", "directives are not supported", "leave the line out"),
    _Wording("incompatible YAML", "only YAML 1.2 is supported", "leave the %YAML line out"),
)


def syntax_problem(source: SourceText, error: Exception) -> Problem:
    """Turn what the parser raised into a problem at its place."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        message = "file is not valid YAML"
        return Problem("yaml-syntax", message, source.place(Span(0, 0, 0)))
    mark: Mark = error.problem_mark
    lines = source.lines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    placeholder = _PLACEHOLDER.search(line)
    if placeholder:
        return _unquoted(source, Span(mark.line, placeholder.start(), placeholder.end()))
    said = f"{error.problem or ''} {error.context or ''}"
    if "start any token" in said:
        return _bad_start(source, Span(mark.line, mark.column, mark.column + 1), line)
    wording = next((w for w in _WORDINGS if w.found in said), None)
    if wording and wording.at_start and error.context_mark:
        mark = error.context_mark
    return Problem(
        "yaml-syntax",
        wording.message if wording else f"not valid YAML: {error.problem}",
        source.place(Span(mark.line, mark.column, mark.column + 1)),
        help=wording.help if wording else "",
    )


def _unquoted(source: SourceText, span: Span) -> Problem:
    return Problem(
        "yaml-placeholder",
        "a brace after $ starts an object unless the text is quoted",
        source.place(span),
        label="needs quotes",
        help='quote text that holds a placeholder: "site-${store}"',
    )


def _bad_start(source: SourceText, span: Span, line: str) -> Problem:
    sign = line[span.column : span.column + 1]
    if sign == "\t":
        message = "a tab can't indent"
        fix = "indent with spaces"
    else:
        message = f"text can't start with {sign}" if sign else "text can't start here"
        fix = "quote it"
    return Problem("yaml-syntax", message, source.place(span), help=fix)
