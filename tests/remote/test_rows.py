from decimal import Decimal

import pytest

from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.answer import Garbled
from reconciler.remote.endpoints import endpoints_of
from reconciler.remote.rows import RowReader, row_reader


def reader(kind: str) -> RowReader:
    return row_reader(KINDS[kind], endpoints_of(KINDS[kind], {}))


def test_a_bootstraps_value_is_its_parameters() -> None:
    row: JsonValue = {
        "name": "store-1",
        "parameters": {"one": 1, "exact": Decimal("0.1"), "none": None},
        "tokens": ["A"],
        "version": 7,
        "updatedBy": "ada",
    }
    live = reader("Bootstrap")(row)
    assert live.value == {"one": 1, "exact": Decimal("0.1"), "none": None}
    assert live.version == "7"
    assert live.facts == {"updatedBy": "ada"}


def test_a_tokens_value_is_what_a_document_can_declare() -> None:
    declared: dict[str, JsonValue] = {"appId": "X", "bootstrap": "b", "description": ""}
    live = reader("Token")({"name": "A", **declared, "qrCode": "/q", "useCount": 3})
    assert live.value == declared
    assert live.facts == {"useCount": 3}
    assert live.version is None


@pytest.mark.parametrize("row", [{}, {"description": None}])
def test_a_default_that_was_never_set_is_the_default(row: dict[str, JsonValue]) -> None:
    live = reader("Token")({"name": "A", "appId": "X", "bootstrap": "b", **row})
    assert live.value["description"] == ""


def test_a_missing_required_field_stays_missing_and_null_stays_null() -> None:
    assert reader("Token")({"name": "A"}).value == {"description": ""}
    assert reader("Token")({"name": "A", "appId": None}).value == {"appId": None, "description": ""}


def test_a_name_outside_every_pattern_is_kept_as_it_is() -> None:
    assert reader("Site")({"name": "Köln / Süd\n"}).id.name == "Köln / Süd\n"


@pytest.mark.parametrize("row", [None, [], "x", {}, {"name": 7}, {"name": ""}, {"name": None}])
def test_what_has_no_name_is_no_row(row: JsonValue) -> None:
    with pytest.raises(Garbled):
        reader("Site")(row)


@pytest.mark.parametrize("parameters", [None, "{}", [], 1])
def test_a_bootstrap_without_parameters_is_no_row(parameters: JsonValue) -> None:
    with pytest.raises(Garbled, match="parameters"):
        reader("Bootstrap")({"name": "b", "parameters": parameters})


def test_a_users_name_is_the_login_name() -> None:
    row: JsonValue = {"loginName": "j.doe", "userName": "Jane", "role": "User", "email": "j@x"}
    live = reader("PortalUser")(row)
    assert str(live.id) == "PortalUser/j.doe"
    assert live.value == {"userName": "Jane", "role": "User", "email": "j@x"}
