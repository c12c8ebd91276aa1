"""The inventory's form on the server: reserved bootstraps, signed when there is a key.

Names are `pvm-inventory-<project>-<nn>`: 00 is the head, 01 and up hold entries. The family
`pvm-protected-<project>-<nn>`, from 01, names what was ever declared with `protect: true`.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.core.fingerprint import keyed_digest
from reconciler.core.inventory import PROTECTED_PREFIX, SHARD_PREFIX
from reconciler.core.values import JsonValue

SHARD_BYTES: Final = 192 * 1024
"""The most that the JSON text of one shard takes, UTF-8."""
CONTENT_BYTES: Final = SHARD_BYTES - 4096
"""The most of it that the packed lines take."""
UNPACKED_BYTES: Final = 16 * 1024 * 1024
"""The most that they take unpacked: no shard, whoever wrote it, makes us hold more."""
FORMAT: Final = 1

DAMAGED: Final = "damaged"
ELSEWHERE: Final = "elsewhere"
FOREIGN: Final = "foreign"
HIDDEN: Final = "hidden"
MISSING: Final = "missing"
UNREADABLE: Final = "unreadable"
UNSIGNED: Final = "unsigned"

_ABOUT: Final = "kept by pvm: do not edit, do not refer to it from a token"
_PRESET: Final = 1
_MEMORY: Final = 64 * 1024 * 1024


class Untrusted(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """A shard that can't be used; `sort` and `reason` are those of `inventory.Damage`."""

    def __init__(self, sort: str, reason: str) -> None:
        self.sort = sort
        self.reason = reason
        super().__init__(f"{sort}: {reason}")


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
        project, _, digits = name.removeprefix(prefix).rpartition("-")
        if name.startswith(prefix) and project and digits.isascii() and digits.isdigit():
            address = Address(prefix, project, int(digits[:6]))
            return address if address.name == name else None
    return None


def sealed(
    fields: Mapping[str, JsonValue], address: Address, binding: Binding
) -> dict[str, JsonValue]:
    """The parameters of a shard: `fields` in an envelope that says whose they are."""
    envelope: dict[str, JsonValue] = {
        "about": _ABOUT,
        "format": FORMAT,
        "project": binding.project,
        "projectId": binding.project_id,
        "target": binding.target,
        "family": address.prefix,
        "shard": address.number,
        **fields,
    }
    if binding.key is not None:
        envelope["mac"] = _mac(envelope, binding.key)
    return envelope


def opened(
    value: Mapping[str, JsonValue], address: Address, binding: Binding
) -> Mapping[str, JsonValue]:
    """The envelope of a shard of ours; its fields are still to be checked.

    Raises:
        Untrusted: It is not ours, or not as we wrote it.
    """
    _check_owner(value, address, binding)
    _check_mac(value, binding.key)
    if value.get("target") != binding.target:
        target = text_of(value, "target")
        reason = f'it was written for the target "{target}", and this is "{binding.target}"'
        raise Untrusted(ELSEWHERE, reason)
    return value


def is_unsigned(value: Mapping[str, JsonValue]) -> bool:
    """Whether it was written without a key."""
    return "mac" not in value


def pack(lines: Iterable[str]) -> str:
    """One text for all lines, the same for the same lines in any order."""
    import lzma  # noqa: PLC0415 -- start-up time

    data = "\n".join(sorted(lines)).encode("utf-8", "surrogatepass")
    packed = lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_NONE, _PRESET)
    return b64encode(packed).decode("ascii")


def unpack(content: str) -> list[str]:
    """The lines; raises `Untrusted` for what is no such text, or too much."""
    import lzma  # noqa: PLC0415 -- start-up time

    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
    try:
        packed = b64decode(content.encode("ascii"), validate=True)
        data = unpacker.decompress(packed, UNPACKED_BYTES + 1)
        text = data.decode("utf-8", "surrogatepass")
    except (binascii.Error, lzma.LZMAError, ValueError, EOFError) as error:
        raise Untrusted(DAMAGED, "its content can't be unpacked") from error
    if len(data) > UNPACKED_BYTES:
        raise Untrusted(DAMAGED, "its content unpacks to more than pvm ever writes")
    if not unpacker.eof or unpacker.unused_data:
        raise Untrusted(DAMAGED, "its content is cut off, or more follows it")
    return text.split("\n") if text else []


def text_of(value: Mapping[str, JsonValue], name: str) -> str:
    """A text field; raises `Untrusted`."""
    found = value.get(name)
    if not isinstance(found, str):
        raise Untrusted(DAMAGED, f'its field "{name}" is no text')
    return found


def number_of(value: Mapping[str, JsonValue], name: str) -> int:
    """A whole number that is not negative; raises `Untrusted`."""
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise Untrusted(DAMAGED, f'its field "{name}" is no number')
    return found


def _check_owner(value: Mapping[str, JsonValue], address: Address, binding: Binding) -> None:
    if number_of(value, "format") != FORMAT:
        raise Untrusted(DAMAGED, f"its format {value['format']} is not known to this pvm")
    written = Address(
        text_of(value, "family"), text_of(value, "project"), number_of(value, "shard")
    )
    if written != address:
        raise Untrusted(DAMAGED, f"it holds what was written as {written.name}")
    other = text_of(value, "projectId")
    if other and binding.project_id and other != binding.project_id:
        reason = f'it belongs to another project of the name "{address.project}", with the id'
        raise Untrusted(FOREIGN, f"{reason} {other}")


def _check_mac(value: Mapping[str, JsonValue], key: bytes | None) -> None:
    if key is None:
        if not is_unsigned(value):
            raise Untrusted(UNREADABLE, "it is signed, and PVM_DIGEST_KEY is not set")
        return
    if is_unsigned(value):
        raise Untrusted(UNSIGNED, "it is not signed, and PVM_DIGEST_KEY is set")
    mac = text_of(value, "mac")
    envelope = {name: field for name, field in value.items() if name != "mac"}
    if not hmac.compare_digest(mac.encode("utf-8", "surrogatepass"), _mac(envelope, key).encode()):
        reason = "its signature is wrong: it was edited, or signed with another PVM_DIGEST_KEY"
        raise Untrusted(DAMAGED, reason)


def _mac(envelope: Mapping[str, JsonValue], key: bytes) -> str:
    return keyed_digest(key, ["pvm inventory", dict(envelope)])
