"""Messages to people: who gets them, once, and what stops them in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.errors import NotFound
from petition.core.extensions import db, get_settings, transaction
from petition.dispatch.engine import send
from petition.models import (
    Campaign,
    Consent,
    ConsentOffer,
    RelayMessage,
    RelaySend,
    RoleGrant,
    Signature,
)
from petition.notifications.relayed.relay_kind import RELAY
from petition.partners.consents.accesses import list_accesses, list_taken
from petition.partners.relay.audience import Audience, count_people
from petition.partners.relay.drafts import RelayRefused, find_message
from petition.partners.relay.relay_problems import RelayProblem
from petition.partners.relay.sending import (
    finish_messages,
    pause_message,
    resume_message,
    send_test,
    start_sending,
    stop_message,
)
from petition.signers.leave_group import leave_group
from petition.signing.group_links import make_group_token
from tests.factories import make_campaign, make_consent, make_offer, make_person, make_signature
from tests.partners.relay.world import (
    World,
    make_all_due,
    make_world,
    read_mails,
    read_message,
    read_states,
    send_all,
)


def count(world: World) -> int:
    found = count_people(db.session(), Audience(world.group_id, "contact"))
    db.session.rollback()
    return found


def test_each_who_allowed_it_gets_it_once_and_it_is_done(context: AppContext) -> None:
    world = make_world()
    assert count(world) == 3
    message_id = world.start()
    with pytest.raises(RelayRefused):
        start_sending(world.group_id, world.users[0], message_id)

    assert send_all() == 3
    assert send_all() == 0
    assert finish_messages() == 1

    assert read_states(message_id) == ["accepted"] * 3
    message = read_message(message_id)
    assert (message.state, message.people) == ("done", 3)
    assert message.ended_at is not None
    assert len({str(mail["To"]) for mail in read_mails()}) == len(read_mails()) == 3


def test_its_signers_and_its_organization_read_that_it_wrote(context: AppContext) -> None:
    world = make_world(people=2)
    message_id = world.start(campaign=str(world.campaign_id))

    (line,) = list_accesses(world.group_id, 10)
    assert (line.kind, line.people, line.actor) == ("relay", 2, f"partner:{world.users[0]}")
    assert line.filters == {"message": message_id, "campaign": world.campaign_id}
    assert [taken.kind for taken in list_taken(world.signatures[0])] == ["relay"]


@pytest.mark.parametrize(
    "changes",
    [
        {"unsubscribed_at": utcnow()},
        {"unreachable_at": utcnow()},
        {"proved_at": None},
        {"state": "withdrawn", "ended_at": utcnow(), "due_at": None},
    ],
    ids=["unsubscribed", "unreachable", "not proved", "withdrawn"],
)
def test_who_may_not_be_written_to_is_not_chosen(
    changes: dict[str, object], context: AppContext
) -> None:
    world = make_world(people=1)
    world.add_person(**changes)

    assert count(world) == 1


def test_whoever_stops_it_by_one_click_in_flight_gets_nothing(context: AppContext) -> None:
    world = make_world()
    message_id = world.start()
    leave_group(make_group_token(world.signatures[1], world.group_id))

    send_all()
    finish_messages()

    assert read_states(message_id) == ["accepted", "cancelled", "accepted"]
    assert read_message(message_id).state == "done"
    assert len(read_mails()) == 2
    assert count(world) == 0  # the others were just written to


def test_whoever_bounces_in_flight_gets_nothing(context: AppContext) -> None:
    world = make_world(people=1)
    message_id = world.start()
    with transaction() as session:
        session.execute(update(Signature).values(unreachable_at=utcnow()))

    send_all()

    assert read_states(message_id) == ["cancelled"]
    assert read_mails() == []


def test_the_database_refuses_a_sending_without_a_consent_in_force(context: AppContext) -> None:
    world = make_world(people=1)
    message_id = world.start()
    with transaction() as session:
        session.execute(update(Consent).values(withdrawn_at=utcnow()))

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(RelaySend).values(state="sending"))
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            RelaySend(
                message_id=message_id,
                consent_id=world.consents[0],
                state="queued",
                created_at=utcnow(),
            )
        )
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(RelayMessage).values(body="Other words."))
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text("UPDATE relay_messages SET state = 'draft'"))


def test_a_paused_message_writes_to_nobody_until_it_goes_on(context: AppContext) -> None:
    world = make_world()
    message_id = world.start()
    first = RELAY.find_due(1)
    db.session.rollback()

    send(RELAY, first[0])
    pause_message(world.group_id, message_id, "test")
    pause_message(world.group_id, message_id, "test")

    assert send_all() == 0
    (second, _) = [row for row in _list_ids(message_id) if row != first[0]]
    assert send(RELAY, second) is None  # also one that a worker had already found
    assert finish_messages() == 0
    resume_message(world.group_id, world.users[1], message_id)
    assert send_all() == 2
    assert read_states(message_id) == ["accepted"] * 3
    assert [str(mail["Reply-To"]) for mail in read_mails()].count("Riders <b@riders.example>") == 2


def _list_ids(message_id: int) -> list[int]:
    rows = select(RelaySend.id).where(RelaySend.message_id == message_id)
    found = list(db.session.scalars(rows.order_by(RelaySend.id)))
    db.session.rollback()
    return found


def test_a_stopped_message_never_goes_on(context: AppContext) -> None:
    world = make_world()
    message_id = world.start()
    assert stop_message(world.group_id, message_id, "test") == 3
    assert stop_message(world.group_id, message_id, "test") == 0

    with pytest.raises(RelayRefused):
        resume_message(world.group_id, world.users[0], message_id)
    assert send_all() == 0
    assert read_mails() == []
    assert read_message(message_id).state == "stopped"


def test_a_sender_who_left_pauses_it(context: AppContext) -> None:
    world = make_world(people=2)
    message_id = world.start()
    with transaction() as session:
        session.execute(delete(RoleGrant).where(RoleGrant.user_id == world.users[0]))

    send_all()

    assert read_message(message_id).state == "paused"
    assert read_states(message_id) == ["queued", "queued"]
    assert read_mails() == []
    resume_message(world.group_id, world.users[1], message_id)
    make_all_due()
    send_all()
    assert len(read_mails()) == 2


def test_nobody_is_written_to_again_within_the_days_between(context: AppContext) -> None:
    world = make_world(people=2)
    world.start()
    send_all()
    assert count(world) == 0
    with pytest.raises(RelayRefused) as refused:
        world.start()
    assert refused.value.problem.code is RelayProblem.NOBODY

    with transaction() as session:
        days = get_settings().relay.days_between
        past = utcnow() - timedelta(days=days, minutes=1)
        session.execute(update(RelaySend).values(settled_at=past))
    assert count(world) == 2


def test_a_message_that_was_stopped_counts_for_nobody_who_did_not_get_it(
    context: AppContext,
) -> None:
    world = make_world(people=2)
    stop_message(world.group_id, world.start(), "test")

    assert count(world) == 2


def test_one_mailbox_gets_one_and_its_click_is_meant_for_the_organization(
    context: AppContext,
) -> None:
    world = make_world(people=1)
    person = make_person(email="twice@people.example")
    first = world.add_person(person=person)
    with transaction() as session:
        other = make_campaign(session)
        again = make_signature(session, other, person=person)
        make_consent(session, again.id, make_offer(session, other))
    assert count(world) == 2

    leave_group(make_group_token(first, world.group_id))
    assert count(world) == 1


def test_filters_are_the_campaign_and_since_when(context: AppContext) -> None:
    world = make_world(people=2)
    with transaction() as session:
        other = make_campaign(session)
        signature = make_signature(session, other)
        offer = session.get_one(ConsentOffer, make_offer(session, other).id)
        old = utcnow() - timedelta(days=40)
        make_consent(session, signature.id, offer, given_at=old)
        other_id = session.get_one(Campaign, other.id).id
    assert count(world) == 3

    def narrow(**filters: object) -> int:
        audience = Audience(world.group_id, "contact", **filters)  # type: ignore[arg-type]
        return count_people(db.session(), audience)

    assert narrow(campaign_id=other_id) == 1
    assert narrow(since=utcnow() - timedelta(days=30)) == 2
    assert narrow(campaign_id=other_id, since=utcnow() - timedelta(days=30)) == 0


def test_an_organization_begins_so_many_a_day(context: AppContext) -> None:
    world = make_world(people=1)
    for _ in range(get_settings().relay.messages_a_day):
        stop_message(world.group_id, world.start(), "test")

    with pytest.raises(RelayRefused) as refused:
        world.start()
    assert refused.value.problem.code is RelayProblem.TOO_MANY_TODAY


def test_two_authors_who_press_send_at_once_write_to_each_once(app: Flask) -> None:
    with app.app_context():
        world = make_world(people=4)
        ids = [world.draft(), world.draft()]
        db.session.remove()
    start = Barrier(4)

    def press(number: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                start_sending(world.group_id, world.users[number % 2], ids[number // 2])
            except RelayRefused:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(4) as pool:
        pressed = list(pool.map(press, range(4)))

    with app.app_context():
        assert sum(pressed) == 1
        assert len(db.session.scalars(select(RelaySend.id)).all()) == 4
        assert [line.people for line in list_accesses(world.group_id, 10)] == [4]


def test_another_organizations_message_is_not_there(context: AppContext) -> None:
    world = make_world(people=1)
    other = make_world(people=1, slug="walkers")
    message_id = world.draft()

    for attempt in (
        lambda: find_message(db.session(), other.group_id, message_id),
        lambda: start_sending(other.group_id, other.users[0], message_id),
        lambda: stop_message(other.group_id, message_id, "test"),
        lambda: send_test(other.group_id, other.users[0], message_id),
    ):
        with pytest.raises(NotFound):
            attempt()
    other.start()
    send_all()
    assert [str(mail["From"].addresses[0].display_name) for mail in read_mails()] == [
        "Walkers via Hundredth"
    ]


def test_a_test_goes_to_the_author_only_and_takes_nobodys_data(context: AppContext) -> None:
    world = make_world()
    message_id = world.draft(body="Dear {first_name}, come along.")
    send_test(world.group_id, world.users[1], message_id)

    send_all()

    (mail,) = read_mails()
    assert str(mail["To"]) == "b@riders.example"
    assert "List-Unsubscribe" not in mail
    assert "This is a test" in mail.get_body(("plain",)).get_content()
    assert list_accesses(world.group_id, 10) == []
    assert read_message(message_id).state == "draft"
