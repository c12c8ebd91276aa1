"""Patterns for texts that take linear time, whoever wrote them.

The grammar is that of regular expressions without what an automaton can't do: no references back,
no looking around. `$` is the very end, never before a last line break; classes are ASCII.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NoReturn, TypeAlias

MAX_PATTERN: Final = 500
"""Characters of a pattern."""
_MAX_STATES: Final = 2000
"""After repetitions are written out; bounds a single step."""
_MAX_PARTS: Final = 4 * _MAX_STATES
"""Parts without a character need no state, and can be repeated all the same."""
_TOO_LARGE: Final = "is too large: its repetitions are too many"
_MAX_KNOWN: Final = 500
"""Sets of states that are remembered, so that a text can't fill the memory."""
_MAX_NESTED: Final = 50


class PatternError(ValueError):
    """A text that is no pattern; `message` says why, in words for whoever wrote it."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def _fail(message: str) -> NoReturn:
    raise PatternError(message)


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set: ranges with both ends included."""

    ranges: tuple[tuple[str, str], ...]
    others: bool = False
    """Any character but these."""

    def has(self, char: str) -> bool:
        """Whether the character is meant."""
        return any(low <= char <= high for low, high in self.ranges) is not self.others


@dataclass(frozen=True, slots=True)
class _Border:
    """The start or the end of the text."""

    end: bool


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple["_Node", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    node: "_Node"
    least: int
    most: int | None


_Node: TypeAlias = Chars | _Border | _Sequence | _Choice | _Repeat

_BOUND: Final = re.compile(r"[0-9]{1,4}")
_DIGITS: Final = (("0", "9"),)
_WORD: Final = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_BLANKS: Final = (("\t", "\r"), (" ", " "))
_CLASSES: Final = {"d": _DIGITS, "w": _WORD, "s": _BLANKS}
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_LINE_ENDS: Final = (("\n", "\n"), ("\r", "\r"), ("\u2028", "\u2029"))


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def whole(self) -> _Node:
        node = self._choice()
        if self.at < len(self.text):
            _fail("a ) closes nothing")
        return node

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, expected: str = "") -> str:
        char = self._peek()
        if not char or (expected and char != expected):
            _fail(f"{expected or 'something'} is missing at the end")
        self.at += 1
        return char

    def _choice(self) -> _Node:
        options = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else _Choice(tuple(options))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return _Sequence(tuple(parts))

    def _atom(self) -> _Node:
        char = self._take()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            return Chars(_LINE_ENDS, others=True)
        if char in "^$":
            return _Border(end=char == "$")
        if char == "\\":
            return self._escape()
        if char in "*+?":
            _fail(f"{char} has nothing to repeat")
        return _one(char)

    def _group(self) -> _Node:
        self.depth += 1
        if self.depth > _MAX_NESTED:
            _fail("groups are nested too deeply")
        if self._peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                _fail("of (?…) there is only (?:…): nothing looks around or is named")
            self.at += 2
        node = self._choice()
        self._take(")")
        self.depth -= 1
        return node

    def _repeated(self, node: _Node) -> _Node:
        bounds = self._bounds()
        if bounds is None:
            return node
        if isinstance(node, _Border):
            _fail("^ and $ can't be repeated")
        if self._peek() == "?":
            self.at += 1  # as few as possible or as many: the same texts match
        if self._peek() in ("*", "+", "?"):
            _fail(f"{self._peek()} has nothing to repeat")
        return _Repeat(node, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        char = self._peek()
        usual = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if char in usual:
            self.at += 1
            return usual[char]
        if char != "{":
            return None
        inside, brace, _ = self.text[self.at + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        digits = all(map(_BOUND.fullmatch, filter(None, (low, high))))
        if not (brace and low and digits):
            _fail("{ needs numbers, as {2} or {1,3}; a brace itself is \\{")
        self.at += len(inside) + 2
        most = int(low) if not comma else int(high) if high else None
        if most is not None and most < int(low):
            _fail("{ } has its numbers in the wrong order")
        return int(low), most

    def _class(self) -> _Node:
        others = self._peek() == "^"
        self.at += others
        ranges: list[tuple[str, str]] = []
        while self._peek() != "]":
            low = self._member()
            if len(low) != 1 or self._peek() != "-" or self.text[self.at + 1 : self.at + 2] == "]":
                ranges += low
                continue
            self.at += 1
            high = self._member()
            if len(high) != 1 or high[0][1] < low[0][0] or low[0][0] != low[0][1]:
                _fail("a range in [ ] goes from one character to a later one")
            ranges.append((low[0][0], high[0][1]))
        self.at += 1
        if not ranges:
            _fail("[ ] is empty")
        return Chars(tuple(ranges), others)

    def _member(self) -> tuple[tuple[str, str], ...]:
        char = self._take()
        if char != "\\":
            return ((char, char),)
        escaped = self._escape()
        if escaped.others:
            _fail("write [^…] in place of a capital letter inside [ ]")
        return escaped.ranges

    def _escape(self) -> Chars:
        char = self._take()
        if char.lower() in _CLASSES:
            return Chars(_CLASSES[char.lower()], others=char.isupper())
        if char in _CONTROLS:
            return _one(_CONTROLS[char])
        if char in ("x", "u"):
            length = 2 if char == "x" else 4
            code = self.text[self.at : self.at + length]
            if not re.fullmatch(rf"[0-9A-Fa-f]{{{length}}}", code):
                _fail(f"\\{char} needs {length} hexadecimal digits")
            self.at += length
            return _one(chr(int(code, 16)))
        if char.isalnum():
            _fail(f"\\{char} is not possible here")
        return _one(char)


def _one(char: str) -> Chars:
    return Chars(((char, char),))


_ALWAYS, _AT_START, _AT_END = 0, 1, 2


class _Automaton:
    """States by number: where a character leads, and where nothing or a border does."""

    def __init__(self, node: _Node) -> None:
        self.steps: list[tuple[Chars, int] | None] = []
        self.moves: list[list[tuple[int, int]]] = []
        self.parts = 0
        self.end = self._state()
        self.start = self._build(node, self.end)

    def _state(self) -> int:
        if len(self.steps) >= _MAX_STATES:
            _fail(_TOO_LARGE)
        self.steps.append(None)
        self.moves.append([])
        return len(self.steps) - 1

    def _build(self, node: _Node, then: int) -> int:
        """The state from which `node` leads to `then`."""
        self.parts += 1
        if self.parts > _MAX_PARTS:
            _fail(_TOO_LARGE)
        match node:
            case Chars():
                state = self._state()
                self.steps[state] = (node, then)
            case _Border():
                state = self._state()
                self.moves[state].append((_AT_END if node.end else _AT_START, then))
            case _Sequence():
                state = then
                for part in reversed(node.parts):
                    state = self._build(part, state)
            case _Choice():
                state = self._state()
                for option in node.options:
                    self.moves[state].append((_ALWAYS, self._build(option, then)))
            case _:
                state = self._repeat(node, then)
        return state

    def _repeat(self, node: _Repeat, then: int) -> int:
        state = then
        if node.most is None:
            state = self._state()
            self.moves[state] += [(_ALWAYS, self._build(node.node, state)), (_ALWAYS, then)]
        for _ in range((node.most or 0) - node.least):
            option = self._state()
            self.moves[option] += [(_ALWAYS, self._build(node.node, state)), (_ALWAYS, then)]
            state = option
        for _ in range(node.least):
            state = self._build(node.node, state)
        return state

    def closure(self, states: Iterable[int], borders: frozenset[int]) -> frozenset[int]:
        """All states that can be reached without a character."""
        found = set(states)
        waiting = list(found)
        while waiting:
            for border, state in self.moves[waiting.pop()]:
                if border in borders and state not in found:
                    found.add(state)
                    waiting.append(state)
        return frozenset(found)


@dataclass(slots=True)
class _Known:
    """A set of states, and where characters lead from it."""

    states: frozenset[int]
    done: bool
    """Whatever follows, the text matches."""
    done_at_end: bool
    next: dict[str, "_Known"] = field(default_factory=dict)


_INSIDE: Final = frozenset({_ALWAYS})
_START: Final = frozenset({_ALWAYS, _AT_START})


class Pattern:
    """A pattern, ready to be searched for; make one by `pattern_of`."""

    def __init__(self, text: str) -> None:
        """Raises `PatternError`."""
        if len(text) > MAX_PATTERN:
            _fail(f"is longer than {MAX_PATTERN} characters")
        self.text = text
        self._automaton = _Automaton(_Reader(text).whole())
        self._known: dict[frozenset[int], _Known] = {}
        self._first = self._know((self._automaton.start,), _START)

    def found_in(self, text: str) -> bool:
        """Whether the pattern occurs in the text; `^` and `$` tie it to the text's ends."""
        known = self._first
        for char in text:
            if known.done:
                return True
            known = known.next.get(char) or self._step(known, char)
        return known.done or known.done_at_end

    def _step(self, known: _Known, char: str) -> _Known:
        steps = self._automaton.steps
        led = [
            step[1] for step in map(steps.__getitem__, known.states) if step and step[0].has(char)
        ]
        states = self._automaton.closure([*led, self._automaton.start], _INSIDE)
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
            self._first.next.clear()
        following = self._known.get(states)
        if following is None:
            following = self._known[states] = self._know(states, _INSIDE)
        if len(known.next) < _MAX_KNOWN:
            known.next[char] = following
        return following

    def _know(self, states: Sequence[int] | frozenset[int], borders: frozenset[int]) -> _Known:
        end = self._automaton.end
        closed = self._automaton.closure(states, borders)
        at_end = self._automaton.closure(closed, borders | {_AT_END})
        return _Known(closed, end in closed, end in at_end)


@lru_cache(maxsize=512)
def pattern_of(text: str) -> Pattern:
    """The pattern that a text means, read once; raises `PatternError`."""
    return Pattern(text)


def is_whole(text: str) -> bool:
    """Whether a pattern says from the first to the last character what a text is."""
    return text.startswith("^") and text.endswith("$") and not text.endswith("\\$")
