"""How pages write days, moments, numbers and the kinds of districts."""

from datetime import datetime

from flask import Flask
from markupsafe import Markup

from petition.models.district import say_district

MONTHS = (
    "January February March April May June July August September October November December".split()
)
# What a layer's districts are called by the people who live in them.
LAYERS = {
    "county": "county",
    "place": "city or town",
    "cousub": "town",
    "sldu": "state senate district",
    "sldl": "state house district",
    "cd": "congressional district",
}
PLURALS = {"county": "counties", "place": "cities and towns"}


def init_app(app: Flask) -> None:
    """Give the templates their filters."""
    app.add_template_filter(show_day, "day")
    app.add_template_filter(show_moment, "moment")
    app.add_template_filter(show_number, "number")
    app.add_template_filter(show_layer, "layer")
    app.add_template_filter(say_district, "the")
    app.add_template_filter(show_layers, "layer_plural")


def show_day(moment: datetime) -> Markup:
    """Return "November 21, 2026", in UTC like all our times."""
    return _mark_time(moment, _write_day(moment))


def show_moment(moment: datetime) -> Markup:
    """Return "November 21, 2026 at 23:50 UTC"."""
    return _mark_time(moment, f"{_write_day(moment)} at {moment:%H:%M} UTC")


def show_number(value: int) -> str:
    """Return the number with its thousands set apart."""
    return f"{value:,}"


def show_layer(layer: str) -> str:
    """Return what districts of a layer are called."""
    return LAYERS.get(layer, "district")


def show_layers(layer: str) -> str:
    """Return the heading over districts of a layer: "State senate districts"."""
    return PLURALS.get(layer, f"{show_layer(layer)}s").capitalize()


def _write_day(moment: datetime) -> str:
    return f"{MONTHS[moment.month - 1]} {moment.day}, {moment.year}"


def _mark_time(moment: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), words
    )
