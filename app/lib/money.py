"""Money: `Decimal` inside, a decimal string with two places outside, never a float."""

from decimal import Decimal
from typing import overload

CENT = Decimal("0.01")


@overload
def amount_in(text: str) -> Decimal: ...
@overload
def amount_in(text: None) -> None: ...
def amount_in(text: str | None) -> Decimal | None:
    """Return the amount a checked decimal string stands for."""
    return None if text is None else Decimal(text).quantize(CENT)


@overload
def amount_out(amount: Decimal) -> str: ...
@overload
def amount_out(amount: None) -> None: ...
def amount_out(amount: Decimal | None) -> str | None:
    """Return an amount as it travels: two places, no exponent."""
    return None if amount is None else f"{amount.quantize(CENT):f}"
