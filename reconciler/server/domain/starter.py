"""The bootstraps and tokens that a new Voice customer starts with (I-01 to I-03)."""

import json
from dataclasses import dataclass

from reconciler.server.domain.customer import CustomerContent

DIRECT_ACCESS = "Direct-Access"
EXTENSION_MANAGER = "Extension-Manager"


@dataclass(frozen=True, slots=True)
class StarterPair:
    """A bootstrap and the token that delivers it."""

    bootstrap: str
    text: str
    token: str


def direct_access_pair() -> StarterPair:
    """Ties a device to its customer and configures nothing (I-02)."""
    return _pair(DIRECT_ACCESS, "{}")


def extension_manager_pair(exm_url: str, api_key: str) -> StarterPair:
    """Leads Voice to the customer's Extension Manager (I-03); the text holds its API key."""
    address = f"{exm_url}/profiles/stores/?api_key={api_key}"
    return _pair(EXTENSION_MANAGER, json.dumps({"var_location": address}, separators=(",", ":")))


def wants_direct_access(content: CustomerContent) -> bool:
    """Whether a customer has the first pair."""
    return content.voice


def wants_extension_manager(content: CustomerContent) -> bool:
    """Whether a customer has the second pair: only when entitled (Q-59)."""
    return content.voice and content.extension_manager


def token_name(plain: str, customer_code: str, *, taken: bool) -> str:
    """A starter token's name; the customer's code tells it apart when it is taken (Q-21)."""
    return f"{plain}-{customer_code}" if taken else plain


def _pair(name: str, text: str) -> StarterPair:
    return StarterPair(f"{name}-Bootstrap", text, f"{name}-Token")
