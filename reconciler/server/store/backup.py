"""Backup and restore: every table of one snapshot, into a file and back."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, insert, select
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from reconciler.server.store.archive import (
    Archive,
    ArchiveError,
    Manifest,
    Origin,
    open_archive,
    write_archive,
)
from reconciler.server.store.engines import DatabaseError, open_reader, read_url, unusable
from reconciler.server.store.migration import create, newest_revision, require_current
from reconciler.server.store.schema import metadata, server

_AT_ONCE = 500


def write_backup(url: str, path: Path, origin: Origin) -> Manifest:
    """Store one consistent snapshot in a new file; the server may go on meanwhile.

    `origin.revision` is filled in here.

    Raises:
        DatabaseError: unreachable, or not up to date.
        ArchiveError: the file exists already.
        OSError: it cannot be written.
    """
    with open_snapshot(url) as connection:
        require_current(connection)
        rows = ((table.name, _rows(connection, table)) for table in tables())
        return write_archive(path, replace(origin, revision=newest_revision() or ""), rows)


def restore_backup(url: str, path: Path) -> Manifest:
    """Fill an empty database: everything, or nothing at all.

    Raises:
        ArchiveError: no whole backup, or one of another schema.
        DatabaseError: unreachable, or not empty.
        OSError: the file cannot be read.
    """
    with open_archive(path) as archive:
        _require_fitting(archive.manifest)
        create(url, partial(_fill, archive))
        return archive.manifest


@contextmanager
def open_snapshot(url: str) -> Iterator[Connection]:
    """One reading transaction, beside a server that goes on. Raises DatabaseError."""
    address = read_url(url)
    engine = open_reader(address)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise unusable(address, error) from None
    finally:
        engine.dispose()


def tables() -> Sequence[Table]:
    """What a backup holds, in an order that rows can be inserted in.

    The server's own row is part of the schema.
    """
    return [table for table in metadata.sorted_tables if table is not server]


def _rows(connection: Connection, table: Table) -> Iterator[Mapping[str, Any]]:
    binary = _binary_columns(table)
    statement = select(table).order_by(*table.primary_key.columns)
    found = connection.execution_options(yield_per=_AT_ONCE).execute(statement)
    for row in found.mappings():
        encoded = {name: b64encode(row[name]).decode() for name in binary}
        yield {**row, **encoded}


def _binary_columns(table: Table) -> Sequence[str]:
    return [column.name for column in table.columns if isinstance(column.type, LargeBinary)]


def _require_fitting(manifest: Manifest) -> None:
    origin = manifest.origin
    if origin.revision != newest_revision():
        message = (
            f"this backup has schema {origin.revision}, and this program has {newest_revision()}"
        )
        fix = f"restore it with pvm {origin.version}; then upgrade, and start the server"
        raise ArchiveError(message, fix)
    if set(manifest.tables) != {table.name for table in tables()}:
        message = "this backup has other tables than its schema"
        raise ArchiveError(message, "use another backup")


def _fill(archive: Archive, connection: Connection) -> None:
    for table in tables():
        rows = archive.rows(table.name)
        binary = _binary_columns(table)
        try:
            while batch := [_decoded(row, binary) for row in islice(rows, _AT_ONCE)]:
                connection.execute(insert(table), batch)
        except (IntegrityError, DataError, ValueError, KeyError) as error:
            message = f"this is no whole backup ({table.name}: a row does not fit)"
            raise ArchiveError(message, "use another backup") from error


def _decoded(row: Mapping[str, Any], binary: Sequence[str]) -> Mapping[str, Any]:
    return {**row, **{name: b64decode(row[name], validate=True) for name in binary}}


__all__ = [
    "ArchiveError",
    "DatabaseError",
    "Manifest",
    "Origin",
    "open_snapshot",
    "restore_backup",
    "tables",
    "write_backup",
]
