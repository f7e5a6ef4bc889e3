"""The API with one route more, on which errands are ordered: `python -m bench.chaos.api`."""

from datetime import timedelta
from typing import Annotated, Literal, cast
from uuid import UUID

import uvicorn
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncSession
from uvicorn._types import ASGIApplication

from app.asgi import create_app
from app.lib import metrics
from app.lib.logs import configure_logs
from app.lib.schema import Schema, View
from app.queue.outbox import Outbox
from app.settings import Settings
from app.web.access import Principal
from app.web.middleware import Shell
from app.web.routes import RouteTable
from bench.chaos.errands import NOTE_ORDER, ORDERS


class ErrandCreate(Schema):
    """An errand to run."""

    kind: Literal["heavy", "light", "poison"] = "heavy"
    seconds: Annotated[float, Meta(ge=0, le=60)] = 0
    delay_s: Annotated[float, Meta(ge=0, le=60)] = 0


class ErrandAccepted(View):
    """The errand's job."""

    job_id: UUID


class ErrandController(Controller):
    """Where errands are ordered."""

    path = "/api/chaos/errands"

    @post("/", operation_id="orderErrand", status_code=202)
    async def order(
        self, data: JSONBody[ErrandCreate], db: NamedDependency[AsyncSession], principal: NamedDependency[Principal]
    ) -> ErrandAccepted:
        """Order an errand, and note it in the same transaction as any feature would note its own rows."""
        job_id = Outbox(db).order(
            ORDERS[data.kind](data.seconds), principal.user_id, delay=timedelta(seconds=data.delay_s)
        )
        await db.execute(NOTE_ORDER, {"job_id": job_id})
        return ErrandAccepted(job_id)


def main() -> None:
    """Serve until killed."""
    settings = Settings.load()
    configure_logs(settings.log_level, "api")
    app = create_app(settings).app
    app.register(ErrandController)
    shell = Shell(app, settings, RouteTable.of(app), metrics.observe)
    uvicorn.run(
        cast("ASGIApplication", shell),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
