from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from reconciler.core.change import Create, Delete, Update
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, State
from reconciler.core.origin import Origin
from reconciler.core.resource import Desired, Live
from reconciler.core.sealing import Sealer, is_sealed
from reconciler.core.secrets import Masking
from reconciler.core.undo import Earlier, Parties, is_as_left, remember, restore
from reconciler.core.values import ABSENT, JsonValue

ID = ResourceId("Bootstrap", "store-1")
KEYED = Sealer(Masking(()), b"a key of tests")
UNKEYED = Sealer(Masking(()), None)
CREATE = Create(ID, (), "after")
UPDATE = Update(ID, (), "before", "after", "3")
DELETE = Delete(ID, (), "before", "3")
SECRET = "canary-81f0"


@dataclass(frozen=True, slots=True)
class Known:
    """Values of references."""

    values: Mapping[str, str] = field(default_factory=dict)

    def value_of(self, template: str) -> str | None:
        return self.values.get(template)

    def missing(self, template: str) -> tuple[str, ...]:
        return () if template in self.values else (template,)


def body(value: dict[str, JsonValue], **references: str) -> Desired:
    pointers = {f"/{name}": text for name, text in references.items()}
    return Desired(ID, value, Origin("a.yaml", 0, 1, ""), references=pointers)


def live(value: dict[str, JsonValue]) -> Live:
    return Live(ID, value, "3")


def entry(sealer: Sealer, value: dict[str, JsonValue], **references: str) -> Entry:
    pointers = {f"/{name}": text for name, text in references.items()}
    sealed = sealer.seal(value, pointers)
    mark = sealer.of_sealed(sealed)
    return Entry(ID, State.OWNED, mark, mark, sealed, references=pointers)


def parties(new: Desired | None, old: Live | None, sealer: Sealer = KEYED) -> Parties:
    return Parties(new, old, None, sealer, "after")


def test_what_did_not_exist_is_remembered_as_that() -> None:
    found = remember(CREATE, parties(body({"a": 1}), None))
    assert (found.before, found.after) == (ABSENT, "after")


def test_what_was_there_comes_back_as_it_was() -> None:
    found = remember(UPDATE, parties(body({"a": 2}), live({"a": 1, "b": [True]})))
    restored = restore(found, live({"a": 2}), Known(), KEYED)
    assert isinstance(restored, Desired)
    assert restored.value == {"a": 1, "b": [True]}


def test_a_cause_in_an_undo_file_names_no_line() -> None:
    """Nobody would find it there, least of all a forge that is told to show it."""
    restored = restore(
        remember(UPDATE, parties(body({"a": 2}), live({"a": 1}))), live({"a": 2}), Known(), KEYED
    )
    assert isinstance(restored, Desired)
    assert (restored.origin.file, restored.origin.line) == ("the undo file", 0)


def test_what_was_deleted_is_remembered_with_its_content() -> None:
    found = remember(DELETE, parties(None, live({"a": 1})))
    assert (found.before, found.after) == ({"a": 1}, "")


def test_protection_comes_back_too() -> None:
    protected = replace(entry(KEYED, {"a": 1}), protect=True)
    found = remember(DELETE, Parties(None, live({"a": 1}), protected, KEYED, ""))
    restored = restore(found, None, Known(), KEYED)
    assert isinstance(restored, Desired)
    assert restored.protect


@pytest.mark.parametrize("sealer", [KEYED, UNKEYED])
def test_a_secret_that_the_apply_left_alone_is_taken_from_the_server(sealer: Sealer) -> None:
    new = body({"a": 2, "psk": SECRET})
    found = remember(UPDATE, parties(new, live({"a": 1, "psk": SECRET}), sealer))
    assert SECRET not in repr(found)
    restored = restore(found, live({"a": 2, "psk": SECRET}), Known(), sealer)
    assert isinstance(restored, Desired)
    assert restored.value == {"a": 1, "psk": SECRET}


def test_a_secret_that_the_apply_replaced_is_lost_and_named() -> None:
    found = remember(UPDATE, parties(body({"psk": "new"}), live({"psk": SECRET})))
    assert SECRET not in repr(found)
    assert restore(found, live({"psk": "new"}), Known(), KEYED) == ("/psk",)


def test_a_secret_that_is_gone_from_the_server_is_lost() -> None:
    found = remember(UPDATE, parties(body({"psk": SECRET}), live({"psk": SECRET})))
    assert restore(found, live({}), Known(), KEYED) == ("/psk",)


def test_a_secret_that_a_reference_stood_for_comes_back_as_the_reference() -> None:
    known = entry(KEYED, {"psk": SECRET}, psk="${env:PSK}")
    found = remember(
        UPDATE, Parties(body({"psk": "new"}), live({"psk": SECRET}), known, KEYED, "after")
    )
    restored = restore(found, live({"psk": "new"}), Known({"${env:PSK}": SECRET}), KEYED)
    assert isinstance(restored, Desired)
    assert restored.value == {"psk": "${env:PSK}"}
    assert restored.references == {"/psk": "${env:PSK}"}


@pytest.mark.parametrize("values", [{}, {"${env:PSK}": "rotated"}])
def test_a_reference_that_has_another_value_now_does_not_bring_it_back(
    values: dict[str, str],
) -> None:
    known = entry(KEYED, {"psk": SECRET}, psk="${env:PSK}")
    found = remember(
        UPDATE, Parties(body({"psk": "new"}), live({"psk": SECRET}), known, KEYED, "after")
    )
    assert restore(found, live({"psk": "new"}), Known(values), KEYED) == ("/psk",)


def test_without_a_key_nobody_can_tell_what_a_reference_stood_for() -> None:
    known = entry(UNKEYED, {"psk": SECRET}, psk="${env:PSK}")
    found = remember(
        UPDATE, Parties(body({"psk": "new"}), live({"psk": SECRET}), known, UNKEYED, "after")
    )
    assert found.lost == ("/psk",)


def test_what_somebody_set_by_hand_is_not_what_the_reference_stood_for() -> None:
    known = entry(KEYED, {"psk": "ours"}, psk="${env:PSK}")
    found = remember(
        UPDATE, Parties(body({"psk": "new"}), live({"psk": SECRET}), known, KEYED, "after")
    )
    assert found.lost == ("/psk",)


def test_only_what_nobody_changed_since_is_as_it_was_left() -> None:
    written, deleted = Earlier(ID, {}, "after"), Earlier(ID, {}, "")
    kept = Entry(ID, State.OWNED, "after", "as kept")
    assert is_as_left(written, live({}), None, "after")
    assert is_as_left(written, live({}), kept, "as kept")
    assert not is_as_left(written, live({}), replace(kept, asked="later"), "as kept")
    assert not is_as_left(written, live({}), None, "other")
    assert not is_as_left(written, None, None, "")
    assert is_as_left(deleted, None, None, "")
    assert not is_as_left(deleted, live({}), None, "")


def test_nothing_that_is_remembered_passes_for_a_secret() -> None:
    found = remember(UPDATE, parties(body({}), live({"password": SECRET, "plain": "text"})))
    assert isinstance(found.before, Mapping)
    assert is_sealed(found.before["password"])
    assert found.before["plain"] == "text"
