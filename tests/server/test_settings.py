from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.server.settings import ADMIN_PASSWORD, Settings, SettingsError, read_settings

CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"PVM_SERVER_{field.upper()}", raising=False)


def test_nothing_set_gives_the_documented_defaults() -> None:
    found = read_settings()
    assert (found.host, found.port) == ("127.0.0.1", 8080)
    assert found.body_bytes == 256 * 1024
    assert (found.change_operations, found.change_bytes) == (20_000, 64 * 1024 * 1024)


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PVM_SERVER_PORT", "9000")
    assert read_settings().port == 9000
    assert read_settings({"port": 0}).port == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PVM_SERVER_PRT", "9000"),
        ("PVM_SERVER_ADMIN_PASSWORD", CANARY),
        ("PVM_SERVER_PORT_FILE", "/tmp/x"),  # noqa: S108 - never opened
        ("PVM_SERVER_PORT", "70000"),
        ("PVM_SERVER_PORT", CANARY),
        ("PVM_SERVER_CAPABILITIES", f"etag,{CANARY}"),
        ("PVM_SERVER_PUBLIC_URL", f"ftp://{CANARY}"),
        ("PVM_SERVER_DATABASE_FILE", "/nowhere/at/all"),
        ("PVM_ADMIN_PASSWORD_FILE", "/nowhere/at/all"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as caught:
        read_settings()
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "field"), [(ADMIN_PASSWORD, "admin_password"), ("PVM_SERVER_DATABASE", "database")]
)
def test_a_secret_may_stand_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, field: str
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{CANARY}\n", encoding="utf-8")
    monkeypatch.setenv(f"{variable}_FILE", str(file))
    assert getattr(read_settings(), field).get_secret_value() == CANARY
    monkeypatch.setenv(variable, "other")
    with pytest.raises(SettingsError, match="not both"):
        read_settings()


def test_capabilities_are_a_list_and_an_empty_one_switches_all_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PVM_SERVER_CAPABILITIES", "etag, ndjson")
    assert read_settings().capabilities == ("etag", "ndjson")
    monkeypatch.setenv("PVM_SERVER_CAPABILITIES", "")
    assert read_settings().capabilities == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8))
def test_a_secret_is_in_no_text_form_of_the_settings(secret: str) -> None:
    found = read_settings({"database": f"pg-{secret}-x", ADMIN_PASSWORD: f"pw-{secret}-x"})
    assert f"-{secret}-x" not in f"{found!r} {found} {found.model_dump()} {found.model_dump_json()}"
