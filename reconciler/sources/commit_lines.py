"""Lines of commit messages that speak to pvm: `Pvm-Ack: prod deletes.Token=12`."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

from reconciler.core.history import Wishes
from reconciler.core.problem import Misuse
from reconciler.kinds import parse_ack, parse_selector

_LINE: Final = re.compile(r"[ \t]*(?:[*-][ \t]+)?pvm-([a-z]+)[ \t]*:(.*)", re.IGNORECASE)
"""Hosts that squash commits put a list mark before the lines of a message."""
_LONGEST: Final = 400
"""Characters of a warning: messages of commits may be of any length."""
_SORTS: Final = ("ack", "revert", "ours")
_FORM: Final = "write for example Pvm-Ack: TARGET deletes.Token=12 or Pvm-Revert: TARGET token/T-1"


class _Lines:
    """What is gathered for one target."""

    def __init__(self, target: str, targets: Collection[str]) -> None:
        self.target = target
        self.targets = {*targets, target}
        self.acks: Counter[str] = Counter()
        self.pairs: dict[str, dict[tuple[str, str], None]] = {"revert": {}, "ours": {}}
        self.warnings: list[str] = []

    def take(self, sort: str, rest: str) -> str:
        """Take a line; returns what is wrong with it."""
        target, _, what = rest.strip().partition(" ")
        what = what.strip()
        if sort not in _SORTS:
            return f"there is Pvm-Ack, Pvm-Revert and Pvm-Ours, and no Pvm-{sort.capitalize()}"
        if not what:
            return f"it names no target, or nothing behind it; {_FORM}"
        if target not in self.targets:
            return f'pvm.yaml has no target "{target}"; {_FORM}'
        if target != self.target:
            return ""
        try:
            self._note(sort, what)
        except Misuse as misuse:
            return f"{misuse.message}; {misuse.fix}"
        return ""

    def _note(self, sort: str, what: str) -> None:
        if sort != "ack":
            self.pairs[sort][parse_selector(what)] = None
        elif what.partition("=")[0] == "rollback":
            message = "a rollback is acknowledged where it is applied only"
            raise Misuse(message, "give --ack rollback=COMMIT")
        else:
            name, count = parse_ack(what)
            self.acks[name] += count


def wishes_in(messages: Iterable[tuple[str, str]], target: str, targets: Collection[str]) -> Wishes:
    """What the messages ask for; `messages` are pairs of a commit's id and its message."""
    lines = _Lines(target, targets)
    for commit, message in messages:
        for line in message.splitlines():
            found = _LINE.fullmatch(line)
            wrong = lines.take(found[1].lower(), found[2]) if found else ""
            if wrong:
                warning = f'commit {commit[:7]}: "{line.strip()}" is left out: {wrong}'
                shown = "".join(sign for sign in warning if sign.isprintable())
                lines.warnings.append(shown[:_LONGEST])
    return Wishes(
        acks=dict(lines.acks),
        revert=tuple(lines.pairs["revert"]),
        ours=tuple(lines.pairs["ours"]),
        warnings=tuple(lines.warnings),
    )
