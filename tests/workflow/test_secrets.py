from dataclasses import replace

import pytest

from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.resource import Desired
from reconciler.core.secret_source import NoSecrets
from reconciler.core.values import JsonValue
from reconciler.workflow.secrets import known_values, missing_secrets, resolve
from tests.workflow.tasks import desired

CANARY = "canary-19ab"


class Known:
    """Knows `${env:A}` and nothing else; `${env:BROKEN}` can't be followed."""

    def value_of(self, template: str) -> str | None:
        if "BROKEN" in template:
            raise InvalidInput([Problem("secret-broken", f"{template}: it leads nowhere")])
        return template.replace("${env:A}", CANARY) if "${env:A}" in template else None

    def missing(self, template: str) -> tuple[str, ...]:
        return () if self.value_of(template) is not None else (f"{template}: it is not set",)


def referring(**references: str) -> Desired:
    value: dict[str, JsonValue] = {"plain": 1, "list": [{"x": 0}, {"x": "?"}], **references}
    pointers = {f"/{key}": text for key, text in references.items()}
    return replace(desired("Bootstrap", "b", value), references=pointers)


def test_an_object_without_references_stays_as_it_is() -> None:
    plain = desired("Bootstrap", "b", {"a": "${env:A}"})
    assert resolve(plain, NoSecrets()) is plain


def test_values_take_the_places_of_their_references() -> None:
    deep = referring(psk="x-${env:A}")
    deep = replace(deep, references={**deep.references, "/list/1/x": "${env:A}"})
    found = resolve(deep, Known())
    assert found.value == {
        "plain": 1,
        "list": [{"x": 0}, {"x": CANARY}],
        "psk": f"x-{CANARY}",
    }
    assert found.references == {}
    assert deep.value["list"] == [{"x": 0}, {"x": "?"}]


def test_all_references_without_a_value_are_named_and_no_value_is() -> None:
    item = referring(a="${env:A}", b="${env:B}", c="${env:BROKEN}")
    with pytest.raises(InvalidInput) as invalid:
        resolve(item, Known())
    assert [(p.code, p.pointer) for p in invalid.value.problems] == [
        ("secret-missing", "/parameters/b"),
        ("secret-broken", "/parameters/c"),
    ]
    assert all(p.place and p.place.file == "stores/nl.yaml" for p in invalid.value.problems)
    assert "${env:B}" in str(invalid.value)
    assert CANARY not in str(invalid.value)


def test_a_source_without_secrets_lacks_them_all() -> None:
    with pytest.raises(InvalidInput, match=r"\$\{env:A\}"):
        resolve(referring(a="${env:A}"), NoSecrets())


def test_values_that_are_here_are_known_before_an_apply() -> None:
    items = [referring(a="x-${env:A}", b="${env:B}"), referring(c="${env:A}", d="x-${env:A}")]
    assert known_values(items, Known()) == {"x-${env:A}": f"x-{CANARY}", "${env:A}": CANARY}


def test_a_reference_that_can_t_be_followed_is_told_once_with_its_place() -> None:
    items = [referring(a="${env:A}", b="${env:BROKEN}"), referring(c="${env:BROKEN}")]
    with pytest.raises(InvalidInput) as invalid:
        known_values(items, Known())
    (problem,) = invalid.value.problems
    assert (problem.code, problem.pointer) == ("secret-broken", "/parameters/b")
    assert problem.place is not None
    assert CANARY not in str(invalid.value)


def test_what_is_missing_is_listed_once_and_in_order() -> None:
    items = [referring(a="${env:C}", b="${env:A}"), referring(a="${env:BROKEN}", b="${env:C}")]
    assert missing_secrets(items, Known()) == (
        "${env:BROKEN}: it leads nowhere",
        "${env:C}: it is not set",
    )
