"""Routes of health and metrics."""

import hmac
from ipaddress import ip_address
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency

from app.domain.health.schemas import Alive, Readiness
from app.domain.health.service import DRAINING, HealthService, verdict
from app.domain.health.shared import Shared
from app.lib.errors import Unauthenticated
from app.resources import Resources
from app.web.access import Access

HOLD_S = 0.5
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
OPTIONS = {"access": Access.PUBLIC, "unlimited": True}


@get("/health", operation_id="getHealth", opt=OPTIONS, tags=["health"])
async def alive() -> Alive:
    """Say that the process is alive."""
    return Alive("ok")


@get("/health/ready", operation_id="getReadiness", opt=OPTIONS, tags=["health"], status_code=200)
async def ready(request: Request[Any, Any, Any], resources: NamedDependency[Resources]) -> Response[Readiness]:
    """Say whether the process can serve, and list what is degraded around it."""
    latest: Shared[Readiness] = request.app.state.setdefault("readiness", Shared(HOLD_S))
    readiness = await latest.get(HealthService(resources).readiness)
    if request.app.state.hub.closing:
        readiness = verdict([*readiness.checks, DRAINING], readiness.workers)
    return Response(readiness, status_code=503 if readiness.status == "unready" else 200)


@get(
    "/metrics",
    operation_id="getMetrics",
    opt=OPTIONS,
    media_type=MediaType.TEXT,
    tags=["health"],
    include_in_schema=False,
)
async def metrics(request: Request[Any, Any, Any], resources: NamedDependency[Resources]) -> Response[bytes]:
    """Return what Prometheus collects: requests, jobs by state and age, streams, cache hits."""
    _only_operators(request, resources.settings.metrics_token)
    text = await HealthService(resources).measure(request.app.state.hub.streams)
    return Response(text, media_type="text/plain; version=0.0.4")


def _only_operators(request: Request[Any, Any, Any], token: str) -> None:
    """Let loopback pass, but not what a proxy there brings from elsewhere; and whoever has METRICS_TOKEN."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return
    peer = request.client.host if request.client else ""
    if not _is_loopback(peer) or any(name in request.headers for name in FORWARDED):
        raise Unauthenticated("Metrics need METRICS_TOKEN as a bearer token.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


CONTROLLERS = (alive, ready, metrics)
