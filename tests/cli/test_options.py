import click
import pytest
from click.testing import CliRunner

from reconciler.cli.call import Call
from reconciler.cli.options import (
    apply_options,
    parse_duration,
    parse_side,
    parse_wait,
    plan_options,
    selector_argument,
    wait_options,
)
from reconciler.cli.session import plan_options_of
from reconciler.core.plan import PlanOptions
from reconciler.core.problem import Misuse
from reconciler.core.project import Prune, Selection


@pytest.mark.parametrize(
    ("text", "seconds"), [("1ms", 0.001), ("15s", 15.0), ("2m", 120.0), ("1h", 3600.0)]
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == parse_wait(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "15", "s", "0s", "1.5s", "-1s", "1d", "1s ", "\u0661s", "9999999s"]
)
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 15s"):
        parse_duration(text)


def test_not_waiting_at_all_is_a_wait() -> None:
    assert parse_wait("0s") == 0.0
    with pytest.raises(ValueError, match="write it like 15s"):
        parse_wait("0")


@click.command()
@selector_argument
@plan_options
@apply_options
@wait_options
@click.pass_obj
def command(_: Call) -> None:
    """Stands for plan and apply."""


def told(*args: str) -> Call:
    call = Call()
    result = CliRunner().invoke(command, list(args), obj=call)
    assert result.exit_code == 0, result.output
    return call


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((), PlanOptions()),
        (("--prune",), PlanOptions(prune=Prune.OWNED)),
        (("--no-prune",), PlanOptions(prune=Prune.NEVER)),
        (("--revert-drift",), PlanOptions(revert=(("*", "*"),))),
        (
            ("--revert-drift=users/j.doe", "--revert-drift=token/A*"),
            PlanOptions(revert=(("PortalUser", "j.doe"), ("Token", "A*"))),
        ),
        (("--revert-drift", "--prune"), PlanOptions(prune=Prune.OWNED, revert=(("*", "*"),))),
        (("--on-conflict", "ours"), PlanOptions(ours=(("*", "*"),))),
        (
            ("--on-conflict", "ours:site/a", "--on-conflict=theirs:token"),
            PlanOptions(ours=(("Site", "a"),), theirs=(("Token", "*"),)),
        ),
        (
            ("--ack", "deletes.token=12", "--ack", "updates=300"),
            PlanOptions(acks={"deletes.Token": 12, "updates": 300}),
        ),
        (("--ack", "rollback=1c9e0d4"), PlanOptions(rollback="1c9e0d4")),
        (("token/A*",), PlanOptions(Selection((("Token", "A*"),)))),
    ],
)
def test_a_plan_is_made_as_it_was_asked_for(args: tuple[str, ...], options: PlanOptions) -> None:
    assert plan_options_of(told(*args)) == options


def test_how_a_plan_is_executed_is_kept_apart() -> None:
    call = told(
        *("--max-age", "1h", "--lock-timeout", "2m", "--allow-dirty", "--wave", "2", "--rehearse")
    )

    assert plan_options_of(call) == PlanOptions()
    assert (call.max_age_seconds, call.lock_timeout_seconds) == (3600, 120)
    assert (call.allow_dirty, call.wave, call.rehearse) == (True, 2, True)


def test_nothing_is_chosen_unless_it_is_said() -> None:
    call = told()

    assert (call.max_age_seconds, call.lock_timeout_seconds, call.wave) == (None, 0, None)
    assert not call.allow_dirty
    assert not call.rehearse


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--on-conflict", "mine"), "neither ours"),
        (("--ack", "rollback="), "names no commit"),
        (("--ack", "rollback=HEAD"), "names no commit"),
        (("--wave", "0"), "0 is not in the range"),
        (("--max-age", "0s"), "write it like 15s"),
    ],
)
def test_a_wrong_option_is_refused(args: tuple[str, ...], message: str) -> None:
    result = CliRunner().invoke(command, list(args), obj=Call())

    assert result.exit_code != 0
    assert message in result.output


def test_a_side_may_hold_for_some_objects_only() -> None:
    assert parse_side("theirs:BOOTSTRAPS/a:b") == ("theirs", ("Bootstrap", "a:b"))
    with pytest.raises(Misuse, match="is not a kind"):
        parse_side("ours:store/a")
