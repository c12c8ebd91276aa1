"""Accounts that are created without a mail to anybody."""

from dataclasses import replace

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.ports import Put
from reconciler.core.resource import Desired
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_writer
from tests.remote.fake_server import FakeServer, access


@pytest.mark.parametrize(("kind", "told"), [("PortalUser", {"silent": "true"}), ("Bootstrap", {})])
def test_only_where_somebody_would_be_mailed_silence_is_asked_for(
    kind: str, told: dict[str, str]
) -> None:
    server = FakeServer()
    value = {"role": "User", "userName": "J", "email": "j@acme.example"}
    one = Desired(ResourceId(kind, "j.doe"), value, Origin("users.yaml", 0, 1))
    with connect_writer(replace(access(), invites=False), server.transport) as writer:
        writer.upsert(KINDS[kind], one, None)
        writer.change_set([Put(KINDS[kind], one, "1")])

    single, together = [seen.params for seen in server.seen if seen.method == "POST"][-2:]
    assert (single, together) == ({"name": "j.doe", **told}, told)
