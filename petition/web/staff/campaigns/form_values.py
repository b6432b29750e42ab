"""Between a definition and what its form shows: the values typed, by the names of the inputs.

- What was not touched keeps its exact value: a browser changes line ends, and shows minutes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from petition.campaigns.bills import KEYS
from petition.campaigns.definition import FIELDS
from petition.campaigns.screening_settings import GUARDS
from petition.campaigns.versions.comparison import show_value
from petition.campaigns.versions.definition_text import tidy_definition
from petition.postal.time_zones import EASTERN
from petition.web.staff.campaigns.form_layout import BY_NAME, ROLES

Values = MultiDict[str, str]
ZONES = {
    EASTERN: "Eastern time",
    "America/Chicago": "Central time",
    "America/Denver": "Mountain time",
    "America/Phoenix": "Arizona time",
    "America/Los_Angeles": "Pacific time",
    "America/Anchorage": "Alaska time",
    "Pacific/Honolulu": "Hawaii time",
    "America/Puerto_Rico": "Atlantic time",
    "Pacific/Guam": "Guam time",
    "Pacific/Pago_Pago": "Samoa time",
    "UTC": "UTC",
}
MOST_ROWS = 40
_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
_BILL_KEY = re.compile(r"bills\.([0-9]{1,3})\.([a-z]+)", re.ASCII)
# What a campaign has before anybody has said anything.
DEFAULTS: dict[str, Any] = {
    "layers": ["county"],
    "confirm_email": True,
    "position": "ask",
    "comments": "reviewed",
    "sharing": "chosen",
    "language": "en",
}


@dataclass(frozen=True, slots=True)
class TypedDefinition:
    """What a form says: the definition, and the names of the fields that the form had."""

    told: dict[str, Any]
    shown: frozenset[str]


def fill_form(told: Mapping[str, Any], zone: str = EASTERN) -> Values:
    """Return what the inputs of a form show for a definition."""
    values: Values = MultiDict([("zone", zone)])
    for name, value in told.items():
        if name in FIELDS:
            values.update(_fill(name, value, zone))
    return values


def read_form(form: Values, base: Mapping[str, Any]) -> TypedDefinition:
    """Return the definition that a form says; ``base`` is the one that it was filled with.

    - A value that cannot be read stays the text that was typed, so that the definition's own checks
      refuse it. A field that the form did not have keeps its value.
    """
    zone = read_zone(form)
    shown = frozenset(form.get("shown", "").split()) & BY_NAME.keys()
    filled = fill_form(base, zone)
    told: dict[str, Any] = {name: base[name] for name in FIELDS if name in base}
    for name in shown:
        if name in base and _pick(form, name) == _pick(filled, name):
            continue
        value = _READERS.get(BY_NAME[name].widget, _read_text)(form, name)
        told.pop(name, None)
        if value is not None:
            told[name] = value
    return TypedDefinition(tidy_definition(told), shown)


def read_zone(form: Values) -> str:
    """Return the time zone that was chosen; Eastern time for an unknown one."""
    zone = form.get("zone", "")
    return zone if zone in ZONES else EASTERN


def list_bill_rows(values: Values) -> list[dict[str, str]]:
    """Return the rows of related bills that say something, in their order."""
    rows: dict[int, dict[str, str]] = {}
    for name, value in values.items():
        match = _BILL_KEY.fullmatch(name)
        if match and match[2] in KEYS and value.strip():
            rows.setdefault(int(match[1]), {})[match[2]] = value.strip()
    said = [rows[number] for number in sorted(rows) if set(rows[number]) - {"relation"}]
    return said[:MOST_ROWS]


def _fill(name: str, value: Any, zone: str) -> Values:
    widget = BY_NAME[name].widget
    if widget == "bills" and isinstance(value, list):
        return _fill_rows(value)
    if isinstance(value, Mapping):
        return MultiDict(
            [
                (f"{name}.{key}", one)
                for key, told in value.items()
                for one in (told if isinstance(told, list) else [_show(told)])
            ]
        )
    if widget == "layers" and isinstance(value, list):
        return MultiDict([(name, str(one)) for one in value])
    if isinstance(value, datetime):
        local = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone))
        short = "seconds" if local.second else "minutes"
        return MultiDict([(name, local.replace(tzinfo=None).isoformat(timespec=short))])
    if widget == "flag" and value is False:
        return MultiDict()
    return MultiDict([(name, _show(value))])


def _fill_rows(bills: list[Any]) -> Values:
    return MultiDict(
        [
            (f"bills.{number}.{key}", str(one))
            for number, bill in enumerate(bills, 1)
            if isinstance(bill, Mapping)
            for key, one in bill.items()
        ]
    )


def _show(value: Any) -> str:
    return show_value(value)


def _pick(values: Values, name: str) -> dict[str, list[str]]:
    """Return what belongs to a field, without what is empty or only differs in line ends."""
    found = {}
    for key in values:
        if key == name or key.startswith(f"{name}."):
            said = [one.replace("\r\n", "\n") for one in values.getlist(key)]
            if said := sorted(one for one in said if one.strip()):
                found[key] = said
    return found


def _read_text(form: Values, name: str) -> str | None:
    text = form.get(name, "").replace("\r\n", "\n")
    if BY_NAME[name].widget != "area":
        text = text.strip()
    return text if text.strip() else None


def _read_number(form: Values, name: str) -> int | str | None:
    text = form.get(name, "").strip()
    return int(text) if _WHOLE.fullmatch(text) else text or None


def _read_flag(form: Values, name: str) -> bool:
    return name in form


def _read_lines(form: Values, name: str) -> list[str] | None:
    return [line.strip() for line in form.get(name, "").splitlines() if line.strip()] or None


def _read_layers(form: Values, name: str) -> list[str] | None:
    return form.getlist(name) or None


def _read_day(form: Values, name: str) -> date | str | None:
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if len(text) == 10 else text or None
    except ValueError:
        return text


def _read_moment(form: Values, name: str) -> datetime | str | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    zone = ZoneInfo(read_zone(form))
    try:
        wall = datetime.fromisoformat(text)
        if wall.tzinfo is not None:
            return text
        found = wall.replace(tzinfo=zone).astimezone(UTC)
        # In spring an hour of the clock does not exist.
        return found if found.astimezone(zone).replace(tzinfo=None) == wall else text
    except (ValueError, OverflowError):
        return text


def _read_contact(form: Values, name: str) -> dict[str, str] | None:
    keys = ("person", "telephone")
    found = {key: form.get(f"{name}.{key}", "").strip() for key in keys}
    return {key: value for key, value in found.items() if value} or None


def _read_recipients(form: Values, name: str) -> dict[str, list[str]] | None:
    found = {layer: form.getlist(f"{name}.{layer}") for layer in ROLES}
    return {layer: roles for layer, roles in found.items() if roles} or None


def _read_bills(form: Values, name: str) -> list[dict[str, str]] | None:
    return list_bill_rows(form) or None


def _read_guards(form: Values, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for key in GUARDS:
        text = form.get(f"{name}.{key}", "").strip()
        if not text:
            continue
        if key in ("honeypot", "disposable_domains"):
            found[key] = {"yes": True, "no": False}.get(text, text)
        elif key == "minimum_seconds":
            found[key] = int(text) if _WHOLE.fullmatch(text) else text
        else:
            found[key] = text
    return found or None


_READERS: Mapping[str, Any] = {
    "bills": _read_bills,
    "contact": _read_contact,
    "date": _read_day,
    "flag": _read_flag,
    "guards": _read_guards,
    "layers": _read_layers,
    "lines": _read_lines,
    "moment": _read_moment,
    "number": _read_number,
    "recipients": _read_recipients,
}
