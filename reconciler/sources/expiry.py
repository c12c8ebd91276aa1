"""Exceptions of fleets that somebody has to look at: their places are found only then."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from reconciler.core.expiry import Exemption, is_near
from reconciler.core.secrets import Masking
from reconciler.sources.files import Files
from reconciler.sources.locate import Locator
from reconciler.sources.repository import Repository


def near_exemptions(root: Path, repository: Repository, today: date) -> tuple[Exemption, ...]:
    """Exceptions in force whose day has passed or is near, by day and object."""
    return tuple(sorted(_found(root, repository, today), key=lambda one: (one.until, one.id)))


def _found(root: Path, repository: Repository, today: date) -> Iterator[Exemption]:
    locator = Locator(Files(root), Masking(repository.project.secrets))
    for id_, changes in repository.heritage.exceptions.items():
        deviations = {one.deviation.origin: one.deviation for one in changes}
        for origin, deviation in deviations.items():
            if is_near(deviation.until, today):
                place = locator.place(origin.at("/until"))
                yield Exemption(id_, deviation.until, deviation.reason, place)
