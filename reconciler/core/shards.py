"""The inventory's form on the server: reserved bootstraps, signed when there is a key."""

from dataclasses import dataclass
from typing import Final

from reconciler.core.inventory import PROTECTED_PREFIX, SHARD_PREFIX

SHARD_BYTES: Final = 192 * 1024
"""The most that the JSON text of one shard takes, UTF-8."""
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Binding:
    """What a shard belongs to: one that was copied from elsewhere does not pass for ours."""

    project: str
    project_id: str
    """Empty: the name alone decides."""
    target: str
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """What the name of a reserved bootstrap says."""

    prefix: str
    """`SHARD_PREFIX` or `PROTECTED_PREFIX`."""
    project: str
    number: int

    @property
    def name(self) -> str:
        """The reserved bootstrap's name."""
        return f"{self.prefix}{self.project}-{self.number:02d}"


def address_of(name: str) -> Address | None:
    """Take a bootstrap's name apart; `None` for one that is no shard's."""
    for prefix in (SHARD_PREFIX, PROTECTED_PREFIX):
        project, dash, digits = name.removeprefix(prefix).rpartition("-")
        if name.startswith(prefix) and dash and project and digits.isascii() and digits.isdigit():
            address = Address(prefix, project, int(digits[:6]))
            return address if address.name == name else None
    return None
