"""Resend on loopback: `POST /emails`, with idempotency keys as the vendor treats them.

Source: https://resend.com/docs/api-reference/emails/send-email
"""

from typing import Any

from tests.standins.server import Answer, Request, StandIn, Step, instead, json_answer


class ResendStandIn(StandIn):
    """Keeps what it sent in `sent`; a repeated key answers with the first mail's id and sends nothing."""

    key = "re_standin_key"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self._known: dict[str, tuple[str, Any]] = {}

    @property
    def environ(self) -> dict[str, str]:
        """The variables that point a process here."""
        return {"RESEND_API_KEY": self.key, "RESEND_API_URL": self.url}

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return failed(401, "invalid_api_key")
        if (request.method, request.path) != ("POST", "/emails"):
            return failed(404, "not_found")
        mail = request.json
        if not {"from", "to", "subject"} <= mail.keys() or not ({"html", "text"} & mail.keys()):
            return failed(422, "missing_required_field")
        return self._send(mail, request.headers.get("idempotency-key", ""))

    def _send(self, mail: Any, key: str) -> Answer:
        if key in self._known:
            mail_id, first = self._known[key]
            return json_answer({"id": mail_id}) if first == mail else failed(409, "invalid_idempotent_request")
        self.sent.append(mail)
        mail_id = f"00000000-0000-4000-8000-{len(self.sent):012d}"
        if key:
            self._known[key] = (mail_id, mail)
        return json_answer({"id": mail_id})


def failed(status: int, kind: str, headers: dict[str, str] | None = None) -> Answer:
    """Return an error as Resend writes them."""
    return json_answer({"statusCode": status, "name": kind, "message": f"{kind} for you@home.example"}, status, headers)


def refused(status: int, kind: str, headers: dict[str, str] | None = None) -> Step:
    return instead(failed(status, kind, headers), f"{status} {kind}")
