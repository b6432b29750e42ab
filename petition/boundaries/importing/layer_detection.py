"""Detect the layer of a boundary file: by its fields, else by MTFCC, else by the file's name.

Source: TIGER/Line Technical Documentation (record layouts; appendix F, MAF/TIGER feature class
codes).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from petition.core.errors import ImportRefused
from petition.models import Layer
from petition.models.officials.district import ZCTA


@dataclass(frozen=True, slots=True)
class LayerRule:
    """How the Census Bureau's files of a layer are recognized.

    - ``field``: a field that only they have, or also layers listed before; ``classes``: their
      MTFCC.
    - ``geoid``: the pattern of a GEOID; ``covers``: its districts cover a whole state.
    """

    field: str
    classes: tuple[str, ...]
    geoid: re.Pattern[str]
    covers: bool


# In the order in which the fields are checked: a town's row has its county's field too.
RULES: dict[str, LayerRule] = {
    Layer.SLDU: LayerRule("SLDUST", ("G5210",), re.compile(r"\d\d[\w-]{1,10}"), True),
    Layer.SLDL: LayerRule("SLDLST", ("G5220",), re.compile(r"\d\d[\w-]{1,10}"), True),
    Layer.CD: LayerRule("CDFP", ("G5200",), re.compile(r"\d\d(\d\d|ZZ)"), True),
    Layer.COUSUB: LayerRule("COUSUBFP", ("G4040",), re.compile(r"\d{10}"), True),
    Layer.PLACE: LayerRule("PLACEFP", ("G4110", "G4210"), re.compile(r"\d{7}"), False),
    ZCTA: LayerRule("ZCTA5CE", ("G6350",), re.compile(r"\d{5}"), False),
    Layer.COUNTY: LayerRule("COUNTYFP", ("G4020",), re.compile(r"\d{5}"), True),
    # Its one district is decided by the state that the signer gave, so gaps do not matter.
    Layer.STATE: LayerRule("STATENS", ("G4000",), re.compile(r"\d{2}"), False),
}
# Files that have a county's or a town's field and contain smaller or other areas.
OTHERS = {
    "TRACTCE": "census tracts",
    "BLKGRPCE": "block groups",
    "BLOCKCE": "blocks",
    "SUBMCDFP": "subminor civil divisions",
    "VTDST": "voting districts",
    "ESTATEFP": "estates",
    "CONCTYFP": "consolidated cities",
}
_IN_NAME = re.compile(r"(?:^|[\W_])(county|cousub|place|sldu|sldl|zcta|cd|state)\d*(?=[\W_]|$)")


def find_layer(file: str, names: Collection[str], mtfcc: str, wanted: str | None = None) -> str:
    """Return the layer of a file.

    - ``names`` of its fields; ``mtfcc`` of its first row, empty where it has none.
    - ``wanted``: the expected layer; another one is refused.
    - Raises ImportRefused with the fields found, when it is none of the layers.
    """
    for name, areas in OTHERS.items():
        if _has(names, name):
            raise ImportRefused(f"{file}: a file of {areas}; expected one of {', '.join(RULES)}")
    layer = _detect_layer(file, names, mtfcc)
    if layer is None:
        raise ImportRefused(
            f"{file}: its layer cannot be recognized from its fields "
            f"({', '.join(sorted(names)[:12])}), MTFCC or name; expected a file of "
            f"{', '.join(RULES)}, with the Census Bureau's own field names"
        )
    if wanted is not None and wanted != layer:
        raise ImportRefused(
            f"{file}: a file of the layer {layer}, but --layer is {wanted}; leave --layer out or "
            "give the other file"
        )
    return layer


def _detect_layer(file: str, names: Collection[str], mtfcc: str) -> str | None:
    for layer, rule in RULES.items():
        if rule.field in names:
            return layer
    for layer, rule in RULES.items():
        if mtfcc in rule.classes:
            return layer
    found = _IN_NAME.search(file.lower())
    return found.group(1) if found else None


def _has(names: Collection[str], start: str) -> bool:
    return any(name.startswith(start) for name in names)
