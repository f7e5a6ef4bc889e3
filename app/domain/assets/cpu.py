"""The picture work that runs in child processes; importing this module loads no imaging library."""

from app.domain.assets.damage import Settled, Variant
from app.domain.assets.ladder import Format, Quality


def settle_and_variants(data: bytes, content_type: str) -> tuple[Settled, list[Variant]]:
    """Return the kept original and its ladder. Raises Damaged."""
    from app.domain.assets import pictures

    return pictures.settle_and_variants(data, content_type)


def variant(data: bytes, width: int, quality: Quality, format: Format) -> Variant:
    """Return one variant of a kept original. Raises Damaged."""
    from app.domain.assets import pictures

    return pictures.variant(data, width, quality, format)
