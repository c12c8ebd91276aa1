"""One deployment per module for tests that only add, a fresh one for those that change users."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
import structlog

from reconciler.server.store.database import migrate, open_database
from tests.server.api.deployment import Deployment, deployed


@pytest.fixture(autouse=True, scope="session")
def _no_log() -> Iterator[None]:
    """structlog's own default prints every variable of a failure."""
    structlog.configure(processors=[], logger_factory=structlog.testing.CapturingLoggerFactory())
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    url = f"sqlite:///{tmp_path_factory.mktemp('shared') / 'server.db'}"
    migrate(url)
    with closing(open_database(url)) as database, deployed(database) as found:
        yield found


@pytest.fixture
def deploy(tmp_path: Path) -> Callable[..., AbstractContextManager[Deployment]]:
    @contextmanager
    def open_deployment(**shape: object) -> Iterator[Deployment]:
        url = f"sqlite:///{tmp_path / 'server.db'}"
        migrate(url)
        with closing(open_database(url)) as database, deployed(database, **shape) as found:
            yield found

    return open_deployment


@pytest.fixture
def deployment(deploy: Callable[..., AbstractContextManager[Deployment]]) -> Iterator[Deployment]:
    with deploy() as found:
        yield found
