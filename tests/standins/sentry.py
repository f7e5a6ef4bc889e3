"""Sentry on loopback: takes envelopes and unpacks them.

Source: https://develop.sentry.dev/sdk/data-model/envelopes/
"""

import gzip
import json
from typing import Any

from tests.standins.server import Answer, Request, StandIn, json_answer


class SentryStandIn(StandIn):
    """Keeps every envelope as text, and its events and transactions apart."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.events: list[dict[str, Any]] = []
        self.transactions: list[dict[str, Any]] = []

    @property
    def dsn(self) -> str:
        return f"http://0123456789abcdef@127.0.0.1:{self.port}/1"

    @property
    def environ(self) -> dict[str, str]:
        """The variables that point a process here."""
        return {"SENTRY_DSN": self.dsn}

    def answer(self, request: Request) -> Answer:
        if request.path != "/api/1/envelope/":
            return json_answer({"detail": "not found"}, 404)
        envelope = unpacked(request)
        self.text += json.dumps(request.headers) + envelope
        lines = envelope.splitlines()
        for header, payload in zip(lines[1::2], lines[2::2], strict=False):
            kind = json.loads(header).get("type")
            if kind in ("event", "transaction"):
                (self.events if kind == "event" else self.transactions).append(json.loads(payload))
        return json_answer({"id": "0" * 32})


def unpacked(request: Request) -> str:
    """Return an envelope's text, whatever it was packed with."""
    match request.headers.get("content-encoding"):
        case "gzip":
            return gzip.decompress(request.body).decode()
        case None:
            return request.body.decode()
        case other:
            raise AssertionError(f"this stand-in does not unpack {other}")
