"""Applications over both databases: `shared` by a module's tests, `deployment` for one test.

Two customers and a user of every role are stored once per run and database, and then copied.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from structlog.testing import CapturingLoggerFactory

from reconciler.server.settings import OFFERED
from reconciler.server.store.database import migrate
from tests.databases import Postgres, opened
from tests.server.api.deployment import Deployment, Seed, deployed, fill
from tests.server.api.rehearsal import Rehearsed, rehearsing
from tests.server.conftest import BOTH

Deploy = Callable[..., AbstractContextManager[Deployment]]


@pytest.fixture(autouse=True, scope="session")
def _no_log() -> Iterator[None]:
    """structlog's own default prints every variable of a failure."""
    structlog.configure(processors=[], logger_factory=CapturingLoggerFactory())
    yield
    structlog.reset_defaults()


class Filling:
    """Fills a database; what it holds then is in `seed`."""

    def __init__(self) -> None:
        self.seed = Seed({}, 0)

    def __call__(self, url: str) -> None:
        migrate(url)
        with opened(url) as store:
            self.seed = fill(store)


@dataclass(frozen=True, slots=True)
class Source:
    """A filled database; `copy` gives another one like it, in a folder if it is a file."""

    filling: Filling
    copy: Callable[[Path], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The filled file, closed, so that a copy is whole."""
    file = tmp_path_factory.mktemp("filled") / "server.db"
    filling = Filling()
    filling(f"sqlite:///{file}")

    @contextmanager
    def copy(folder: Path) -> Iterator[str]:
        shutil.copy(file, folder / "server.db")
        yield f"sqlite:///{folder / 'server.db'}"

    return Source(filling, copy)


@pytest.fixture(scope="session")
def filled_postgresql(postgres: Postgres) -> Source:
    """The filled database as a template of the server's."""
    filling = Filling()
    return Source(filling, lambda _: postgres.database(filling))


@contextmanager
def _deployed(source: Source, folder: Path, capabilities: tuple[str, ...]) -> Iterator[Deployment]:
    with (
        source.copy(folder) as url,
        opened(url) as store,
        deployed(store, source.filling.seed, capabilities=capabilities) as found,
    ):
        yield found


@pytest.fixture(scope="module", params=BOTH)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """For tests that leave users and customers alone."""
    folder = tmp_path_factory.mktemp("shared")
    source = request.getfixturevalue(f"filled_{request.param}")
    with _deployed(source, folder, OFFERED) as found:
        yield found


@pytest.fixture
def deploy(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Deploy:
    """Opens an application with chosen capabilities."""
    source = request.getfixturevalue(f"filled_{backend}")

    def open_deployment(
        *, capabilities: tuple[str, ...] = OFFERED
    ) -> AbstractContextManager[Deployment]:
        return _deployed(source, tmp_path, capabilities)

    return open_deployment


@pytest.fixture
def deployment(deploy: Deploy) -> Iterator[Deployment]:
    """For tests that change users, customers or the clock."""
    with deploy() as found:
        yield found


@pytest.fixture
def rehearsed(deployment: Deployment) -> Iterator[Rehearsed]:
    """A server that simulates its partners."""
    with rehearsing(deployment) as found:
        yield found
