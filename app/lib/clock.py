"""The wall clock, in UTC. Leases and waits use the database's clock instead, so that no two machines disagree."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
