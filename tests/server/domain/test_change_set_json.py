"""The JSON form of a change set."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.change_set import (
    BootstrapContent,
    ChangeSet,
    KindName,
    Operation,
    SiteContent,
)
from reconciler.server.domain.change_set_json import read_change_set
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.limits import Limits
from reconciler.server.domain.roles import Role
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import Precondition

_LIMITS = Limits(bootstrap_bytes=100, change_operations=3, change_bytes=4000)
_GOOD: dict[str, Any] = {"op": "upsert", "kind": "Bootstrap", "name": "b", "body": {}}
_TOKEN = {"appId": "WFC_PRO_ANDROID", "bootstrap": "b"}


def _read(*operations: dict[str, Any], **more: object) -> ChangeSet:
    body = json.dumps({"operations": operations, **more})
    return read_change_set(body.encode(), _LIMITS)


def _refusal(text: str) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        read_change_set(text.encode(), _LIMITS)
    return refusal.value


def test_every_kind_is_understood() -> None:
    user = {"role": "Admin", "userName": "Ann", "email": "ann@example.com"}
    many = Limits()
    operations = [
        {"op": "upsert", "kind": "Site", "name": "s", "body": {"proServerName": "p"}},
        {**_GOOD, "ifMatch": "3", "source": "repo@1 a.yaml:2"},
        {"op": "upsert", "kind": "Token", "name": "t", "body": {**_TOKEN, "description": "d"}},
        {"op": "upsert", "kind": "Token", "name": "u", "body": _TOKEN, "ifNoneMatch": "*"},
        {"op": "upsert", "kind": "PortalUser", "name": "ann", "body": user, "ifMatch": "*"},
        {"op": "delete", "kind": "Bootstrap", "name": "old"},
    ]
    text = json.dumps({"dryRun": True, "operations": operations})
    assert read_change_set(text.encode(), many) == ChangeSet(
        (
            Operation(KindName.SITE, "s", SiteContent("p")),
            Operation(
                KindName.BOOTSTRAP,
                "b",
                BootstrapContent("{}"),
                Precondition(frozenset({3})),
                "repo@1 a.yaml:2",
            ),
            Operation(KindName.TOKEN, "t", TokenContent(AppId.PTT_PRO_ANDROID, "b", "d")),
            Operation(
                KindName.TOKEN,
                "u",
                TokenContent(AppId.PTT_PRO_ANDROID, "b", ""),
                Precondition(absent=True),
            ),
            Operation(
                KindName.PORTAL_USER,
                "ann",
                UserContent(Role.ADMIN, "Ann", "ann@example.com"),
                Precondition(frozenset()),
            ),
            Operation(KindName.BOOTSTRAP, "old", None),
        ),
        dry_run=True,
    )


@pytest.mark.parametrize(
    "document", ["{}", '{ "b":1.10,\n "a" : 1E2 , "z":12345678901234567890123 }', '{"é":"\\u00e9"}']
)
def test_a_bootstraps_document_keeps_its_text(document: str) -> None:
    operation = f'{{"op":"upsert","kind":"Bootstrap","name":"b","body":  {document}  }}'
    text = f'\n{{"operations" : [ {operation} ]}} '
    found = read_change_set(text.encode(), _LIMITS)
    assert found.operations[0].content == BootstrapContent(document)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"op": "create"}, "op"),
        ({"op": 1}, "op"),
        ({"kind": "Device"}, "kind"),
        ({"name": None}, "name"),
        ({"body": None}, "body"),
        ({"body": []}, "body"),
        ({"extra": 1}, "operation"),
        ({"op": "delete"}, "body"),
        ({"ifMatch": 3}, "ifMatch"),
        ({"ifMatch": "three"}, "ifMatch"),
        ({"ifMatch": "٣"}, "ifMatch"),
        ({"ifMatch": "1" * 19}, "ifMatch"),
        ({"ifNoneMatch": "3"}, "ifNoneMatch"),
        ({"source": "a\nb"}, "source"),
        ({"kind": "Site"}, "proServerName"),
        ({"kind": "Site", "body": {"proServerName": "p", "x": 1}}, "body"),
        ({"kind": "Token", "body": {**_TOKEN, "appId": "X"}}, "appId"),
        ({"kind": "Token", "body": {**_TOKEN, "description": 1}}, "description"),
        ({"kind": "Token", "body": {**_TOKEN, "x": 1}}, "body"),
        ({"kind": "PortalUser", "body": {"role": "Boss"}}, "role"),
        ({"kind": "PortalUser", "body": {"password": "x"}}, "body"),
    ],
)
def test_an_operation_that_does_not_fit_is_refused_by_index_and_field(
    change: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        _read(_GOOD, {**_GOOD, **change})
    assert refusal.value.code is ErrorCode.VALIDATION
    assert [(error.index, error.field) for error in refusal.value.errors] == [(1, field)]
    assert "operation 1" in refusal.value.detail


def test_an_upsert_without_body_is_refused() -> None:
    with pytest.raises(DomainError) as refusal:
        _read({"op": "upsert", "kind": "Bootstrap", "name": "b"})
    assert refusal.value.errors[0].field == "body"


def test_every_operation_that_does_not_fit_is_named() -> None:
    with pytest.raises(DomainError) as refusal:
        _read({**_GOOD, "op": "x"}, _GOOD, {**_GOOD, "kind": "x"})
    assert [error.index for error in refusal.value.errors] == [0, 2]


def test_after_a_hundred_errors_the_list_ends() -> None:
    limits = Limits()
    text = json.dumps({"operations": [{**_GOOD, "op": "x"}] * 300})
    with pytest.raises(DomainError) as refusal:
        read_change_set(text.encode(), limits)
    assert len(refusal.value.errors) == 100


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{}", "operations"),
        ('{"operations":[]}', "operations"),
        ('{"operations":{}}', "operations"),
        ('{"operations":[1]}', "operations"),
        ('{"operations":[{"op":"delete","kind":"Site","name":"s"}],"dryRun":1}', "dryRun"),
        ('{"ops":[]}', "body"),
    ],
)
def test_a_set_that_does_not_fit_is_refused(text: str, field: str) -> None:
    refusal = _refusal(text)
    assert refusal.code is ErrorCode.VALIDATION
    assert refusal.errors[0].field == field


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"operations":[\n{"op":"delete",}]}', 2, 16),
        ('{"operations":[\n{"op":"a","op":"b"}]}', 2, 11),
        ('{"operations":[],"operations":[]}', 1, 18),
        ('{"operations":[{"body":{"a":1,"a":2}}]}', 1, 31),
        ('{"operations":[{} {}]}', 1, 19),
        ('{"operations":[{1:2}]}', 1, 17),
        ('{"operations":[{"op" 1}]}', 1, 22),
        ('{"operations":[{"op":NaN}]}', 1, 22),
        ('{"operations":[]} x', 1, 19),
        ('{"operations":[', 1, 16),
        ('{"operations":[{"op":"\\ud800"}]}', 1, 22),
        ('{"operations":', 1, 15),
    ],
)
def test_malformed_json_is_refused_where_it_lies(text: str, line: int, column: int) -> None:
    refusal = _refusal(text)
    if refusal.code is ErrorCode.VALIDATION:
        pytest.fail(refusal.detail)
    assert refusal.code is ErrorCode.MALFORMED_JSON
    assert (refusal.errors[0].line, refusal.errors[0].column) == (line, column)


@pytest.mark.parametrize("text", ["[]", "1", '"a"', "null"])
def test_a_set_is_an_object(text: str) -> None:
    assert _refusal(text).code is ErrorCode.NOT_AN_OBJECT


def test_depth_is_bounded_in_documents_and_everywhere() -> None:
    deep = '{"a":' * 64 + "1" + "}" * 64
    head = '{"operations":[{"op":"upsert","kind":"Bootstrap","name":"b","body":'
    limits = Limits()
    found = read_change_set((head + deep + "}]}").encode(), limits)
    assert found.operations[0].content == BootstrapContent(deep)
    for inner in ('{"a":' + deep + "}", "[" * 100_000):
        with pytest.raises(DomainError, match="nested deeper") as refusal:
            read_change_set((head + inner + "}]}").encode(), limits)
        assert refusal.value.code is ErrorCode.MALFORMED_JSON


def test_sizes_are_bounded() -> None:
    body = {"a": "x" * 91}
    assert len(_read({**_GOOD, "body": body}).operations) == 1
    with pytest.raises(DomainError) as document:
        _read(_GOOD, {**_GOOD, "body": {"a": "x" * 92}})
    with pytest.raises(DomainError) as operations:
        _read(*[_GOOD] * 4)
    with pytest.raises(DomainError) as whole:
        _read({**_GOOD, "name": "x" * 4000})
    for refusal in (document, operations, whole):
        assert refusal.value.code is ErrorCode.TOO_LARGE
    assert document.value.errors[0].index == 1


@given(
    st.binary()
    | st.text(alphabet='{}[]",: opratinsdyRu1\\').map(lambda t: ('{"operations":[{' + t).encode())
)
@example(b'{"operations":[{"op')
def test_any_bytes_are_refused_clearly(raw: bytes) -> None:
    with pytest.raises(DomainError):
        read_change_set(raw, _LIMITS)
