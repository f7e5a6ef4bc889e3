"""Blacking out what must not leave: secrets, addresses, card numbers. Pure functions of text and of Sentry's events."""

import re
from collections.abc import Callable
from typing import Any

import structlog

REDACTED = "[redacted]"
TAGS = ("request_id", "job_id", "session_id", "kind")
"""What the log line of the same moment says about it, so that a report can be found from the log and back."""

KEPT_AS_THEY_ARE = {"event_id", "release", "environment", "platform", "timestamp", "start_timestamp", "level", "type"}
DROPPED = ("extra", "breadcrumbs", "modules", "user")

SECRET_NAME = re.compile(
    r"passw|passphrase|secret|token|api_?-?key|apikey|authorization|cookie|csrf|dsn|credential|private_?-?key|signature",
    re.IGNORECASE,
)
_NAME = r"[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|csrf|dsn|credentials?|private[_-]?key)[\w.-]*"
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+"

_RULES: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL), REDACTED),
    (re.compile(r"\[parameters: .*?\](?=\n|\Z)", re.DOTALL), "[parameters: redacted]"),  # SQLAlchemy
    (re.compile(r"(?<=\)=)\([^)\n]*\)(?= (?:already exists|is not present|conflicts))"), f"({REDACTED})"),  # Postgres
    (re.compile(r"(?i)\b((?:set-)?cookie|authorization)(['\"]?\s*[:=]\s*)[^\n]+"), rf"\1\2{REDACTED}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {REDACTED}"),
    (re.compile(r"(?<=://)[^\s/@'\"]+@"), f"{REDACTED}@"),
    (re.compile(rf"(?i)([\"']?\b{_NAME}[\"']?\s*[:=]\s*)(?:{_VALUE})"), rf"\1{REDACTED}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), REDACTED),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}"), REDACTED),
    (re.compile(r"\b(?:sk|pk|rk|re|ren|whsec|phc|phx|lsv2|xaat|ghp|glpat)[_-](?=[\w-]*\d)[\w-]{8,}"), REDACTED),
    (re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{40,}\b"), REDACTED),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b\d(?:[ -]?\d){12,18}\b"), lambda found: "[card]" if _luhn(found[0]) else found[0]),
]


def redact(text: str) -> str:
    """Return the text with everything that looks like a secret, an address or a card number blacked out."""
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text


def clean_event(event: Any, hint: Any = None) -> Any:
    """Return a report without what people typed or sent, and with the ids of the log line beside it."""
    for part in DROPPED:
        event.pop(part, None)
    if request := event.pop("request", None):
        event["request"] = {"method": request.get("method"), "url": str(request.get("url", "")).partition("?")[0]}
    known = structlog.contextvars.get_contextvars()
    event.setdefault("tags", {}).update({name: str(known[name]) for name in TAGS if name in known})
    return {key: value if key in KEPT_AS_THEY_ARE else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: REDACTED if _hidden(key, inner) else _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value


def _hidden(key: Any, value: Any) -> bool:
    return isinstance(value, str) and isinstance(key, str) and bool(SECRET_NAME.search(key))


def _luhn(digits: str) -> bool:
    """Whether a number has the check digit of a payment card. Source: ISO/IEC 7812-1"""
    numbers = [int(digit) for digit in reversed(digits) if digit.isdigit()]
    doubled = [sum(divmod(2 * number, 10)) if at % 2 else number for at, number in enumerate(numbers)]
    return sum(doubled) % 10 == 0
