"""The API process put together: every controller, guard and handler in one list, inside the web shell.

`create_app(settings)` opens its own resources at start-up; a test passes the ones it has.
"""

import app.lib.slim  # isort: skip  # noqa: F401  # pyright: ignore[reportUnusedImport] - before Litestar

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

from litestar import Litestar
from litestar.types import ASGIApp
from litestar.types import ControllerRouterHandler as Controllers

from app.domain.accounts import controllers as accounts
from app.domain.accounts.authentication import Authenticator
from app.domain.assets import controllers as assets
from app.domain.health import controllers as health
from app.domain.jobs import controllers as jobs
from app.domain.notifications import controllers as notifications
from app.domain.renders import controllers as renders
from app.domain.rooms import controllers as rooms
from app.domain.sessions import controllers as sessions
from app.domain.styles import controllers as styles
from app.lib import metrics
from app.queue.dispatch import Dispatcher
from app.resources import Resources, open_resources
from app.settings import Settings
from app.web import idempotency, pages
from app.web.depends import DEPENDENCIES
from app.web.guards import admit
from app.web.json_bodies import StrictRequest
from app.web.limits import Limiter
from app.web.live import Hub
from app.web.middleware import Shell
from app.web.openapi import controllers as contract
from app.web.problems import EXCEPTION_HANDLERS
from app.web.routes import RouteTable
from app.web.sequential import resolve_dependencies_in_turn
from app.workers import registry

JSON_BYTES = 256 * 1024
JOBS = registry.ALL
CONTROLLERS: tuple[Controllers, ...] = (
    *pages.CONTROLLERS,
    *contract.CONTROLLERS,
    *health.CONTROLLERS,
    *accounts.CONTROLLERS,
    *sessions.CONTROLLERS,
    *rooms.CONTROLLERS,
    *assets.CONTROLLERS,
    *styles.CONTROLLERS,
    *renders.CONTROLLERS,
    *jobs.CONTROLLERS,
    *notifications.CONTROLLERS,
)


class Api(NamedTuple):
    """The application as uvicorn serves it, and the Litestar application inside."""

    asgi: ASGIApp
    app: Litestar


def create_app(settings: Settings, resources: Resources | None = None) -> Api:
    """Return the API for these settings; nothing is opened before its start-up."""
    resolve_dependencies_in_turn()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            plain = resources or await stack.enter_async_context(open_resources(settings))
            dispatcher = Dispatcher(plain)
            await dispatcher.start()
            stack.push_async_callback(dispatcher.stop)
            app.state.resources = replace(plain, send=dispatcher.put)
            app.state.authenticate = Authenticator(plain)
            stack.push_async_callback(app.state.authenticate.close)
            app.state.limiter = Limiter(settings.redis_url, settings.limits_scale)
            stack.push_async_callback(app.state.limiter.close)
            app.state.hub = Hub(plain.redis)
            await app.state.hub.start()
            stack.push_async_callback(app.state.hub.stop)
            yield

    app = Litestar(
        CONTROLLERS,
        lifespan=[lifespan],
        dependencies=DEPENDENCIES,
        guards=[admit],
        request_class=StrictRequest,
        exception_handlers=EXCEPTION_HANDLERS,
        after_request=idempotency.keep,
        request_max_body_size=JSON_BYTES,
        openapi_config=None,  # the document is our own (web/openapi), made from what the guard goes by
        logging_config=None,
        debug=False,
    )
    app.state.settings = settings
    return Api(Shell(app, settings, RouteTable.of(app), metrics.observe), app)
