"""Crash reports and traces: to Sentry when SENTRY_DSN is set, to nobody otherwise.

Reports carry ids, code and words of ours: no request bodies, no local variables, no breadcrumbs; what looks like a
secret or an address is blacked out before it leaves (`redaction.py`). Nothing here waits for the vendor: reports go out
from a thread and are dropped when it cannot keep up.
"""

import asyncio
import importlib.metadata
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from app.lib import telemetry

REQUEST_SHARE = 0.1
"""How many requests and jobs are traced; errors and turns of the agent always are."""

AI_TURN = "ai.turn"
"""The `operation` of a trace that is always kept."""

_EXPECTED = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)
_sentry: Any = None


def start_sentry(dsn: str, process: str, environment: str, release: str = "") -> None:
    """Report this process's crashes from now on; without a DSN nothing is imported and nothing happens."""
    global _sentry
    if not dsn or _sentry is not None:
        return
    import sentry_sdk

    sentry_sdk.init(**_options(dsn, process, environment, release or _version()))
    sentry_sdk.set_tag("process", process)
    _sentry = sentry_sdk
    telemetry.report_to(capture)
    _watch_threads()


def capture(error: BaseException) -> None:
    """Report an error that is a bug."""
    if _sentry is not None and not isinstance(error, _EXPECTED):
        _sentry.capture_exception(error)


@contextmanager
def trace(operation: str, name: str, **tags: str) -> Generator[None]:
    """Time a piece of work as one trace, for instance `trace("job", "render.generate", job_id=…)`."""
    if _sentry is None:
        yield
        return
    with _sentry.isolation_scope(), _sentry.start_transaction(op=operation, name=name) as transaction:
        for tag, value in tags.items():
            transaction.set_tag(tag, value)
        yield


def flush(within_s: float = 2) -> None:
    """Wait for reports under way; a process that ends by itself does this on its own."""
    if _sentry is not None:
        _sentry.flush(timeout=within_s)


def started() -> bool:
    """Whether anything is reported."""
    return _sentry is not None


def _options(dsn: str, process: str, environment: str, release: str) -> dict[str, Any]:
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.scrubber import EventScrubber

    from app.vendors.crashes.redaction import clean_event

    return {
        "dsn": dsn,
        "environment": environment,
        "release": release,  # unset, the SDK would ask git, in a subprocess
        "server_name": process,
        # The SDK imports every library it has an integration for: ten seconds. Litestar's reads each request's body
        # before the guards run, logging's turns log lines into reports, threading's slows every call into a thread.
        "default_integrations": False,
        "auto_enabling_integrations": False,
        "integrations": [ExcepthookIntegration(), DedupeIntegration(), AtexitIntegration(callback=_silent)],
        "send_default_pii": False,
        "include_local_variables": False,
        "max_request_body_size": "never",
        "max_breadcrumbs": 0,
        "max_value_length": 4_000,
        "event_scrubber": EventScrubber(recursive=True),
        "before_send": clean_event,
        "before_send_transaction": clean_event,
        "traces_sampler": _share,
        "trace_propagation_targets": [],
        "auto_session_tracking": False,
        "send_client_reports": False,
        "spotlight": False,
        "shutdown_timeout": 2,
    }


def _share(context: dict[str, Any]) -> float:
    operation = str((context.get("transaction_context") or {}).get("op", ""))
    return 1.0 if operation == AI_TURN else REQUEST_SHARE


def _version() -> str:
    try:
        return f"renovation-agent@{importlib.metadata.version('renovation-agent')}"
    except importlib.metadata.PackageNotFoundError:  # run from a folder, not installed
        return "renovation-agent@0"


def _watch_threads() -> None:
    """Report what ends a thread, and let it be printed as before."""
    print_it = threading.excepthook

    def report(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            capture(args.exc_value)
        print_it(args)

    threading.excepthook = report


def _silent(pending: int, timeout: float) -> None:
    """Say nothing while the last reports leave; the SDK would write to standard error."""
