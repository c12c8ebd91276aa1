"""GET /metrics: what a monitoring system reads, in Prometheus' text format.

Labels come from closed lists (methods, route templates, classes of status, names of jobs), so
that no caller can make them grow; nothing names a customer, a device or a token.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from typing import Literal

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.server.api.errors import problem_response, transport_problem
from reconciler.server.usecases.gauges import Gauges
from reconciler.server.usecases.ports import World
from reconciler.version import __version__

PATH = "/metrics"
Access = Literal["off", "local", "on"]
"""Who may read: nobody, this machine without a proxy in between, everybody."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class _Timing:
    """Durations of one route; `counts` has one more place than there are buckets."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(_BUCKETS) + 1))
    seconds: float = 0.0


@dataclass(slots=True)
class Tally:
    """What this process has answered since it started; the event loop alone touches it."""

    requests: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    timings: dict[str, _Timing] = field(default_factory=dict)
    running: int = 0

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request; status 0 means that the peer left before the answer began."""
        route = str(getattr(scope.get("route"), "path", "other"))
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        kind = f"{status // 100}xx" if status else "none"
        self.requests[method, route, kind] += 1
        timing = self.timings.setdefault(route, _Timing())
        timing.counts[bisect_left(_BUCKETS, seconds)] += 1
        timing.seconds += seconds


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts every request, and answers the one for the counts. `seconds` is monotonic."""

    app: ASGIApp
    world: World
    seconds: Callable[[], float]
    access: Access
    tally: Tally = field(default_factory=Tally)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless it asks for the counts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == PATH:
            await (await self._answer(scope))(scope, receive, send)
        else:
            await self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = self.seconds(), 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.tally.running += 1
        try:
            await self.app(scope, receive, send_noted)
        finally:
            self.tally.running -= 1
            self.tally.add(scope, status, self.seconds() - started)

    async def _answer(self, scope: Scope) -> Response:
        """To whom it is not for, the address does not exist."""
        if not self._may_read(scope):
            return self._refusal(scope, HTTPStatus.NOT_FOUND)
        if scope["method"] not in {"GET", "HEAD"}:
            return self._refusal(scope, HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            gauges = await run_in_threadpool(self.world.store.gauges, self.world.clock())
        except Exception:  # whatever it is, the other counts are worth having
            log = structlog.get_logger("pvm.metrics")
            log.exception("uncounted")
            gauges = None
        lines = (*_of_process(self.tally), *_of_database(gauges))
        return PlainTextResponse("\n".join(lines) + "\n", media_type=_TYPE)

    def _may_read(self, scope: Scope) -> bool:
        if self.access == "local":
            headers = Headers(scope=scope)
            proxied = any(name in headers for name in _FORWARDED)
            return not proxied and _is_loopback((scope.get("client") or ("",))[0])
        return self.access == "on"

    def _refusal(self, scope: Scope, status: HTTPStatus) -> Response:
        headers = {"allow": "GET, HEAD"} if status is HTTPStatus.METHOD_NOT_ALLOWED else {}
        return problem_response(transport_problem(status, headers), _request_id(scope))


def _request_id(scope: Scope) -> str:
    return str(scope.get("state", {}).get("request_id", ""))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _of_process(tally: Tally) -> Iterator[str]:
    yield from _head("pvm_build_info", "gauge", "The program's version.")
    yield f'pvm_build_info{{version="{__version__}"}} 1'
    yield from _head("pvm_http_requests_in_progress", "gauge", "Requests that are being answered.")
    yield f"pvm_http_requests_in_progress {tally.running}"
    yield from _head("pvm_http_requests_total", "counter", "Requests that were answered.")
    for (method, route, kind), number in sorted(tally.requests.items()):
        labels = f'method="{method}",route="{route}",status="{kind}"'
        yield f"pvm_http_requests_total{{{labels}}} {number}"
    name = "pvm_http_request_duration_seconds"
    yield from _head(name, "histogram", "How long requests took.")
    for route, timing in sorted(tally.timings.items()):
        below = 0
        for bound, number in zip((*_BUCKETS, "+Inf"), timing.counts, strict=True):
            below += number
            yield f'{name}_bucket{{route="{route}",le="{bound}"}} {below}'
        yield f'{name}_sum{{route="{route}"}} {timing.seconds:.6f}'
        yield f'{name}_count{{route="{route}"}} {below}'


def _of_database(gauges: Gauges | None) -> Iterator[str]:
    yield from _head("pvm_database_up", "gauge", "Whether the database could be counted.")
    yield f"pvm_database_up {int(gauges is not None)}"
    if gauges is None:
        return
    yield from _head("pvm_queue_length", "gauge", "What waits to be sent.")
    yield f'pvm_queue_length{{queue="mail"}} {gauges.waiting_mails}'
    yield f'pvm_queue_length{{queue="ptt-pro"}} {gauges.waiting_ptt_pro_tasks}'
    yield from _head("pvm_devices_active", "gauge", "Devices that are active at a customer.")
    yield f"pvm_devices_active {gauges.active_devices}"
    yield from _head("pvm_license_seats", "gauge", "Seats of the lots that still run.")
    for type_, (used, total) in sorted(gauges.seats.items()):
        yield f'pvm_license_seats{{type="{type_}",state="used"}} {used}'
        yield f'pvm_license_seats{{type="{type_}",state="total"}} {total}'
    yield from _head("pvm_job_runs", "gauge", "Runs of jobs that are still kept.")
    for (job, result), number in sorted(gauges.runs.items()):
        yield f'pvm_job_runs{{job="{job}",result="{result}"}} {number}'
    yield from _head("pvm_job_due_timestamp_seconds", "gauge", "When a job is due next.")
    for job, due in sorted(gauges.jobs_due.items()):
        yield f'pvm_job_due_timestamp_seconds{{job="{job}"}} {due.timestamp():.0f}'


def _head(name: str, kind: str, words: str) -> tuple[str, str]:
    return f"# HELP {name} {words}", f"# TYPE {name} {kind}"
