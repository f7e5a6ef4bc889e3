"""From a template and its data to a mail: subject, HTML and text from one source of words."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.lib.text import one_line
from app.vendors.mail import InlineImage, Mail

SUBJECTS = {"render_ready": "Your picture of {room_name} is ready"}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_mail(template: str, data: dict[str, Any], to: str, images: tuple[InlineImage, ...] = ()) -> Mail:
    """Return the mail; what users typed is escaped in the HTML and kept to one line in the subject."""
    words = {**data, "has_picture": bool(images)}
    environment = _environment()
    return Mail(
        to=to,
        subject=one_line(SUBJECTS[template].format(**data), 150),
        html=environment.get_template(f"{template}.html").render(words),
        text=environment.get_template(f"{template}.txt").render(words),
        images=images,
    )
