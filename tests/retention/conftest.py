"""The app with a limit for every kind of data."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.retention.world import LIMITS


@pytest.fixture
def limited(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The app that keeps nothing for ever, with its context pushed."""
    app = make_app(**LIMITS)
    with app.app_context():
        yield app
        app.extensions["sqlalchemy"].session.remove()
