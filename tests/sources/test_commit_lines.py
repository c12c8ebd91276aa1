import pytest

from reconciler.core.history import Wishes
from reconciler.sources.commit_lines import wishes_in

COMMIT = "1c9e0d4aaaa"


def wishes(*lines: str, target: str = "prod") -> Wishes:
    return wishes_in([(COMMIT, "\n".join(lines))], target, ("prod", "staging"))


@pytest.mark.parametrize(
    "line",
    [
        "Pvm-Ack: prod deletes.Token=12",
        "pvm-ack:prod   deletes.tokens=12  ",
        "    * Pvm-Ack: prod deletes.Token=12",
        "- Pvm-Ack : prod deletes.Token=12",
        "Pvm-Ack: prod deletes.Token=12\r",
    ],
)
def test_a_line_is_found_however_it_is_set(line: str) -> None:
    assert wishes("subject", "", line, "more") == Wishes(acks={"deletes.Token": 12})


def test_lines_of_another_target_mean_nothing_here() -> None:
    assert wishes("Pvm-Ack: staging deletes=3", "Pvm-Ours: staging what/ever") == Wishes()


def test_objects_are_named_once() -> None:
    found = wishes("Pvm-Revert: prod token/T-*", "Pvm-Revert: prod Tokens/T-*", "Pvm-Ours: prod *")
    assert found == Wishes(revert=(("Token", "T-*"),), ours=(("*", "*"),))


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("Pvm-Ack: prod", "names no target"),
        ("Pvm-Ack:", "names no target"),
        ("Pvm-Ack: deletes=3", "names no target"),
        ("Pvm-Ack: prd deletes=3", 'no target "prd"'),
        ("Pvm-Ack: prod deletes=x", "not an acknowledgement"),
        ("Pvm-Ack: prod deletes=3 and more", "not an acknowledgement"),
        ("Pvm-Ack: prod rollback=9d03e77", "--ack rollback=COMMIT"),
        ("Pvm-Ours: prod sight/x", "not a kind"),
        ("Pvm-Akc: prod deletes=3", "no Pvm-Akc"),
    ],
)
def test_a_line_that_can_t_be_read_is_told_with_its_commit(line: str, word: str) -> None:
    found = wishes(line, "Pvm-Ack: prod deletes=1")
    assert found.acks == {"deletes": 1}
    (warning,) = found.warnings
    assert warning.startswith(f'commit 1c9e0d4: "{line}" is left out: ')
    assert word in warning


def test_text_that_only_mentions_a_line_is_none() -> None:
    assert wishes("write `Pvm-Ack: prod deletes=3` to delete", "see Pvm-Ack: prod") == Wishes()


def test_a_warning_shows_a_bounded_line_without_control_characters() -> None:
    (warning,) = wishes("Pvm-Ack: prod \x1b[31m" + "x" * 500).warnings
    assert "\x1b" not in warning
    assert len(warning) == 400
