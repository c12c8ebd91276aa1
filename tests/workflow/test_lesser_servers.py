"""Servers that lack something: each is still planned for, applied to and told what it can't do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from reconciler.cli.exits import Exit, Interruption, of_receipt
from reconciler.core.plan import Class, PlanOptions
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from tests.remote.fake_server import EVERYTHING
from tests.workflow.stages import Memory
from tests.world.world import declared

OFF = {name: {"list": ""} for name in KINDS}
UNREAD = {name: {"get": ""} for name in KINDS}


@dataclass(frozen=True, slots=True)
class Lesser:
    """One server, and a word of what the plan says that it can't promise."""

    offers: Sequence[str] = EVERYTHING
    lacks: Mapping[str, object] = field(default_factory=dict)
    endpoints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    told: str = ""

    def stage(self) -> Memory:
        made = Memory(self.lacks, self.endpoints)
        made.begin_anew(tuple(self.offers))
        return made


def without(*names: str) -> tuple[str, ...]:
    return tuple(one for one in EVERYTHING if one not in names)


SERVERS = {
    "everything": Lesser(),
    "no entity tags": Lesser(without("etag"), told="no entity tags"),
    "no versions": Lesser(without("etag"), {"versions": False}, told="no entity tags"),
    "no streams": Lesser(without("ndjson"), told="no streamed lists"),
    "no change sets": Lesser(without("changes"), told="no change sets"),
    "no events": Lesser(without("events"), told="no events"),
    "no devices": Lesser(without("devices"), told="no count of devices"),
    "no sources": Lesser(without("sources")),
    "no capabilities": Lesser(lacks={"missing": ("capabilities",)}, told="no change sets"),
    "no account": Lesser(lacks={"missing": ("account",)}),
    "no lists": Lesser(lacks={"missing": ("lists",)}, endpoints=OFF, told="no lists"),
    "no reads": Lesser(lacks={"missing": ("reads",)}, endpoints=UNREAD),
    "nothing": Lesser(
        (),
        {"missing": ("capabilities", "account", "lists"), "versions": False},
        OFF,
        "no lists",
    ),
}
ACKS = PlanOptions(acks={"unverified": 9, "deletes.PortalUser": 9})


def objects(text: str, names: str) -> list[Desired]:
    found = []
    for name in names:
        token: dict[str, JsonValue] = {"appId": "WFC_PRO_ANDROID", "description": text}
        found += [
            declared("Site", f"s{name}", {"proServerName": text}),
            declared("Bootstrap", f"b{name}", {"text": text}),
            declared("Token", f"t{name}", {**token, "bootstrap": f"b{name}"}),
        ]
    return found


def apply(stage: Memory, given: Sequence[Desired]) -> Exit:
    task = stage.task(given)
    plan = stage.plan(task, ACKS)
    return of_receipt(stage.apply(task, plan, stage.wire()), Interruption.INTERRUPT)


def values(stage: Memory) -> dict[str, JsonValue]:
    return {
        name: row["parameters"]
        for name, row in stage.server.rows["bootstrap"].items()
        if not name.startswith("pvm-")
    }


@pytest.mark.parametrize("name", SERVERS)
def test_what_is_declared_comes_changes_and_goes(name: str) -> None:
    stage = SERVERS[name].stage()
    assert apply(stage, objects("a", "123")) is Exit.OK
    assert apply(stage, objects("b", "23")) is Exit.OK
    assert values(stage) == {"b2": {"text": "b"}, "b3": {"text": "b"}}
    assert set(stage.server.rows["token"]) == {"t2", "t3"}
    left = stage.plan(stage.task(objects("b", "23")), ACKS)
    assert (left.steps, left.records, left.stops, left.drifted) == ((), (), (), ())


@pytest.mark.parametrize("name", SERVERS)
def test_the_plan_says_what_the_server_can_not_promise(name: str) -> None:
    lesser = SERVERS[name]
    stage = lesser.stage()
    found = stage.plan(stage.task(objects("a", "1")), ACKS)
    if lesser.told:
        assert any(one.startswith(lesser.told) for one in found.guarantees)
    else:
        assert found.guarantees == ()


@pytest.mark.parametrize("name", SERVERS)
def test_what_somebody_changed_is_drift_and_stays(name: str) -> None:
    stage = SERVERS[name].stage()
    apply(stage, objects("a", "12"))
    stage.server.rows["bootstrap"]["b1"] |= {"parameters": {"text": "theirs"}, "version": 7}
    plan = stage.plan(stage.task(objects("a", "12")), ACKS)
    assert [str(one.id) for one in plan.drifted] == ["Bootstrap/b1"]
    assert plan.steps == ()
    assert apply(stage, objects("a", "12")) is Exit.OK
    assert values(stage) == {"b1": {"text": "theirs"}, "b2": {"text": "a"}}


def test_without_lists_deletions_need_a_word() -> None:
    stage = SERVERS["no lists"].stage()
    apply(stage, objects("a", "12"))
    plan = stage.plan(stage.task(objects("a", "1")), PlanOptions())
    assert plan.steps == ()
    assert {one.guard for one in plan.blocked} == {"unverified"}


def test_a_server_that_can_not_be_read_at_all_has_no_plan() -> None:
    off = {name: {"list": "", "get": ""} for name in KINDS}
    stage = Lesser(lacks={"missing": ("lists", "reads")}, endpoints=off).stage()
    plan = stage.plan(stage.task(objects("a", "1")), ACKS)
    assert plan.stops
    assert stage.server.asked == 0


@pytest.mark.parametrize("offers", [EVERYTHING, without("changes"), ()])
def test_what_the_server_normalises_is_no_drift(offers: tuple[str, ...]) -> None:
    def shout(path: str, fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if path != "site":
            return fields
        return {**fields, "proServerName": str(fields["proServerName"]).upper()}

    stage = Lesser(offers, {"normalise": shout}).stage()
    apply(stage, objects("a", "1"))
    assert stage.server.rows["site"]["s1"]["proServerName"] == "A"
    left = stage.plan(stage.task(objects("a", "1")), ACKS)
    assert (left.steps, left.drifted) == ((), ())
    changed = stage.plan(stage.task(objects("b", "1")), ACKS)
    assert {step.class_ for step in changed.steps} == {Class.PENDING_UPDATE}
    assert apply(stage, objects("b", "1")) is Exit.OK
    assert stage.server.rows["site"]["s1"]["proServerName"] == "B"


@pytest.mark.parametrize("offers", [EVERYTHING, without("changes")])
def test_of_a_write_that_somebody_is_faster_with_theirs_stays(offers: tuple[str, ...]) -> None:
    stage = Lesser(offers).stage()
    apply(stage, objects("a", "12"))
    writes = stage.server.asked

    def edit(number: int, when: str) -> None:
        # The first write takes the lease; the object is changed before the next.
        if (number, when) == (writes + 2, "before"):
            theirs: dict[str, JsonValue] = {"parameters": {"text": "theirs"}, "version": 9}
            stage.server.rows["bootstrap"]["b1"] |= theirs

    stage.server.person = edit
    assert apply(stage, objects("b", "12")) is Exit.PARTLY_APPLIED
    assert values(stage) == {"b1": {"text": "theirs"}, "b2": {"text": "b"}}
