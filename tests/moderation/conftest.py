"""An app for what reads its settings alone: no test here asks a database."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.ctx import AppContext


class Own:
    """Settings without an operator's list."""

    comment_words = None


@pytest.fixture(scope="module")
def context_once() -> Iterator[AppContext]:
    """One context for hundreds of sentences, and for no test of another file."""
    app = Flask("screening")
    app.extensions["hundredth"] = Own()
    with app.app_context() as context:
        yield context
