"""Exactly the seats that there are: many devices at once, real servers, and one that is killed.

Rounds: every device asks; exactly as many get a license as there are seats; those give it back.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import pytest

from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.roles import Role
from tests.databases import Postgres, opened
from tests.live_server import RunningServer, start_server
from tests.server.company import ACME, PASSWORD, found, login_of, world_over
from tests.server.seat_clients import LOST, Desk, ask_all, return_all, sign_in
from tests.server.usecases.pool import pool_of

SEATS = 7
DEVICES_OF_A_CLIENT = 2
ROUNDS = 20
GRANTED, REFUSED, RETURNED = 200, 409, 204
_LOT = "8f46-77aa-e295-c660"
Work = Callable[[str, Sequence[str]], list[tuple[str, int]]]


def stocked(url: str) -> None:
    """The company, with one lot of a few seats, some of them overage, that never ends."""
    found(url)
    with opened(url) as database:
        pool = pool_of(world_over(database))
        pool.stock(_LOT, 4, None, source=LotSource.NEW, overage_percent=75)
        assert pool.lots()[_LOT].total == SEATS


def devices(client: int) -> list[str]:
    """The devices of one client; every client has its own."""
    return [f"TC52_{client}-{number}" for number in range(DEVICES_OF_A_CLIENT)]


@dataclass
class Fleet:
    """Clients, each a process or a thread, and the servers that they call in turn."""

    clients: int
    executor: Executor
    database_url: str
    servers: list[RunningServer] = field(default_factory=list)
    session: str = ""

    def serve(self, count: int) -> None:
        for _ in range(count):
            self.servers.append(start_server(self.database_url, demo=False))

    def together(self, work: Work, per_client: Sequence[Sequence[str]]) -> dict[str, int]:
        """What became of each device, when all clients begin at once."""
        running = [
            self.executor.submit(work, self.servers[number % len(self.servers)].url, mine)
            for number, mine in enumerate(per_client)
        ]
        return {device: status for one in running for device, status in one.result()}

    @property
    def everyone(self) -> list[list[str]]:
        return [devices(client) for client in range(self.clients)]

    @property
    def desk(self) -> Desk:
        url = self.servers[0].url
        if not self.session:
            self.session = sign_in(url, login_of(Role.SUPER_ADMIN, ACME), PASSWORD)
        return Desk(url, self.session)

    def play_round(self) -> None:
        """Everyone asks, exactly the seats are given, and their holders give them back."""
        outcome = self.together(ask_all, self.everyone)
        assert set(outcome.values()) == {GRANTED, REFUSED}
        granted = {device for device, status in outcome.items() if status == GRANTED}
        assert len(granted) == SEATS
        self.check_books(granted)
        mine = [[device for device in some if device in granted] for some in self.everyone]
        assert set(self.together(return_all, mine).values()) == {RETURNED}

    def play_round_with_a_death(self) -> None:
        """A server dies in the middle; what was promised holds, and nothing is given twice."""
        victim = self.servers[-1]
        running = [
            self.executor.submit(ask_all, self.servers[number % len(self.servers)].url, mine)
            for number, mine in enumerate(self.everyone)
        ]
        running[0].result()
        victim.process.kill()
        outcome = {device: status for one in running for device, status in one.result()}
        self.bury(victim)
        self.serve(1)
        assert set(outcome.values()) <= {GRANTED, REFUSED, LOST}
        promised = {device for device, status in outcome.items() if status == GRANTED}
        holders = self.desk.holders()
        assert promised <= holders
        assert len(holders) <= SEATS
        again = self.together(ask_all, self.everyone)
        granted = {device for device, status in again.items() if status == GRANTED}
        assert holders <= granted
        assert len(granted) == SEATS
        self.check_books(granted)
        mine = [[device for device in some if device in granted] for some in self.everyone]
        assert set(self.together(return_all, mine).values()) == {RETURNED}

    def check_books(self, granted: set[str]) -> None:
        desk = self.desk
        assert desk.holders() == granted
        assert desk.used() == len(granted)

    def bury_all(self) -> None:
        for server in tuple(self.servers):
            self.bury(server)

    def bury(self, server: RunningServer) -> None:
        server.stop()
        shutil.rmtree(server.folder)
        self.servers.remove(server)


@pytest.fixture
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    """Eight processes and one server over SQLite; sixteen threads and three over PostgreSQL."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'seats.db'}"
            stocked(url)
            processes = ProcessPoolExecutor(8, get_context("spawn"))
            made = Fleet(8, stack.enter_context(processes), url)
            servers = 1
        else:
            server: Postgres = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database(stocked))
            made = Fleet(16, stack.enter_context(ThreadPoolExecutor(16)), url)
            servers = 3
        stack.callback(made.bury_all)
        made.serve(servers)
        yield made


def audit(url: str) -> None:
    """No server runs any more: every lot counts the seats that are held, all given back."""
    with opened(url) as database:
        pool_of(world_over(database)).assert_counted()
        assert pool_of(world_over(database)).lots()[_LOT].used == 0


@pytest.mark.requirement("L-43")
@pytest.mark.requirement("L-13")
@pytest.mark.parametrize("fleet", ["sqlite", "postgresql"], indirect=True)
def test_exactly_the_seats_there_are_before_and_after_a_server_is_killed(fleet: Fleet) -> None:
    for _ in range(ROUNDS // 2):
        fleet.play_round()
    fleet.play_round_with_a_death()
    for _ in range(ROUNDS // 2):
        fleet.play_round()
    fleet.bury_all()
    audit(fleet.database_url)
