"""What an answer of Gemini means to us: a picture, a refusal for good, or a reason to try again."""

import math
from collections.abc import Mapping
from typing import Any, cast

from google.genai import errors, types

from app.lib.text import one_line
from app.vendors import Unavailable, VendorError
from app.vendors.http import retry_after_s
from app.vendors.images import ImageRefused

RATIOS = {
    f"{wide}:{high}": wide / high
    for wide, high in ((1, 1), (2, 3), (3, 2), (3, 4), (4, 3), (4, 5), (5, 4), (9, 16), (16, 9), (21, 9))
}
"""Source: https://ai.google.dev/gemini-api/docs/image-generation#aspect_ratios"""

POLICY = (
    "The picture service will not draw this. Describe the room in other words, or use a photo without people in it."
)
COPY = "The picture came too close to an existing work. Describe the style in other words."
INPUT = "The picture service cannot work with this photo or description. Try another photo or shorter words."
SETUP = "The picture service is not set up."
BUSY = "The picture service is busy."
DOWN = "The picture service is not answering."
EMPTY = "The picture service answered without a picture."
SLOW = "The picture took too long."

REFUSALS = {
    "SAFETY": POLICY,
    "IMAGE_SAFETY": POLICY,
    "PROHIBITED_CONTENT": POLICY,
    "IMAGE_PROHIBITED_CONTENT": POLICY,
    "BLOCKLIST": POLICY,
    "SPII": POLICY,
    "LANGUAGE": INPUT,
    "RECITATION": COPY,
    "IMAGE_RECITATION": COPY,
}
"""Finish reasons that asking again does not change. OTHER, IMAGE_OTHER, NO_IMAGE and new ones may pass next time."""

SETUP_REASONS = {"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED", "SERVICE_DISABLED", "BILLING_DISABLED"}


def nearest_ratio(ratio: float) -> str:
    """Return the supported aspect ratio closest to width divided by height."""
    return min(RATIOS, key=lambda name: abs(math.log(RATIOS[name] / ratio)))


def pictures_in(answer: types.GenerateContentResponse) -> list[bytes]:
    """Return the pictures of an answer, best first. Raises ImageRefused, or Unavailable when there is none."""
    if (feedback := answer.prompt_feedback) and (blocked := feedback.block_reason):
        raise ImageRefused(POLICY, code="image-refused", detail=f"prompt blocked: {blocked.value}")
    candidates = answer.candidates or []
    reasons = [candidate.finish_reason.value for candidate in candidates if candidate.finish_reason]
    for reason in reasons:
        if words := REFUSALS.get(reason):
            raise ImageRefused(words, code="image-refused", detail=reason)
    found = [data for candidate in candidates if candidate.content for data in _inline(candidate.content)]
    if not found:
        raise Unavailable(EMPTY, code="image-empty", detail=", ".join(reasons) or "no candidate")
    return found


def _inline(content: types.Content) -> list[bytes]:
    """Pictures the model meant as its answer; those marked as thoughts are sketches on the way there."""
    blobs = [part.inline_data for part in content.parts or [] if not part.thought]
    return [blob.data for blob in blobs if blob and blob.data and (blob.mime_type or "").startswith("image/")]


def failure(error: errors.APIError) -> VendorError:
    """Return what an error status means: refused for good, or unavailable and for how long."""
    detail = one_line(f"{error.code} {error.status}: {error.message}", 300)
    details = _details(error)
    # A wrong key and a region without service come as 400, like bad input; only status and details tell them apart.
    setup = any(entry.get("reason") in SETUP_REASONS for entry in details) or error.status == "FAILED_PRECONDITION"
    if error.code in (401, 403, 404) or (error.code == 400 and setup):
        return Unavailable(SETUP, code="vendor-auth", detail=detail)
    if error.code == 429:
        return Unavailable(BUSY, code="vendor-busy", detail=detail, retry_after_s=_wait_s(error, details))
    if error.code in (400, 413, 415, 422):
        return ImageRefused(INPUT, code="image-input", detail=detail)
    return Unavailable(DOWN, code="vendor-error", detail=detail, retry_after_s=_wait_s(error, details))


def _details(error: errors.APIError) -> list[dict[str, Any]]:
    """The typed details of Google's error model. Source: https://google.aip.dev/193"""
    body = cast(Any, error.details)
    inner = body.get("error") if isinstance(body, dict) else None
    entries = inner.get("details") if isinstance(inner, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _wait_s(error: errors.APIError, details: list[dict[str, Any]]) -> float | None:
    headers = cast(Mapping[str, str], getattr(error.response, "headers", None) or {})
    delays = [str(entry["retryDelay"]) for entry in details if "retryDelay" in entry]
    return retry_after_s(headers.get("retry-after")) or next(map(retry_after_s, delays), None)
