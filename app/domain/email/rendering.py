"""From a template and its data to a mail: subject, HTML and text from one source of words."""

import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.lib.text import one_line
from app.vendors.mail import InlineImage, Mail

SUBJECT_LENGTH = 150
SUBJECTS = {
    "render_ready": "{{ room_name }}: {{ 'your picture is' if count == 1 else 'your %d pictures are' % count }} ready"
}
LATER_WORDS = {"has_before": True}
"""Words that mails do not have which an earlier release wrote down and this one sends."""

_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of writing: they would reach beyond the words they came with, into ours."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"], default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["host"] = _host
    return environment


def _host(address: str) -> str:
    return urlsplit(address).netloc


def render_mail(template: str, data: dict[str, Any], to: str, images: tuple[InlineImage, ...] = ()) -> Mail:
    """Return the mail; what users typed is escaped in the HTML and kept to one line in the subject."""
    typed = {
        name: _TURNING.sub("", value) if isinstance(value, str) else value
        for name, value in (LATER_WORDS | data).items()
    }
    environment = _environment()
    subject = one_line(environment.from_string(SUBJECTS[template]).render(typed), SUBJECT_LENGTH)
    words = {**typed, "subject": subject, "has_picture": bool(images)}
    return Mail(
        to=to,
        subject=subject,
        html=environment.get_template(f"{template}.html").render(words),
        text=environment.get_template(f"{template}.txt").render(words),
        images=images,
    )
