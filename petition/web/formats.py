"""Template filters for dates, times, numbers and layers of districts."""

from datetime import datetime, timedelta

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale, gettext, lazy_gettext
from markupsafe import Markup

from petition.core.clock import utcnow
from petition.letters.words.places import say_place, translate_district
from petition.models import Layer
from petition.models.campaigns.layers import TOWNS
from petition.models.officials.district import say_district
from petition.postal.time_zones import find_zone
from petition.web.languages import LOCALES
from petition.web.wording.zones import name_zone

# Everyday names for the districts of a layer.
LAYERS = {
    "county": lazy_gettext("county"),
    "place": lazy_gettext("city or town"),
    "cousub": lazy_gettext("town"),
    "sldu": lazy_gettext("state senate district"),
    "sldl": lazy_gettext("state house district"),
    "cd": lazy_gettext("congressional district"),
    "state": lazy_gettext("state"),
}
PLURALS = {
    "county": lazy_gettext("counties"),
    "place": lazy_gettext("cities and towns"),
    "cousub": lazy_gettext("towns"),
    "sldu": lazy_gettext("state senate districts"),
    "sldl": lazy_gettext("state house districts"),
    "cd": lazy_gettext("congressional districts"),
    "state": lazy_gettext("states"),
}


def show_outside(layer: str, state: str = "") -> str:
    """Return the words for living in no district of a layer: "outside any city".

    - In states where towns are county subdivisions and not places, a resident of a town is outside
      any city.
    """
    if layer == Layer.COUSUB:
        return gettext("outside any town or city")
    if state in TOWNS:
        return gettext("outside any city")
    return gettext("outside any city or town")


def init_app(app: Flask) -> None:
    """Add the filters to the templates."""
    app.add_template_filter(show_day, "day")
    app.add_template_filter(show_moment, "moment")
    app.add_template_filter(show_weekday, "weekday")
    app.add_template_filter(show_ago, "ago")
    app.add_template_filter(show_number, "number")
    app.add_template_filter(show_layer, "layer")
    app.add_template_filter(show_district, "the")
    app.add_template_filter(show_place, "place")
    app.add_template_filter(show_outside, "outside")
    app.add_template_filter(show_layers, "layer_plural")
    app.add_template_filter(begin)


def show_day(moment: datetime, state: str = "") -> Markup:
    """Return "November 21, 2026", in the time zone of a state."""
    return _mark_time(moment, _write_day(moment.astimezone(find_zone(state))))


def show_weekday(moment: datetime, state: str = "") -> Markup:
    """Return "Tuesday", in the time zone of a state."""
    local = moment.astimezone(find_zone(state))
    return _mark_time(moment, format_date(local, "EEEE", locale=_locale()))


def show_moment(moment: datetime, state: str = "") -> Markup:
    """Return "November 21, 2026 at 6:50 p.m. Eastern time", in the time zone of a state."""
    return _mark_time(moment, _write_moment(moment, state))


def show_ago(moment: datetime, state: str = "") -> Markup:
    """Return "4 minutes ago" with the exact moment beside it; the day where it is older than one.

    - A clock of another host may be ahead: what is to come is told as now.
    """
    since = utcnow() - moment
    if since >= timedelta(days=1):
        return show_moment(moment, state)
    if since < timedelta(minutes=1):
        return _mark_time(moment, gettext("just now"), _write_moment(moment, state))
    words = format_timedelta(-since, threshold=1, add_direction=True, locale=_locale())
    return _mark_time(moment, words, _write_moment(moment, state))


def show_number(value: int) -> str:
    """Return the number with thousands separators."""
    return format_decimal(value, locale=_locale())


def show_layer(layer: str) -> str:
    """Return the name for a district of a layer: "state senate district"."""
    return str(LAYERS[layer]) if layer in LAYERS else gettext("district")


def name_layers(layer: str) -> str:
    """Return the plural name for districts of a layer: "state senate districts"."""
    return str(PLURALS[layer]) if layer in PLURALS else gettext("districts")


def show_layers(layer: str) -> str:
    """Return the heading over districts of a layer: "State senate districts"."""
    return begin(name_layers(layer))


def begin(words: str) -> str:
    """Return the words with their first letter capitalized, to start a sentence."""
    return words[:1].upper() + words[1:]


def show_district(name: str) -> str:
    """Return a district's name for a sentence: "the East District", "el condado de Essex"."""
    if _is_spanish():
        return say_place(name, "es").full
    return say_district(name)


def show_place(name: str) -> str:
    """Return a district's name alone: "Essex County", "condado de Essex"."""
    return translate_district(name)[0] if _is_spanish() else name


def _write_day(moment: datetime) -> str:
    return format_date(moment, "long", locale=_locale())


def _is_spanish() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "es"


def _locale() -> Locale | str:
    """Return the locale for dates and numbers: a language alone does not determine their format."""
    locale = get_locale()
    return LOCALES.get(locale.language, locale) if locale else "en"


def _write_moment(moment: datetime, state: str) -> str:
    zone = find_zone(state)
    there = moment.astimezone(zone)
    half = "a.m." if there.hour < 12 else "p.m."
    time = f"{there.hour % 12 or 12}:{there:%M} {half}"
    return gettext(
        "%(day)s at %(time)s %(zone)s", day=_write_day(there), time=time, zone=name_zone(zone)
    )


def _mark_time(moment: datetime, words: str, title: str = "") -> Markup:
    shown = Markup(' title="{}"').format(title) if title else ""
    exact = moment.isoformat(timespec="seconds")
    return Markup('<time datetime="{}"{}>{}</time>').format(exact, shown, words)
