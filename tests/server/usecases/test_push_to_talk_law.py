"""A law: whatever happens to a device, in the end PTT Pro's table says what the book says.

Steps are drawn; each device of the run goes through some of them, with the servers up and down.
At the end the servers are up and are told what waits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.server.domain.change_set import (
    ChangeSet,
    KindName,
    Operation,
    SiteContent,
)
from reconciler.server.domain.device import DeviceState
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.push_to_talk import remove_silent, retry_tasks
from tests.databases import opened
from tests.server.company import found, world_over
from tests.server.fleet import DAY, Fleet, fleet_of

SITES = {"a": "pro-1", "b": "pro-1", "c": "pro-2"}
STEPS = (
    *(f"register {site}" for site in SITES),
    *(f"by hand {site}" for site in SITES),
    "at the other customer",
    "obsolete",
    "silence",
    "down",
    "up",
    "retry",
)
_NUMBERS = count()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One fleet for all drawn devices; acme's site c is on another server."""
    url = f"sqlite:///{tmp_path_factory.mktemp('law')}/server.db"
    found(url)
    with opened(url) as database:
        fleet = fleet_of(world_over(database))
        site = Operation(KindName.SITE, "c", SiteContent("pro-2"))
        apply_changes(fleet.world, fleet.company.chief, ChangeSet((site,)))
        yield fleet


@dataclass
class Life:
    """One device, and what people did about it by hand: server to site."""

    fleet: Fleet
    device_id: str
    manual: dict[str, str] = field(default_factory=dict)

    def step(self, step: str) -> None:
        word, _, rest = step.partition(" ")
        match word:
            case "register":
                self.register("PTT-a", rest)
            case "at":
                self.register("GLOBEX-a", None)
            case "by":
                self.enter_by_hand(rest.removeprefix("hand "))
            case "obsolete":
                self.obsolete()
            case "silence":
                self.fleet.advance(30 * DAY)
                remove_silent(self.fleet.world, self.fleet.acme)
                remove_silent(self.fleet.world, self.fleet.globex)
            case "retry":
                self.fleet.advance(timedelta(hours=1))
                retry_tasks(self.fleet.world)
            case _:
                self.fleet.ptt_pro.down = word == "down"
        self.note_adoption()

    def note_adoption(self) -> None:
        """What was entered by hand and stands in our book is ours from now on."""
        for customer in (self.fleet.acme, self.fleet.globex):
            entry = self.fleet.entry(self.device_id, customer)
            if entry is not None and self.manual.get(entry.server) == entry.site:
                del self.manual[entry.server]

    def register(self, token: str, site: str | None) -> None:
        try:
            self.fleet.register(token, self.device_id, site)
        except DomainError as error:
            if error.code is not ErrorCode.SITE_CONFLICT:
                raise

    def enter_by_hand(self, site: str) -> None:
        """Only where nothing stands, nor is going to stand, that is ours."""
        key = (SITES[site], self.device_id)
        ours = any(
            self.fleet.entry(self.device_id, customer) is not None
            for customer in (self.fleet.acme, self.fleet.globex)
        )
        if key in self.fleet.ptt_pro.table or ours or self.fleet.tasks(self.device_id):
            return
        self.fleet.ptt_pro.table[key] = site
        self.manual[SITES[site]] = site

    def obsolete(self) -> None:
        home = self.fleet.home(self.device_id)
        if home is not None:
            obsolete_from_exm(self.fleet.world, home, "Ext1", self.device_id)

    def rest(self) -> None:
        """The servers are up, and are told until nothing waits."""
        self.fleet.ptt_pro.down = False
        for _ in range(4):
            self.fleet.advance(timedelta(hours=1))
            retry_tasks(self.fleet.world)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=12))
@example(["register a", "down", "at the other customer", "register b"])
@example(["register a", "down", "obsolete", "register b", "by hand c"])
@example(["by hand b", "down", "register a", "up", "retry", "register b", "silence"])
@example(["by hand b", "down", "register b", "register a"])
def test_table_and_book_agree_in_the_end(town: Fleet, steps: list[str]) -> None:
    life = Life(town, f"TC52_{next(_NUMBERS)}")
    for step in steps:
        life.step(step)
    life.rest()
    assert town.tasks(life.device_id) == []
    table = {
        server: site
        for (server, device_id), site in town.ptt_pro.table.items()
        if device_id == life.device_id
    }
    expected = dict(life.manual)
    home = town.home(life.device_id)
    for customer in (town.acme, town.globex):
        entry = town.entry(life.device_id, customer)
        with town.world.store.read(customer) as tx:
            device = tx.devices.find([life.device_id]).get(life.device_id)
        assert (device.site if device else None) == (entry.site if entry else None)
        if entry is not None:
            assert device is not None
            assert (device.state, home) == (DeviceState.ACTIVE, customer)
            expected[entry.server] = entry.site
    assert table == expected
