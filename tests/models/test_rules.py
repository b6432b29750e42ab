"""The rules in the database itself: raw SQL that tries to break each one is refused."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from flask.ctx import AppContext
from sqlalchemy import CheckConstraint, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.core.paths import find_migrations
from petition.counting.ledger import count_batch
from petition.models import (
    Attempt,
    CommentState,
    Delivery,
    Letter,
    Milestone,
    Signature,
    SignatureState,
)
from petition.models.states import (
    DELIVERY_TRANSITIONS,
    MILESTONE_TRANSITIONS,
    SIGNATURE_TRANSITIONS,
)
from tests.docs.pages import DOCS
from tests.factories import (
    make_campaign,
    make_district,
    make_letter,
    make_located,
    make_post,
    make_signature,
)

STEP = 10


def load_migration(name: str) -> ModuleType:
    path = Path(find_migrations()) / "versions" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sent(context: AppContext) -> None:
    """A milestone whose letter was tried once, and one whose letter was not."""
    with transaction() as session:
        campaign = make_campaign(session, step=STEP)
        district = make_district(session)
        make_post(session, district)
        make_located(session, campaign, district, 2 * STEP + 1)
    count_batch(campaign.id)
    with transaction() as session:
        session.execute(text("UPDATE milestones SET state = 'cleared'"))
        for delivery in session.scalars(select(Delivery).order_by(Delivery.id)):
            letter = make_letter(delivery, STEP, utcnow())
            session.add(letter)
            session.flush()
            delivery.letter_id, delivery.state = letter.id, "rendered"
        first = session.scalars(select(Milestone).where(Milestone.number == 1)).one()
        first.sealed_at = utcnow()
        tried = session.scalars(select(Delivery).where(Delivery.milestone_id == first.id)).one()
        tried.state, tried.attempt = "sending", 1
        session.add(Attempt(delivery_id=tried.id, number=1, started_at=utcnow()))
        session.execute(text("UPDATE ledger SET left_at = joined_at WHERE ordinal = 1"))
        record(session, "test", "milestone", first.id)


def refuse(statement: str) -> None:
    """Run the statement, which must be refused and change nothing."""
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement))


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'someone else'",
        "DELETE FROM events",
        "UPDATE letters SET sha256 = repeat_b",
        "UPDATE letters SET names = 99",
        "UPDATE letters SET addressee = '[\"Nobody\"]'",
        "DELETE FROM letters",
        # The first letter was tried: it is never replaced.
        "UPDATE letters SET superseded_at = rendered_at",
        "UPDATE deliveries SET message_id = 'another'",
        "UPDATE deliveries SET attempt = attempt - 1",
        "UPDATE deliveries SET letter_id = NULL WHERE attempt > 0",
        "UPDATE deliveries SET letter_id = (SELECT max(id) FROM letters) WHERE attempt > 0",
        "DELETE FROM deliveries",
        "UPDATE milestones SET code = 'OTHER' || number",
        "UPDATE milestones SET sealed_at = NULL WHERE number = 1",
        "UPDATE milestones SET threshold = threshold + 1",
        "DELETE FROM milestones",
        "DELETE FROM tallies",
        "DELETE FROM ledger",
        "UPDATE ledger SET carried_by = NULL WHERE carried_by = 1",
        "UPDATE ledger SET carried_by = 2 WHERE carried_by = 1",
        "UPDATE ledger SET carried_by = 1 WHERE carried_by IS NULL",
        "UPDATE ledger SET carried_by = 3 WHERE carried_by IS NULL",
        "UPDATE tallies SET reached = 1",
        "UPDATE tallies SET live = live + 10, joined = joined + 10",
        "UPDATE tallies SET reached = 1, live = 5",
        "UPDATE ledger SET left_at = NULL WHERE left_at IS NOT NULL",
        # The second hundred was cleared for one list of members.
        "UPDATE ledger SET left_at = joined_at WHERE carried_by = 2",
        "UPDATE ledger SET carried_by = NULL WHERE carried_by = 2",
        "UPDATE ledger SET carried_by = 2 WHERE carried_by IS NULL",
        "INSERT INTO ledger (campaign_id, district_id, ordinal, signature_id, layer, carried_by,"
        " joined_at) SELECT campaign_id, district_id, 99, signature_id, 'sldl', 2, joined_at"
        " FROM ledger WHERE carried_by IS NULL",
        # Sealed, it keeps its verdict; and only what was cleared is sealed.
        "UPDATE milestones SET state = 'reached' WHERE number = 1",
        "UPDATE milestones SET state = 'held' WHERE number = 2",
        "UPDATE milestones SET state = 'unheard-of' WHERE number = 2",
        "INSERT INTO ledger (campaign_id, district_id, ordinal, signature_id, layer, carried_by,"
        " joined_at) SELECT campaign_id, district_id, 99, signature_id, 'sldl', 1, joined_at"
        " FROM ledger WHERE carried_by IS NULL",
        "DELETE FROM attempts",
        "DELETE FROM signatures",
        "UPDATE signatures SET person = NULL",
        "UPDATE signatures SET state = 'erased', ended_at = created_at",
        "UPDATE signatures SET state = 'withdrawn'",
        "UPDATE signatures SET ended_at = created_at",
        "UPDATE signatures SET state = 'unheard-of'",
        "UPDATE letters SET words = 'others'",
        "UPDATE signatures SET comment_state = 'unheard-of'",
        # Nobody has offered words for print; there are none that a person has decided on.
        "UPDATE signatures SET comment_state = 'waiting'",
        "UPDATE signatures SET comment_state = 'struck'",
        "UPDATE signatures SET comment_decided_at = created_at",
        "UPDATE signatures SET publish_comment = (1 = 1), comment_state = 'waiting',"
        " comment_decided_at = created_at",
        "UPDATE campaigns SET comments = 'some'",
        "UPDATE campaigns SET comment_wait = 73",
    ],
)
def test_the_database_refuses(sent: None, statement: str) -> None:
    refuse(statement.replace("repeat_b", "'" + "b" * 64 + "'"))


def test_a_letter_that_was_not_tried_may_be_superseded(sent: None) -> None:
    with transaction() as session:
        session.execute(
            text(
                "UPDATE letters SET superseded_at = rendered_at"
                " WHERE id = (SELECT max(id) FROM letters)"
            )
        )
    assert [
        letter.superseded_at is None
        for letter in db.session.scalars(select(Letter).order_by(Letter.id))
    ] == [True, False]
    db.session.rollback()
    refuse("UPDATE letters SET superseded_at = NULL")


def test_no_other_way_round_the_trail(sent: None) -> None:
    if is_sqlite():
        refuse(
            "INSERT OR REPLACE INTO events (id, at, actor, action, subject, subject_id, detail)"
            " SELECT id, at, 'someone', action, subject, subject_id, detail FROM events"
        )
    else:
        for table in load_migration("0002_state_rules").KEPT:
            refuse(f"TRUNCATE {table} CASCADE")


def test_each_trigger_is_told_of_where_it_is_said_what_must_hold(context: AppContext) -> None:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgname NOT LIKE '%_refuse_truncate'",
    }[db.engine.dialect.name]
    page = (DOCS / "invariants.md").read_text("utf-8")

    triggers = db.session.scalars(text(query)).all()

    assert triggers
    assert [name for name in triggers if f"`{name}`" not in page] == []


def test_one_letter_is_in_force_for_a_milestone_and_a_post(sent: None) -> None:
    columns = "milestone_id, post_id, sha256, pages, size, names, addressee, rendered_at"
    refuse(f"INSERT INTO letters ({columns}) SELECT {columns} FROM letters")


def test_a_post_gets_one_delivery_of_a_milestone_by_a_channel(sent: None) -> None:
    refuse(
        "INSERT INTO deliveries (milestone_id, post_id, channel, state, message_id, attempt,"
        " created_at) SELECT milestone_id, post_id, channel, 'queued', message_id || '2', 0,"
        " created_at FROM deliveries"
    )


def test_a_person_has_one_live_signature_in_a_campaign(context: AppContext) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        signature = make_signature(session, campaign)
    person = signature.person

    with pytest.raises(IntegrityError), transaction() as session:
        make_signature(session, session.merge(campaign), person=person)


@pytest.mark.parametrize(
    ("table", "transitions"),
    [
        ("signatures", SIGNATURE_TRANSITIONS),
        ("deliveries", DELIVERY_TRANSITIONS),
        ("milestones", MILESTONE_TRANSITIONS),
    ],
)
def test_the_triggers_know_the_same_changes_as_the_code(
    context: AppContext, table: str, transitions: dict[str, tuple[str, ...]]
) -> None:
    query = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name",
        "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = :name",
    }[db.engine.dialect.name]
    made = db.session.scalar(text(query), {"name": f"{table}_refuse_change"})

    pairs = re.findall(r"\b([a-z_]+>[a-z_]+)\b", str(made))

    assert sorted(pairs) == sorted(
        f"{old}>{new}" for old in transitions for new in transitions[old]
    )


@pytest.mark.parametrize("new", [state for state in SignatureState if state != "pending"])
def test_a_change_that_is_not_listed_is_refused(context: AppContext, new: SignatureState) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        signature_id = make_signature(session, campaign, state=SignatureState.PENDING).id
    ended = "created_at" if new in ("withdrawn", "rejected", "expired", "erased") else "NULL"
    person = "NULL" if new == "erased" else "person"
    statement = text(
        f"UPDATE signatures SET state = '{new}', seat = 1, ended_at = {ended}, person = {person}"  # noqa: S608
    )

    if new in SIGNATURE_TRANSITIONS[SignatureState.PENDING]:
        with transaction() as session:
            session.execute(statement)
        assert db.session.get_one(Signature, signature_id).state == new
    else:
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(statement)


@pytest.mark.parametrize("before", ["waiting", "struck"])
def test_words_that_waited_are_allowed_by_a_decision_only(sent: None, before: str) -> None:
    decided = "created_at" if before == "struck" else "NULL"
    with transaction() as session:
        session.execute(
            text(
                "UPDATE signatures SET publish_comment = (1 = 1),"
                f" comment_state = '{before}', comment_decided_at = {decided}"
            )
        )

    refuse("UPDATE signatures SET comment_state = 'allowed', comment_decided_at = NULL")

    with transaction() as session:
        session.execute(
            text("UPDATE signatures SET comment_state = 'allowed', comment_decided_at = created_at")
        )


BROKEN_RULES = [
    ("seat_known", {"seat": "3"}),
    ("seat_once_confirmed", {"seat": "NULL"}),
    ("name_changes_few", {"name_changes": "4"}),
    ("name_changes_few", {"name_changes": "-1"}),
    ("comment_state_known", {"comment_state": "'unread'"}),
    ("comment_to_publish", {"comment_state": "'waiting'", "publish_comment": "(1 = 0)"}),
    ("comment_decided", {"comment_state": "'struck'", "comment_decided_at": "NULL"}),
    ("comment_decided", {"comment_state": "'waiting'", "comment_decided_at": "created_at"}),
    ("comment_decided", {"comment_state": "NULL", "comment_decided_at": "created_at"}),
]


@pytest.mark.parametrize(
    ("rule", "values", "state"),
    [(*broken, "confirmed") for broken in BROKEN_RULES]
    + [("seat_once_confirmed", {"seat": "1"}, "pending")],
)
def test_no_row_of_a_signature_breaks_a_rule_when_it_is_made_or_changed(
    context: AppContext, rule: str, values: dict[str, str], state: str
) -> None:
    with transaction() as session:
        campaign = make_campaign(session)
        make_signature(session, campaign, state=SignatureState(state), publish_comment=True)
    columns = {
        name: name
        for name in (
            "campaign_id state person publish_comment created_at attempt seat comment_state"
            " comment_decided_at name_changes"
        ).split()
    }
    row = columns | values
    change = ", ".join(f"{name} = {value}" for name, value in values.items())

    for statement in (
        f"INSERT INTO signatures ({', '.join(row)}) SELECT {', '.join(row.values())}"  # noqa: S608
        " FROM signatures",
        f"UPDATE signatures SET {change}",  # noqa: S608
    ):
        with pytest.raises(IntegrityError, match=f"ck_signatures_{rule}"), transaction() as session:
            session.execute(text(statement))
    assert db.session.query(Signature).count() == 1


def test_the_triggers_of_postgresql_say_what_the_checks_say() -> None:
    checks = {
        str(one.name): str(one.sqltext)
        for one in Signature.__table__.constraints
        if isinstance(one, CheckConstraint)
    }

    migration = load_migration("0005_signing_rules")
    rules = migration.RULES | migration.LATER
    assert {name: rule.format("") for name, rule in rules.items()} == checks


def test_the_database_knows_the_states_of_words_that_the_code_knows() -> None:
    known = load_migration("0002_state_rules").CHECKS_OF_SIGNATURES[
        "ck_signatures_comment_state_known"
    ]

    assert re.findall(r"IN \((.+?)\)", known) == [", ".join(f"'{s}'" for s in CommentState)]
