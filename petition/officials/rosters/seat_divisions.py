"""Find the district of one seat, or the reason why it has none."""

from petition.core.errors import ImportRefused
from petition.models import PostRole
from petition.officials.district_index import STATE_LAYER, DistrictIndex, PostDistrict
from petition.officials.rosters.label_matching import Labels, find_labelled, list_mapped
from petition.officials.rosters.roster import BODIES, LAYERS, LEGISLATURE, Entry
from petition.officials.rosters.state_labels import spell_label
from petition.postal.us_states import State

LOAD = "load its boundary set first with `petition districts import`"


def find_area(
    entry: Entry, state: State | None, index: DistrictIndex, labels: Labels
) -> PostDistrict:
    """Return the district of a seat; raises ImportRefused if it has none, or an ambiguous one."""
    if state is None:
        raise entry.where.refuse(
            f"{entry.area.root} is not a state", "a state, district or territory", "correct it"
        )
    if entry.area.division_id is None:
        return join_label(entry, state, index, labels)
    area = _find_division(entry, entry.area.division_id, state, index)
    layer = LAYERS.get(entry.role)
    if area is None or (layer and area.layer != layer and area.layer != STATE_LAYER):
        raise entry.where.refuse(
            f"the division {entry.area.division_id} is not loaded",
            f"a district of {state.name} in force or loaded",
            LOAD,
        )
    if area.layer == STATE_LAYER and not _is_statewide(entry, state):
        raise entry.where.refuse(
            f"{area.division_id} is a state as a whole",
            f"the district of the {entry.role.value}"
            + (", or a title of its own" if entry.role in LEGISLATURE else ""),
            "give its division id",
        )
    return area


def join_label(entry: Entry, state: State, index: DistrictIndex, labels: Labels) -> PostDistrict:
    """Return the district of a state's own label; raises ImportRefused likewise."""
    layer = LAYERS[entry.role]
    found = find_labelled(entry, state, index, labels)
    if len(found) == 1:
        return found[0]
    mapped = list_mapped(entry, state, labels)
    named = f"the district {entry.area.label[:80]!r} ({entry.role.value})"
    if mapped and not found:
        raise entry.where.refuse(
            f"{named} is {mapped[0]} in the file for --districts, which is not loaded",
            f"a district of {state.name} in force or loaded",
            "correct the id there, or load its boundary set",
        )
    loaded = len(index.list_districts(layer, state))
    problem = "is not among" if not found else "is more than one of"
    wanted = f"{layer.value}:{spell_label(entry.area.label)}"
    remedy = LOAD if not loaded else "name its division in a file for --districts"
    raise entry.where.refuse(
        f"{named} {problem} the {loaded} "
        f"loaded districts of {state.name} in the layer {layer.value}",
        f"exactly one whose division id ends as {wanted}",
        f"{remedy}, or leave it out with --leave-out {entry.area.label[:80]!r}",
    )


def refuse_unloaded(entries: list[Entry], state: State, layer: str) -> ImportRefused:
    """Return the refusal of seats whose layer is not loaded at all."""
    first = entries[0]
    if len(entries) == 1:
        problem = f"the seat {describe_seat(first)} has no district"
    else:
        problem = f"{describe_seat(first)} and {len(entries) - 1} more seats have no district"
    return first.where.refuse(
        f"{problem}: the layer {layer} of {state.name} is not loaded",
        f"districts of {state.name} in force or loaded",
        LOAD,
    )


def describe_seat(entry: Entry) -> str:
    """Return a seat by its district, and its role."""
    named = entry.area.label or (entry.area.division_id or "").rpartition("/")[2]
    return f"{named[:80]!r} ({entry.role.value})"


def _is_statewide(entry: Entry, state: State) -> bool:
    """Return whether a whole state elects a post: a legislator's then has a title of its own."""
    if entry.role in LEGISLATURE:
        return entry.title is not None
    if entry.role == PostRole.MAYOR:
        return state.code == "DC"
    return entry.role in (PostRole.US_SENATOR, PostRole.GOVERNOR)


def _find_division(
    entry: Entry, division_id: str, state: State, index: DistrictIndex
) -> PostDistrict | None:
    """Return a division's district, by either spelling of a city that calls itself a town.

    - The Census Bureau has Massachusetts' as "Easthampton Town city"; division ids made from its
      names follow that, and those of OpenStates do not. In that state no two towns share a name;
      elsewhere a city and a town may.
    """
    if division_id == state.division_id and entry.role not in BODIES:
        return index.find_state(state)
    found = index.find(division_id)
    if found is None and state.code == "MA":
        other = division_id.removesuffix("_town")
        found = index.find(f"{division_id}_town" if other == division_id else other)
    return found
