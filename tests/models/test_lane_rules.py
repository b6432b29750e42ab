"""The rules of lanes and refused mails in the database itself: raw SQL that breaks one fails."""

import pytest
from flask.ctx import AppContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from petition.core.extensions import transaction
from tests.delivery.conftest import build_ready
from tests.factories import make_campaign, make_signature

MOMENT = "'2026-01-01 00:00:00'"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO mail_lanes (name) VALUES ('unheard-of')",
        # One that stands is tried at some moment, and knows why it stands and since when.
        f"INSERT INTO mail_lanes (name, stopped_at) VALUES ('signers', {MOMENT})",
        "INSERT INTO mail_lanes (name, stopped_at, probe_at, refused_since)"
        f" VALUES ('signers', {MOMENT}, {MOMENT}, {MOMENT})",
        "INSERT INTO mail_lanes (name, stopped_at, refused_since, cause)"
        f" VALUES ('signers', {MOMENT}, {MOMENT}, '550 at mail')",
        # Only what stood is opened, and then nothing is tried by itself.
        f"INSERT INTO mail_lanes (name, opened_at) VALUES ('signers', {MOMENT})",
        "INSERT INTO mail_lanes (name, stopped_at, opened_at, probe_at)"
        f" VALUES ('signers', {MOMENT}, {MOMENT}, {MOMENT})",
        "INSERT INTO refused_mails"
        " (signature_id, mail_id, attempt, times, cause, first_at, last_at)"
        f" SELECT id, 0, 1, -1, 'x', {MOMENT}, {MOMENT} FROM signatures",
        "INSERT INTO refused_mails"
        " (signature_id, mail_id, attempt, times, cause, first_at, last_at)"
        f" VALUES (999999, 0, 1, 1, 'x', {MOMENT}, {MOMENT})",
    ],
)
def test_the_database_refuses_what_no_lane_can_be(context: AppContext, statement: str) -> None:
    with transaction() as session:
        make_signature(session, make_campaign(session))

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(("about", "spent"), [("'moon'", "true"), ("NULL", "false")])
def test_an_attempt_counts_unless_the_mail_server_refused_it_for_a_known_cause(
    context: AppContext, about: str, spent: str
) -> None:
    ready = build_ready("email")

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            text(
                "INSERT INTO attempts (delivery_id, number, phase, started_at, about, spent)"
                f" VALUES ({ready.delivery_id}, 1, 'claimed', {MOMENT}, {about}, {spent})"
            )
        )
