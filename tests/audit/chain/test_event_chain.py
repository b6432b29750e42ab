"""Events become links of a chain: in order, once each, and only when none can come before them."""

import threading

import pytest
from flask.ctx import AppContext
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from petition.audit.chain import event_chain
from petition.audit.chain.chain_check import verify_chain
from petition.audit.chain.event_chain import chain_events, count_unchained, read_head
from petition.audit.chain.settled_events import find_settled
from petition.core.extensions import db, transaction
from petition.models import AuditKey, Event, EventLink
from tests.audit.chain.world import BEGAN, add_events, read_rows


@pytest.fixture
def short_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have links of seven events."""
    monkeypatch.setattr(event_chain, "LINK_EVENTS", 7)


def list_links() -> list[EventLink]:
    found = list(db.session.scalars(select(EventLink).order_by(EventLink.number)))
    db.session.expunge_all()
    db.session.rollback()
    return found


def test_each_event_is_in_one_link_and_each_link_follows_the_one_before(
    context: AppContext, short_links: None
) -> None:
    add_events(20)
    total = len(read_rows())

    assert chain_events() == total
    assert chain_events() == 0

    links = list_links()
    assert [link.number for link in links] == [*range(1, len(links) + 1)]
    assert sum(link.events for link in links) == total
    assert [link.previous for link in links[1:]] == [link.head for link in links[:-1]]
    assert count_unchained().events == 0
    done = verify_chain()
    assert (done.breach, done.events, done.link) == (None, total, len(links))
    head = read_head()
    assert head is not None and (head.number, head.head) == (done.link, done.head)


def test_nothing_is_chained_where_there_is_nothing(context: AppContext) -> None:
    with transaction() as session:
        assert session.scalar(select(Event.id)) is None

    assert chain_events() == 0
    assert read_head() is None
    assert verify_chain().breach is None


def test_what_is_added_later_is_a_link_of_its_own(context: AppContext) -> None:
    add_events(3)
    chain_events()
    add_events(2)

    assert count_unchained().events == 2
    assert count_unchained().is_late
    assert chain_events() == 2
    assert [link.events for link in list_links()][-1] == 2


def test_a_transaction_that_may_still_add_an_earlier_event_is_waited_for(
    context: AppContext,
) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    row = {
        "at": BEGAN,
        "actor": "system",
        "action": "chain.tested",
        "subject": "milestone",
        "subject_id": 9,
        "detail": {},
    }
    with db.engine.connect() as slow:
        early = slow.execute(insert(Event).values(**row).returning(Event.id)).scalar_one()
        late = add_events(1)
        assert late[0] > early

        assert find_settled(0.2) is None
        assert chain_events() == 0

        timer = threading.Timer(0.5, slow.commit)
        timer.start()
        assert chain_events() >= 2
        timer.join()
    assert verify_chain().breach is None
    assert count_unchained().events == 0


def test_an_id_that_was_rolled_back_is_no_gap(context: AppContext) -> None:
    add_events(2)
    with db.engine.connect() as other:
        other.execute(
            text(
                "INSERT INTO events (at, actor, action, subject, subject_id, detail)"
                " VALUES ('2026-03-01', 'system', 'x', 'service', 0, '{}')"
            )
        )
        other.rollback()
    add_events(2)

    chain_events()

    assert verify_chain().breach is None


def test_of_two_that_chain_at_once_one_does(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_events(4)
    store = event_chain._store

    def store_second(link: dict[str, object]) -> bool:
        monkeypatch.setattr(event_chain, "_store", store)
        assert chain_events() > 0
        return store(link)

    monkeypatch.setattr(event_chain, "_store", store_second)

    assert chain_events() == 0
    assert verify_chain().breach is None
    assert len(list_links()) == 1


@pytest.mark.parametrize(
    "change",
    [
        update(EventLink).values(head="0" * 64),
        delete(EventLink),
        update(AuditKey).values(public=b"0" * 32),
        delete(AuditKey),
    ],
)
def test_the_database_refuses_to_change_a_link_or_a_key(
    context: AppContext, change: object
) -> None:
    add_events(1)
    chain_events()

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(change)  # type: ignore[call-overload]


@pytest.mark.parametrize("wrong", [{"previous": "1" * 64}, {"first_id": 1}, {"number": 4}])
def test_the_database_refuses_a_link_that_does_not_follow_the_last(
    context: AppContext, wrong: dict[str, object]
) -> None:
    add_events(1)
    chain_events()
    [link] = list_links()
    row = {
        "number": 2,
        "first_id": link.last_id + 1,
        "last_id": link.last_id + 5,
        "events": 1,
        "previous": link.head,
        "head": "2" * 64,
        "marks": b"",
        "key_id": 1,
        "signature": b"",
        "made_at": BEGAN,
    }

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(insert(EventLink), row | wrong)
    with transaction() as session:
        session.execute(insert(EventLink), row)
