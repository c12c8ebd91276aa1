"""Settings of the server, from the environment and the command line.

Every variable is `PVM_SERVER_<FIELD>`, but for the two names that set the first administrator's
password: `PVM_ADMIN_PASSWORD` and `PVM_ADMIN_PASSWORD_FILE`. Any other `PVM_SERVER_` name is an
error, so a misspelt limit is never a silent default. A secret may stand in a file: `…_FILE`.
"""

import os
from collections.abc import Mapping
from datetime import time
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "PVM_SERVER_"
ADMIN_PASSWORD = "PVM_ADMIN_PASSWORD"
_FILE = "_FILE"
# The variables that may also name a file, and the key that construction takes them by.
_SECRETS = {
    PREFIX + "DATABASE": "database",
    PREFIX + "PTT_PRO_TOKEN": "ptt_pro_token",
    PREFIX + "LICENSING_TOKEN": "licensing_token",
    PREFIX + "SMTP_PASSWORD": "smtp_password",
    ADMIN_PASSWORD: ADMIN_PASSWORD,
}
_URL = r"^https?://[^\s?#@]+$"

Capability = Literal["etag", "ndjson", "changes", "events", "devices", "sources", "invitations"]
OFFERED: tuple[Capability, ...] = (
    "etag",
    "ndjson",
    "changes",
    "events",
    "devices",
    "sources",
    "invitations",
)


Network = IPv4Network | IPv6Network
"""One address, or a range such as 10.0.0.0/8."""


class SettingsError(Exception):
    """A setting that cannot be used; the text names the variable and never shows a secret."""


class Settings(BaseSettings):
    """Everything an operator may set, as docs/running-the-server.md lists it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database: SecretStr = SecretStr("sqlite:///.pvm/server.db")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s?#@]+$")
    capabilities: Annotated[tuple[Capability, ...], NoDecode] = OFFERED
    docs: bool = True
    brand: str = Field(default="Zebra", max_length=64)
    body_bytes: int = Field(default=256 * 1024, ge=1024, le=64 * 1024 * 1024)
    change_operations: int = Field(default=20_000, ge=1, le=100_000)
    change_bytes: int = Field(default=64 * 1024 * 1024, ge=1024, le=1024 * 1024 * 1024)
    page_size: int = Field(default=1000, ge=1, le=1000)
    session_hours: int = Field(default=8, ge=1, le=168)
    proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    metrics: Literal["off", "local", "on"] = "local"
    threads: int = Field(default=40, ge=2, le=500)
    connections: int = Field(default=1000, ge=1, le=100_000)
    header_seconds: float = Field(default=5.0, gt=0, le=600)
    body_seconds: float = Field(default=10.0, gt=0, le=3600)
    shutdown_seconds: int = Field(default=20, ge=0, le=600)
    log_format: Literal["json", "text"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    admin_password: SecretStr | None = Field(default=None, validation_alias=ADMIN_PASSWORD)
    sim: bool = False
    jobs: bool = True
    license_sync_at: time = time(2, 0)
    ptt_pro_url: str | None = Field(default=None, pattern=_URL)
    ptt_pro_token: SecretStr | None = None
    licensing_url: str | None = Field(default=None, pattern=_URL)
    licensing_token: SecretStr | None = None
    licensing_file: Path | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = Field(default=None, pattern=r"^[^\s<>@]+@[^\s<>@]+$")
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"

    @field_validator("capabilities", "proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """A comma-separated list in the environment; an empty text is an empty list."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value


def read_settings(overrides: Mapping[str, object] | None = None) -> Settings:
    """Settings of this process's environment; `overrides` (field to value) win, as options do.

    Raises:
        SettingsError: an unknown name, a value out of range, an unreadable file, or both forms
            of one secret.
    """
    values: dict[str, object] = {}
    for name, path in os.environ.items():
        variable = name.removesuffix(_FILE)
        if variable != name and variable in _SECRETS:
            if variable in os.environ:
                message = f"{name}: set either {variable} or {name}, not both"
                raise SettingsError(message)
            values[_SECRETS[variable]] = _file_text(name, path)
        elif name.startswith(PREFIX) and name not in _known():
            message = f"{name}: no such setting; known are {', '.join(_known())}"
            raise SettingsError(message)
    settings = _build({**values, **(overrides or {})})
    _check_together(settings)
    return settings


def plain(secret: SecretStr | None) -> str | None:
    """A secret as its user needs it."""
    return None if secret is None else secret.get_secret_value()


def _check_together(settings: Settings) -> None:
    """Refuse what does not go together. Raises SettingsError."""
    complaints = (
        (
            settings.licensing_url is not None and settings.licensing_file is not None,
            "PVM_SERVER_LICENSING_FILE: set either it or PVM_SERVER_LICENSING_URL, not both",
        ),
        (
            settings.smtp_host is not None and settings.smtp_from is None,
            "PVM_SERVER_SMTP_FROM: is needed with PVM_SERVER_SMTP_HOST; who sends the mails?",
        ),
        (
            (settings.smtp_user is None) != (settings.smtp_password is None),
            "PVM_SERVER_SMTP_USER: goes together with PVM_SERVER_SMTP_PASSWORD",
        ),
        (
            settings.license_sync_at.tzinfo is not None,
            "PVM_SERVER_LICENSE_SYNC_AT: is UTC; write it without a zone, such as 02:00",
        ),
    )
    for wrong, message in complaints:
        if wrong:
            raise SettingsError(message)


def _known() -> tuple[str, ...]:
    """Every variable that may be set, for the check and for its message."""
    fields = sorted(set(Settings.model_fields) - {"admin_password"})
    return (*(PREFIX + field.upper() for field in fields), ADMIN_PASSWORD)


def _file_text(name: str, path: str) -> str:
    """The secret in a file, without the line end that editors add."""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{name}: cannot read {path}: {type(error).__name__}"
        raise SettingsError(message) from error


def _build(values: Mapping[str, object]) -> Settings:
    try:
        return Settings(**values)  # type: ignore[arg-type] # validated right here
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = str(first["loc"][0]) if first["loc"] else "settings"
        name = field if field == ADMIN_PASSWORD else PREFIX + field.upper()
        message = f"{name}: {first['msg']}"
        raise SettingsError(message) from None
