from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Skipped
from reconciler.core.plan import Plan, Record, Sort
from reconciler.core.receipt import Receipt
from reconciler.render.json import json_text
from reconciler.render.receipt import next_step, receipt_text
from reconciler.render.result_json import receipt_json
from reconciler.render.screen import columns_of
from reconciler.render.view import View
from tests.render.conftest import receipt_of


@pytest.mark.parametrize("width", [80, 120])
def test_a_receipt_reads_as_agreed(
    mixed: Receipt, golden: Callable[[str, str], None], width: int
) -> None:
    golden(f"receipt-{width}.txt", receipt_text(mixed, View(width)))


def test_a_receipt_as_data(mixed: Receipt, golden: Callable[[str, str], None]) -> None:
    short = replace(
        mixed, plan=replace(mixed.plan, steps=(), groups=()), outcomes=mixed.outcomes[-7:]
    )

    golden("receipt.json", json_text(receipt_json(short)))


def test_a_run_that_is_counted_says_which_it_was(empty_plan: Plan) -> None:
    records = tuple(Record(ResourceId("Site", f"s{n}"), Sort.ADOPTED) for n in range(900))
    plan = replace(empty_plan, records=records, waves=(412, 292))
    receipt = replace(receipt_of(plan), number=1119, wave=2, undo_file=".pvm/undo/1119.json")

    first, *rest = receipt_text(receipt, View(120)).split("\n")
    assert first.endswith(" · apply #1,119 · wave 2 of 2")
    assert rest == [
        "",
        "applied   900 adopted · 12.3 s",
        "undo      pvm undo .pvm/undo/1119.json",
    ]


def test_what_the_inventory_does_not_hold_is_not_claimed(empty_plan: Plan) -> None:
    plan = replace(empty_plan, records=(Record(ResourceId("Site", "s"), Sort.ADOPTED),))
    receipt = replace(receipt_of(plan), number=7, unrecorded="PUT: 503", lease_lost=True)
    text = receipt_text(receipt, View(120))

    assert "inventory not complete: PUT: 503" in text
    assert "lease     another apply may write now: nothing new was started" in text
    assert "adopted" not in text
    lone = receipt_text(replace(receipt, lease_lost=False), View(120))
    assert "again to complete the inventory" in lone


def test_drift_that_stays_is_counted(busy_plan: Plan) -> None:
    plan = replace(busy_plan, stops=(), blocked=())

    assert "applied   4 drift kept · 12.3 s" in receipt_text(receipt_of(plan), View(120))


def test_a_good_run_is_a_line(empty_plan: Plan, golden: Callable[[str, str], None]) -> None:
    applied = tuple(Applied(ResourceId("Site", f"s{n}"), "created") for n in range(3))

    golden(
        "receipt-good.txt",
        receipt_text(replace(receipt_of(empty_plan), outcomes=applied), View(80)),
    )


def test_nothing_to_do_says_so(empty_plan: Plan, golden: Callable[[str, str], None]) -> None:
    golden("receipt-nothing.txt", receipt_text(receipt_of(empty_plan), View(80)))


def test_a_stopped_plan_says_why(busy_plan: Plan, golden: Callable[[str, str], None]) -> None:
    golden("receipt-stopped.txt", receipt_text(receipt_of(busy_plan), View(80)))


def test_an_interrupted_run_says_how_to_go_on(mixed: Receipt) -> None:
    assert "again to continue" in receipt_text(replace(mixed, interrupted=True), View(80))


def test_a_lost_lease_is_told_with_what_to_do(empty_plan: Plan) -> None:
    text = receipt_text(replace(receipt_of(empty_plan), lease_lost=True), View(100))

    assert "lease     another apply may write now: nothing new was started" in text
    assert "next      run `pvm apply` again once the cause is gone" in text


def test_a_server_that_does_not_have_what_was_written_is_looked_at_next(mixed: Receipt) -> None:
    well = replace(mixed, outcomes=(), unrecorded="")
    assert well.discrepancies
    assert next_step(well) == "`pvm plan` shows how the server differs now"
    assert next_step(replace(well, discrepancies=())) == ""


def test_long_lists_are_cut_and_say_so(mixed: Receipt) -> None:
    failed = tuple(Failed(ResourceId("Token", f"T{n}"), f"why {n}") for n in range(30))
    skipped = tuple(
        Skipped(ResourceId("Token", f"S{n}"), ResourceId("Bootstrap", f"b{n}")) for n in range(31)
    )
    many = replace(mixed, outcomes=(*failed, *skipped))

    short, full = receipt_text(many, View(80)), receipt_text(many, View(80, full=True))

    assert ("22 more" in short, "why 29" in short) == (True, False)
    assert "31 tokens   S0 … S30\n        each needs one of 31 bootstraps: b0 … b30\n" in short
    assert ("why 29" in full, "needs Bootstrap/b30" in full, " more (" in full) == (1, 1, 0)


def test_what_failed_alike_shares_a_row(empty_plan: Plan) -> None:
    failed = tuple(Failed(ResourceId("Bootstrap", f"store-{n}"), "POST: 503") for n in range(40))
    later = tuple(Skipped(ResourceId("Token", f"T{n}"), None, "wave 2") for n in range(3291))
    text = receipt_text(replace(receipt_of(empty_plan), outcomes=(*failed, *later)), View(80))

    assert text.split("\n")[2:] == [
        "FAILED    the server refused these, or did not answer",
        "  x 40 bootstraps   store-0 … store-39",
        "        POST: 503",
        "",
        "SKIPPED   not tried",
        "  - 3,291 tokens   T0 … T3290",
        "        wave 2",
        "",
        "applied   40 failed · 3,291 skipped · 12.3 s",
        "next      run `pvm apply` again once the cause is gone; what is done stays done",
    ]


def test_waves_that_are_left_are_no_failure(empty_plan: Plan) -> None:
    outcomes = (
        Applied(ResourceId("Site", "s"), "updated"),
        Skipped(ResourceId("Site", "t"), None, "in wave 2"),
    )
    receipt = replace(receipt_of(empty_plan), outcomes=outcomes, postponed="the window closed")
    lines = receipt_text(receipt, View(80)).split("\n")

    assert "waves     the window closed" in lines
    assert lines[-1] == "next      run `pvm apply` again for the waves that are left"


def test_what_the_server_rewrites_is_told_and_no_failure(mixed: Receipt) -> None:
    receipt = replace(
        receipt_of(mixed.plan), normalised=mixed.discrepancies, plan=replace(mixed.plan, blocked=())
    )
    text = receipt_text(receipt, View(80))

    assert "REWRITTEN the server keeps another form" in text
    assert '/proServerName    "a" → "A"' in text
    assert "next" not in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen_or_acts_on_it(mixed: Receipt, width: int) -> None:
    lines = receipt_text(mixed, View(width)).split("\n")

    assert [line for line in lines if columns_of(line) > width or not line.isprintable()] == []
