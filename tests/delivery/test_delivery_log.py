"""The delivery log as staff read it."""

import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest
from sqlalchemy import event, insert

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.delivery_log import (
    count_by_state,
    get_delivery,
    list_deliveries,
    read_log,
    read_message,
)
from petition.delivery.send import deliver
from petition.dispatch.attempts import AttemptEnd
from petition.models import Delivery, DeliveryState, District, Milestone
from tests.delivery.conftest import Ready, build_ready
from tests.delivery.letter_engine import claim, settle
from tests.factories import edit_signed

MANY = 20_000


def test_the_list_is_newest_first_and_in_pages(ready: Ready) -> None:
    more = build_ready(posts=4)

    first = list_deliveries(size=3)
    second = list_deliveries(page=2, size=3)

    assert [row.id for row in first.rows] == more.delivery_ids[:0:-1]
    assert [row.id for row in second.rows] == [more.delivery_ids[0], ready.delivery_id]
    assert (first.total, first.has_more, second.has_more) == (5, True, False)


def test_the_list_is_filtered_by_state_campaign_district_and_time(ready: Ready) -> None:
    other = build_ready(slug="other")
    deliver(ready.delivery_id, ready.read_letter)
    name = get_delivery(other.delivery_id).row.district

    def find(**filters: Any) -> list[int]:
        return [row.id for row in list_deliveries(**filters).rows]

    assert find(states=[DeliveryState.ACCEPTED]) == [ready.delivery_id]
    assert find(campaign="other") == [other.delivery_id]
    assert find(district=name.upper()) == [other.delivery_id]
    assert find(district="50%_") == []
    assert find(since=utcnow() + timedelta(minutes=1)) == []
    assert find(since=utcnow() - timedelta(minutes=1)) == [other.delivery_id, ready.delivery_id]


def test_a_district_is_found_by_its_ids_too(ready: Ready) -> None:
    district = db.session.get_one(District, ready.district_id)

    for text in (district.geoid, district.division_id):
        assert [row.id for row in list_deliveries(district=text).rows] == [ready.delivery_id]


def test_one_delivery_tells_its_tries_and_what_can_be_done(ready: Ready) -> None:
    claimed = claim(ready.delivery_id)
    assert claimed is not None
    settle(claimed, DeliveryState.UNKNOWN, AttemptEnd("timeout at answer"))

    view = get_delivery(ready.delivery_id)

    assert view.row.sha256 in ready.pdfs
    assert view.row.post.startswith("Board of Commissioners")
    assert [attempt.detail for attempt in view.attempts] == ["timeout at answer"]
    assert (view.can_retry, view.can_resolve, view.can_cancel) == (False, True, True)
    with pytest.raises(NotFound):
        get_delivery(999_999)


def test_the_log_tells_of_the_delivery_its_milestone_and_its_letter(ready: Ready) -> None:
    deliver(ready.delivery_id, ready.read_letter)

    actions = [entry.action for entry in read_log(ready.delivery_id)]

    assert actions == [
        "delivery.claimed",
        "milestone.sealed",
        "delivery.handover",
        "delivery.accepted",
    ]
    assert read_log(999_999) == []


def test_the_message_is_shown_as_it_was_sent(ready: Ready) -> None:
    before = read_message(ready.delivery_id, ready.read_letter)
    deliver(ready.delivery_id, ready.read_letter)
    sent = (get_settings().outbox_dir / str(ready.delivery_id) / "message.eml").read_bytes()
    with transaction() as session:
        edit_signed(session, title="Edited since")

    after = read_message(ready.delivery_id, ready.read_letter)

    assert before == sent == after
    assert "Edited since" not in message_from_bytes(after, policy=SMTP)["Subject"]


def test_every_state_is_counted(ready: Ready) -> None:
    deliver(ready.delivery_id, ready.read_letter)

    counts = count_by_state()

    assert counts[DeliveryState.ACCEPTED] == 1
    assert counts[DeliveryState.FAILED] == 0
    assert set(counts) == set(DeliveryState)


def test_a_long_log_is_read_in_few_statements_and_little_time(ready: Ready) -> None:
    with transaction() as session:
        milestones = session.scalars(
            insert(Milestone).returning(Milestone.id, sort_by_parameter_order=True),
            [
                {
                    "campaign_id": ready.campaign_id,
                    "district_id": ready.district_id,
                    "number": number,
                    "follows": number - 1,
                    "threshold": number * 3,
                    "code": f"MANY{number}",
                    "reached_at": utcnow(),
                }
                for number in range(2, MANY + 2)
            ],
        ).all()
        session.execute(
            insert(Delivery),
            [
                {
                    "milestone_id": milestone_id,
                    "post_id": ready.post_ids[0],
                    "channel": "outbox",
                    "state": "cancelled",
                    "message_id": f"<{milestone_id}@many.example>",
                    "attempt": 0,
                    "created_at": utcnow(),
                }
                for milestone_id in milestones
            ],
        )
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(str(args[2])))

    begun = time.monotonic()
    page = list_deliveries(district="county", campaign=None)
    took = time.monotonic() - begun

    assert page.total == MANY + 1
    assert len(page.rows) == 50
    assert sum(statement.startswith("SELECT") for statement in statements) == 2
    assert took < 2
