"""Keeps a web process from storing anything with keys that are not the database's."""

from flask import Flask, request
from sqlalchemy.exc import DBAPIError

from petition.core.errors import ConfigurationError, DatabaseUnavailable
from petition.core.logs import get_logger
from petition.keys.check import check_at_start, check_if_due

log = get_logger(__name__)


def init_app(app: Flask) -> None:
    """Check the keys now, and with each request until that could be done.

    - `petition web` refuses them in one line before it starts this process. What is refused here
      came to be while it ran, or while the database was away: each page then answers 503.
    """
    app.before_request(_check)
    with app.app_context():
        try:
            check_at_start()
        except ConfigurationError as error:
            log.error("keys.refused", setting=error.setting, problem=error.problem)


def _check() -> None:
    """Check, where the start could not; an operator's address tells of the process alone."""
    if request.blueprint == "operators":
        return
    try:
        check_if_due()
    except (DatabaseUnavailable, DBAPIError):
        # A page that needs no database is served without one, and none stores anything without it.
        return
    except ConfigurationError as error:
        log.error("keys.refused", setting=error.setting, problem=error.problem)
        raise DatabaseUnavailable(error.code) from error
