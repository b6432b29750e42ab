"""Finds the districts that a state's own label of a seat could mean.

- What a file for ``--districts`` says comes first, then the spelling of a division id
  (state_labels.py).
- Members at large, the chairman of the District of Columbia's council and Maine's members for its
  tribes have no district: all of the state, district or territory is theirs.
- Two seats of one district are told apart by a letter (Idaho's 16A and 16B): where the layer has a
  16 and no district with a letter behind that number, both are seats of 16.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from petition.officials.district_index import Ground, PostDistrict
from petition.officials.rosters.roster import LAYERS, Entry
from petition.officials.rosters.state_labels import list_spellings, spell_label
from petition.postal.us_states import State

# Division ids by the spelling of a label.
Labels = Mapping[str, Sequence[str]]
# How much of a label names a seat in a post's key.
_LONGEST_SEAT = 50
# Words that may stand around it and say nothing of where: "Senator at Large", "At-Large 2".
_WORD = r"(?:member|senator|representative|delegate|seat|position|district|number|por|\d+)"
_AT_LARGE = re.compile(rf"(?:{_WORD}_)*(?:at_?large|statewide|acumulaci[oó]n)(?:_{_WORD})*")
_CHAIR = re.compile(r"chair(?:man|woman|person)?(?:_.*)?")
# Maine Revised Statutes, title 3, section 1: who else sits in its house of representatives.
_TRIBES = {
    "passamaquoddy": "Passamaquoddy Tribe",
    "penobscot": "Penobscot Nation",
    "maliseet": "Houlton Band of Maliseet Indians",
}
_LETTERED = re.compile(r"(\d+)_?(?:seat_|position_)?([a-z])")


@dataclass(frozen=True, slots=True)
class StatewideSeat:
    """A seat that a whole state elects: what it is called in a post's key, and in its title."""

    key: str
    name: str


def find_labelled(entry: Entry, state: State, ground: Ground, labels: Labels) -> list[PostDistrict]:
    """Return the districts that an entry's label could mean; the right answer is exactly one."""
    spelled = spell_label(entry.area.label)
    districts = ground.list_districts(LAYERS[entry.role], state)
    mapped = list_mapped(entry, state, labels)
    if mapped:
        in_layer = [districts[division] for division in mapped if division in districts]
        return in_layer or _find_elsewhere(mapped, entry, state, ground)
    found = [area for division, area in districts.items() if spelled in list_spellings(division)]
    if found:
        return found
    seat = find_statewide(entry.area.label, state)
    whole = ground.find_state(state) if seat else None
    if seat and whole:
        return [replace(whole, name=seat.name, seat=seat.key)]
    return _find_unlettered(spelled, list(districts.values()))


def list_mapped(entry: Entry, state: State, labels: Labels) -> list[str]:
    """Return the state's divisions that a file for ``--districts`` names for an entry's label."""
    named = labels.get(spell_label(entry.area.label), ())
    return [one for one in named if f"{one}/".startswith(f"{state.division_id}/")]


def find_statewide(label: str, state: State) -> StatewideSeat | None:
    """Return the seat that a label names which all of a state elects; None for any other."""
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
    """Return the letter that a label has and its district has not: "a" of 16A in 16; or nothing."""
    spelled = spell_label(label)
    found = _LETTERED.fullmatch(spelled)
    return found[2] if found and spelled not in list_spellings(area.division_id) else ""


def _find_elsewhere(
    mapped: Sequence[str], entry: Entry, state: State, ground: Ground
) -> list[PostDistrict]:
    """Return mapped divisions of other layers, or the state as a whole with a seat of its own."""
    found: list[PostDistrict] = []
    for division in mapped:
        whole = ground.find_state(state) if division == state.division_id else None
        if whole:
            label = entry.area.label
            spelled = spell_label(label)[:_LONGEST_SEAT]
            seat = find_statewide(label, state) or StatewideSeat(spelled, label)
            found.append(replace(whole, name=seat.name, seat=seat.key))
        elif division in ground.by_division:
            found.append(ground.by_division[division])
    return found


def _find_unlettered(spelled: str, districts: Sequence[PostDistrict]) -> list[PostDistrict]:
    lettered = _LETTERED.fullmatch(spelled)
    if lettered is None:
        return []
    ends = [spell_label(area.division_id.rpartition(":")[2]) for area in districts]
    if any((other := _LETTERED.fullmatch(end)) and other[1] == lettered[1] for end in ends):
        return []
    return [area for area, end in zip(districts, ends, strict=True) if end == lettered[1]]
