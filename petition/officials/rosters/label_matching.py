"""Find the districts that a state's own label of a seat could mean.

- A file for ``--districts`` takes precedence, then the spelling of a division id (state_labels.py).
- At-large members, the chairman of the District of Columbia's council and Maine's members for its
  tribes have no district: the state, district or territory as a whole elects them.
- Two seats of one district may be distinguished by a letter (Idaho's 16A and 16B): if the layer has
  a 16 and no district with a letter after that number, both are seats of 16.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from petition.officials.district_index import DistrictIndex, PostDistrict
from petition.officials.rosters.roster import LAYERS, Entry
from petition.officials.rosters.state_labels import list_spellings, spell_label
from petition.postal.us_states import State

# Division ids by the spelling of a label.
Labels = Mapping[str, Sequence[str]]
# The most characters of a label in a post's key.
_LONGEST_SEAT = 50
# Words around it without a location: "Senator at Large", "At-Large 2".
_WORD = r"(?:member|senator|representative|delegate|seat|position|district|number|por|\d+)"
_AT_LARGE = re.compile(rf"(?:{_WORD}_)*(?:at_?large|statewide|acumulaci[oó]n)(?:_{_WORD})*")
_CHAIR = re.compile(r"chair(?:man|woman|person)?(?:_.*)?")
# Maine Revised Statutes, title 3, section 1: the tribes with a member in its house.
_TRIBES = {
    "passamaquoddy": "Passamaquoddy Tribe",
    "penobscot": "Penobscot Nation",
    "maliseet": "Houlton Band of Maliseet Indians",
}
_LETTERED = re.compile(r"(\d+)_?(?:seat_|position_)?([a-z])")


@dataclass(frozen=True, slots=True)
class StatewideSeat:
    """A seat that a whole state elects: its part of a post's key, and its name in the title."""

    key: str
    name: str


def find_labelled(
    entry: Entry, state: State, index: DistrictIndex, labels: Labels
) -> list[PostDistrict]:
    """Return the districts that an entry's label could mean; the right answer is exactly one."""
    spelled = spell_label(entry.area.label)
    districts = index.list_districts(LAYERS[entry.role], state)
    mapped = list_mapped(entry, state, labels)
    if mapped:
        in_layer = [districts[division] for division in mapped if division in districts]
        return in_layer or _find_elsewhere(mapped, entry, state, index)
    found = [area for division, area in districts.items() if spelled in list_spellings(division)]
    if found:
        return found
    seat = find_statewide(entry.area.label, state)
    whole = index.find_state(state) if seat else None
    if seat and whole:
        return [replace(whole, name=seat.name, seat=seat.key)]
    return _find_unlettered(spelled, list(districts.values()))


def list_mapped(entry: Entry, state: State, labels: Labels) -> list[str]:
    """Return the state's divisions that a file for ``--districts`` has for an entry's label."""
    named = labels.get(spell_label(entry.area.label), ())
    return [one for one in named if f"{one}/".startswith(f"{state.division_id}/")]


def find_statewide(label: str, state: State) -> StatewideSeat | None:
    """Return the seat of a label that a whole state elects; None for any other label."""
    spelled = spell_label(label)
    if _AT_LARGE.fullmatch(spelled):
        return StatewideSeat("at_large", "At Large")
    if state.code == "DC" and _CHAIR.fullmatch(spelled):
        return StatewideSeat("chair", label)
    if state.code == "ME":
        for people, name in _TRIBES.items():
            if people in spelled:
                return StatewideSeat(people, name)
    return None


def find_letter(label: str, area: PostDistrict) -> str:
    """Return the letter that a label has and its district has not ("a" of 16A in 16), or ""."""
    spelled = spell_label(label)
    found = _LETTERED.fullmatch(spelled)
    return found[2] if found and spelled not in list_spellings(area.division_id) else ""


def _find_elsewhere(
    mapped: Sequence[str], entry: Entry, state: State, index: DistrictIndex
) -> list[PostDistrict]:
    """Return mapped divisions of other layers, or the state as a whole with a seat of its own."""
    found: list[PostDistrict] = []
    for division in mapped:
        whole = index.find_state(state) if division == state.division_id else None
        if whole:
            label = entry.area.label
            spelled = spell_label(label)[:_LONGEST_SEAT]
            seat = find_statewide(label, state) or StatewideSeat(spelled, label)
            found.append(replace(whole, name=seat.name, seat=seat.key))
        elif division in index.by_division:
            found.append(index.by_division[division])
    return found


def _find_unlettered(spelled: str, districts: Sequence[PostDistrict]) -> list[PostDistrict]:
    lettered = _LETTERED.fullmatch(spelled)
    if lettered is None:
        return []
    ends = [spell_label(area.division_id.rpartition(":")[2]) for area in districts]
    if any((other := _LETTERED.fullmatch(end)) and other[1] == lettered[1] for end in ends):
        return []
    return [area for area, end in zip(districts, ends, strict=True) if end == lettered[1]]
