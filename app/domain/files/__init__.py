"""Removing stored files for good, by a job ordered in the transaction that drops the rows naming them.

Everything stored for an asset lies in `assets/{asset_id}/`, so that one order removes all of it.
"""

from uuid import UUID


def asset_folder(asset_id: UUID) -> str:
    """Return the folder of everything stored for an asset."""
    return f"assets/{asset_id}"
