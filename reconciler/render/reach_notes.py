"""Whom a plan reaches in all, and the tokens in use that it takes away or turns elsewhere."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Final

from reconciler.core.plan import Plan, Reach, UsedToken
from reconciler.core.resource import moment_of
from reconciler.render.screen import counted, number

_SHOWN: Final = 5


def reach_notes(plan: Plan, *, full: bool) -> Iterator[tuple[str, str]]:
    """Each with its label; those that most devices use come first."""
    if plan.reach is not None and plan.reach.devices:
        yield "reach", _total(plan.reach)
    ranked = sorted(plan.used, key=lambda one: (one.action, -(one.devices or 0), -(one.uses or 0)))
    shown: Sequence[UsedToken] = ranked if full or len(ranked) == _SHOWN + 1 else ranked[:_SHOWN]
    for at, one in enumerate(shown):
        yield "" if at else "in use", _sentence(one)
    if len(shown) < len(ranked):
        yield "", f"… and {number(len(ranked) - len(shown))} more tokens in use (-v shows all)"


def _total(reach: Reach) -> str:
    since = f"{reach.since:%Y-%m-%d}"
    count = counted(reach.devices, "device")
    verbs = ("uses", "is") if reach.devices == 1 else ("use", "are")
    return (
        f"{count} in all, which {verbs[0]} the touched tokens (since {since}) or {verbs[1]} "
        "registered at the touched sites"
    )


def _sentence(one: UsedToken) -> str:
    """`delete STORE-0412: 7 devices, last used 2026-11-20 08:59Z, 41 uses in all`."""
    moment = moment_of(one.last_used_at)
    last = f"{moment.astimezone(UTC):%Y-%m-%d %H:%MZ}" if moment else one.last_used_at
    told = [
        counted(one.devices, "device") if one.devices else "",
        f"last used {last}",
        f"{counted(one.uses, 'use')} in all" if one.uses else "",
    ]
    return f"{one.action} {one.id.name}: {', '.join(filter(None, told))}"
