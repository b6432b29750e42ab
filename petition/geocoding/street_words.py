"""The words of a street line: how each is tidied, and which are houses, roads and kinds.

Source of the words: USPS Publication 28, appendices C1 and C2, section 23; county road names as the
states' departments of transportation write them.
"""

import re
import unicodedata

from petition.postal.us_states import STATES
from petition.validation.printable import make_printable

# Characters; longer texts are no street, and some patterns take quadratic time.
LONGEST_LINE = 400

# Kinds of street that have a name before them: a bare number after one is a unit.
PLAIN_KINDS = frozenset(
    "ALLEY ALY AVENUE AVE AV BEND BND BOULEVARD BLVD CENTER CTR CIRCLE CIR COMMON COMMONS COURT"
    " CT COURTS CTS COVE CV CRESCENT CRES DRIVE DR ESTATES ESTS GARDENS GDNS GLEN GLN GREEN GRN"
    " GROVE GRV HEIGHTS HTS HILL HL HILLS HLS LANDING LNDG LANE LN MANOR MNR MEWS PARKWAY PKWY"
    " PLACE PL PLAZA PLZ POINT PT RIDGE RDG ROW SQUARE SQ STREET ST TERRACE TER TERR VIEW VW"
    " VILLAGE VLG VISTA VIS WALK WAY".split()
)
DIRECTIONS = frozenset("N S E W NE NW SE SW NORTH SOUTH EAST WEST".split())
# Owners of a road, before its kind; the road's number comes after the kind.
OWNERS = frozenset(
    "BIA BUS BUSINESS BUSN CNTY CNY CO COUNTY CTY DISTRICT FARM FEDERAL FIRE FOREST FS INDIAN"
    " LEASE LOGGING MARKET NATIONAL NAVAJO NF NYS OFS OIL PARISH PARK PRIVATE PVT RANCH RES"
    " RESERVATION SECONDARY SECTION SERVICE ST STATE SUPPLEMENTAL TOWNSHIP TRIBAL TRUCK TRUNK TWP"
    " TWSP UNIMPROVED US USA USFS".split()
)
_BESIDE = frozenset(
    "ACCESS ALT ALTERNATE CAMP CITY FEEDER FIELD FRONTAGE HIST HISTORIC LAKE MINE NEW OLD RANGE"
    " SCENIC TO TOWN".split()
)
_STATES = frozenset(word for state in STATES for word in (state.code, *state.name.upper().split()))
# Kinds of road that have a number or letter and no name.
_NUMBERED_KINDS = frozenset(
    "AVENIDA BYPASS CALLE CALLEJON CALZADA CARR CARRETERA CH CJON CR CRD CTH FM FR FSR HIGHWAY"
    " HIWAY HWY HYWY I IH INT INTERSTATE NFR NFSR PR RAMAL RM ROUTE RR RT RTE RUTA SH SPUR SR STH"
    " TH TR USH".split()
)
# Kinds that have either; with an owner before them they have a number.
ROADS = frozenset(
    "CAMINO EXPRESSWAY EXPY FREEWAY FWY LINE LOOP LP MILE PASEO RANCHO RD ROAD TPKE TRAIL TRL"
    " TURNPIKE".split()
)
_LANES = frozenset("DR DRIVE LANE LN".split())
_LANE_OWNERS = frozenset("CNTY CO COUNTY CTY FIRE PRIVATE PVT TOWNSHIP TWP".split())
_HOUSE = (
    r"(?:\#\s*)?(?:\d[\d/-]*+[A-Z]?(?:-\d+)?|[NSEW]\s?\d+[NSEW]\d+[A-Z]?|[A-Z]{1,2}-?\d+(?:-\d+)?"
    r"|ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN)(?:\s+\d/\d)?"
)
# A house, and the words of its street.
HOUSE_AND_STREET = re.compile(rf"{_HOUSE}[\s,]++(?P<street>.*[^\W\d_].*)")
ID = r"(?:\d[\w/-]*|[A-Z]{1,2}-?\d[\w/-]*)"
_VULGAR = re.compile("[\u00bc-\u00be\u2150-\u215e\u2189]")
_INITIALS = re.compile(r"(?<=\b[A-Z])\.(?=[A-Z]\b)")
_COUNTED = re.compile(
    r"^(?:NO|NR|NUM|NUMBER|NUMERO|N\u00daMERO)\s*#?\s*(?=\d[\d/-]*[A-Z]?[\s,]+\S*[^\W\d_])"
)
_SPACED = re.compile(r"^(\d{1,4}) ?- ?(\d{1,4})(?=\s)")
_STOPS = re.compile(r"\.(?!\d)|(?<!\d)\.(?=\d)")


def tidy(text: str) -> str:
    """Return a line in capitals with single spaces, without invisible characters.

    - Full-width digits and letters become ordinary ones, any dash a hyphen.
    - A word "number" before the house is removed, and "12 - 15" of Queens is "12-15".
    - Full stops are removed, except within a number: "P.O." is "PO", and "N.Main" is "N MAIN".
    """
    text = _VULGAR.sub(lambda match: f" {match[0]}", text[:LONGEST_LINE])
    if not text.isascii():
        text = make_printable(unicodedata.normalize("NFKC", text)).replace("\u2044", "/")
        text = "".join(
            "-" if unicodedata.category(sign) == "Pd" or sign == "\u2212" else sign for sign in text
        )
    else:
        text = make_printable(text)
    text = (
        text.upper().replace("\u2019", "'").replace("(", ", ").replace(")", " ").replace("|", ", ")
    )
    text = _STOPS.sub(" ", _INITIALS.sub("", text))
    text = " ".join(text.split()).strip(" ,;")
    return _SPACED.sub(r"\1-\2", _COUNTED.sub("", text))


def names_street(words: list[str]) -> bool:
    """Return whether the words after a house name its street by more than a direction."""
    return any(word not in DIRECTIONS for word in words)


def ends_in_numbered_kind(words: list[str]) -> bool:
    """Return whether the last word is a kind of road whose number must follow.

    - ``words``: those of the street, without its house. "COUNTY RD" does, and "SMITH RD" does not.
    """
    if not words:
        return False
    kind, before = words[-1], frozenset(words[:-1]) - DIRECTIONS
    if kind in PLAIN_KINDS:
        return not before or (kind in _LANES and before <= _LANE_OWNERS)
    if kind not in _NUMBERED_KINDS | ROADS or not before:
        return kind in _NUMBERED_KINDS | ROADS
    known = before <= OWNERS | _BESIDE | _STATES | _NUMBERED_KINDS | ROADS
    return known and (kind in _NUMBERED_KINDS or bool(before & OWNERS))
