"""Writes that the database, or a lost race, asks to do again."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy.exc import DBAPIError

from reconciler.server.store.database import Database, open_database
from reconciler.server.usecases.ports import Reach, StaleWriteError, Transaction

TRIES = 8


class RefusedError(Exception):
    """What a driver raises."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate
        super().__init__(sqlstate)


def refusal(sqlstate: str) -> DBAPIError:
    return DBAPIError("UPDATE", None, RefusedError(sqlstate))


class Work:
    """Raises one error after another, and then is done."""

    def __init__(self, *errors: Exception) -> None:
        self.left = list(errors)
        self.tries = 0

    def __call__(self, _: Transaction) -> str:
        self.tries += 1
        if self.left:
            raise self.left.pop(0)
        return "done"


@pytest.fixture
def pauses() -> list[int]:
    return []


@pytest.fixture
def patient(database_url: str, pauses: list[int]) -> Iterator[Database]:
    """A database that notes when it would wait."""
    with closing(open_database(database_url, pauses.append)) as found:
        yield found


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_what_the_database_asks_for_is_done_again_after_a_pause(
    patient: Database, pauses: list[int], sqlstate: str
) -> None:
    work = Work(refusal(sqlstate), refusal(sqlstate))
    assert patient.write(Reach.VENDOR, work) == "done"
    assert (work.tries, pauses) == (3, [1, 2])


def test_a_lost_race_is_run_again_at_once(patient: Database, pauses: list[int]) -> None:
    work = Work(StaleWriteError(), StaleWriteError())
    assert patient.write(Reach.VENDOR, work) == "done"
    assert (work.tries, pauses) == (3, [])


def test_any_other_error_of_the_database_is_not_tried_again(
    patient: Database, pauses: list[int]
) -> None:
    work = Work(refusal("23505"))
    with pytest.raises(DBAPIError):
        patient.write(Reach.VENDOR, work)
    assert (work.tries, pauses) == (1, [])


@pytest.mark.parametrize("error", [refusal("40001"), StaleWriteError()])
def test_after_eight_tries_the_write_has_failed(patient: Database, error: Exception) -> None:
    work = Work(*[error] * TRIES)
    with pytest.raises(type(error)):
        patient.write(Reach.VENDOR, work)
    assert work.tries == TRIES
