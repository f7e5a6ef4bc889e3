"""Mail through Resend's SDK, imported in a thread when the first mail goes out."""

import asyncio
import base64
import importlib
from collections.abc import Mapping
from typing import Any

from app.lib.text import one_line
from app.vendors import Refused, Unavailable, VendorError
from app.vendors.http import LoopClient, retry_after_s
from app.vendors.mail import InlineImage, Mail, Mailer, sendable

HOST = "https://api.resend.com"
CONNECT_S = 3.0
ANSWER_CAP = 1_000_000  # bytes; an answer is an id
KEY_LENGTH = 256  # the longest idempotency key Resend takes; it remembers one for 24 hours

SETUP = "Mail is not set up."
DOWN = "The mail service is not answering."
BUSY = "The mail service is busy."
REFUSED = "The mail service does not accept this mail."
SENT = "Another mail has gone out in place of this one."


class ResendMailer(Mailer):
    """Sends with Resend; each call is cut after `limit_s` seconds."""

    def __init__(self, api_key: str, sender: str, base_url: str = "", limit_s: float = 10) -> None:
        self._key = api_key
        self._sender = sender
        self._base_url = (base_url or HOST).rstrip("/")
        self._limit_s = limit_s
        self._http = _Http(LoopClient(limit_s, CONNECT_S, ANSWER_CAP))

    async def send(self, mail: Mail, idempotency_key: str) -> str:
        """Send one mail and return Resend's id for it. A second call with the same key and mail sends nothing more."""
        if len(idempotency_key) > KEY_LENGTH:
            raise ValueError(f"an idempotency key has at most {KEY_LENGTH} characters")
        body = self._body(sendable(mail))
        resend: Any = await asyncio.to_thread(importlib.import_module, "resend")
        try:
            async with asyncio.timeout(self._limit_s):
                answer = await self._send(resend, body, idempotency_key)
        except TimeoutError as error:
            raise Unavailable(DOWN, code="vendor-timeout", detail=f"{self._limit_s:g} s") from error
        except resend.exceptions.ResendError as error:
            raise _failure(error) from error
        except Exception as error:
            # An answer of another shape than the SDK expects comes up as any type.
            raise Unavailable(DOWN, code="vendor-error", detail=type(error).__name__) from error
        if isinstance(answer, Mapping) and (mail_id := answer.get("id")):
            return str(mail_id)
        raise Unavailable(DOWN, code="vendor-error", detail="an answer without an id")

    async def aclose(self) -> None:
        """Close the connection to the vendor; to be awaited in the loop that sent."""
        await self._http.clients.aclose()

    async def _send(self, resend: Any, body: dict[str, Any], key: str) -> Any:
        # The SDK keeps these in its module. They are read before its first await, so two mailers cannot mix them up.
        resend.api_key = self._key
        resend.api_url = self._base_url
        resend.default_async_http_client = self._http
        return await resend.Emails.send_async(body, {"idempotency_key": key})

    def _body(self, mail: Mail) -> dict[str, Any]:
        body: dict[str, Any] = {
            "from": self._sender,
            "to": [mail.to],
            "subject": mail.subject,
            "html": mail.html,
            "text": mail.text,
        }
        if mail.headers:
            body["headers"] = mail.headers
        if mail.images:
            body["attachments"] = [_attachment(image) for image in mail.images]
        return body


class _Http:
    """How the SDK speaks HTTP. Its own way makes a client per mail and reads answers of any size."""

    def __init__(self, clients: LoopClient) -> None:
        self.clients = clients

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], json: Any = None, **_: Any
    ) -> tuple[bytes, int, Mapping[str, str]]:
        answer = await self.clients.current().request(method, url, headers=dict(headers), json=json)
        return answer.content, answer.status_code, answer.headers


def _attachment(image: InlineImage) -> dict[str, str]:
    return {
        "content": base64.b64encode(image.data).decode(),
        "filename": image.filename,
        "content_type": image.content_type,
        "content_id": image.content_id,
    }


def _failure(error: Any) -> VendorError:
    """Return what an error of Resend means. Source: https://resend.com/docs/api-reference/errors"""
    status, kind = int(error.code), str(error.error_type)
    detail = one_line(f"{status} {kind}", 200)  # its message can repeat the address
    headers = {name.lower(): value for name, value in error.headers.items()}
    wait_s = retry_after_s(headers.get("retry-after"))
    if status == 409 and kind == "invalid_idempotent_request":
        return Refused(SENT, code="mail-already-sent", detail=detail)
    if status in (401, 403, 404, 405):
        return Unavailable(SETUP, code="vendor-auth", detail=detail)
    if status in (408, 409, 429):
        return Unavailable(BUSY, code="vendor-busy", detail=detail, retry_after_s=wait_s)
    if 400 <= status < 500:
        return Refused(REFUSED, code="mail-refused", detail=detail)
    return Unavailable(DOWN, code="vendor-error", detail=detail, retry_after_s=wait_s)
