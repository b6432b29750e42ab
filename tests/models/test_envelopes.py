"""An envelope in the row of a delivery has the secret that it is sealed for."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from petition.core.extensions import transaction
from tests.delivery.conftest import build_ready


def test_an_envelope_is_bound_to_its_row_or_there_is_none(context: AppContext) -> None:
    ready = build_ready()

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            text("UPDATE deliveries SET envelope = :sealed WHERE id = :id"),
            {"sealed": b"sealed", "id": ready.delivery_id},
        )
