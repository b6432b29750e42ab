"""The states, the District of Columbia and the territories, with their codes.

Source: ANSI INCITS 38 (FIPS codes) and USPS Publication 28, appendix B.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """A state, district or territory: postal code ("MA"), FIPS code ("25") and name."""

    code: str
    fips: str
    name: str

    @property
    def division_id(self) -> str:
        """Its Open Civic Data id; the District of Columbia and the territories have their own."""
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
# By what geocoders and people write, in lower case; OpenStreetMap and Pelias have their own names
# for two of them.
_CODES = (
    {state.code.lower(): state.code for state in STATES}
    | {state.name.lower(): state.code for state in STATES}
    | {"united states virgin islands": "VI", "commonwealth of the northern mariana islands": "MP"}
)
# As newspapers and the Government Publishing Office shorten them, without dots and blanks.
_SHORTER = """
AL ala|AK alas|AZ ariz|AR ark|CA calif|CA cal|CO colo|CT conn|DE del|FL fla|IL ill|IN ind|KS kans
KS kan|MA mass|MI mich|MN minn|MS miss|MT mont|NE nebr|NE neb|NV nev|NM nmex|ND ndak|OK okla
OR oreg|OR ore|PA penn|PA penna|SD sdak|TN tenn|TX tex|WA wash|WV wva|WI wis|WI wisc|WY wyo
"""
_SHORT = {state.code.lower(): state.code for state in STATES} | {
    short: code for code, short in map(str.split, _SHORTER.strip().replace("\n", "|").split("|"))
}
TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})
BY_DIVISION = {state.division_id: state for state in STATES}

# Where mail goes to the armed forces abroad; no place on the map belongs to these.
MILITARY = {
    "AA": "Armed Forces Americas",
    "AE": "Armed Forces Europe, Middle East, Africa and Canada",
    "AP": "Armed Forces Pacific",
}

# What a form offers, in the order of the names; the armed forces come last.
REGIONS: dict[str, str] = {
    state.code: state.name for state in sorted(STATES, key=lambda state: state.name)
} | MILITARY


def find_state_code(text: str) -> str:
    """Return the postal abbreviation of a state's name or abbreviation; empty when there is none.

    - Upper and lower case are the same: "Massachusetts", "MA" and "ma" are all "MA".
    - So are the abbreviations that newspapers use, with their dots or without: "Mass.", "D.C.".
    """
    name = text.strip().lower()
    return _CODES.get(name) or _SHORT.get("".join(name.replace(".", " ").split()), "")
