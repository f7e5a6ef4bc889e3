"""What words of a wish mean in paint: styles, woods, colours. Colours are "#rrggbb", those of a style walls first."""

from typing import Literal, NamedTuple

Finish = Literal["paint", "lime", "concrete"]
Flooring = Literal["plank", "tile", "screed"]


class Manner(NamedTuple):
    """How a style treats a room besides its colours."""

    palette: tuple[str, ...]
    wood: str = "#b48b60"
    finish: Finish = "paint"
    flooring: Flooring = "plank"
    floor: str = ""  # of tiles and screed; boards take the wood
    warmth: float = 0.004  # share by which red is raised and blue lowered
    contrast: float = 1.04
    saturation: float = 0.98
    dark_ceiling: bool = False


PLAIN = Manner(("#efe9dd", "#d9cbb3", "#8a9681", "#b5795c", "#3b3a38"))

MANNERS = {
    "scandinavian": Manner(
        ("#f4f4f0", "#e3d3b8", "#c9cdd0", "#8fa6b5", "#3b3f42"), "#dcc199", warmth=-0.008, saturation=0.96
    ),
    "japandi": Manner(
        ("#e0d3be", "#f3eee4", "#b08a6b", "#6f7658", "#2b2b2a"), "#ab8257", "lime", warmth=0.012, saturation=0.95
    ),
    "mid century": Manner(
        ("#a3ae93", "#f2e8d5", "#9c6b3f", "#d9a441", "#2f6f73", "#6b7144"), "#8f5f3c", warmth=0.012, contrast=1.06
    ),
    "art deco": Manner(
        ("#0f5b4a", "#f4ede0", "#c9a14a", "#6b1e2e", "#111111"), "#4a2f22", contrast=1.09, saturation=1.02
    ),
    "industrial": Manner(
        ("#8f8c87", "#9a9a98", "#8c4a3a", "#4a4f54", "#8b6b4a", "#1f1f1f"),
        "#684b36",
        "concrete",
        warmth=0.008,
        contrast=1.1,
        saturation=0.95,
        dark_ceiling=True,
    ),
    "minimalist": Manner(
        ("#f4f4f2", "#e2e2e0", "#c8c0b4", "#4a4a4a", "#141414"), "#cdb594", warmth=0.0, saturation=0.92
    ),
    "modern": Manner(("#f2f2f0", "#bfc3c6", "#b3261e", "#1f4e9e", "#161616"), "#a98763", warmth=-0.004, contrast=1.07),
    "contemporary": Manner(("#f0ebe4", "#b5a79a", "#5e6a71", "#b5583a", "#3a2e28"), "#8f7257", contrast=1.05),
    "traditional": Manner(
        ("#f0e5cf", "#2f4a3a", "#22314f", "#5a2e22", "#b8924a"), "#6a3d28", warmth=0.012, contrast=1.06
    ),
    "transitional": Manner(("#e9e1d3", "#cbbfaf", "#93a1aa", "#6b4a34", "#3e3f42"), "#7a573f"),
    "farmhouse": Manner(("#f4efe4", "#9ca88d", "#c19a6b", "#a5aaad", "#2a2a2a"), "#b98f62", warmth=0.010),
    "coastal": Manner(
        ("#d5e3e6", "#ddcbaa", "#a9c7da", "#2f5d7c", "#a1907d"), "#d3bd9b", warmth=-0.006, saturation=1.02
    ),
    "bohemian": Manner(
        ("#ecdcc4", "#c2673f", "#dda12f", "#33416b", "#56704a"), "#94643f", "lime", warmth=0.014, saturation=1.04
    ),
    "arts and crafts": Manner(("#a9a87c", "#c9ae86", "#b9772b", "#9a4e43", "#432b1c"), "#7a4f2f", warmth=0.014),
    "victorian": Manner(
        ("#5c3a3c", "#ebdfc6", "#1f3d30", "#4b2e4f", "#b48a3c"), "#5a3524", warmth=0.010, contrast=1.08
    ),
    "hollywood regency": Manner(
        ("#f3f1ee", "#101010", "#0e7a5f", "#c2336b", "#cda349"), "#3c2a22", contrast=1.1, saturation=1.04
    ),
    "shabby chic": Manner(
        ("#f1e8dd", "#e8c9c5", "#bfd3ce", "#c7c2d0", "#b79f84"), "#c9b497", contrast=1.01, saturation=0.94
    ),
    "mediterranean": Manner(
        ("#efdfc2", "#f7f2e8", "#c46a45", "#7c7b4a", "#2a6fa3", "#d9a24b"),
        "#8a5e3c",
        "lime",
        "tile",
        "#b4704c",
        warmth=0.016,
        contrast=1.05,
        saturation=1.0,
    ),
}

