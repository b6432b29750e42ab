"""Checks that the keys of the settings are those of the database, before anything is written."""

from flask import current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from petition.core.errors import DatabaseUnavailable
from petition.core.extensions import db, transaction
from petition.core.logs import get_logger
from petition.keys.data_keys import note_data_keys, refuse_missing_keys
from petition.keys.hash_key import note_hash_key, refuse_other_hash_key

log = get_logger(__name__)

_UNCHECKED = "hundredth-keys-unchecked"


def check_keys() -> None:
    """Refuse keys that are not the database's, and record that the first one seals.

    - Raises ConfigurationError naming the setting, DatabaseUnavailable, or DBAPIError if there are
      no tables.
    """
    with transaction() as session:
        refuse_other_keys(session)
        note_hash_key(session)
        note_data_keys(session)


def check_at_start() -> None:
    """Run ``check_keys``; if the database is unavailable, ``check_if_due`` runs it later."""
    current_app.extensions[_UNCHECKED] = True
    try:
        check_if_due()
    except (DatabaseUnavailable, DBAPIError) as error:
        log.warning("keys.unchecked", error=type(error).__name__)
    finally:
        db.session.remove()


def check_if_due() -> None:
    """Run the check if it failed at the start; raises as ``check_keys`` does."""
    if current_app.extensions.get(_UNCHECKED):
        check_keys()
        current_app.extensions[_UNCHECKED] = False


def refuse_other_keys(session: Session) -> None:
    """Raise ConfigurationError if a key is missing or is not the database's; writes nothing."""
    refuse_other_hash_key(session)
    refuse_missing_keys(session)
