"""Hundredth: sends a letter to local lawmakers each time another hundred neighbors have signed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from petition.core.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Return the application; see petition/application.py.

    - What it stands on takes a second to load: what needs no application must not wait for it.
    """
    from petition import application

    return application.create_app(settings)
