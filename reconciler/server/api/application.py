"""The web application: every address, every error, and its description."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from reconciler.server.api import (
    api_tokens,
    auth,
    bootstraps,
    changes,
    client_licenses,
    customers,
    dashboard,
    device_bootstrap,
    devices,
    errors,
    events,
    extension_manager,
    footprints,
    history,
    jobs,
    licenses,
    registration,
    simulation,
    sites,
    swagger,
    system,
    tokens,
    users,
)
from reconciler.server.api.bodies import SMALL_BYTES
from reconciler.server.api.extension_manager_rows import MOST_BYTES
from reconciler.server.api.metrics import Access, Meter
from reconciler.server.api.middleware import BodyLimit, Envelope, HeadCheck
from reconciler.server.api.openapi import describe
from reconciler.server.api.service import MOST_HEADER_BYTES
from reconciler.server.usecases.ports import World

DESCRIPTION = "/admin/v3/api-docs"
# The first that fits answers: what devices ask for most is not looked for behind all else.
_ROUTERS: Sequence[APIRouter] = (
    device_bootstrap.router,
    auth.router,
    bootstraps.router,
    tokens.router,
    sites.router,
    users.router,
    customers.router,
    footprints.router,
    events.router,
    history.router,
    licenses.router,
    dashboard.router,
    jobs.router,
    extension_manager.router,
    changes.router,
    api_tokens.router,
    system.router,
    registration.router,
    devices.router,
    client_licenses.router,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How the application is set up; `threads` is how many calls run at once.

    `metrics` says who may read them.
    """

    capabilities: tuple[str, ...]
    docs: bool = True
    threads: int = 40
    metrics: Access = "local"


def build(world: World, shape: Shape) -> FastAPI:
    """The application without the layers that `wrap` puts around it."""

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = shape.threads
        yield

    app = FastAPI(
        title="Provisioning Manager APIs",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=living,
        telemetry={"auto_configure": False},
    )
    app.state.world = world
    app.state.capabilities = shape.capabilities
    app.state.downloads = device_bootstrap.gather_downloads(world)
    for router in (*_ROUTERS, *_rehearsed(world)):
        app.include_router(router)
    if shape.docs:
        _add_docs(app)
    errors.install(app)
    return app


def _rehearsed(world: World) -> Sequence[APIRouter]:
    """What only a server that simulates its partners has."""
    return () if world.simulation is None else (simulation.router,)


def _operation_id(route: APIRoute) -> str:
    """The handler's name, as the document shows it: `putBootstrap`."""
    return to_camel(route.name)


def _add_docs(app: FastAPI) -> None:
    # Writing it takes longer than everything else at the start, so it waits until somebody asks.
    document = cache(lambda: describe(app))

    def read_description() -> Response:
        return JSONResponse(document())

    app.add_api_route(DESCRIPTION, read_description, include_in_schema=False)
    app.include_router(swagger.router)
    app.router.routes.append(swagger.files())


def wrap(
    app: ASGIApp, world: World, seconds: Callable[[], float], metrics: Access = "local"
) -> ASGIApp:
    """The application behind its guards; `seconds` is a monotonic clock for log and metrics."""
    limits = world.limits
    by_path = {
        changes.PATH: limits.change_bytes,
        "/admin/api/v1/bootstrap": limits.bootstrap_bytes,
        devices.MANY: devices.MANY_BYTES,
        extension_manager.PUSH: MOST_BYTES,
    }
    inner = BodyLimit(app, SMALL_BYTES, by_path)
    meter = Meter(HeadCheck(inner, MOST_HEADER_BYTES), world, seconds, metrics)
    return Envelope(meter, world.chance, seconds)
