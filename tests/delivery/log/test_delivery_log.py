"""The delivery log as staff read it."""

import csv
import io
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.log import delivery_log, log_export, log_search
from petition.delivery.log.delivery_log import (
    count_matching,
    get_delivery,
    list_deliveries,
    read_log,
    read_message,
)
from petition.delivery.log.log_export import write_csv
from petition.delivery.log.log_filters import LogFilters
from petition.delivery.log.state_counts import count_by_state
from petition.delivery.send import deliver
from petition.dispatch.attempts import AttemptEnd
from petition.models import (
    Delivery,
    DeliveryIndex,
    DeliveryState,
    District,
    Milestone,
    Official,
    Term,
)
from tests.delivery.conftest import Ready, build_ready
from tests.delivery.letter_engine import claim, settle
from tests.factories import edit_signed

MANY = 20_000


def find(**filters: Any) -> list[int]:
    """Return the ids that filters find."""
    return [row.id for row in list_deliveries(LogFilters(**filters)).rows]


def list_pages(filters: LogFilters, size: int) -> list[int]:
    """Return the ids of all pages, one after the other."""
    page = list_deliveries(filters, size=size)
    ids = [row.id for row in page.rows]
    while page.last:
        page = list_deliveries(filters, page.last, size)
        ids += [row.id for row in page.rows]
    return ids


def fail(delivery_id: int, code: str, recipient: str | None = None) -> None:
    """End a first attempt as the server's refusal does."""
    claimed = claim(delivery_id)
    assert claimed is not None
    settle(claimed, DeliveryState.FAILED, AttemptEnd(code, recipient=recipient))


def test_the_list_is_newest_first_and_in_pages(ready: Ready) -> None:
    more = build_ready(posts=4)

    first = list_deliveries(size=3)
    second = list_deliveries(after=first.last, size=3)

    assert [row.id for row in first.rows] == more.delivery_ids[:0:-1]
    assert [row.id for row in second.rows] == [more.delivery_ids[0], ready.delivery_id]
    assert (first.has_more, second.has_more) == (True, False)


def test_what_waits_for_a_person_comes_first_and_pages_go_on_after_it(ready: Ready) -> None:
    more = build_ready(posts=3)
    fail(ready.delivery_id, "550 5.7.1 at rcpt")

    listed = list_pages(LogFilters(), 1)

    assert listed == [ready.delivery_id, *reversed(more.delivery_ids)]


def test_the_list_is_filtered_by_state_campaign_district_and_time(ready: Ready) -> None:
    other = build_ready(slug="other")
    deliver(ready.delivery_id, ready.read_letter)
    name = get_delivery(other.delivery_id).row.district

    assert find(states=(DeliveryState.ACCEPTED,)) == [ready.delivery_id]
    assert find(campaign="other") == [other.delivery_id]
    assert find(campaign="other", states=(DeliveryState.ACCEPTED,)) == []
    assert find(district=name.upper()) == [other.delivery_id]
    assert find(district="50%_") == []
    assert find(since=utcnow() + timedelta(minutes=1)) == []
    assert find(until=utcnow() - timedelta(minutes=1)) == []
    assert find(since=utcnow() - timedelta(minutes=1)) == [other.delivery_id, ready.delivery_id]


def test_a_district_is_found_by_its_ids_too(ready: Ready) -> None:
    district = db.session.get_one(District, ready.district_id)

    for text in (district.geoid, district.division_id):
        assert find(district=text) == [ready.delivery_id]


