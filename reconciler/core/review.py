"""A plan that was reviewed against one made just now: what of it may still be executed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.change import Change, Create, Delete, Update
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Outcome, Why
from reconciler.core.plan import Plan, Record, Step
from reconciler.core.resource import Live
from reconciler.core.values import JsonValue


@dataclass(frozen=True, slots=True)
class Fresh:
    """The plan made just now, and what it was made from."""

    plan: Plan
    live: Callable[[ResourceId], Live | None]
    fingerprint: Callable[[ResourceId, JsonValue], str]
    """As in the steps of the plan; asked only for objects that it mentions."""


@dataclass(frozen=True, slots=True)
class Match:
    """One reviewed step: what to execute, or what has become of it already."""

    step: Step
    """With the preconditions of now, in the reviewed wave."""
    outcome: Outcome | None = None
    """`None`: to be executed."""


def match_steps(reviewed: Plan, fresh: Fresh) -> tuple[Match, ...]:
    """One for each reviewed step, in order; steps that were not reviewed are left out.

    A step whose object is already as wanted counts as applied; one that would do something else
    by now has failed.
    """
    meeting = _Meeting(reviewed, fresh)
    return tuple(meeting.match(step) for step in reviewed.steps)


class _Meeting:
    """Both plans, ready to be looked up in."""

    def __init__(self, reviewed: Plan, fresh: Fresh) -> None:
        self._known = {step.change.id for step in reviewed.steps}
        self._fresh = fresh
        self._steps = {step.change.id: step for step in fresh.plan.steps}
        self._blocked = {one.id: one for one in fresh.plan.blocked}
        self._drifted = {one.id for one in fresh.plan.drifted}

    def match(self, step: Step) -> Match:
        id_ = step.change.id
        again = self._steps.get(id_)
        if again is None:
            return Match(step, self._settled(step.change))
        reason = _difference(step.change, again.change) or self._unreviewed(again)
        if reason:
            return Match(step, self._stale(id_, reason))
        needs = tuple(dict.fromkeys((*step.needs, *again.needs)))
        return Match(replace(again, needs=needs, wave=step.wave, group=step.group))

    def _settled(self, change: Change) -> Outcome:
        """What became of a step that nobody would take any more."""
        id_ = change.id
        blocked = self._blocked.get(id_)
        if blocked is not None:
            return self._stale(id_, f"it is left alone now: {blocked.reason}")
        live = self._fresh.live(id_)
        if isinstance(change, Delete):
            done = live is None
        else:
            done = live is not None and self._is_wanted(change, live)
        return Applied(id_, "unchanged") if done else self._stale(id_, _CHANGED)

    def _is_wanted(self, change: Create | Update, live: Live) -> bool:
        """What is neither written nor drifted is in sync, or only the inventory is behind."""
        if change.id not in self._drifted:
            return True
        return self._fresh.fingerprint(change.id, live.value) == change.after

    def _unreviewed(self, step: Step) -> str:
        unknown = next((need for need in step.needs if need not in self._known), None)
        return f"it needs {unknown} now, which is not part of the plan" if unknown else ""

    def _stale(self, id_: ResourceId, reason: str) -> Failed:
        live = self._fresh.live(id_)
        return Failed(id_, reason + (described_writer(live.facts) if live else ""), Why.STALE)


def reviewed_records(reviewed: Plan, fresh: Plan) -> tuple[Record, ...]:
    """Changes of the inventory that the reviewed plan covers."""
    seen = set(reviewed.records)
    steps = {step.change.id for step in reviewed.steps}
    return tuple(record for record in fresh.records if record in seen or record.id in steps)


def _difference(then: Change, now: Change) -> str:
    """Why two changes of one object are not the same; empty when they are."""
    if type(then) is not type(now):
        return f"the plan says {_ACTIONS[type(then)]}, and it would be {_ACTIONS[type(now)]} now"
    if _before(then) != _before(now):
        return _CHANGED
    # What stands for secrets that nobody knew when the plan was made is known only now.
    if _after(then) and _after(then) != _after(now):
        return "what would be written is not what the plan was made for"
    return ""


def _before(change: Change) -> str:
    return "" if isinstance(change, Create) else change.before


def _after(change: Change) -> str:
    return "" if isinstance(change, Delete) else change.after


def described_writer(facts: Mapping[str, JsonValue]) -> str:
    """` (j.doe, 2026-11-21T22:14:00Z)`, as far as the server tells."""
    told = [facts.get(name) for name in ("updatedBy", "updatedAt")]
    words = [one for one in told if isinstance(one, str) and one]
    return f" ({', '.join(words)})" if words else ""


def is_all_stale(matches: Sequence[Match]) -> bool:
    """Whether nothing of the plan holds any more."""
    return bool(matches) and all(
        isinstance(one.outcome, Failed) and one.outcome.why is Why.STALE for one in matches
    )


_CHANGED: Final = "somebody changed it after the plan was made"
_ACTIONS: Final = {Create: "create", Update: "update", Delete: "delete"}
