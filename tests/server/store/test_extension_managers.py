"""Extension Managers, straight at the port."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.server.usecases.license_ports import ExtensionManager
from reconciler.server.usecases.ports import Reach
from tests.server.company import Company

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.requirement("M-01")
def test_each_customer_has_extension_managers_of_its_own(company: Company) -> None:
    acme, globex = company.chief.customer, company.stranger.customer
    assert acme is not None
    assert globex is not None
    theirs = ExtensionManager("Ext1", NOW, None, NOW)
    pushing = replace(theirs, last_push_at=NOW)
    store = company.world.store
    store.write(acme, lambda tx: tx.extension_managers.put(theirs))
    store.write(globex, lambda tx: tx.extension_managers.put(pushing))
    later = replace(theirs, last_sync_get_at=NOW + HOUR, created_at=NOW + HOUR)
    store.write(acme, lambda tx: tx.extension_managers.put(later))
    with store.read(acme) as tx:
        assert tx.extension_managers.find("Ext1") == replace(later, created_at=NOW)
        assert len(tx.extension_managers.all()) == 1
        assert tx.extension_managers.find("ext1") is None
    with store.read(globex) as tx:
        assert tx.extension_managers.find("Ext1") == pushing
    with store.read(Reach.EVERYONE) as tx:
        assert len(tx.extension_managers.all()) == 2
