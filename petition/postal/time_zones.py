"""The time zone in which a moment of a district is told: that of its state, else Eastern time.

- A state in several zones has that of most of its people (Florida's west is an hour behind).
- Source: 49 CFR part 71, and the tz database for the names.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

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
_BY_STATE = {state: zone for zone, states in _STATES.items() for state in states.split()}


def find_zone(state: str = "") -> ZoneInfo:
    """Return the zone of a state ("MA"); Eastern time without one."""
    return ZoneInfo(_BY_STATE.get(state.upper(), EASTERN))


def find_day(moment: datetime, state: str = "") -> date:
    """Return the day that it is in a state at a moment; in Eastern time without one."""
    return moment.astimezone(find_zone(state)).date()
