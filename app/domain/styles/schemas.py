"""Styles as they travel."""

from app.domain.rooms.schemas import RoomType
from app.lib.schema import View


class Colour(View):
    """One colour of a palette; `hex` is `#rrggbb`."""

    name: str
    hex: str


class StyleView(View):
    """One interior style. The palette begins with the colour of the walls; `rooms` are those it suits."""

    slug: str
    name: str
    description: str
    palette: list[Colour]
    materials: list[str]
    keywords: list[str]
    rooms: list[RoomType]
    era: str
    origin: str
