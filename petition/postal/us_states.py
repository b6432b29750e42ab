"""The states, the District of Columbia and the territories, with their codes.

Source: ANSI INCITS 38 (FIPS codes) and USPS Publication 28, appendix B.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """A state, district or territory: postal code ("MA"), FIPS code ("25") and name."""

    code: str
    fips: str
    name: str

    @property
    def division_id(self) -> str:
        """Its Open Civic Data id; D.C. and the territories have a type of their own."""
        if self.code == "DC":
            return "ocd-division/country:us/district:dc"
        kind = "territory" if self.code in TERRITORIES else "state"
        return f"ocd-division/country:us/{kind}:{self.code.lower()}"


_TABLE = """
AL 01 Alabama|AK 02 Alaska|AZ 04 Arizona|AR 05 Arkansas|CA 06 California|CO 08 Colorado
CT 09 Connecticut|DE 10 Delaware|DC 11 District of Columbia|FL 12 Florida|GA 13 Georgia
HI 15 Hawaii|ID 16 Idaho|IL 17 Illinois|IN 18 Indiana|IA 19 Iowa|KS 20 Kansas|KY 21 Kentucky
LA 22 Louisiana|ME 23 Maine|MD 24 Maryland|MA 25 Massachusetts|MI 26 Michigan|MN 27 Minnesota
MS 28 Mississippi|MO 29 Missouri|MT 30 Montana|NE 31 Nebraska|NV 32 Nevada|NH 33 New Hampshire
NJ 34 New Jersey|NM 35 New Mexico|NY 36 New York|NC 37 North Carolina|ND 38 North Dakota
OH 39 Ohio|OK 40 Oklahoma|OR 41 Oregon|PA 42 Pennsylvania|RI 44 Rhode Island
SC 45 South Carolina|SD 46 South Dakota|TN 47 Tennessee|TX 48 Texas|UT 49 Utah|VT 50 Vermont
VA 51 Virginia|WA 53 Washington|WV 54 West Virginia|WI 55 Wisconsin|WY 56 Wyoming
AS 60 American Samoa|GU 66 Guam|MP 69 Northern Mariana Islands|PR 72 Puerto Rico
VI 78 U.S. Virgin Islands
"""

STATES: tuple[State, ...] = tuple(
    State(*entry.split(" ", 2)) for entry in _TABLE.strip().replace("\n", "|").split("|")
)
BY_CODE = {state.code: state for state in STATES}
BY_FIPS = {state.fips: state for state in STATES}
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
BY_DIVISION = {state.division_id: state for state in STATES}

# Postal regions of the armed forces abroad; they have no area on the map.
MILITARY = {
    "AA": "Armed Forces Americas",
    "AE": "Armed Forces Europe, Middle East, Africa and Canada",
    "AP": "Armed Forces Pacific",
}

# The choices of a form, ordered by name; the armed forces come last.
REGIONS: dict[str, str] = {
    state.code: state.name for state in sorted(STATES, key=lambda state: state.name)
} | MILITARY


# Abbreviations of newspapers, the Government Publishing Office and old letters, and Spanish names;
# letters only.
_SHORTER = """
AL ala|AK alas|AZ ariz|AR ark|CA calif cal cali|CO colo col|CT conn|DC distcol
DC distofcolumbia distcolumbia distritodecolumbia washingtondc washdc wdc|DE dela|FL flor fla
HI haw|ID ida|IL ill ills illi|IN ind|IA iowa ioa|KS kans kan|KY ken kent|LA lou louis
ME maine mne|MD mary maryl|MA mass massa|MI mich|MN minn|MS miss|MO mis miso|MT mont|NE nebr neb
NV nev|NH newhamp nhamp|NJ newjers njersey|NY nyork nuevayork|NM newmex nmex nuevomexico
NJ nuevajersey|NH nuevohampshire nuevahampshire|OH ohi|OK okla|OR oreg ore|PA penn penna pennsyl
PA pensilvania|RI rhodeis rhodeisl rhodei risl risland rhodeislandandprovidenceplantations|TN tenn
TX tex tejas|UT uta|VT verm|VA virg|WA wash wn|WV virginiaoccidental|WI wis wisc|WY wyo
LA luisiana|MS misisipi|MO misuri|NC carolinadelnorte|SC carolinadelsur|ND dakotadelnorte
SD dakotadelsur|AS amsamoa amersamoa samoaamericana|GU guahan
MP cnmi nmarianas northernmarianas northernmarianaisl northernmarianais nmarianaislands nmi
MP islasmarianasdelnorte commonwealthofthenorthernmarianaislands|PR prico puertor ptorico portorico
PR borinquen estadolibreasociadodepuertorico
VI usvi usvirginis usvirginisl virginislands virginis islasvirgenes
VI unitedstatesvirginislands islasvirgenesamericanas islasvirgenesdelosestadosunidos
"""
_SIDES = {
    "n": ("n", "no", "nor", "nth", "north"),
    "s": ("s", "so", "sou", "sth", "south"),
    "w": ("w", "west"),
}
_HALVES = {
    ("n", "NC"): ("c", "car", "caro", "carol", "carolina"),
    ("s", "SC"): ("c", "car", "caro", "carol", "carolina"),
    ("n", "ND"): ("d", "dak", "dakota"),
    ("s", "SD"): ("d", "dak", "dakota"),
    ("w", "WV"): ("v", "va", "vir", "virg", "virginia"),
}
# Around the name: "Commonwealth of Massachusetts", "New York State", "MA, USA".
_BEFORE = ("stateof", "commonwealthof", "territoryof", "estadode", "us")
_AFTER = ("unitedstatesofamerica", "unitedstates", "usa", "us", "state")
# In free association: they have ZIP codes, and no district of ours.
_ASSOCIATED = {
    "FM": ("federatedstatesofmicronesia", "micronesia", "fsm"),
    "MH": ("marshallislands", "republicofthemarshallislands", "rmi"),
    "PW": ("palau", "republicofpalau"),
}
_FORCES = {
    "AA": ("americas", "theamericas", "americasexceptcanada"),
    "AE": ("europe", "africa", "canada", "middleeast", "europemiddleeastafricaandcanada"),
    "AP": ("pacific", "thepacific"),
}


def _spell_halves() -> Iterator[tuple[str, str]]:
    for (side, code), names in _HALVES.items():
        yield from ((first + name, code) for first in _SIDES[side] for name in names)


def _spell_others() -> Iterator[tuple[str, str]]:
    for code, names in _ASSOCIATED.items():
        yield from ((name, code) for name in (code.lower(), *names))
    for code, places in _FORCES.items():
        yield from ((f"{post}{code.lower()}", code) for post in ("", "apo", "fpo", "dpo"))
        yield from ((f"armedforces{place}", code) for place in places)


def _letters(text: str) -> str:
    """Return the letters of a text in lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in plain if sign.isascii() and sign.isalpha())


