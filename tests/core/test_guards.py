from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Inventory
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.planning import make_plan
from reconciler.core.ports import Account
from reconciler.core.project import Hold, Prune, Scope, Selection
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue
from tests.core.situations import (
    ADMIN,
    HEAD,
    desired,
    entry,
    live,
    owned,
    project,
    site,
    situation,
    token,
    user,
)

PRUNING = project(prune=Prune.SCOPE)
ALL = PlanOptions()
SUPER = user("Super-Admin")
ACTIVE: Mapping[str, JsonValue] = {"status": "ACTIVE"}


def pruned(
    *server: Live, declared: tuple[Desired, ...] = (), account: Account | None = ADMIN
) -> Plan:
    return make_plan(situation(declared, server, PRUNING, account=account), PlanOptions())


def guards(plan: Plan) -> dict[str, str]:
    return {str(blocked.id): blocked.guard for blocked in plan.blocked}


@pytest.mark.parametrize(
    "name",
    ["Direct-Access-Bootstrap", "Extension-Manager-Bootstrap", "Direct-Access-Bootstrap-acme-1"],
)
def test_starter_bootstraps_are_never_deleted(name: str) -> None:
    assert guards(pruned(live("Bootstrap", name, {}))) == {f"Bootstrap/{name}": "starter-pair"}


def test_a_starter_token_is_never_deleted_and_keeps_its_bootstrap() -> None:
    plan = pruned(live("Bootstrap", "b1", {}), live("Token", "direct-access-TOKEN", token("b1")))
    assert guards(plan) == {
        "Token/direct-access-TOKEN": "starter-pair",
        "Bootstrap/b1": "needs-blocked",
    }


def test_names_that_only_begin_like_a_starter_pair_are_ordinary() -> None:
    plan = pruned(
        live("Bootstrap", "Direct-Access-Bootstrap-ACME_1", {}),
        live("Site", "Direct-Access-Bootstrap", site(), facts={"deviceCount": 0}),
    )
    assert guards(plan) == {}
    assert len(plan.steps) == 2


def test_a_declared_starter_bootstrap_can_be_changed() -> None:
    name = "Direct-Access-Bootstrap"
    plan = pruned(live("Bootstrap", name, {}), declared=(desired("Bootstrap", name, {"a": 1}),))
    assert [step.class_ for step in plan.steps] == ["pending update"]


def test_a_protected_object_stays_however_it_is_spelled() -> None:
    server = [live("Bootstrap", "b1", {}), live("Token", "T-1", token("b1"))]
    inventory = replace(owned(server), protected=frozenset({("Token", "t-1")}))
    plan = make_plan(situation([], server, PRUNING, inventory=inventory), PlanOptions())
    assert guards(plan) == {"Token/T-1": "protect", "Bootstrap/b1": "needs-blocked"}


def test_a_bootstrap_that_an_unmanaged_token_names_stays() -> None:
    rules = project(prune=Prune.SCOPE, scope=Scope({"Bootstrap": ("*",)}))
    server = [
        live("Bootstrap", "b1", {}),
        live("Bootstrap", "b2", {}),
        *(live("Token", f"T-{n}", token("b1")) for n in (2, 1)),
    ]
    plan = make_plan(situation([], server, rules), PlanOptions())
    (blocked,) = plan.blocked
    assert (blocked.guard, blocked.reason) == ("referenced", "Token/T-1 and 1 more still names it")
    assert [str(step.change.id) for step in plan.steps] == ["Bootstrap/b2"]


def test_a_bootstrap_is_deleted_after_its_token_points_elsewhere() -> None:
    plan = pruned(
        live("Bootstrap", "b1", {}),
        live("Token", "T-1", token("b1")),
        declared=(desired("Bootstrap", "b2", {}), desired("Token", "t-1", token("b2"))),
    )
    needs = {str(step.change.id): list(map(str, step.needs)) for step in plan.steps}
    assert needs == {
        "Bootstrap/b2": [],
        "Token/t-1": ["Bootstrap/b2"],
        "Bootstrap/b1": ["Token/t-1"],
    }


def test_without_a_list_of_tokens_no_bootstrap_is_deleted() -> None:
    only = project(prune=Prune.SCOPE, scope=Scope({"Bootstrap": ("*",)}))
    state = situation([], [live("Bootstrap", "b1", {})], only)
    partial = replace(state, live={"Bootstrap": state.live["Bootstrap"]})
    plan = make_plan(partial, PlanOptions())
    assert guards(plan) == {"Bootstrap/b1": "referenced"}


@pytest.mark.parametrize(
    ("count", "blocked", "reason"),
    [
        (0, False, ""),
        (1, True, "1 device is registered"),
        (12, True, "12 devices are registered"),
        (None, True, "does not say"),
        (False, True, "does not say"),
    ],
)
def test_a_site_goes_only_when_it_is_known_to_be_empty(
    count: JsonValue,
    blocked: bool,  # noqa: FBT001 -- a column of the table
    reason: str,
) -> None:
    plan = pruned(live("Site", "s1", site(), facts={"deviceCount": count}))
    assert bool(plan.blocked) is blocked
    assert all(reason in item.reason and item.guard == "devices" for item in plan.blocked)


