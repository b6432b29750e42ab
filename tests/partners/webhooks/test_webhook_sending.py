"""Events to a real receiver: each once by its id, whatever the receiver does meanwhile."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from standardwebhooks.webhooks import Webhook

from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import (
    AccountMail,
    Campaign,
    Organization,
    RoleGrant,
    User,
    WebhookAttempt,
    WebhookDelivery,
)
from petition.partners.consents.numbering import number_changes
from petition.partners.webhooks.endpoint_keys import rotate_key
from petition.partners.webhooks.endpoints import (
    disable_endpoint,
    enable_endpoint,
    remove_endpoint,
)
from petition.partners.webhooks.planning import plan_deliveries
from petition.partners.webhooks.replays import (
    MOST_TESTS,
    replay_delivery,
    replay_since,
    send_test_event,
)
from petition.partners.webhooks.webhook_kind import WAITS, WEBHOOKS
from petition.partners.webhooks.webhook_log import (
    find_delivery,
    forget_deliveries,
    list_deliveries,
)
from petition.retention.legal_holds import hold_campaign, release_campaign
from tests.core.callbacks.receiver import (
    PRIVATE,
    Behavior,
    Receiver,
    answer,
    drip,
    hang,
    resolve,
)
from tests.partners.webhooks.world import (
    make_all_due,
    make_world,
    read_bodies,
    read_endpoint,
    read_rows,
    read_states,
    send_all,
    set_endpoint,
    tell,
)

ACTOR = "partner:1"
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def test_each_change_arrives_once_signed_and_by_its_number_alone(context: AppContext) -> None:
    world = make_world()
    with Receiver(answer(204)) as receiver:
        made = world.hook(receiver.url)
        world.give(2)
        world.withdraw(0)
        tell()

        send_all()
        send_all()

    assert read_states() == ["accepted"] * 3
    bodies = read_bodies(receiver.received)
    assert [body["data"] for body in bodies] == [{"number": number} for number in (1, 2, 3)]
    assert [body["type"] for body in bodies] == [
        "consent.given",
        "consent.given",
        "consent.withdrawn",
    ]
    assert all(set(body) == {"type", "timestamp", "data"} for body in bodies)
    for received in receiver.received:
        Webhook(made.key).verify(received.body, dict(received.headers))
    assert len({received.headers["webhook-id"] for received in receiver.received}) == 3


def test_an_endpoint_is_told_of_what_it_asked_for_from_then_on(context: AppContext) -> None:
    world = make_world()
    with Receiver(answer(200)) as receiver, Receiver(answer(200)) as other:
        world.give()
        world.hook(receiver.url, ("consent.withdrawn",))
        world.hook(other.url)
        world.give()
        world.withdraw(0)
        send_all()

    assert [body["data"]["number"] for body in read_bodies(receiver.received)] == [3]
    assert [body["data"]["number"] for body in read_bodies(other.received)] == [2, 3]
    names = [received.headers["webhook-id"] for received in receiver.received]
    assert names[0] in [received.headers["webhook-id"] for received in other.received]


def test_another_organization_hears_nothing(context: AppContext) -> None:
    world, other = make_world(), make_world("walkers")
    with Receiver(answer(200)) as receiver:
        other.hook(receiver.url)
        world.give(2)
        assert send_all() == 0


@pytest.mark.parametrize(
    ("behave", "code"),
    [
        (answer(500), "500"),
        (answer(429, "Retry-After: 3600"), "429"),
        (hang, "no answer in time"),
        (drip, "no answer in time"),
        (answer(302, f"Location: http://{PRIVATE}:80/"), "302"),
        (lambda spoken: None, "RemoteDisconnected"),
    ],
    ids=["fails", "asks to wait", "hangs", "byte by byte", "redirects", "hangs up"],
)
def test_a_receiver_that_fails_and_comes_back_gets_each_event_by_its_id(
    behave: Behavior, code: str, context: AppContext
) -> None:
    world = make_world()
    with Receiver(answer(200), host=PRIVATE) as hidden, Receiver(behave) as receiver:
        made = world.hook(receiver.url)
        world.give(2)
        send_all()
        assert sorted(read_states()) == ["queued", "retry_wait"]
        first = receiver.received[0].headers["webhook-id"]
        assert [line.code for line in list_deliveries(world.group_id, made.id) if line.code] == [
            code
        ]
        receiver.behave = answer(200)
        receiver.received.clear()
        make_all_due()
        send_all()

    assert read_states() == ["accepted"] * 2
    names = [received.headers["webhook-id"] for received in receiver.received]
    assert first in names
    assert len(set(names)) == len(names) == 2
    assert hidden.connections == 0
    assert read_endpoint(made.id).failures == 0


def test_dns_that_changes_never_leads_to_a_private_address(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    with Receiver(answer(200), host=PRIVATE) as hidden, Receiver(answer(200)) as receiver:
        made = world.hook(f"http://hooks.example:{receiver.port}/in")
        set_endpoint(made.id, url=f"http://hooks.example:{hidden.port}/in")
        world.give()
        asked = resolve(monkeypatch, [PRIVATE], ["127.0.0.1"])
        send_all()
        assert read_states() == ["retry_wait"]
        make_all_due()
        resolve(monkeypatch, ["127.0.0.1"], [PRIVATE])
        send_all()
        assert (asked, hidden.connections) == (["hooks.example"], 0)

        monkeypatch.undo()
        set_endpoint(made.id, url=receiver.url)
        make_all_due()
        send_all()

    assert read_states() == ["accepted"]
    assert (hidden.connections, len(receiver.received)) == (0, 1)


def test_waits_are_those_of_the_standard_and_then_it_is_given_up(context: AppContext) -> None:
    world = make_world()
    waits = []
    with Receiver(answer(500)) as receiver:
        world.hook(receiver.url)
        world.give()
        for _ in range(len(WAITS)):
            make_all_due()
            began = utcnow()
            send_all()
            (row,) = read_rows()
            assert row.due_at is not None
            waits.append(row.due_at - began)
        make_all_due()
        send_all()

    assert read_states() == ["failed"]
    assert len(receiver.received) == 10
    assert len({received.headers["webhook-id"] for received in receiver.received}) == 1
    for wait, standard in zip(waits, WAITS, strict=True):
        assert standard <= wait <= standard * 1.1 + timedelta(seconds=5)
    assert sum(WAITS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


def test_an_endpoint_that_is_gone_is_switched_off_and_its_owners_are_told(
    context: AppContext,
) -> None:
    world = make_world()
    add_owner(world.group_id)
    with Receiver(answer(410)) as receiver:
        made = world.hook(receiver.url)
        world.give(2)
        send_all()
        world.give()
        make_all_due()
        assert send_all() == 0

        assert read_endpoint(made.id).disabled_why == "gone"
        assert len(receiver.received) == 1
        mails = db.session.execute(select(AccountMail.kind, AccountMail.endpoint_id)).all()
        assert [tuple(mail) for mail in mails] == [("webhook", made.id)]

        receiver.behave = answer(200)
        enable_endpoint(world.group_id, made.id, actor=ACTOR)
        tell()
        send_all()

    assert sorted(read_states()) == ["accepted", "accepted", "failed"]


def add_owner(group_id: int) -> None:
    with transaction() as session:
        user = User(email="ada@riders.example", fs_uniquifier="a" * 32, active=True)
        session.add(user)
        session.flush()
        session.add(
            RoleGrant(
                user_id=user.id,
                role="owner",
                organization_id=group_id,
                granted_at=utcnow(),
                granted_by="test",
            )
        )


def test_one_that_fails_for_days_is_switched_off_and_one_failure_is_not_enough(
    context: AppContext,
) -> None:
    world = make_world()
    with Receiver(answer(500)) as receiver:
        made = world.hook(receiver.url)
        world.give()
        long_ago = utcnow() - timedelta(days=5)
        set_endpoint(made.id, failures=8, failing_since=long_ago)
        send_all()
        assert read_endpoint(made.id).disabled_at is None
        make_all_due()
        send_all()

    assert read_endpoint(made.id).disabled_why == "failing"
    assert len(receiver.received) == 2


def test_endpoints_that_hang_delay_no_other(context: AppContext) -> None:
    world, other = make_world(), make_world("walkers")
    with Receiver(hang) as slow, Receiver(answer(200)) as quick:
        for place in range(3):
            world.hook(f"{slow.url}/{place}")
        world.give(30)
        other.hook(quick.url)
        other.give(30)
        began = time.monotonic()

        send_all()

        assert len(quick.received) == 30
        assert slow.connections == 3
        assert time.monotonic() - began < 20


def test_a_suspended_organization_gets_nothing_until_it_is_resumed(context: AppContext) -> None:
    world = make_world()
    with Receiver(answer(200)) as receiver:
        world.hook(receiver.url)
        world.give()
        _set_state(world.group_id, "suspended")
        world.give()
        assert send_all() == 0
        assert read_states() == ["queued"]
        assert WEBHOOKS.find_due() == []

        _set_state(world.group_id, "approved")
        tell()
        send_all()

    assert read_states() == ["accepted", "accepted"]


def _set_state(group_id: int, state: str) -> None:
    with transaction() as session:
        session.execute(update(Organization).where(Organization.id == group_id).values(state=state))


def test_a_removed_or_disabled_endpoint_gets_nothing(context: AppContext) -> None:
    world = make_world()
    with Receiver(answer(200)) as receiver, Receiver(answer(200)) as other:
        removed, disabled = world.hook(receiver.url), world.hook(other.url)
        world.give()
        remove_endpoint(world.group_id, removed.id, actor=ACTOR)
        disable_endpoint(world.group_id, disabled.id, actor=ACTOR)
        world.give()

        assert send_all() == 0
        assert read_states(removed.id) == ["cancelled"]
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(
                text("UPDATE webhook_deliveries SET state = 'queued' WHERE endpoint_id = :id"),
                {"id": removed.id},
            )
        enable_endpoint(world.group_id, disabled.id, actor=ACTOR)
        tell()
        send_all()

    assert (receiver.connections, len(other.received)) == (0, 2)


def test_while_a_secret_rotates_the_old_one_and_the_new_one_verify(context: AppContext) -> None:
    world = make_world()
    with Receiver(answer(200)) as receiver:
        made = world.hook(receiver.url)
        new = rotate_key(world.group_id, made.id, actor=ACTOR)
        world.give()
        send_all()

    (received,) = receiver.received
    for key in (made.key, new):
        Webhook(key).verify(received.body, dict(received.headers))


def test_a_test_is_tried_once_and_shows_its_result_also_while_disabled(
    context: AppContext,
) -> None:
    world = make_world()
    with Receiver(answer(500)) as receiver:
        made = world.hook(receiver.url)
        disable_endpoint(world.group_id, made.id, actor=ACTOR)
        failed = send_test_event(world.group_id, made.id, actor=ACTOR)
        send_all()
        receiver.behave = answer(200)
        sent = send_test_event(world.group_id, made.id, actor=ACTOR)
        send_all()

    assert (find_delivery(world.group_id, failed).state, read_endpoint(made.id).failures) == (
        "failed",
        0,
    )
    found = find_delivery(world.group_id, sent)
    assert (found.state, found.code, found.number) == ("accepted", "200", None)
    assert read_bodies(receiver.received)[0]["type"] == "webhook.test"
    enable_endpoint(world.group_id, made.id, actor=ACTOR)
    with pytest.raises(UserError):
        replay_delivery(world.group_id, sent, actor=ACTOR)
    remove_endpoint(world.group_id, made.id, actor=ACTOR)
    again = world.hook("https://hooks.example/in")
    with pytest.raises(UserError):
        for _ in range(MOST_TESTS - 1):
            send_test_event(world.group_id, again.id, actor=ACTOR)


def test_what_was_sent_is_sent_again_under_its_id(context: AppContext) -> None:
    world, other = make_world(), make_world("walkers")
    with Receiver(answer(200)) as receiver:
        made = world.hook(receiver.url)
        world.give(2)
        (first, second) = read_rows()
        with pytest.raises(UserError):
            replay_delivery(world.group_id, first.id, actor=ACTOR)
        send_all()
        with pytest.raises(NotFound):
            replay_delivery(other.group_id, first.id, actor=ACTOR)

        replay_delivery(world.group_id, first.id, actor=ACTOR)
        send_all()
        assert replay_since(world.group_id, made.id, EPOCH, actor=ACTOR) == 0
        assert replay_since(world.group_id, made.id, EPOCH, only_failed=False, actor=ACTOR) == 2
        assert replay_since(world.group_id, made.id, EPOCH, only_failed=False, actor=ACTOR) == 0
        send_all()

    names = [received.headers["webhook-id"] for received in receiver.received]
    assert sorted(names) == sorted([first.name] * 3 + [second.name] * 2)
    assert read_states() == ["accepted"] * 2


def test_the_database_holds_one_delivery_for_an_endpoint_and_a_change(context: AppContext) -> None:
    world = make_world()
    world.hook("https://hooks.example/in")
    world.give()
    (row,) = read_rows()

    for number, name in ((1, "evt_other"), (2, row.name)):
        with pytest.raises(IntegrityError), transaction() as session:
            session.add(
                WebhookDelivery(
                    endpoint_id=row.endpoint_id,
                    kind="consent.given",
                    number=number,
                    name=name,
                    at=utcnow(),
                    created_at=utcnow(),
                    state="queued",
                )
            )
    for change in ("number = 7", "name = 'evt_other'", "kind = 'consent.erased'"):
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(f"UPDATE webhook_deliveries SET {change}"))  # noqa: S608


def test_an_endpoint_that_lags_leaves_the_rest_in_the_stream(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petition.partners.webhooks.planning.MOST_WAITING", 3)
    monkeypatch.setattr("petition.partners.webhooks.planning.BATCH", 2)
    world = make_world()
    with Receiver(answer(200)) as receiver:
        world.hook(receiver.url)
        world.give(9)
        assert len(read_rows()) == 4
        while send_all() or plan_deliveries():
            pass

    assert [body["data"]["number"] for body in read_bodies(receiver.received)] == [*range(1, 10)]


def test_deliveries_are_forgotten_after_a_month_and_none_is_made_anew(
    context: AppContext, make_later: Callable[[timedelta], None]
) -> None:
    world = make_world()
    with Receiver(answer(200)) as receiver:
        made = world.hook(receiver.url)
        world.give(2)
        send_all()
        assert forget_deliveries() == 0
        disable_endpoint(world.group_id, made.id, actor=ACTOR)
        with transaction() as session:
            accepted = WebhookDelivery.id == read_rows()[0].id
            session.execute(update(WebhookDelivery).where(accepted).values(state="queued"))
            session.execute(update(WebhookDelivery).where(accepted).values(settled_at=None))
        make_later(timedelta(days=31))
        slug = db.session.scalars(select(Campaign.slug).limit(1)).one()
        hold_campaign(slug, "a lawsuit", actor="cli")
        assert forget_deliveries() == 0
        release_campaign(slug, actor="cli")
        assert (forget_deliveries(), forget_deliveries()) == (1, 0)
        number_changes()
        tell()
        assert read_states() == ["queued"]
        remove_endpoint(world.group_id, made.id, actor=ACTOR)
        assert forget_deliveries() == 1

    assert read_rows() == []
    assert db.session.scalars(select(WebhookAttempt.number)).all() == []
