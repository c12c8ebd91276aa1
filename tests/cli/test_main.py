from collections.abc import Callable

import click
import pytest

from reconciler.cli.main import COMMANDS, main
from reconciler.version import __version__
from tests.cli.conftest import Run

HELPFUL = [name for name in COMMANDS if name not in ("serve", "demo")]


def test_the_version_is_told(pvm: Run) -> None:
    assert pvm("--version").out == f"pvm {__version__}\n"


def test_help_reads_as_agreed(pvm: Run, golden: Callable[[str, str], None]) -> None:
    golden("help.txt", pvm("--help").out)


@pytest.mark.parametrize("name", HELPFUL)
def test_help_of_each_command_reads_as_agreed(
    pvm: Run, golden: Callable[[str, str], None], name: str
) -> None:
    golden(f"help-{name}.txt", pvm(name, "--help").out)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_name_in_the_table_is_a_command(name: str) -> None:
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.name == name


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--frobnicate",), "--frobnicate"),
        (("plam",), "did you mean 'plan'?"),
        (("device", "fetsh"), "fetsh"),
        (("zzz",), "zzz"),
        (("plan", "--detailed-exitcod"), "--detailed-exitcode"),
        (("plan", "--detailed"), "--detailed"),
        (("plan", "--select"), "--select"),
        (("plan", "--select", "shop/x"), "not a kind"),
        (("plan", "--ack", "deletes.Token"), "acknowledgement"),
        (("plan", "-o", "yaml"), "'text', 'json', 'ndjson'"),
        (("apply", "-o", "sarif"), "'text', 'json'"),
        (("plan", "--report", "json"), "FORMAT=PATH"),
        (("plan", "--report", "junit=x"), "'junit'"),
        (("plan", "--report", "json=/nowhere/x"), "/nowhere/x"),
        (("plan", "--report", "json=/"), "is a folder"),
        (("plan", "--out", "/nowhere/x"), "/nowhere/x"),
        (("plan", "--timeout", "15"), "duration"),
        (("plan", "--timeout", "0s"), "duration"),
        (("plan", "--rps", "0"), "--rps"),
        (("plan", "--concurrency", "many"), "--concurrency"),
        (("plan", "--wave", "1"), "--wave"),
        (("plan", "--on-conflict", "mine"), "neither ours"),
        (("plan", "--revert-drift=shop/x"), "not a kind"),
        (("plan", "--ack", "rollback=HEAD~1"), "names no commit"),
        (("apply", "--wave", "0"), "--wave"),
        (("export", "--factor"), "--factor"),
        (("show",), "PLAN"),
        (("show", "/nowhere/plan.json"), "/nowhere/plan.json"),
        (("explain", "store"), "KIND/NAME"),
        (("schema", "nonsense"), "nonsense"),
        (("completion", "tcsh"), "'bash', 'zsh', 'fish'"),
        (("validate", "/nowhere"), "/nowhere"),
        (("-C", "/nowhere", "validate"), "/nowhere"),
        (("validate", "-C", "/nowhere"), "/nowhere"),
        (("apply", "--yes", "-C", "/nowhere"), "/nowhere"),
    ],
)
def test_what_can_not_be_understood_is_64_and_says_what(
    pvm: Run, args: tuple[str, ...], words: str
) -> None:
    ran = pvm(*args)

    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith("error[usage]: ")
    assert words in ran.err


@pytest.mark.parametrize("args", [(), ("device",)])
def test_a_bare_group_shows_its_help_and_is_64(pvm: Run, args: tuple[str, ...]) -> None:
    ran = pvm(*args)

    assert (ran.code, ran.out) == (64, "")
    assert "Commands:" in ran.err


def test_a_usage_error_without_vv_has_no_traceback(pvm: Run) -> None:
    assert "Traceback" not in pvm("plan", "-v", "-C", "/nowhere").err


def test_vv_adds_the_traceback(pvm: Run) -> None:
    assert "Traceback" in pvm("plan", "-vv", "-C", "/nowhere").err


def test_apply_without_a_terminal_needs_yes(pvm: Run) -> None:
    ran = pvm("apply")

    assert ran.code == 64
    assert "pvm apply --yes" in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(pvm: Run, shell: str) -> None:
    ran = pvm("completion", shell)

    assert ran.code == 0
    assert "_PVM_COMPLETE" in ran.out


def test_completion_completes_commands_and_options(process: Run) -> None:
    words = {"_PVM_COMPLETE": "bash_complete", "COMP_CWORD": "1"}

    commands = process(env={**words, "COMP_WORDS": "pvm pl"}).out
    options = process(env={**words, "COMP_WORDS": "pvm plan --det", "COMP_CWORD": "2"}).out

    assert commands == "plain,plan\n"
    assert options == "plain,--detailed-exitcode\n"


BROKEN = "from reconciler.cli import main as m; m.COMMANDS['plan'] = ('os', ''); m.main()"
"""A table of commands that promises a command where there is none."""


def test_a_bug_is_one_error_and_1(process: Run) -> None:
    ran = process("plan", program=BROKEN)

    assert ran.code == 1
    assert ran.err.startswith("error[internal]: ")
    assert "Traceback" not in ran.err


def test_vv_after_a_command_that_can_not_be_loaded_is_a_bug_all_the_same(process: Run) -> None:
    assert process("plan", "-vv", program=BROKEN).code == 1