def test_a_site_that_a_bootstrap_still_names_stays() -> None:
    plan = pruned(
        live("Site", "s1", site(), facts={"deviceCount": 0}),
        declared=(desired("Bootstrap", "b1", {"site": "s1"}),),
    )
    assert guards(plan) == {"Site/s1": "referenced"}


def test_the_account_in_use_is_never_deleted() -> None:
    plan = pruned(
        live("PortalUser", "ROOT", SUPER, facts=ACTIVE),
        live("PortalUser", "other", SUPER, facts=ACTIVE),
    )
    assert guards(plan) == {"PortalUser/ROOT": "own-account"}


def test_the_account_in_use_keeps_its_role_but_may_change_its_mail() -> None:
    server = [live("PortalUser", name, SUPER, facts=ACTIVE) for name in ("root", "other")]
    demoted = pruned(*server, declared=(desired("PortalUser", "root", user("Admin")),))
    assert guards(demoted)["PortalUser/root"] == "own-account"
    mailed = pruned(
        *server,
        declared=(
            desired("PortalUser", "root", user("Super-Admin", "new@acme.example")),
            desired("PortalUser", "other", SUPER),
        ),
    )
    assert guards(mailed) == {}
    assert len(mailed.steps) == 1


def test_without_an_account_no_user_is_deleted_or_demoted() -> None:
    plan = pruned(
        live("PortalUser", "a", user()),
        live("PortalUser", "b", SUPER, facts=ACTIVE),
        declared=(desired("PortalUser", "b", user()),),
        account=None,
    )
    assert set(guards(plan).values()) == {"own-account"}
    assert len(plan.blocked) == 2


def test_one_super_admin_who_can_sign_in_is_left() -> None:
    plan = pruned(
        live("PortalUser", "a", SUPER, facts=ACTIVE),
        live("PortalUser", "b", SUPER, facts=ACTIVE),
        live("PortalUser", "c", SUPER, facts={"status": "INVITED"}),
        live("PortalUser", "d", user(), facts=ACTIVE),
        declared=(desired("PortalUser", "a", user("Admin")),),
        account=Account("d", "Super-Admin", "ACME"),
    )
    assert guards(plan) == {"PortalUser/b": "last-super-admin", "PortalUser/d": "own-account"}
    assert [str(step.change.id) for step in plan.steps] == ["PortalUser/a", "PortalUser/c"]


def test_a_token_waits_for_a_bootstrap_that_is_not_selected() -> None:
    plan = make_plan(
        situation([desired("Bootstrap", "b1", {}), desired("Token", "T-1", token("b1"))], []),
        PlanOptions(selection=Selection(select=(("Token", "*"),))),
    )
    (blocked,) = plan.blocked
    assert (blocked.guard, blocked.fix) == ("needs-blocked", 'select bootstrap "b1" as well')
    assert plan.steps == ()


def deleting(facts: Mapping[str, JsonValue], **options: int) -> Plan:
    """A token that is ours and declared no more."""
    server = [live("Bootstrap", "b1", {}), live("Token", "T-1", token("b1"), facts=facts)]
    kept = [desired("Bootstrap", "b1", {})]
    return make_plan(situation(kept, server, PRUNING), PlanOptions(acks=options))


@pytest.mark.parametrize(
    ("used", "refused"),
    [
        (None, False),
        ("2026-11-22T17:00:00Z", True),
        ("2026-10-23T17:55:00Z", True),
        ("2026-10-23T17:54:59Z", False),
        ("yesterday", True),
        ("2026-10-01T00:00:00", True),
        (5, True),
    ],
)
def test_a_token_that_a_device_used_lately_stays(
    used: JsonValue,
    refused: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    plan = deleting({"lastUsedAt": used})
    assert guards(plan) == ({"Token/T-1": "used-token"} if refused else {})
    assert guards(deleting({"lastUsedAt": used}, used=1)) == {}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"useCount": 1234}, "devices used T-1 1,234 times, the last time on 2026-11-22 at 17:00Z"),
        ({"useCount": 1}, "devices used T-1 once, the last time on 2026-11-22 at 17:00Z"),
        ({}, "a device used T-1, the last time on 2026-11-22 at 17:00Z"),
        ({"lastUsedAt": "lately"}, "the server does not say when T-1 was used"),
    ],
)
def test_a_used_token_is_named_with_its_uses_and_the_number_to_acknowledge(
    facts: Mapping[str, JsonValue], reason: str
) -> None:
    (blocked,) = deleting({"lastUsedAt": "2026-11-22T17:00:00Z", **facts}).blocked
    assert blocked.reason == reason
    assert blocked.fix == "wait until it was unused for 30 days, or add --ack used=1"


