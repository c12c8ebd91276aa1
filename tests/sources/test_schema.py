import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError, validate, validators
from referencing import Registry, Resource

from reconciler.core.kind import Ownership
from reconciler.core.origin import Origin
from reconciler.kinds import KINDS
from reconciler.sources.schema import (
    UnknownKeywordError,
    accepts,
    compile_schema,
    full_pattern,
    load_schema,
    schema_names,
    schema_text,
)
from reconciler.sources.schema_faults import Later, schema_faults
from tests.sources.mutants import SAMPLES, mutants

Json: TypeAlias = Any

FILES = {"Site": "site", "Bootstrap": "bootstrap", "Token": "token", "PortalUser": "portal-user"}
NOTHING_LATER = Later(frozenset())
ORIGIN = Origin("x.yaml", 0, 1)


def full(_: Json, pattern: str, value: Json, __: Json) -> Iterator[ValidationError]:
    if isinstance(value, str) and not re.fullmatch(pattern.removeprefix("^")[:-1], value):
        yield ValidationError("does not match")


@cache
def reference(name: str) -> Json:
    extend: Json = validators.extend
    return extend(Draft202012Validator, {"pattern": full})(load_schema(name))


@given(mutants())
@example(("token", SAMPLES["token"] | {"name": "a\n"}))
@example(("token", SAMPLES["token"] | {"protect": 1}))
@example(("project", SAMPLES["project"] | {"safety": {"deletes": {"count": True}}}))
@example(("bootstrap", SAMPLES["bootstrap"] | {"parametersFile": "a.json"}))
@example(("bootstrap", SAMPLES["bootstrap"] | {"remove": ["/a"]}))
@example(("bootstrap", {"kind": "Bootstrap", "name": "b", "extends": ["a"], "remove": ["/a"]}))
@example(("bootstrap", {"kind": "Bootstrap", "name": "b"}))
def test_the_compiled_test_agrees_with_jsonschema(case: tuple[str, Any]) -> None:
    """Caught, planted: `search` instead of `fullmatch`; `isinstance(True, int)`; `anyOf` as all."""
    name, value = case
    assert accepts(name)(value) == reference(name).is_valid(value)


@given(mutants())
def test_what_is_not_accepted_has_a_reason_in_words(case: tuple[str, Any]) -> None:
    name, value = case
    faults = schema_faults(value, name, ORIGIN, NOTHING_LATER)
    assert bool(faults) == (not accepts(name)(value))
    for fault in faults:
        assert fault.message
        assert "\n" not in fault.code


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_fits_its_schema(name: str) -> None:
    assert accepts(name)(SAMPLES[name])


@pytest.mark.parametrize("name", schema_names())
def test_every_schema_is_a_valid_schema(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(schema_text(name)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_s_fields_are_those_of_its_kind(kind: str) -> None:
    schema = load_schema(FILES[kind])
    declared = {f.name: f for f in KINDS[kind].fields if f.ownership is not Ownership.SERVER}
    frame = {"kind", "name", "protect", "renamedFrom"} | (
        {"parametersFile", "extends", "remove"} if kind == "Bootstrap" else set()
    )
    assert set(schema["properties"]) == frame | set(declared)
    required = {f.name for f in declared.values() if f.required} - {"parameters"}
    assert set(schema["required"]) == {"kind", "name"} | required
    for name, field in declared.items():
        assert schema["properties"][name].get("default") == field.default
    pattern = schema["properties"]["name"]["pattern"]
    assert full_pattern(pattern)("a") is not None


def undescribed(schema: Json, root: Json, path: str) -> Iterator[str]:
    """Fields about which neither a reader of the schema nor an editor learns anything."""
    schema = root["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for name, field in schema.get("properties", {}).items():
        meant = root.get("$defs", {}).get(field.get("$ref", "").rpartition("/")[2], {})
        if not {"description", "enum"} & (field.keys() | meant.keys()):
            yield f"{path}/{name}"
        yield from undescribed(field, root, f"{path}/{name}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from undescribed(schema[keyword], root, f"{path}/*")


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_field_tells_what_it_is(name: str) -> None:
    schema = load_schema(name)
    assert "description" in schema
    assert list(undescribed(schema, schema, "")) == []


@pytest.mark.parametrize("kind", KINDS)
@given(name=st.text("aZ0_-. @é\n", max_size=6) | st.integers(62, 66).map(lambda n: "a" * n))
def test_a_schema_s_name_rule_is_that_of_its_kind(kind: str, name: str) -> None:
    pattern = load_schema(FILES[kind])["properties"]["name"]["pattern"]
    assert bool(full_pattern(pattern)(name)) == bool(KINDS[kind].name_pattern.fullmatch(name))


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - {"project"}))
def test_the_editors_schema_leads_to_the_schema_of_each_kind(name: str) -> None:
    registry: Registry[Any] = Registry()
    for other in (*FILES.values(), "layer", "fleet"):
        resource = Resource.from_contents(json.loads(schema_text(other)))
        registry = registry.with_resource(f"{other}.schema.json", resource)
    checker = Draft202012Validator(json.loads(schema_text("document")), registry=registry)
    assert checker.is_valid(SAMPLES[name])
    assert not checker.is_valid(SAMPLES[name] | {"extra": 1})
    assert not checker.is_valid(SAMPLES[name] | {"kind": "Other"})


@pytest.mark.parametrize(
    "keyword", ["if", "oneOf", "format", "allOf", "dependentSchemas", "multipleOf"]
)
def test_the_compiler_refuses_a_keyword_that_it_does_not_know(keyword: str) -> None:
    with pytest.raises(UnknownKeywordError):
        compile_schema({keyword: {}}, {})


@pytest.mark.parametrize("schema", [{"type": "number"}, {"pattern": "abc"}, {"pattern": "^abc"}])
def test_the_compiler_refuses_what_it_would_have_to_guess(schema: dict[str, str]) -> None:
    with pytest.raises(UnknownKeywordError):
        compile_schema(schema, {})


def test_an_unknown_schema_has_no_text() -> None:
    with pytest.raises(KeyError):
        schema_text("../pyproject")


def test_jsonschema_alone_would_let_a_line_break_pass() -> None:
    """Why the pattern keyword is our own."""
    validate("a\n", {"pattern": "^a$"})
    assert not accepts("token")(SAMPLES["token"] | {"name": "a\n"})


def test_many_keywords_are_all_asked() -> None:
    schema = {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^[ab]*$"}
    test = compile_schema(schema, schema)
    assert [test(value) for value in ("ab", "a", "abab", "xx", 1)] == [True] + [False] * 4


def test_keywords_about_fields_say_nothing_about_other_values() -> None:
    test = compile_schema({"required": ["a"]}, {})
    values: tuple[Json, ...] = ({"a": 1}, {}, [], None)
    assert [test(value) for value in values] == [True, False, True, True]
