"""Reads what `plan_encoding.py` wrote; every function raises `Malformed` with the place."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar

from reconciler.core.change import Change, Create, Delete, FieldChange, Update
from reconciler.core.identity import ResourceId
from reconciler.core.plan import (
    Base,
    Blocked,
    Class,
    Drifted,
    Group,
    Header,
    Mark,
    Pairs,
    Plan,
    PlanOptions,
    Reach,
    Record,
    Sort,
    Step,
    Stop,
    TakenBack,
    UsedToken,
)
from reconciler.core.plan_encoding import ACTIONS
from reconciler.core.plan_node import Node
from reconciler.core.pointer import order_key
from reconciler.core.project import Prune, Selection
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal

_Read = TypeVar("_Read")
_Word = TypeVar("_Word", bound=StrEnum)

_ACTIONS: Final = {action: action for action in ACTIONS.values()}
_DANGERS: Final = {action: action for action in ("delete", "repoint")}


def read_content(root: Node) -> Plan:
    """The plan of a file's root."""
    groups = _all(root, "groups", _read_group)
    return Plan(
        header=_read_header(root),
        steps=tuple(_read_step(node, groups) for node in root.field("changes").items()),
        groups=groups,
        blocked=_all(root, "blocked", _read_blocked),
        stops=_all(root, "stops", _read_stop),
        unmanaged=_all(root, "unmanaged", _read_id),
        unchanged=root.field("summary").field("unchanged").count(),
        listed=root.field("listed").counts(),
        requests=root.field("requests").counts(),
        warnings=_all(root, "warnings", Node.text),
        records=_all(root, "records", _read_record),
        drifted=_all(root, "drifted", _read_drifted),
        normalised=_all(root, "normalised", _read_id),
        retained=_all(root, "retained", _read_id),
        base=_read_base(root.field("base")),
        guarantees=_all(root, "guarantees", Node.text),
        waves=_all(root, "waves", Node.count),
        wave_names=_all(root, "waveNames", Node.text) if "waveNames" in root.map() else (),
        options=_read_options(root.field("options")),
        reach=_read_reach(root),
        used=_all(root, "used", _read_used) if "used" in root.map() else (),
        clean_after=_read_mark(root),
    )


def _read_reach(root: Node) -> Reach | None:
    """Since format 2.1."""
    if root.map().get("reach") is None:
        return None
    node = root.field("reach")
    groups = root.field("groups").items()
    return Reach(
        _read_time(node.field("usedAfter")),
        node.field("devices").count(),
        tuple(group.field("devices").count() for group in groups),
    )


def _read_used(node: Node) -> UsedToken:
    return UsedToken(
        _read_id(node),
        node.field("action").one_of(_DANGERS),
        node.field("lastUsedAt").text(),
        _count_or_none(node.field("uses")),
        _count_or_none(node.field("devices")),
    )


def _count_or_none(node: Node) -> int | None:
    return None if node.value is None else node.count()


def _read_mark(root: Node) -> Mark | None:
    """Since format 2.1."""
    if root.map().get("cleanAfter") is None:
        return None
    node = root.field("cleanAfter")
    return Mark(node.field("number").count(), _read_time(node.field("finished")))


def _all(node: Node, key: str, read: Callable[[Node], _Read]) -> tuple[_Read, ...]:
    return tuple(map(read, node.field(key).items()))


def _read_header(root: Node) -> Header:
    target, source = root.field("target"), root.field("source")
    return Header(
        project=root.field("project").text(),
        target=target.field("name").text(),
        url=target.field("url").text(),
        customer=target.field("customer").text(),
        created=_read_time(root.field("created")),
        tool=root.field("tool").field("version").text(),
        commit=source.field("commit").text_or_none(),
        clean=source.field("clean").flag_or_none(),
        source_hash=source.field("hash").text(),
        expires=_read_time(root.field("expires")),
        undoes=_read_undoes(root),
    )


def _read_undoes(root: Node) -> TakenBack | None:
    if "undoes" not in root.map():
        return None
    node = root.field("undoes")
    return TakenBack(node.field("apply").text(), node.field("number").count())


def _read_time(node: Node) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text())
        utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        node.refuse("a time such as 2026-11-22T17:55:00Z")
    if moment.tzinfo is None:
        node.refuse("a time with its zone, such as 2026-11-22T17:55:00Z")
    return utc


def _read_base(node: Node) -> Base | None:
    if node.value is None:
        return None
    return Base(
        apply=node.field("apply").text(),
        number=node.field("number").count(),
        finished=_read_time(node.field("finished")),
        commit=node.field("commit").text_or_none(),
        inventory=node.field("inventory").text(),
    )


