"""Whether a campaign's colour can be read: text in it on paper, and white text on it.

Source: WCAG 2.2, 1.4.3 and the definition of relative luminance; 4.5 is asked for.
"""

import re

from petition.core.errors import ImportRefused

HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)
ENOUGH = 4.5
GROUNDS = {"the page's ground": "#f6f4ef", "white": "#ffffff"}


def check_accent(colour: str) -> str:
    """Return a colour such as ``#0b5a78`` in small letters; raises ImportRefused."""
    found = colour.strip().lower()
    if not HEX.fullmatch(found):
        raise ImportRefused(f"accent: a colour as in #0b5a78; the file has {colour!r}")
    for name, ground in GROUNDS.items():
        contrast = measure_contrast(found, ground)
        if contrast < ENOUGH:
            raise ImportRefused(
                f"accent: {found} has a contrast of {contrast:.1f} with {name}, and "
                f"{ENOUGH} is needed for it to be read; choose a darker one"
            )
    return found


def measure_contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
