"""What a YAML text holds beside its data: comments, empty lines, and where dashes stand."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from yaml.tokens import (
    BlockEntryToken,
    DocumentEndToken,
    DocumentStartToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    KeyToken,
    ScalarToken,
)

from reconciler.sources.yaml_events import Token, open_tokens

_BLOCKS: Final = ("|", ">")
_OPENING: Final = (FlowMappingStartToken, FlowSequenceStartToken)
_CLOSING: Final = (FlowMappingEndToken, FlowSequenceEndToken)


class Behind(Enum):
    """What stands before a comment on its line."""

    NOTHING = auto()
    DASH = auto()
    """A dash whose item may begin on a later line, or the `?` of a key."""
    MARKER = auto()
    """`---`"""
    BRACKET = auto()
    """The closing one of a collection that goes over several lines."""
    CONTENT = auto()


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment, or an empty line: then `text` is empty."""

    start: int
    column: int
    text: str
    behind: Behind = Behind.NOTHING


@dataclass(slots=True)
class Remarks:
    """All there is in a text, in its order; places are counted in characters."""

    found: list[Remark] = field(default_factory=list)
    dashes: list[int] = field(default_factory=list)
    """Of items, in the order in which they begin."""
    open: set[int] = field(default_factory=set)
    """Brackets that are closed on a later line."""
    long: dict[int, int] = field(default_factory=dict)
    """Ends of scalars that go over several lines, with their starts."""


def read_remarks(text: str) -> Remarks:
    """Look through a text that the strict reader takes."""
    scan = _Scan(text)
    get = open_tokens(text)
    while (token := get()) is not None:
        scan.take(token)
    scan.gap(len(text))
    return scan.remarks


class _Scan:
    """Walks the tokens; between two of them stand blanks and comments, nothing else."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.remarks = Remarks()
        self.position = 0
        self.behind = Behind.NOTHING
        self.brackets: list[tuple[int, int]] = []
        """Those not closed yet: place and line."""

    def take(self, token: Token) -> None:
        start, end = token.start_mark.index, token.end_mark.index
        if start == end and type(token) is not ScalarToken:
            return  # libyaml's own marks of where blocks and keys begin and end
        if start > self.position:
            self.gap(start)
        self.behind = self._kind(token, start)
        self.position = end
        if type(token) is not ScalarToken or token.end_mark.line == token.start_mark.line:
            return
        self.remarks.long[end] = start
        if token.style in _BLOCKS:
            self._take_block(start, end)

    def _take_block(self, start: int, end: int) -> None:
        """A text in a block: its first line may hold a comment, empty ones behind it are none."""
        header, _, comment = self.text[start:end].partition("\n")[0].partition("#")
        if comment:
            at = start + len(header)
            column = at - self.text.rfind("\n", 0, at) - 1
            self.remarks.found.append(Remark(at, column, f"#{comment}".rstrip(), Behind.CONTENT))
        if "+" not in header:
            self.position = start + len(self.text[start:end].rstrip())

    def _kind(self, token: Token, start: int) -> Behind:
        kind = type(token)
        if kind is BlockEntryToken:
            self.remarks.dashes.append(start)
            return Behind.DASH
        if kind in _OPENING:
            self.brackets.append((start, token.start_mark.line))
        elif kind in _CLOSING:
            opened, line = self.brackets.pop()
            if token.end_mark.line > line:
                self.remarks.open.add(opened)
                return Behind.BRACKET
        elif kind is DocumentStartToken:
            return Behind.MARKER
        elif kind is KeyToken:
            return Behind.DASH
        elif kind is DocumentEndToken:
            return Behind.NOTHING
        return Behind.CONTENT

    def gap(self, end: int) -> None:
        """Take what stands between the last token and this place."""
        gap = self.text[self.position : end]
        if "\n" not in gap and "#" not in gap:
            return
        begin = self.text.rfind("\n", 0, self.position) + 1
        alone = not self.text[begin : self.position].strip()
        position = self.position
        *lines, last = gap.split("\n")
        for number, line in enumerate((*lines, last)):
            sign = line.find("#")
            if sign >= 0:
                behind = Behind.NOTHING if alone else self.behind
                at = position + sign
                found = Remark(at, at - begin, line[sign:].rstrip(), behind)
                self.remarks.found.append(found)
            elif alone and number < len(lines):
                self.remarks.found.append(Remark(position, 0, ""))
            position += len(line) + 1
            begin, alone = position, True
