"""A backup's file: a zip with one NDJSON member a table, and a manifest that vouches for them.

The same file for every database, so that one of SQLite restores into PostgreSQL and back.
"""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

_FORMAT = 1
_MANIFEST = "manifest.json"
_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""Members carry no time of their own: the manifest says when."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, KeyError)
"""What a damaged member shows as; a missing one is a KeyError."""


class ArchiveError(Exception):
    """A file that is no whole backup, or not for this program; `fix` says what to do."""

    def __init__(self, message: str, fix: str = "take another backup") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a backup comes from: the schema's revision, the program's version, and when (UTC)."""

    revision: str
    version: str
    taken_at: str


@dataclass(frozen=True, slots=True)
class Member:
    """What a table's member has to be."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    origin: Origin
    tables: Mapping[str, Member]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(member.rows for member in self.tables.values())


@dataclass(slots=True)
class _Tally:
    """Counts and digests lines as they pass."""

    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, line: bytes) -> None:
        self.rows += 1
        self.digest.update(line)

    def member(self) -> Member:
        return Member(self.rows, self.digest.hexdigest())


Tables = Iterable[tuple[str, Iterable[Mapping[str, Any]]]]
"""Each table's name with its rows, which are read one after the other."""


def write_archive(path: Path, origin: Origin, tables: Tables) -> Manifest:
    """Write a new file that only its owner may read; it appears whole or not at all.

    Raises:
        ArchiveError: the file exists already; nothing is overwritten.
        OSError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            manifest = _write_members(file, origin, tables)
            file.flush()
            os.fsync(file.fileno())
        with open_archive(part) as written:
            for name in written.manifest.tables:
                for _ in written.rows(name):
                    pass
        _publish(part, path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _publish(part: Path, path: Path) -> None:
    """A link refuses what a rename would overwrite."""
    try:
        os.link(part, path)
    except FileExistsError as error:
        message = f"{path} exists already"
        raise ArchiveError(message, "name a new file; backups are never overwritten") from error
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_members(file: IO[bytes], origin: Origin, tables: Tables) -> Manifest:
    members: dict[str, Member] = {}
    with zipfile.ZipFile(file, "w") as archive:
        for name, rows in tables:
            tally = _Tally()
            with archive.open(_info(f"{name}.ndjson"), "w", force_zip64=True) as member:
                for row in rows:
                    line = json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
                    data = line.encode()
                    tally.add(data)
                    member.write(data)
            members[name] = tally.member()
        manifest = Manifest(origin, members)
        text = json.dumps({"format": _FORMAT, **asdict(manifest)}, indent=2) + "\n"
        archive.writestr(_info(_MANIFEST), text)
    return manifest


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _NO_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


@dataclass(frozen=True, slots=True)
class Archive:
    """An open backup."""

    manifest: Manifest
    _file: zipfile.ZipFile

    def rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        """A table's rows; the last is followed by the proof that they are all.

        Raises:
            ArchiveError: the member is not what the manifest says.
        """
        tally = _Tally()
        try:
            with self._file.open(f"{table}.ndjson") as member:
                for line in member:
                    tally.add(line)
                    yield json.loads(line)
        except (*_BROKEN, ValueError, OSError) as error:
            reason = f"{table}: {type(error).__name__}"
            raise _damaged(reason) from error
        if tally.member() != self.manifest.tables[table]:
            reason = f"{table} is not what was written"
            raise _damaged(reason)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a backup to read.

    Raises:
        ArchiveError: it is none.
        OSError: it cannot be read.
    """
    try:
        file = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        reason = "it is no zip file"
        raise _damaged(reason) from error
    with file:
        yield Archive(_read_manifest(file), file)


def _read_manifest(file: zipfile.ZipFile) -> Manifest:
    try:
        found = json.loads(file.read(_MANIFEST))
        format_ = found["format"]
        if format_ == _FORMAT:
            tables = {name: Member(**member) for name, member in found["tables"].items()}
            return Manifest(Origin(**found["origin"]), tables)
    except (*_BROKEN, TypeError, AttributeError, ValueError) as error:
        reason = f"its manifest: {type(error).__name__}"
        raise _damaged(reason) from error
    message = f"this backup has format {format_}, and this program reads {_FORMAT}"
    raise ArchiveError(message, "restore it with the version that made it")


def _damaged(what: str) -> ArchiveError:
    return ArchiveError(f"this is no whole backup ({what})", "use another backup")
