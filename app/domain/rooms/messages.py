"""What rooms tell."""

from typing import ClassVar

from app.domain.rooms.schemas import RoomView
from app.queue.messages import Event


class RoomsUpdated(Event):
    """The rooms of a session changed, or the checklist of one; these are all of them now, oldest first."""

    name: ClassVar[str] = "session:rooms_updated"

    rooms: list[RoomView]
