"""Sites over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import found, nothing, plain, require_offered, written
from reconciler.server.api.bodies import SiteBody, read_json
from reconciler.server.api.call import Call, Meant, Raw, Signed
from reconciler.server.api.description import answers, json_body, list_of
from reconciler.server.api.device_rows import SiteDeviceRow, SiteSyncRow, show_at_site
from reconciler.server.api.lists import Listing, Source, answer
from reconciler.server.api.queries import Force, Label
from reconciler.server.api.representation import time_text
from reconciler.server.api.rows import SiteRow
from reconciler.server.domain.change_set import SiteContent
from reconciler.server.domain.site import Site
from reconciler.server.usecases import devices, sites

router = APIRouter(prefix="/admin/api/v1", tags=["site-controller"])


def show(call: Call, site: Site) -> dict[str, object]:
    """A site as it is answered."""
    owner = {} if call.caller.customer else {"customer": site.customer}
    return {
        "name": site.name,
        **owner,
        "proServerName": site.pro_server_name,
        "deviceCount": site.device_count,
        "source": site.source,
        "createdAt": time_text(site.created_at),
        "updatedAt": time_text(site.updated_at),
        "updatedBy": site.updated_by,
        "version": site.version,
    }


@router.post("/site", responses=answers(SiteRow), openapi_extra=json_body(SiteBody))
def put_site(request: Request, call: Signed, meant: Meant, name: Label, raw: Raw) -> Response:
    """Create or replace a site."""
    content = SiteContent(read_json(request, SiteBody, raw).pro_server_name)
    done = sites.put_site(call.world, call.caller, name, content, meant)
    return written(request, done.result, show(call, done.row), done.row.version)


@router.get("/site", responses=answers(SiteRow))
def get_site(request: Request, call: Signed, name: Label) -> Response:
    """One site by name."""
    row = sites.get_site(call.world, call.caller, name, call.customer)
    return found(request, show(call, row), row.version)


@router.delete("/site", status_code=204, responses=answers())
def delete_site(call: Signed, meant: Meant, name: Label, *, force: Force = False) -> Response:
    """Delete a site where no device is registered; with force its devices leave it."""
    sites.delete_site(call.world, call.caller, name, meant, force=force)
    return nothing()


@router.post("/site/sync", responses=answers(SiteSyncRow, tagged=False))
def sync_sites(call: Signed) -> Response:
    """Add the departments of the customer's PTT Pro server that are no sites yet."""
    done = sites.sync_sites(call.world, call.caller, call.customer)
    return plain(asdict(done))


@router.get("/site/devices", responses=list_of(SiteDeviceRow))
def list_site_devices(request: Request, call: Signed, asked: Listing, name: Label) -> Response:
    """The devices that are registered at a site, paged, or as NDJSON the whole list."""
    require_offered(request, "devices")
    query = asked.query(call.customer, {})
    source = Source(
        lambda: devices.list_site_devices(call.world, call.caller, name, query),
        lambda: devices.stream_site_devices(call.world, call.caller, name, query),
        show_at_site,
    )
    return answer(asked, source)


@router.get("/sites", responses=list_of(SiteRow))
def list_sites(
    call: Signed,
    asked: Listing,
    name: Annotated[str | None, Query()] = None,
    pro_server_name: Annotated[str | None, Query(alias="proServerName")] = None,
) -> Response:
    """Every site, paged, or as NDJSON the whole list."""
    query = asked.query(call.customer, {"name": name, "proServerName": pro_server_name})
    source = Source(
        lambda: sites.list_sites(call.world, call.caller, query),
        lambda: sites.stream_sites(call.world, call.caller, query),
        lambda row: show(call, row),
    )
    return answer(asked, source)
