"""Tables of figures, as text for people and as JSON for comparing."""

from typing import Any


class Table:
    """One measurement's figures."""

    def __init__(self, title: str, columns: list[str]) -> None:
        self.title = title
        self.columns = columns
        self.rows: list[list[Any]] = []
        self.notes: list[str] = []

    def add(self, *cells: Any) -> None:
        """Add a row."""
        self.rows.append(list(cells))

    def note(self, text: str) -> None:
        """Add a line below the table."""
        self.notes.append(text)

    def __str__(self) -> str:
        cells = [self.columns, *[[str(cell) for cell in row] for row in self.rows]]
        widths = [max(len(row[number]) for row in cells) for number in range(len(self.columns))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
        ]
        return "\n".join([f"\n{self.title}", *lines, *(f"  {note}" for note in self.notes)])
