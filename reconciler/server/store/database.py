"""The database: opening it, and its transactions."""

from reconciler.server.usecases.ports import Store


class DatabaseError(Exception):
    """The database cannot be used; the text never shows a password. `fix` says what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class Database(Store):
    """An open database; close it when done."""

    def close(self) -> None:
        """Close every connection and release the file's lock."""
        raise NotImplementedError


def migrate(url: str) -> None:
    """Bring the schema up to date; safe to run from many processes at once.

    Raises:
        DatabaseError: unreachable, or made by a newer or another program.
    """
    raise NotImplementedError


def open_database(url: str) -> Database:
    """Open a migrated database. `sqlite:///FILE` or `postgresql+psycopg://…`.

    Raises:
        DatabaseError: unreachable, in use by another server (SQLite), or not migrated.
    """
    raise NotImplementedError
