"""A customer's licenses over HTTP: a licensing system that sells, devices that ask."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.usecases.partner_ports import Entitlement, Partners
from reconciler.server.usecases.ports import Reach
from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import ACME, LOGINS, VENDOR, Deployment
from tests.server.usecases.pool import Seller

TOKEN = "Direct-Access-Token"
STANDARD_AID = "8f46e1d2-77aa-4c5e-a1b2-e295-c660"
PREMIUM_AID = "0a1b2c3d-1111-2222-3333-d4e5-f678"
DEVICE = "TC52_1"
END = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)


class Shop:
    """The deployment with a licensing system, and the devices of acme."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.seller = Seller()
        self.world = replace(deployment.world, partners=Partners(licensing=self.seller))
        deployment.app.state.world = self.world
        with self.world.store.read(Reach.EVERYONE) as tx:
            found = tx.customers.find(ACME)
        assert found is not None
        self.customer = CustomerRef(found.id, found.code, found.content.name)

    def sell(self, external_id: str = STANDARD_AID, quantity: int = 3, **more: object) -> None:
        made = Entitlement(
            external_id, LotSource.LEGACY, LicenseType.STANDARD, "1 Year Term", quantity, END
        )
        made = replace(made, **more)  # type: ignore[arg-type]  # fields by name
        self.seller.sold.setdefault(ACME, []).append(made)
        answer = self.sync()
        assert answer.status == 200, answer.body

    def wait_until(self, moment: datetime) -> None:
        """Sessions do not last so long."""
        self.deployment.clock.moment = moment
        self.deployment.tokens.clear()

    def sync(self, by: str = VENDOR, **query: str) -> Answer:
        return self.deployment.call("POST", "license/sync", by=by, query=query)

    def ask(self, device_id: str = DEVICE, **more: Any) -> Answer:  # noqa: ANN401 - any JSON
        body = {
            "token": TOKEN,
            "deviceId": device_id,
            "appId": "WFC_VOICE_ANDROID",
            "appVersion": "9.0.20406",
            "manufacturer": "Zebra Technologies",
            "features": ["CUCM standard"],
            **more,
        }
        what = sent(json_body=body)
        return self.deployment.client.request("POST", "/client/api/v1/license", what)

    def give_back(self, device_id: str = DEVICE) -> Answer:
        what = sent(query={"token": TOKEN, "deviceId": device_id})
        return self.deployment.client.request("DELETE", "/client/api/v1/license", what)

    def rows(self, path: str, by: str = LOGINS["Super-Admin"], **query: str) -> list[Any]:
        answer = self.deployment.call("GET", path, by=by, query=query)
        assert answer.status == 200, answer.body
        rows: list[Any] = answer.json()["content"]
        return rows

    def lots(self, **query: str) -> list[Any]:
        return self.rows("licenses", **query)

    def assigned(self, **query: str) -> list[Any]:
        return self.rows("licenses/assigned", **query)