_CODES = (
    dict(_spell_halves())
    | {
        short: code
        for code, *shorts in map(str.split, _SHORTER.strip().replace("\n", "|").split("|"))
        for short in shorts
    }
    | {_letters(state.name): state.code for state in STATES}
    | {state.code.lower(): state.code for state in STATES}
)
_OTHERS = dict(_spell_others())
_PARTS = re.compile(r"[-(),/;:\u2013\u2014]")


def find_state_code(text: str) -> str:
    """Return the postal abbreviation of a state's name or abbreviation; empty when there is none.

    - Case, full stops, spaces and accents are ignored: "N. Y." is "NY".
    - Abbreviations of newspapers and old letters are accepted ("Mass.", "W. Va.", "No. Dak."),
      Spanish names, and additions around a name ("MA - Massachusetts", "Guam, USA").
    """
    return text if text in BY_CODE else _find(text, _CODES)


def find_region_code(text: str) -> str:
    """Return the result of ``find_state_code``, or the code of another region that has ZIPs.

    - Those of the armed forces ("AE", "APO AE", "Armed Forces Europe"), and the states in free
      association.
    """
    return find_state_code(text) or _find(text, _OTHERS)


def _find(text: str, codes: dict[str, str]) -> str:
    found = _find_name(text, codes)
    if found:
        return found
    parts = [part for part in _PARTS.split(text) if _letters(part) not in ("", *_AFTER)]
    among = {_find_name(part, codes) for part in parts}
    return among.pop() if len(among) == 1 else ""


def _find_name(text: str, codes: dict[str, str]) -> str:
    name = _letters(text)
    if name in codes:
        return codes[name]
    for around in _BEFORE:
        if name.startswith(around) and name.removeprefix(around) in codes:
            return codes[name.removeprefix(around)]
    for around in _AFTER:
        if name.endswith(around) and name.removesuffix(around) in codes:
            return codes[name.removesuffix(around)]
    return ""
