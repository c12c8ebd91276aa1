"""The only door from the client to the bundled server, whose libraries may be absent."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.problem import Misuse

if TYPE_CHECKING:
    from reconciler.server.app import Stage

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
    with _libraries():
        from reconciler.server.app import ServeError, Start, serve  # noqa: PLC0415 - an extra
        from reconciler.server.settings import SettingsError, read_settings  # noqa: PLC0415 - same
    start = Start(bundle.ready_file, demo=bundle.demo, migrate_only=bundle.migrate_only)
    try:
        serve(read_settings(bundle.settings), start, announce)
    except SettingsError as error:
        raise Misuse(str(error), "") from error
    except ServeError as error:
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