def test_the_list_is_filtered_by_what_became_of_the_letter(ready: Ready) -> None:
    other = build_ready(slug="other")
    fail(ready.delivery_id, "550 5.7.1 at rcpt", recipient="Clerk@County.Example")
    with transaction() as session:
        record(session, "delivery.retried", "delivery", ready.delivery_id, actor="staff:7")
        record(session, "delivery.claimed", "delivery", other.delivery_id)
    row = get_delivery(other.delivery_id)

    for filters in (
        {"code": "550"},
        {"domain": "COUNTY.example"},
        {"acted_by": "staff:7"},
        {"channel": "outbox", "states": (DeliveryState.FAILED,)},
        {"post": "board", "code": "550"},
    ):
        assert find(**filters) == [ready.delivery_id], filters
    for filters in (
        {"letter": row.row.code.lower()},
        {"message_id": row.message_id},
        {"message_id": f"<{row.message_id.strip('<>')}>"},
    ):
        assert find(**filters) == [other.delivery_id], filters
    for filters in (
        {"code": "55"},
        {"domain": "example"},
        {"acted_by": "staff:70"},
        {"channel": "email"},
        {"letter": row.row.code, "code": "550"},
    ):
        assert find(**filters) == [], filters


def test_the_last_code_is_kept_through_bounces_and_resends(ready: Ready) -> None:
    codes = []
    with transaction() as session:
        for reason in (None, "given up: 450 at rcpt", "timeout at answer", "bounced: 5.1.1", None):
            session.execute(
                update(Delivery).where(Delivery.id == ready.delivery_id).values(reason=reason)
            )
            codes.append(session.scalar(select(DeliveryIndex.code)))

    assert codes == [None, "450", "450", "5.1.1", "5.1.1"]


def test_a_post_is_found_by_who_holds_it(ready: Ready) -> None:
    build_ready(slug="other")
    with transaction() as session:
        official = Official(source_id="x", name="Ada Quinn", family_name="Quinn")
        session.add(official)
        session.flush()
        session.add(Term(post_id=ready.post_ids[0], official_id=official.id))

    assert find(post="ada q") == [ready.delivery_id]
    assert find(post="ada%q") == []


def test_an_account_of_one_campaign_finds_only_its_own(ready: Ready) -> None:
    other = build_ready(slug="other")
    mine = frozenset({ready.campaign_id})

    assert find(scope=mine) == [ready.delivery_id]
    assert find(scope=mine, campaign="other") == []
    assert find(scope=mine, message_id=get_delivery(other.delivery_id).message_id) == []
    assert find(scope=mine, post="board") == [ready.delivery_id]
    assert find(scope=frozenset()) == []
    assert sum(count_by_state(mine).values()) == 1
    assert sum(count_by_state(frozenset()).values()) == 0


def test_text_that_names_very_many_finds_them_all_the_same(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_search, "MOST_NAMED", 0)
    monkeypatch.setattr(log_search, "MOST_LANES", 1)
    other = build_ready(slug="other")

    assert find(post="board", district="county") == [other.delivery_id, ready.delivery_id]
    assert find(post="board", campaign="other") == [other.delivery_id]


def test_how_many_match_is_told_up_to_a_limit(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_ready(posts=4)
    monkeypatch.setattr(delivery_log, "MOST_COUNTED", 3)

    assert count_matching(LogFilters()) == (5, True)
    assert count_matching(LogFilters(post="board")) == (3, False)
    assert count_matching(LogFilters(post="nobody")) == (0, True)


def test_the_csv_has_every_delivery_and_no_formula(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = build_ready(posts=4)
    monkeypatch.setattr(log_export, "EXPORT_ROWS", 2)
    with transaction() as session:
        session.execute(update(District).values(name="=HYPERLINK(1)"))

    lines = list(csv.DictReader(io.StringIO("".join(write_csv(LogFilters())))))

    assert [int(line["delivery"]) for line in lines] == [
        *reversed(more.delivery_ids),
        ready.delivery_id,
    ]
    assert {line["district"] for line in lines} == {"'=HYPERLINK(1)"}


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
    page = list_deliveries(LogFilters(district="county"))
    took = time.monotonic() - begun

    assert len(page.rows) == 50 and page.has_more
    assert sum(statement.startswith("SELECT") for statement in statements) <= 4
    assert took < 2