def _read_options(node: Node) -> PlanOptions:
    prune = node.field("prune")
    acks = node.field("acks")
    return PlanOptions(
        selection=Selection(_read_pairs(node, "select"), _read_pairs(node, "exclude")),
        acks={name: acks.field(name).count() for name in acks.map()},
        prune=None if prune.value is None else _read_word(prune, _PRUNES),
        revert=_read_pairs(node, "revert"),
        ours=_read_pairs(node, "ours"),
        theirs=_read_pairs(node, "theirs"),
        rollback=node.field("rollback").text(),
    )


def _read_pairs(node: Node, key: str) -> Pairs:
    return tuple(
        (pair.field("kind").text(), pair.field("name").text()) for pair in node.field(key).items()
    )


def _read_id(node: Node) -> ResourceId:
    return ResourceId(node.field("kind").text(), node.field("name").text())


def _words(enum: type[_Word]) -> Mapping[str, _Word]:
    return {member.value: member for member in enum}


_CLASSES: Final = _words(Class)
_SORTS: Final = _words(Sort)
_PRUNES: Final = _words(Prune)


def _read_word(node: Node, words: Mapping[str, _Read]) -> _Read:
    return words[node.one_of(words)]


def _read_group(node: Node) -> Group:
    kind = node.field("kind").text()
    return Group(
        action=node.field("action").one_of(_ACTIONS),
        class_=_read_word(node.field("class"), _CLASSES),
        kind=kind,
        causes=_all(node, "causes", Node.text),
        fields=_read_fields(node.field("patch")),
        members=tuple(ResourceId(kind, name.text()) for name in node.field("members").items()),
    )


def _read_step(node: Node, groups: Sequence[Group]) -> Step:
    group = node.field("group").count()
    if group >= len(groups):
        node.field("group").refuse("the number of a group")
    wave = node.field("wave").count()
    if not wave:
        node.field("wave").refuse("a number from 1")
    return Step(
        change=_read_change(node, groups[group].fields),
        class_=_read_word(node.field("class"), _CLASSES),
        needs=_all(node, "needs", _read_id),
        group=group,
        wave=wave,
        kept=_read_fields(node.field("kept")) if "kept" in node.map() else (),
    )


def _read_change(node: Node, shared: tuple[FieldChange, ...]) -> Change:
    """An update has the patch of its group."""
    id_ = _read_id(node)
    action = node.field("action").one_of(_ACTIONS)
    if action == "create":
        return Create(id_, _read_fields(node.field("patch")), node.field("after").text())
    before, version = node.field("before").text(), node.field("version").text_or_none()
    if action == "delete":
        return Delete(id_, _read_fields(node.field("patch")), before, version)
    return Update(id_, shared, before, node.field("after").text(), version)


def _read_record(node: Node) -> Record:
    return Record(_read_id(node), _read_word(node.field("sort"), _SORTS))


def _read_drifted(node: Node) -> Drifted:
    return Drifted(
        id=_read_id(node),
        fields=_read_fields(node.field("patch")),
        cause=node.field("cause").text(),
        changed_by=node.field("changedBy").text(),
        changed_at=node.field("changedAt").text(),
        writers=_all(node, "writers", Node.text) if "writers" in node.map() else (),
        first_at=node.field("firstAt").text() if "firstAt" in node.map() else "",
    )


def _read_blocked(node: Node) -> Blocked:
    fields = _read_fields(node.field("patch"))
    return Blocked(
        id=_read_id(node),
        action=node.field("action").one_of(_ACTIONS),
        guard=node.field("guard").text(),
        reason=node.field("reason").text(),
        fix=node.field("fix").text(),
        fields=fields,
        was=_read_was(node.field("was"), fields) if "was" in node.map() else (),
    )


def _read_was(node: Node, fields: Sequence[FieldChange]) -> tuple[Maybe, ...]:
    values = {
        one.field("path").pointer_text(): _optional(one.map(), "value") for one in node.items()
    }
    if set(values) != {field.pointer for field in fields}:
        node.refuse("an item for each operation of the patch")
    return tuple(values[field.pointer] for field in fields)


def _read_stop(node: Node) -> Stop:
    return Stop(*(node.field(key).text() for key in ("guard", "reason", "fix")))


def _read_fields(node: Node) -> tuple[FieldChange, ...]:
    fields = [_read_field(operation) for operation in node.items()]
    return tuple(sorted(fields, key=lambda field: order_key(field.pointer)))


def _read_field(node: Node) -> FieldChange:
    return FieldChange(
        pointer=node.field("path").pointer_text(),
        before=_optional(node.map(), "before"),
        after=_optional(node.map(), "value"),
        hidden=json_equal(_optional(node.map(), "hidden"), True),  # noqa: FBT003 -- JSON's true
    )


def _optional(fields: Mapping[str, JsonValue], key: str) -> Maybe:
    return fields.get(key, ABSENT)
