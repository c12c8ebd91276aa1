"""The schemas for editors accept what ours accept and refuse what ours refuse."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource

from reconciler.sources.draft_07 import NotInDraft07Error, draft_07
from reconciler.sources.schema import load_schema, schema_names
from tests.sources.mutants import SAMPLES, mutants

Json: TypeAlias = Any


@cache
def newer(name: str) -> Draft202012Validator:
    registry: Registry[Json] = Registry()
    for other in schema_names():
        resource = Resource.from_contents(load_schema(other))
        registry = registry.with_resource(f"{other}.schema.json", resource)
    return Draft202012Validator(load_schema(name), registry=registry)


@cache
def older(name: str) -> Draft7Validator:
    return Draft7Validator(draft_07(name, load_schema))


@given(mutants())
@example(("bootstrap", {"kind": "Bootstrap", "name": "b", "extends": ["a"], "remove": ["/a"]}))
@example(("bootstrap", SAMPLES["bootstrap"] | {"remove": ["/a"]}))
@example(("project", SAMPLES["project"] | {"secrets": ["wifi"]}))
def test_both_drafts_agree(case: tuple[str, Json]) -> None:
    """Caught, planted: `dependencies` forgotten; `required` left out; `$defs` of another file."""
    name, value = case
    assert older(name).is_valid(value) == newer(name).is_valid(value)
    if name != "project":
        assert older("document").is_valid(value) == newer("document").is_valid(value)


@pytest.mark.parametrize("name", schema_names())
def test_a_converted_schema_is_one_of_draft_07_and_refers_to_no_other_file(name: str) -> None:
    schema = draft_07(name, load_schema)
    Draft7Validator.check_schema(schema)
    references = set(_references(schema))
    assert references <= {f"#/definitions/{inner}" for inner in schema.get("definitions", {})}


def test_nothing_but_the_reference_stands_where_draft_07_reads_nothing_else() -> None:
    text = json.dumps([draft_07(name, load_schema) for name in schema_names()])
    beside: list[Json] = []

    def note(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        beside.extend(found for _ in [0] if "$ref" in found and len(found) > 1)
        return found

    json.loads(text, object_pairs_hook=note)
    assert beside == []


def test_what_a_reader_is_told_stays() -> None:
    scope = draft_07("project", load_schema)["properties"]["scope"]["properties"]["sites"]
    assert scope == {
        "description": load_schema("project")["properties"]["scope"]["properties"]["sites"][
            "description"
        ],
        "allOf": [{"$ref": "#/definitions/project.globs"}],
    }


@pytest.mark.parametrize(
    "keyword", ["unevaluatedProperties", "prefixItems", "dependentSchemas", "$dynamicRef", "$defs"]
)
def test_a_keyword_that_the_converter_does_not_know_is_refused(keyword: str) -> None:
    inner: Json = {"properties": {"a": {keyword: {}}}}
    with pytest.raises(NotInDraft07Error):
        draft_07("made-up", {"made-up": inner}.__getitem__)


def test_schemas_that_refer_to_each_other_become_one() -> None:
    schemas: Json = {
        "a": {"properties": {"b": {"$ref": "b.schema.json"}, "more": True}},
        "b": {"properties": {"a": {"$ref": "a.schema.json"}, "c": {"$ref": "c.schema.json"}}},
        "c": {"$defs": {"d": {"type": "string"}}, "items": {"$ref": "#/$defs/d"}},
    }
    one = draft_07("a", schemas.__getitem__)
    assert set(one["definitions"]) == {"b", "c", "c.d"}
    assert set(_references(one)) == {"#", "#/definitions/b", "#/definitions/c", "#/definitions/c.d"}
    assert not Draft7Validator(one).is_valid({"b": {"a": {"b": {"c": [1]}}}})


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
