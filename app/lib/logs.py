"""Logs: one JSON object a line on standard output, with the ids of the request, job and session it belongs to."""

import logging
import sys

import msgspec
import structlog

MAX_LINE = 16_000


def configure_logs(level: str, process: str) -> None:
    """Make every log line of this process JSON, the libraries' ones too."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _drop_none,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), 20)),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_line),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("saq").setLevel(logging.ERROR)  # it warns of every ordinary stop


def _drop_none(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: value for key, value in event.items() if value is not None}


def _line(event: dict[str, object], **_: object) -> str:
    text = msgspec.json.encode(event, enc_hook=str).decode()
    if len(text) <= MAX_LINE:
        return text
    short = {key: value if len(str(value)) < 1_000 else str(value)[:1_000] + "…" for key, value in event.items()}
    return msgspec.json.encode(short, enc_hook=str).decode()[:MAX_LINE]
