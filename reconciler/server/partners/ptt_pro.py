"""PTT Pro servers over HTTP; `docs/reference/partners.md` describes the calls."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.server.partners.http_json import HttpPartner, Question


@dataclass(frozen=True, slots=True)
class HttpPttPro:
    """The `PttPro` port."""

    partner: HttpPartner

    def sites(self, server: str) -> Sequence[str]:
        """The departments of a server. Raises PartnerError."""
        found = self.partner.ask(Question("GET", "sites", {"server": server})).get("sites")
        if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
            self.partner.refuse_without("a list of sites")
        return tuple(found)

    def site_of(self, server: str, device_id: str) -> str | None:
        """Where a device is entered; None where it is not. Raises PartnerError."""
        return self._device("GET", server, device_id)

    def enter(self, server: str, site: str, device_id: str) -> None:
        """Enter a device at a site, in place of another; twice is once. Raises PartnerError."""
        if self._device("POST", server, device_id, site) != site:
            self.partner.refuse_without("the site that the device was to be entered at")

    def remove(self, server: str, device_id: str) -> None:
        """Remove a device's entry; twice is once. Raises PartnerError."""
        if self._device("DELETE", server, device_id) is not None:
            self.partner.refuse_without("a word that the device is gone")

    def _device(
        self, method: str, server: str, device_id: str, site: str | None = None
    ) -> str | None:
        """A call about one device; an answer that leaves its site out is none."""
        query = {"server": server, "deviceId": device_id}
        body = None if site is None else {"site": site}
        answer = self.partner.ask(Question(method, "device", query, body))
        found = answer.get("site", ...)
        if found is not None and not isinstance(found, str):
            self.partner.refuse_without("the device's site")
        return found
