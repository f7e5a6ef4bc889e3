"""Single colours as "#rrggbb" and as Lab, in plain Python: choosing colours needs no arrays."""

from math import atan2, cos, degrees, hypot, radians, sin
from typing import NamedTuple


class Tone(NamedTuple):
    """A CIE Lab colour (D65) by lightness 0..100, chroma 0..about 130 and hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    def moved(self, lightness: float = 0.0, chroma: float = 1.0) -> "Tone":
        """Return the colour lighter by so many steps, its chroma multiplied."""
        return Tone(min(max(self.lightness + lightness, 0), 100), self.chroma * chroma, self.hue)

    def within(self, darkest: float, lightest: float, chroma: float = 200) -> "Tone":
        """Return the nearest colour whose lightness and chroma lie in these bounds."""
        return Tone(min(max(self.lightness, darkest), lightest), min(self.chroma, chroma), self.hue)

    def mixed(self, other: "Tone", share: float) -> "Tone":
        """Return the colour `share` of the way to another."""
        red, yellow = self._plane()
        other_red, other_yellow = other._plane()
        red, yellow = red + share * (other_red - red), yellow + share * (other_yellow - yellow)
        lightness = self.lightness + share * (other.lightness - self.lightness)
        return Tone(lightness, hypot(red, yellow), degrees(atan2(yellow, red)) % 360)

    def apart(self, other: "Tone") -> float:
        """Return the difference an eye sees (CIE 1976): 2 is just visible."""
        red, yellow = self._plane()
        other_red, other_yellow = other._plane()
        return hypot(self.lightness - other.lightness, red - other_red, yellow - other_yellow)

    def _plane(self) -> tuple[float, float]:
        return self.chroma * cos(radians(self.hue)), self.chroma * sin(radians(self.hue))

    @property
    def hex(self) -> str:
        return "#" + "".join(f"{round(255 * _stored(part)):02x}" for part in self._light())

    def _light(self) -> tuple[float, float, float]:
        red, yellow = self._plane()
        fy = (self.lightness + 16) / 116
        x = 0.9505 * _cube(fy + red / 500)
        y = _cube(fy)
        z = 1.089 * _cube(fy - yellow / 200)
        return (
            3.2406 * x - 1.5372 * y - 0.4986 * z,
            -0.9689 * x + 1.8758 * y + 0.0415 * z,
            0.0557 * x - 0.2040 * y + 1.0570 * z,
        )


def tone(colour: str) -> Tone:
    """Return the Lab colour of "#rrggbb"."""
    red, green, blue = (_light(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    x = _root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505)
    y = _root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089)
    a, b = 500 * (x - y), 200 * (y - z)
    return Tone(116 * y - 16, hypot(a, b), degrees(atan2(b, a)) % 360)


def _light(stored: float) -> float:
    return stored / 12.92 if stored <= 0.04045 else ((stored + 0.055) / 1.055) ** 2.4


def _stored(lit: float) -> float:
    lit = min(max(lit, 0.0), 1.0)
    return 12.92 * lit if lit <= 0.0031308 else 1.055 * lit ** (1 / 2.4) - 0.055


def _root(value: float) -> float:
    return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116


def _cube(value: float) -> float:
    return value**3 if value > 0.2069 else (value - 16 / 116) / 7.787
