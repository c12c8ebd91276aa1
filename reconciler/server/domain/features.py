"""Features: the phone systems that a Voice license is for (L-33, L-34)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from reconciler.server.domain.errors import refuse


class LicenseType(StrEnum):
    """The two types of license (L-08)."""

    STANDARD = "STANDARD"
    PREMIUM = "PREMIUM"


class Feature(StrEnum):
    """Canonical codes (Q-39)."""

    ALCATEL = "ALCATEL"
    ASTERISK = "ASTERISK"
    CME_STANDARD = "CME_STANDARD"
    CUCM_STANDARD = "CUCM_STANDARD"
    IP_OFFICE = "IP_OFFICE"
    MITEL = "MITEL"
    RAULAND = "RAULAND"
    GENERIC_PBX = "GENERIC_PBX"
    LOCAL = "LOCAL"
    AURA_PREMIUM = "AURA_PREMIUM"
    CUCM_PREMIUM = "CUCM_PREMIUM"
    CME_PREMIUM = "CME_PREMIUM"

    @property
    def type(self) -> LicenseType:
        """The type of license that it takes."""
        return LicenseType.PREMIUM if self.value.endswith("_PREMIUM") else LicenseType.STANDARD


_ALIASES: Final[Mapping[str, Feature]] = {
    "CISCO_PREMIUM": Feature.CUCM_PREMIUM,
    "CISCO_CUCM_PREMIUM": Feature.CUCM_PREMIUM,
    "BASIC_CUCM": Feature.CUCM_STANDARD,
}
_KNOWN: Final[Mapping[str, Feature]] = {**{member.value: member for member in Feature}, **_ALIASES}


def read_feature(text: str) -> Feature:
    """The feature of a code or of a label such as "CUCM standard". Raises VALIDATION."""
    words = text.upper().replace("(", " ").replace(")", " ").replace("-", " ").split()
    found = _KNOWN.get("_".join(words))
    if found is None:
        refuse("features", f"must be one of {', '.join(Feature)}")
    return found
