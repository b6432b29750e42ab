"""The time zones in which pages show a time: that of a district's state, else Eastern time.

- A state in several zones has that of most of its people (Florida's west is an hour behind): the
  zone is named beside each time.
- Source: 49 CFR part 71, and the tz database for the names.
"""

from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext

EASTERN = "America/New_York"
# Where most people of a state are; a state that is in none is in Eastern time.
_STATES = {
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
_NAMES = {
    EASTERN: lazy_gettext("Eastern time"),
    "America/Chicago": lazy_gettext("Central time"),
    "America/Denver": lazy_gettext("Mountain time"),
    "America/Phoenix": lazy_gettext("Arizona time"),
    "America/Los_Angeles": lazy_gettext("Pacific time"),
    "America/Anchorage": lazy_gettext("Alaska time"),
    "Pacific/Honolulu": lazy_gettext("Hawaii time"),
    "America/Puerto_Rico": lazy_gettext("Atlantic time"),
    "Pacific/Guam": lazy_gettext("Guam time"),
    "Pacific/Pago_Pago": lazy_gettext("Samoa time"),
}
_BY_STATE = {state: zone for zone, states in _STATES.items() for state in states.split()}


def find_zone(state: str = "") -> ZoneInfo:
    """Return the zone of a state ("MA"); Eastern time without one."""
    return ZoneInfo(_BY_STATE.get(state.upper(), EASTERN))


def name_zone(zone: ZoneInfo) -> str:
    """Return "Eastern time", "Pacific time"."""
    return str(_NAMES[zone.key])
