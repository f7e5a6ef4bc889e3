"""The API as a process: uvicorn, with streams that end before it waits for them."""

from types import FrameType
from typing import cast

import structlog
import uvicorn
from uvicorn._types import ASGIApplication

from app.asgi import create_app
from app.lib.logs import configure_logs
from app.settings import Settings
from app.vendors.crashes import start_sentry
from app.vendors.crashes.requests import traced

log = structlog.get_logger()


def run_api(settings: Settings) -> None:
    """Serve until told to stop."""
    configure_logs(settings.log_level, "api")
    start_sentry(settings.sentry_dsn, process="api", environment=settings.app_env, release="")
    api = create_app(settings)

    class Server(uvicorn.Server):
        """Ends live streams when a stop is asked for: uvicorn would wait for them, and they never end by themselves."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if hub := api.app.state.get("hub"):
                hub.close_streams()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        cast("ASGIApplication", traced(api.asgi)),
        host=settings.host,
        port=settings.port,
        http="httptools",
        loop="uvloop",
        access_log=False,
        log_config=None,
        proxy_headers=False,  # the client's address is worked out by the shell, from TRUSTED_PROXIES
        server_header=False,
        date_header=True,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=10,
        backlog=2048,
        h11_max_incomplete_event_size=16_384,
    )
    Server(config).run()
