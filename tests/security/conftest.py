"""An app whose geocoder knows two streets, and who opens all of its pages."""

from collections.abc import Callable

import pytest
from flask import Flask

from petition.geocoding.chain import REGISTRY
from tests.security.visitor import Visitor, visit
from tests.web.street_world import Streets


@pytest.fixture
def street_app(monkeypatch: pytest.MonkeyPatch, make_app: Callable[..., Flask]) -> Flask:
    """The app on an empty, migrated database, with the geocoder of ``street_world``."""
    monkeypatch.setitem(REGISTRY, "streets", lambda settings: Streets())
    return make_app(PETITION_GEOCODERS="streets,zip")


@pytest.fixture
def visitor(street_app: Flask) -> Visitor:
    """Somebody in a world that has one of everything that an address names."""
    return visit(street_app)
