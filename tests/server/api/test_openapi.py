import json
import os
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from reconciler.server.api.openapi import describe
from tests.server.api.deployment import Deployment

FROZEN = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"


@pytest.fixture
def document(shared: Deployment) -> dict[str, Any]:
    answer = shared.client.request("GET", "/admin/v3/api-docs")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"] == "3.1.0"


def test_the_document_is_the_reviewed_one(shared: Deployment) -> None:
    text = json.dumps(describe(shared.app), indent=1, sort_keys=True) + "\n"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        FROZEN.parent.mkdir(parents=True, exist_ok=True)
        FROZEN.write_text(text, encoding="utf-8")
    assert FROZEN.read_text(encoding="utf-8") == text, "UPDATE_GOLDEN=1 writes it anew"


@pytest.mark.requirement("P-01")
@pytest.mark.requirement("P-03")
def test_the_groups_of_the_guides_are_there(document: dict[str, Any]) -> None:
    tags = {
        tag
        for operations in document["paths"].values()
        for operation in operations.values()
        for tag in operation["tags"]
    }
    known = {"auth-controller", "bootstrap-controller", "tokens-controller", "admin-controller"}
    assert known <= tags


@pytest.mark.requirement("P-10")
@pytest.mark.parametrize("noun", ["bootstrap", "token"])
def test_each_resource_has_the_guides_operations(document: dict[str, Any], noun: str) -> None:
    assert set(document["paths"][f"/admin/api/v1/{noun}"]) == {"post", "get", "delete"}
    assert set(document["paths"][f"/admin/api/v1/{noun}s"]) == {"get"}


@pytest.mark.requirement("P-01", "P-10", "O-13")
def test_devices_are_read_and_deleted_by_their_id(document: dict[str, Any]) -> None:
    assert set(document["paths"]["/admin/api/v1/device"]) == {"get", "delete"}
    assert set(document["paths"]["/admin/api/v1/devices"]) == {"get"}


@pytest.mark.requirement("P-05")
def test_authorizing_is_a_password_flow_at_the_login_address(document: dict[str, Any]) -> None:
    scheme = document["components"]["securitySchemes"]["portalUser"]
    assert scheme["type"] == "oauth2"
    assert scheme["flows"] == {"password": {"scopes": {}, "tokenUrl": "/admin/api/v1/auth/admin"}}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    names = set(document["components"]["schemas"])
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= names
    assert names - used <= {"ProblemRow"} | {name for name in names if name in used}


def test_every_operation_documents_its_refusal_and_has_an_id(document: dict[str, Any]) -> None:
    operations = [op for path in document["paths"].values() for op in path.values()]
    assert all("default" in operation["responses"] for operation in operations)
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
