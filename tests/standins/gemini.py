"""Gemini's image model on loopback: `POST /v1beta/models/{model}:generateContent`.

Source: https://ai.google.dev/api/generate-content and https://ai.google.dev/gemini-api/docs/image-generation
"""

import base64
import io
from typing import Any

from PIL import Image

from tests.standins.server import Answer, Request, StandIn, Step, instead, json_answer

USAGE = {"promptTokenCount": 268, "candidatesTokenCount": 1290, "totalTokenCount": 1558}


class GeminiStandIn(StandIn):
    """Draws a plain picture of the asked aspect ratio."""

    key = "standin-google-key"

    @property
    def environ(self) -> dict[str, str]:
        """The variables that point a process here."""
        return {"GOOGLE_API_KEY": self.key, "GOOGLE_API_BASE_URL": self.url}

    def answer(self, request: Request) -> Answer:
        if request.headers.get("x-goog-api-key") != self.key:
            return auth_refused()
        if request.method != "POST" or not request.path.startswith("/v1beta/models/"):
            return json_answer({"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}}, 404)
        ratio = request.json["generationConfig"]["imageConfig"]["aspectRatio"]
        return picture_answer(drawn(ratio))


def drawn(ratio: str = "4:3", long_side_px: int = 640) -> bytes:
    """Return a PNG of that aspect ratio."""
    width, height = (int(part) for part in ratio.split(":"))
    scale = long_side_px / max(width, height)
    picture = Image.new("RGB", (round(width * scale), round(height * scale)), "#c8b89a")
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=None)
    return out.getvalue()


def picture_answer(data: bytes, *, thoughts: bytes | None = None, content_type: str = "image/png") -> Answer:
    """An answer with a picture; `thoughts` is a sketch the model made on the way and marks as such."""
    parts: list[dict[str, Any]] = [{"text": "Here is your room."}]
    if thoughts is not None:
        parts.insert(0, {"thought": True, "inlineData": _inline(thoughts, content_type)})
    parts.append({"inlineData": _inline(data, content_type)})
    return _candidate(parts, "STOP")


def finished(reason: str, text: str | None = None) -> Step:
    """200 without a picture, and why the model stopped."""
    return instead(_candidate([{"text": text}] if text else [], reason), reason)


def prompt_blocked(reason: str = "PROHIBITED_CONTENT") -> Step:
    """200 without a candidate: the model was never asked."""
    return instead(
        json_answer({"promptFeedback": {"blockReason": reason}, "usageMetadata": USAGE}), f"blocked {reason}"
    )


def refused(status: int, state: str, message: str, details: list[dict[str, Any]] | None = None) -> Step:
    """An error as Google's APIs write them."""
    body = {"error": {"code": status, "message": message, "status": state, "details": details or []}}
    return instead(json_answer(body, status), f"{status} {message}")


def quota(retry_delay: str) -> Step:
    """429 that says when to come back in its details, not in a header."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_delay}
    return refused(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", [info])


def key_invalid() -> Step:
    """A wrong key is a 400 whose details tell it from bad input."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    return refused(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [info])


def auth_refused() -> Answer:
    return json_answer({"error": {"code": 403, "message": "forbidden", "status": "PERMISSION_DENIED"}}, 403)


def _inline(data: bytes, content_type: str) -> dict[str, str]:
    return {"mimeType": content_type, "data": base64.b64encode(data).decode()}


def _candidate(parts: list[dict[str, Any]], reason: str) -> Answer:
    content = {"role": "model", "parts": parts}
    candidate = {"content": content, "finishReason": reason, "index": 0}
    return json_answer({"candidates": [candidate], "usageMetadata": USAGE, "modelVersion": "standin"})
