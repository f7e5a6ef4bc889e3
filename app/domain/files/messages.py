"""What is ordered of the file store."""

from typing import ClassVar

from app.queue.messages import Order


class DeleteFiles(Order, frozen=True):
    """Remove files: single keys, and whole folders."""

    kind: ClassVar[str] = "upkeep.delete_files"
    keys: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