def test_a_server_that_does_not_tell_of_use_lets_no_token_go() -> None:
    state = situation([desired("Bootstrap", "b1", {})], [], PRUNING)
    bare = Live(ResourceId("Token", "T-1"), token("b1"), "1", {})
    boot = live("Bootstrap", "b1", {})
    lists = {**state.live, "Token": [bare], "Bootstrap": [boot]}
    plan = make_plan(replace(state, live=lists, inventory=owned([bare, boot])), PlanOptions())
    assert guards(plan) == {"Token/T-1": "used-token"}


def test_an_acknowledgement_covers_all_or_none() -> None:
    server = [live("Bootstrap", "b1", {})]
    server += [
        live("Token", f"T-{n}", token("b1"), facts={"lastUsedAt": "2026-11-22T17:00:00Z"})
        for n in range(3)
    ]
    state = situation([desired("Bootstrap", "b1", {})], server, PRUNING)
    for number, left in ((2, 3), (3, 0), (4, 0)):
        assert len(make_plan(state, PlanOptions(acks={"used": number})).blocked) == left


def test_an_object_on_hold_is_left_alone_to_its_last_day() -> None:
    server = [live("Bootstrap", "b1", {}), live("Token", "T-1", token("b1"))]
    declared = [desired("Bootstrap", "b1", {"a": 1}), desired("Token", "t-1", token("b1", "new"))]
    for day, wanted in ((21, {}), (22, {"Token/t-1": "hold"}), (23, {"Token/t-1": "hold"})):
        hold = Hold("Token", "T-1", date(2026, 11, day), "INC-4417")
        plan = make_plan(situation(declared, server, replace(project(), holds=(hold,))), ALL)
        assert guards(plan) == wanted
        assert any("ended" in warning for warning in plan.warnings) is (day == 21)


def test_what_another_project_owns_is_left_alone_and_named() -> None:
    server = [live("Bootstrap", "b1", {}), live("Bootstrap", "b2", {})]
    owners = {("Bootstrap", "b1"): "globex", ("Bootstrap", "b2"): "globex"}
    inventory = replace(owned([]), foreign=owners)
    for rules in (project(), PRUNING):
        state = situation([desired("Bootstrap", "b1", {})], server, rules, inventory=inventory)
        plan = make_plan(state, ALL)
        assert [(str(b.id), b.guard) for b in plan.blocked] == [("Bootstrap/b1", "foreign")]
        assert (plan.steps, plan.records) == ((), ())
    changed = situation([desired("Bootstrap", "b1", {"a": 1})], server, inventory=inventory)
    (blocked,) = make_plan(changed, ALL).blocked
    assert (blocked.guard, "globex" in blocked.reason) == ("foreign", True)


def test_without_an_inventory_nothing_is_deleted() -> None:
    state = situation([], [live("Bootstrap", "b1", {})], PRUNING, inventory=Inventory())
    assert guards(make_plan(state, ALL)) == {"Bootstrap/b1": "inventory"}


def test_without_lists_a_deletion_needs_to_be_acknowledged() -> None:
    rules = replace(PRUNING, prune=Prune.OWNED)
    state = situation([], [live("Bootstrap", "b1", {})], rules)
    blind = replace(state, unlisted=frozenset({"Bootstrap"}))
    assert guards(make_plan(blind, ALL)) == {"Bootstrap/b1": "unverified"}
    assert guards(make_plan(blind, PlanOptions(acks={"unverified": 1}))) == {}


def test_what_undo_took_back_is_not_applied_again_by_itself() -> None:
    server = [live("Bootstrap", "b1", {"a": 1})]
    again = desired("Bootstrap", "b1", {"a": 2})
    known = owned(server)
    head = replace(HEAD, undone={"Bootstrap/b1": entry(again).asked})
    state = situation([again], server, inventory=replace(known, head=head))
    assert guards(make_plan(state, ALL)) == {"Bootstrap/b1": "undone"}
    assert guards(make_plan(state, PlanOptions(acks={"undone": 1}))) == {}
    other = replace(state, declared=[desired("Bootstrap", "b1", {"a": 3})])
    assert guards(make_plan(other, ALL)) == {}


def test_a_renamed_token_stays_while_it_is_used_and_says_what_it_is_now() -> None:
    facts = {"lastUsedAt": "2026-11-22T17:00:00Z"}
    server = [live("Bootstrap", "b1", {}), live("Token", "OLD", token("b1"), facts=facts)]
    new = replace(desired("Token", "NEW", token("b1")), renamed_from=("old",))
    state = situation([desired("Bootstrap", "b1", {}), new], server, PRUNING)
    plan = make_plan(state, ALL)
    assert [str(step.change.id) for step in plan.steps] == ["Token/NEW"]
    (blocked,) = plan.blocked
    assert "NEW" in blocked.reason
