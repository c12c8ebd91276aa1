"""Entitlements as JSON or YAML values: what a licensing system tells, read strictly."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NoReturn, TypeVar

from reconciler.server.domain.errors import refuse
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.usecases.partner_ports import Entitlement

MOST_ENTITLEMENTS = 10_000
_LONGEST_ID = 128
_LONGEST_TERM = 64
_LARGEST_QUANTITY = 10**9
_LARGEST_PERCENT = 1000
_LONGEST_DAYS = 3650
_REQUIRED = ("externalId", "type", "quantity")
_OPTIONAL = ("source", "term", "expiration", "valid", "overagePercent", "graceDays")
_KNOWN = frozenset((*_REQUIRED, *_OPTIONAL))
Choice = TypeVar("Choice", bound=StrEnum)


def read_entitlements(value: object) -> tuple[Entitlement, ...]:
    """A list of entitlements.

    Raises:
        DomainError: VALIDATION; its field is a path such as `entitlements.3.quantity`.
    """
    if not isinstance(value, list):
        refuse("entitlements", "must be a list")
    if len(value) > MOST_ENTITLEMENTS:
        refuse("entitlements", f"must be at most {MOST_ENTITLEMENTS}")
    found = tuple(_read(f"entitlements.{number}", row) for number, row in enumerate(value))
    seen: set[tuple[str, LicenseType]] = set()
    for number, row in enumerate(found):
        if (row.external_id, row.type) in seen:
            refuse(f"entitlements.{number}.externalId", "is named twice for this type")
        seen.add((row.external_id, row.type))
    return found


def entitlement_row(entitlement: Entitlement) -> dict[str, object]:
    """The value that `read_entitlements` reads."""
    end = entitlement.expiration
    return {
        "externalId": entitlement.external_id,
        "source": str(entitlement.source),
        "type": str(entitlement.type),
        "term": entitlement.term,
        "quantity": entitlement.quantity,
        "expiration": None if end is None else f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "valid": entitlement.valid,
        "overagePercent": entitlement.overage_percent,
        "graceDays": entitlement.grace_days,
    }


def _read(path: str, value: object) -> Entitlement:
    if not isinstance(value, Mapping):
        refuse(path, "must be an object")
    unknown = sorted(str(name) for name in value if name not in _KNOWN)
    if unknown:
        refuse(path, f"has a field that is not known; known are {', '.join(sorted(_KNOWN))}")
    for name in _REQUIRED:
        if name not in value:
            refuse(f"{path}.{name}", "is missing")
    row = _Row(path, value)
    return Entitlement(
        external_id=row.text("externalId", _LONGEST_ID),
        source=row.choice("source", LotSource, LotSource.NEW),
        type=row.choice("type", LicenseType, None),
        term=row.text("term", _LONGEST_TERM, "Subscription"),
        quantity=row.whole("quantity", _LARGEST_QUANTITY) or 0,
        expiration=row.time("expiration"),
        valid=row.switch("valid"),
        overage_percent=row.whole("overagePercent", _LARGEST_PERCENT),
        grace_days=row.whole("graceDays", _LONGEST_DAYS),
    )


class _Row:
    """The fields of one entitlement; each reader refuses what does not fit."""

    def __init__(self, path: str, value: Mapping[str, object]) -> None:
        self._path = path
        self._value = value

    def text(self, name: str, longest: int, default: str | None = None) -> str:
        value = self._value.get(name, default)
        if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
            self._refuse(name, f"must be a text of 1 to {longest} characters")
        return value

    def whole(self, name: str, most: int) -> int | None:
        value = self._value.get(name)
        if value is None and name not in _REQUIRED:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            self._refuse(name, f"must be a whole number from 0 to {most}")
        return value

    def switch(self, name: str) -> bool:
        value = self._value.get(name, True)
        if not isinstance(value, bool):
            self._refuse(name, "must be true or false")
        return value

    def choice(self, name: str, kind: type[Choice], default: Choice | None) -> Choice:
        value = self._value.get(name, default)
        if value not in list(kind):
            self._refuse(name, f"must be one of {', '.join(kind)}")
        return kind(str(value))

    def time(self, name: str) -> datetime | None:
        """A moment that names its zone; nothing for a license without end."""
        value = self._value.get(name)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self._refuse(name, "must be a UTC time such as 2027-03-01T00:00:00Z, or null")
        return found.astimezone(UTC)

    def _refuse(self, name: str, message: str) -> NoReturn:
        refuse(f"{self._path}.{name}", message)
