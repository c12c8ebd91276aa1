"""Credentials: sessions of people, API tokens of machines, one-time links. Stored as hashes."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.server.domain.errors import refuse
from reconciler.server.domain.roles import Scope

SECRET_BYTES = 32
API_TOKEN_PREFIX = "pvm_"
LONGEST_API_TOKEN_LIFE = timedelta(days=366)
RESET_LIFE = timedelta(hours=1)
INVITATION_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Session:
    """What a log-in buys; `secret` is shown this once."""

    secret: str
    expires_in_seconds: int


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A machine's credential, without its text."""

    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewApiToken:
    """An API token just made; `secret` is shown this once."""

    secret: str
    token: ApiToken


def encode_secret(chance: bytes) -> str:
    """Random bytes as text that fits a header and an address."""
    return base64.urlsafe_b64encode(chance).rstrip(b"=").decode("ascii")


def hash_secret(secret: str) -> str:
    """The form a credential is stored and looked up in; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def check_expiry(expires_at: datetime, now: datetime) -> None:
    """An API token ends, within a year (DEC-9). Raises VALIDATION."""
    if not now < expires_at <= now + LONGEST_API_TOKEN_LIFE:
        refuse("expiresAt", "must lie in the future, at most a year from now")
