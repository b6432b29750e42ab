"""The title of a seat on an envelope, and the salutation of a letter to its holder.

Titles of state legislators: openstates/metadata, ``Chamber.title`` of each state; "Assembly Member"
is used where it has that. The title includes the district, since lists of posts show it without an
address; the state is in the address.
"""

import re
from dataclasses import dataclass

from petition.models import PostRole
from petition.officials.rosters.state_labels import spell_ordinal
from petition.postal.us_states import TERRITORIES, State


@dataclass(frozen=True, slots=True)
class SeatTitle:
    """A post's title, and its salutation without the holder's family name."""

    title: str
    salutation: str


ASSEMBLY = SeatTitle("Assembly Member", "Dear Assembly Member")
DELEGATE = SeatTitle("State Delegate", "Dear Delegate")
SENATOR = SeatTitle("State Senator", "Dear Senator")
REPRESENTATIVE = SeatTitle("State Representative", "Dear Representative")
COUNCIL_MEMBER = SeatTitle("Council Member", "Dear Council Member")
LOWER = {
    "CA": ASSEMBLY,
    "MD": DELEGATE,
    "NJ": ASSEMBLY,
    "NV": ASSEMBLY,
    "NY": ASSEMBLY,
    "VA": DELEGATE,
    "WV": DELEGATE,
}
# Members of Nebraska's only chamber are senators, those of the District of Columbia's a council.
ONLY = {"DC": COUNCIL_MEMBER}
BODY_SALUTATIONS = {
    PostRole.COUNCIL: "Dear Members of the Council",
    PostRole.BOARD: "Dear Members of the Board",
}
_CHAIR = re.compile(r"Chair(?:man|woman|person)?")
_WITH_ARTICLE = ("District of Columbia", "Northern Mariana Islands", "U.S. Virgin Islands")
# "State Senate District 5" in the Census Bureau's names: the chamber is in the title already.
_NUMBERED = re.compile(r".*\b((?:Sub)?[Dd]istrict \S+)")


def make_seat_title(role: PostRole, state: State, division_id: str, district: str) -> SeatTitle:
    """Return the title and salutation of a seat; ``district`` is its district's common name."""
    if role is PostRole.MAYOR:
        return SeatTitle(f"Mayor of {_add_article(district)}", "Dear Mayor")
    if role is PostRole.GOVERNOR:
        return SeatTitle(f"Governor of {_add_article(state.name)}", "Dear Governor")
    if role is PostRole.US_SENATOR:
        return SeatTitle(f"U.S. Senator, {state.name}", "Dear Senator")
    if role is PostRole.US_REPRESENTATIVE:
        return _make_representative_title(state, division_id)
    member = {
        PostRole.UPPER: SENATOR,
        PostRole.LOWER: LOWER.get(state.code, REPRESENTATIVE),
        PostRole.LEGISLATURE: ONLY.get(state.code, SENATOR),
    }.get(role)
    if member is None:
        return SeatTitle(f"{role.value.title()}, {district}", BODY_SALUTATIONS[role])
    if role is PostRole.LEGISLATURE and state.code == "DC" and _CHAIR.fullmatch(district):
        return SeatTitle(f"{district} of the Council", f"Dear {district}")
    numbered = _NUMBERED.fullmatch(district)
    return SeatTitle(f"{member.title}, {numbered[1] if numbered else district}", member.salutation)


def _add_article(name: str) -> str:
    return f"the {name}" if name in _WITH_ARTICLE else name


def _make_representative_title(state: State, division_id: str) -> SeatTitle:
    if state.code == "PR":
        return SeatTitle("Resident Commissioner, Puerto Rico", "Dear Commissioner")
    if state.code == "DC" or state.code in TERRITORIES:
        return SeatTitle(f"Delegate to Congress, {state.name}", "Dear Delegate")
    number = division_id.rpartition("/cd:")[2]
    district = f"{spell_ordinal(int(number))} District" if number.isdecimal() else "At Large"
    return SeatTitle(f"U.S. Representative, {state.name} {district}", "Dear Representative")
