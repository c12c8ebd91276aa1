"""Footprints: what a device depends on, counted over all devices that depend on the same."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """That a device used a token, and what the token delivers now."""

    device_id: str
    token: str
    bootstrap: str


@dataclass(frozen=True, slots=True)
class Footprint:
    """`devices` devices that used exactly these tokens, and are registered at this site.

    `bootstraps` are what the tokens deliver. A device has one footprint, so that footprints
    can be added up without counting a device twice.
    """

    tokens: tuple[str, ...]
    bootstraps: tuple[str, ...]
    site: str | None
    devices: int


def count_footprints(uses: Iterable[Use], active: Mapping[str, str | None]) -> Sequence[Footprint]:
    """Footprints in order of tokens and sites, without devices that depend on nothing.

    `active` holds the site of each ACTIVE device, None where it is registered nowhere. Uses of
    other devices do not count: nobody reaches them any more.
    """
    tokens: dict[str, set[tuple[str, str]]] = {}
    for use in uses:
        if use.device_id in active:
            tokens.setdefault(use.device_id, set()).add((use.token, use.bootstrap))
    counts = Counter(
        (tuple(sorted(tokens.get(device_id, ()))), site or "")
        for device_id, site in active.items()
        if site or device_id in tokens
    )
    return [
        Footprint(
            tokens=tuple(token for token, _ in used),
            bootstraps=tuple(sorted({bootstrap for _, bootstrap in used})),
            site=site or None,
            devices=devices,
        )
        for (used, site), devices in sorted(counts.items())
    ]
