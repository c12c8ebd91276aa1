"""The only door from the client to the bundled server, whose libraries may be absent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.problem import Misuse

if TYPE_CHECKING:
    from reconciler.server.app import Stage
    from reconciler.server.settings import Settings

_INSTALL = 'install them with: pip install "pvm[server]"'
_INSTALL_POSTGRES = 'install it with: pip install "pvm[server,postgres]"'


@dataclass(frozen=True, slots=True)
class Bundle:
    """How to run the server: settings given on the command line win over the environment."""

    settings: Mapping[str, object]
    ready_file: Path | None = None
    demo: bool = False
    migrate_only: bool = False


def run_server(bundle: Bundle, announce: Callable[[str], None]) -> None:
    """Run the server until a signal stops it; `announce` gets the lines for the operator.

    Raises:
        Misuse: the server's libraries are missing, a setting is wrong, or it cannot start here.
    """
    with _opened(bundle.settings) as settings:
        from reconciler.server import app  # noqa: PLC0415 - an extra

        start = app.Start(bundle.ready_file, demo=bundle.demo, migrate_only=bundle.migrate_only)
        app.serve(settings, start, announce)


def back_up(given: Mapping[str, object], path: Path) -> str:
    """Store a server's database in a new file; says what was stored. Raises Misuse, OSError."""
    with _opened(given) as settings:
        from reconciler.server import app  # noqa: PLC0415 - an extra

        return app.back_up(settings, path)


def restore(given: Mapping[str, object], path: Path) -> str:
    """Fill an empty database from a backup; says what was restored. Raises Misuse, OSError."""
    with _opened(given) as settings:
        from reconciler.server import app  # noqa: PLC0415 - an extra

        return app.restore(settings, path)


def check(given: Mapping[str, object]) -> Sequence[str]:
    """A line for each thing of a server's database that is not as it must be. Raises Misuse."""
    with _opened(given) as settings:
        from reconciler.server import app  # noqa: PLC0415 - an extra

        return app.check(settings)


@contextmanager
def _opened(given: Mapping[str, object]) -> "Iterator[Settings]":
    """The settings, of which the given win; tells what the server's program refuses."""
    with _libraries():
        from reconciler.server import app  # noqa: PLC0415 - an extra
        from reconciler.server.settings import SettingsError, read_settings  # noqa: PLC0415 - same
    try:
        yield read_settings(given)
    except SettingsError as error:
        raise Misuse(str(error), "") from error
    except app.ServeError as error:
        raise Misuse(error.message, error.fix) from error


@contextmanager
def open_stage() -> Iterator["Stage"]:
    """An empty server within this process, gone afterwards: what a rehearsal writes to.

    Raises:
        Misuse: the server's libraries are missing, or it cannot start here.
    """
    with _libraries():
        from reconciler.server import app  # noqa: PLC0415 - an extra
    try:
        with app.open_stage() as stage:
            yield stage
    except app.ServeError as error:
        raise Misuse(error.message, error.fix) from error


@contextmanager
def _libraries() -> Iterator[None]:
    """Say which library is missing; raises Misuse."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "reconciler":
            raise
        message = f"the bundled server needs libraries that are not installed ({error.name})"
        raise Misuse(message, _INSTALL) from error
