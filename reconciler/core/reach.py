"""Reach: how many devices a plan touches, by what the server says they depend on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from reconciler.core.change import Delete, Update
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Key
from reconciler.core.kind import Kind
from reconciler.core.plan import Plan, Reach, UsedToken
from reconciler.core.resource import Live, moment_of
from reconciler.core.values import JsonValue

REACH_DAYS: Final = 30
_BOUND: Final = "/bootstrap"
"""What a token delivers."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """`devices` devices that used exactly these tokens lately, and are registered at this site.

    No device is in two footprints.
    """

    tokens: tuple[str, ...]
    bootstraps: tuple[str, ...]
    """What the tokens deliver now."""
    site: str
    """Empty: at none."""
    devices: int


def used_since(now: datetime) -> datetime:
    """From when on a token counts as used."""
    return now - timedelta(days=REACH_DAYS)


def with_reach(
    plan: Plan, footprints: Sequence[Footprint] | None, kinds: Mapping[str, Kind]
) -> Plan:
    """The plan with the devices that each group and all together reach.

    A token reaches the devices that used it, a bootstrap those of the tokens that deliver it, a
    site those registered there. `None`: the server can't tell, and neither can the plan.
    """
    if footprints is None:
        return plan
    group_of = {_key(step.change.id, kinds): step.group for step in plan.steps}
    counts: Counter[int] = Counter()
    total = 0
    by_token: Counter[Key] = Counter()
    for footprint in footprints:
        keys = tuple(_keys(footprint, kinds))
        touched = {group_of[key] for key in keys if key in group_of}
        counts.update(dict.fromkeys(touched, footprint.devices))
        total += footprint.devices if touched else 0
        by_token.update({key: footprint.devices for key in keys if key[0] == "Token"})
    return replace(
        plan,
        reach=Reach(
            since=used_since(plan.header.created),
            devices=total,
            groups=tuple(counts[number] for number in range(len(plan.groups))),
        ),
        used=tuple(replace(one, devices=by_token[_key(one.id, kinds)]) for one in plan.used),
    )


def with_used_tokens(plan: Plan, tokens: Mapping[Key, Live], kinds: Mapping[str, Kind]) -> Plan:
    """The plan with each token that devices used lately and that is deleted or repointed.

    Also of deletions that a guard holds back for that reason; `tokens` are the server's.
    """
    since = used_since(plan.header.created)
    found = []
    for action, id_ in _risky(plan):
        live = tokens.get(_key(id_, kinds))
        facts = live.facts if live else {}
        last = facts.get("lastUsedAt")
        moment = moment_of(last)
        if moment is not None and moment >= since:
            found.append(UsedToken(id_, action, str(last), _number(facts.get("useCount"))))
    return replace(plan, used=tuple(sorted(found, key=lambda one: (one.action, one.id))))


def _risky(plan: Plan) -> Iterator[tuple[str, ResourceId]]:
    """What devices would miss if they used it, of any kind; only of tokens is their use known."""
    for step in plan.steps:
        change = step.change
        if isinstance(change, Delete):
            yield "delete", change.id
        elif isinstance(change, Update) and any(f.pointer == _BOUND for f in change.fields):
            yield "repoint", change.id
    yield from (("delete", one.id) for one in plan.blocked if one.guard == "used-token")


def _keys(footprint: Footprint, kinds: Mapping[str, Kind]) -> Iterator[Key]:
    for kind, names in (
        ("Token", footprint.tokens),
        ("Bootstrap", footprint.bootstraps),
        ("Site", (footprint.site,) if footprint.site else ()),
    ):
        yield from dict.fromkeys((kind, kinds[kind].key(name)) for name in names)


def _key(id_: ResourceId, kinds: Mapping[str, Kind]) -> Key:
    return id_.kind, kinds[id_.kind].key(id_.name)


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
