"""How a request reaches a service: one transaction, and services built from it."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from sqlalchemy.ext.asyncio import AsyncSession

from app.resources import Resources
from app.web import idempotency
from app.web.access import Principal

S = TypeVar("S")


async def provide_resources(state: State) -> Resources:
    """Return what the process holds open."""
    return state.resources


async def provide_db(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources]
) -> AsyncGenerator[AsyncSession]:
    """One transaction per request: committed after the handler, before the first byte is sent."""
    async with resources.transaction() as db:
        await idempotency.begin(request, db)
        yield db


async def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Return on whose behalf the request acts."""
    return request.scope["user"]


def service(build: Callable[[AsyncSession, Resources], S]) -> Provide:
    """Return a dependency that makes a service for the request's transaction."""

    def provide(db: NamedDependency[AsyncSession], resources: NamedDependency[Resources]) -> S:
        return build(db, resources)

    return Provide(provide, sync_to_thread=False)


DEPENDENCIES = {
    "resources": Provide(provide_resources),
    "db": Provide(provide_db),
    "principal": Provide(provide_principal),
}
