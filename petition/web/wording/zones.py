"""The names of time zones on pages, which show a time in the zone of a district's state.

- A state in several zones has that of most of its people: the zone is named beside each time.
"""

from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext

from petition.postal.time_zones import EASTERN

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


def name_zone(zone: ZoneInfo) -> str:
    """Return "Eastern time", "Pacific time"."""
    return str(_NAMES[zone.key])
