"""The app's context, with receivers on loopback allowed."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.ctx import AppContext

from petition.core.extensions import db
from tests.partners.webhooks.world import HOOKED


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The app, whose webhooks may be received on loopback."""
    return make_app(**HOOKED)


@pytest.fixture
def context(app: Flask) -> Iterator[AppContext]:
    """The app's context."""
    with app.app_context() as pushed:
        yield pushed
        db.session.remove()
