"""Secrets are taken out of what a server has: references stay, values go elsewhere."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.kind import Kind
from reconciler.core.merge import with_values
from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.resource import Desired, Live
from reconciler.core.secrets import Masking, mask
from reconciler.core.template import OWN_VARIABLES, SecretReference
from reconciler.core.values import JsonValue

_UNUSABLE: Final = re.compile(r"[^A-Z0-9]+")
_LONGEST: Final = 110
"""Characters of a variable, with room for a number behind it."""
_NOWHERE: Final = Origin("", 0, 1)


@dataclass(frozen=True, slots=True)
class Extraction:
    """Objects without secrets, and the secrets."""

    objects: tuple[Desired, ...]
    """With a reference in place of each secret text."""
    variables: Mapping[str, str]
    """What the references stand for: variables with their values."""
    left: tuple[Desired, ...]
    """Those of `objects` with secrets where no reference can stand: numbers, texts elsewhere."""


def extract_secrets(
    objects: Sequence[Live],
    kinds: Mapping[str, Kind],
    masking: Masking,
    taken: Collection[str] = (),
    *,
    shared: bool = False,
) -> Extraction:
    """Take out what `masking` would mask and a reference can stand for, in the order given.

    `taken` are names that no new variable may have. With `shared`, what several objects have at
    the same place is one variable, named for the place.
    """
    places = [dict(_secrets(live, kinds[live.id.kind], masking)) for live in objects]
    common = _common(places, taken) if shared else {}
    variables = {variable: text for (_, text), variable in common.items()}
    found: list[Desired] = []
    left: list[Desired] = []
    for live, texts in zip(objects, places, strict=True):
        item = _without_secrets(live, texts, variables, (common, taken))
        found.append(item)
        if masked_again(item, masking)[1]:
            left.append(item)
    return Extraction(tuple(found), variables, tuple(left))


def masked_again(item: Desired, masking: Masking) -> tuple[Desired, bool]:
    """What is left of secrets masked, the references shown; and whether there was any."""
    bare = with_values(item.value, dict.fromkeys(item.references, None))
    masked, any_ = mask(bare, masking)
    value = with_values(masked, item.references)
    return (replace(item, value=value) if isinstance(value, Mapping) else item), any_


def _secrets(live: Live, kind: Kind, masking: Masking) -> Iterator[tuple[str, str]]:
    """The secret texts of an object by pointer, as far as references can stand for them."""
    if kind.value_field is None:
        return
    names = {mention.pointer for mention in kind.mentions}
    for pointer, text in _texts(live.value, "", lambda at: at not in names):
        if text and "\0" not in text and mask(text, masking, pointer)[0] != text:
            yield pointer, text


def _common(
    places: Sequence[Mapping[str, str]], taken: Collection[str]
) -> dict[tuple[str, str], str]:
    """Variables for what several objects have at the same place; more often first."""
    counts = Counter(secret for texts in places for secret in texts.items())
    variables: dict[tuple[str, str], str] = {}
    for secret, count in counts.most_common():
        if count > 1:
            variables[secret] = _variable(secret[0], {*variables.values(), *taken})
    return variables


def _without_secrets(
    live: Live,
    texts: Mapping[str, str],
    variables: dict[str, str],
    known: tuple[Mapping[tuple[str, str], str], Collection[str]],
) -> Desired:
    common, taken = known
    references: dict[str, str] = {}
    for pointer, text in texts.items():
        variable = common.get((pointer, text))
        if variable is None:
            variable = _variable(f"{live.id.name}{pointer}", {*variables, *taken})
            variables[variable] = text
        references[pointer] = str(SecretReference("env", variable))
    value = with_values(live.value, references)
    return Desired(
        live.id, value if isinstance(value, Mapping) else {}, _NOWHERE, references=references
    )


def _texts(
    value: JsonValue, pointer: str, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if wanted(pointer):
            yield pointer, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, pointer + join((key,)), wanted)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{number}", wanted)


def _variable(wanted: str, taken: Collection[str]) -> str:
    """`store-1/wifi/psk` is `STORE_1_WIFI_PSK`, or with a number behind it."""
    name = _UNUSABLE.sub("_", wanted.upper()).strip("_")[:_LONGEST]
    if not name or name[0].isdigit() or name.startswith(OWN_VARIABLES):
        name = f"SECRET_{name}"
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
