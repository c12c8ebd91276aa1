"""Requests of devices, for tests that read reports of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.server.domain.history import Action, HistoryRecord, Result
from reconciler.server.domain.identifiers import new_id
from reconciler.server.usecases.ports import Tenant, World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUND = timedelta(milliseconds=7)
_ACTIONS = tuple(Action)


@dataclass(frozen=True, slots=True)
class Said:
    """What a request says of itself."""

    action: Action = Action.LICENSE
    token: str | None = None
    app_id: str | None = None
    device_id: str | None = "TC52_18304522512397"
    code: str | None = None
    detail: str = ""


def said_at(
    at: datetime, said: Said, number: int = 0, customer: str | None = "acme"
) -> HistoryRecord:
    """The record of a request; `number` orders those of one moment."""
    return HistoryRecord(
        id=new_id(at, bytes(6), number),
        timestamp=at,
        customer=customer,
        action=said.action,
        token=said.token,
        app_id=said.app_id,
        device_id=said.device_id,
        result=Result.OK if said.code is None else Result.FAILED,
        code=said.code,
        detail=said.detail,
        remote_address="192.0.2.7",
    )


def many(count: int) -> list[HistoryRecord]:
    """So many requests, oldest first, several in each millisecond; every tenth is refused."""
    return [
        said_at(
            NOON + ROUND * (number // 3),
            Said(
                action=_ACTIONS[number % len(_ACTIONS)],
                token=f"T{number % 4}",
                app_id="WFC_VOICE_ANDROID" if number % 2 else None,
                device_id=f"TC52_{number % 5:04}",
                code="UNKNOWN_TOKEN" if number % 10 == 9 else None,
                detail=f"request {number}",
            ),
            number,
        )
        for number in range(count)
    ]


def keep(world: World, tenant: Tenant, records: Sequence[HistoryRecord]) -> None:
    """Store records."""
    world.store.write(tenant, lambda tx: tx.history.add(records))
