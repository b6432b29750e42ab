"""An app whose geocoder knows two streets, for the pages that ask for one."""

from collections.abc import Callable

import pytest
from flask import Flask

from petition.geocoding.chain import REGISTRY
from tests.web.street_world import Streets


@pytest.fixture
def street_app(monkeypatch: pytest.MonkeyPatch, make_app: Callable[..., Flask]) -> Flask:
    """The app on an empty, migrated database, with the geocoder of ``street_world``."""
    monkeypatch.setitem(REGISTRY, "streets", lambda settings: Streets())
    return make_app(PETITION_GEOCODERS="streets,zip")
