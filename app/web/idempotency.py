"""Idempotency-Key: a request sent twice takes effect once, and both answers are the same."""

from typing import Any

from litestar.connection import ASGIConnection

from app.web.access import Policy, Principal


def track(connection: ASGIConnection[Any, Any, Any, Any], policy: Policy, principal: Principal | None) -> None:
    """Remember the key a request came with, for the transaction that will run it."""


async def begin(request: ASGIConnection[Any, Any, Any, Any], db: Any) -> None:
    """Replay or begin."""