OTHER_NAMES = {
    "scandi": "scandinavian",
    "nordic": "scandinavian",
    "hygge": "scandinavian",
    "midcentury": "mid century",
    "deco": "art deco",
    "loft": "industrial",
    "minimal": "minimalist",
    "minimalism": "minimalist",
    "classic": "traditional",
    "modern farmhouse": "farmhouse",
    "country": "farmhouse",
    "rustic": "farmhouse",
    "beach": "coastal",
    "seaside": "coastal",
    "boho": "bohemian",
    "craftsman": "arts and crafts",
    "tuscan": "mediterranean",
    "spanish": "mediterranean",
    "wabi sabi": "japandi",
    "zen": "japandi",
}

WOODS = {
    "pale oak": "#cdb08a",
    "light oak": "#cdb08a",
    "dark oak": "#5a3f2b",
    "oak": "#b98f5f",
    "walnut": "#6f4d36",
    "teak": "#98683f",
    "pine": "#d0aa76",
    "ash": "#d3c0a0",
    "birch": "#dfcca9",
    "beech": "#cfab82",
    "maple": "#d4b589",
    "mahogany": "#60321f",
    "cherry": "#8a4e33",
    "bamboo": "#c6a76d",
    "cedar": "#a0673f",
    "ebony": "#30261f",
    "driftwood": "#a1907d",
    "reclaimed wood": "#7c5f46",
    "pale wood": "#d3bd9b",
    "light wood": "#d3bd9b",
    "dark wood": "#553a29",
    "olive wood": "#8a6f45",
}

COLOURS = {
    "warm white": "#f4f0e6",
    "off white": "#f1ece1",
    "white": "#f5f4f1",
    "ivory": "#f2ecdc",
    "cream": "#f0e6cf",
    "beige": "#ddcdb2",
    "sand": "#d9c6a3",
    "oat": "#d9cbb3",
    "greige": "#c8bdae",
    "taupe": "#ac9d8f",
    "stone": "#b9b2a6",
    "light grey": "#cfd1d1",
    "pale grey": "#d8dad9",
    "dark grey": "#4b4d4f",
    "grey": "#a3a5a6",
    "charcoal": "#3b3f42",
    "graphite": "#47494b",
    "anthracite": "#383c40",
    "black": "#1a1a1a",
    "navy": "#24344f",
    "dusty blue": "#8fa6b5",
    "light blue": "#b9d2e0",
    "pale blue": "#c3d6e0",
    "sky": "#a9c7da",
    "dark blue": "#27395a",
    "blue": "#5f86a8",
    "cobalt": "#1f4e9e",
    "azure": "#2a6fa3",
    "indigo": "#33416b",
    "teal": "#2f6f73",
    "turquoise": "#5fa8a8",
    "aqua": "#9fcbc9",
    "sage": "#a3ae93",
    "mint": "#bfd8c6",
    "olive": "#7a7b4c",
    "moss": "#68724f",
    "forest": "#2f4f3c",
    "emerald": "#0f6b54",
    "dark green": "#2f4a3a",
    "green": "#7f9a78",
    "mustard": "#d0a040",
    "ochre": "#cf9c48",
    "yellow": "#ecd387",
    "gold": "#c9a14a",
    "brass": "#b8924a",
    "amber": "#bd7f34",
    "orange": "#d08348",
    "apricot": "#e7b78f",
    "peach": "#efc9ad",
    "terracotta": "#c46a45",
    "rust": "#a3512f",
    "brick": "#8c4a3a",
    "red": "#a8362e",
    "burgundy": "#6b1e2e",
    "blush": "#e8c9c5",
    "pink": "#dfaeb0",
    "rose": "#c98d8d",
    "mauve": "#b296a8",
    "lilac": "#c4b8d2",
    "lavender": "#bdb3d3",
    "plum": "#5a3a5c",
    "purple": "#75568c",
    "brown": "#7a563c",
    "chocolate": "#4d3426",
    "caramel": "#b07a4a",
}
