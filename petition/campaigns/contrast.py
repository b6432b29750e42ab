"""Checks that a campaign's color is readable: as text on the page, and under white text.

Source: WCAG 2.2, 1.4.3 and the definition of relative luminance; a contrast of 4.5 is required.
"""

import re
from dataclasses import dataclass
from typing import Any

from petition.campaigns.field_kinds import SHOWN_CHARACTERS, Problems, cut, is_a
from petition.campaigns.problem_codes import DefinitionProblem
from petition.core.errors import Param, Problem

HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)
ENOUGH = 4.5
GROUNDS = {"page": "#f6f4ef", "white": "#ffffff"}


@dataclass(frozen=True, slots=True)
class Colour:
    """A color such as ``#0b5a78`` that is readable on each of GROUNDS."""

    def read(self, name: str, value: Any, problems: Problems) -> str | None:
        """Return it in lower case, or add its problems and return None."""
        if not is_a(str, name, value, problems):
            return None
        found = value[:SHOWN_CHARACTERS].strip().lower()
        if not HEX.fullmatch(found):
            problems.append(Problem(DefinitionProblem.NOT_COLOUR, {"found": cut(value)}, name))
            return None
        contrasts = {name: measure_contrast(found, beside) for name, beside in GROUNDS.items()}
        poor = {ground: contrast for ground, contrast in contrasts.items() if contrast < ENOUGH}
        problems += [_describe(name, found, *one) for one in poor.items()]
        return None if poor else found


def measure_contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _describe(name: str, color: str, ground: str, contrast: float) -> Problem:
    params: dict[str, Param] = {
        "found": color,
        "ground": ground,
        "contrast": f"{contrast:.1f}",
        "needed": ENOUGH,
    }
    return Problem(DefinitionProblem.LOW_CONTRAST, params, name)


def _luminance(color: str) -> float:
    parts = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
