"""The e-mails about what waits: to whom asked for them, once a day or at once, and never twice."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from petition.accounts.mail_batches import send_account_mails
from petition.accounts.role_grants import grant_role, take_role
from petition.attention.attention_digests import (
    plan_alerts,
    plan_digests,
    switch_digest,
    watch_causes,
    watch_if_scheduler_is_late,
)
from petition.attention.attention_mails import PREPARERS
from petition.attention.stored_causes import refresh_causes
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Event, Heartbeat, RoleName
from tests.accounts.world import read_text, send_mails
from tests.web.account_world import find_user_id
from tests.web.staff_world import enter, get, make_staff, post
from tests.web.test_staff_attention import find_cause, make_review, stop_lane

NOW = timedelta(0)
NOON = utcnow().replace(hour=12, minute=30)
EARLY = NOON.replace(hour=11)


def subscribe(app: Flask, email: str, role: RoleName | None = None) -> int:
    make_staff(app, role, email)
    with app.app_context():
        user_id = find_user_id(email)
        assert switch_digest(user_id, True, actor=f"staff:{user_id}")
    return user_id


def send(app: Flask) -> list[EmailMessage]:
    with app.app_context():
        while send_account_mails(preparers=PREPARERS):
            pass
    return send_mails(app)


def test_the_days_e_mail_comes_from_the_chosen_hour_on_and_once(app: Flask) -> None:
    make_review(app, number=2)
    subscribe(app, "ada@staff.example")
    make_staff(app, RoleName.REVIEWER, "bea@staff.example")  # did not ask for it

    with time_machine.travel(EARLY), app.app_context():
        refresh_causes(NOW)
        assert plan_digests() == 0
    with time_machine.travel(NOON), app.app_context():
        assert (plan_digests(), plan_digests()) == (1, 0)
        (mail,) = send(app)
    with time_machine.travel(NOON + timedelta(days=1)), app.app_context():
        assert plan_digests() == 1

    assert mail["To"] == "ada@staff.example" and mail["Subject"] == "1 thing waits for a person"
    text = read_text(mail)
    assert "Signatures whose district is not certain (The square): 2 signatures, since" in text
    assert "/staff/attention" in text


def test_where_nothing_waits_there_is_none_and_nothing_that_ended_is_told(app: Flask) -> None:
    subscribe(app, "ada@staff.example")
    with time_machine.travel(NOON), app.app_context():
        assert watch_causes() == 0
    stop_lane(app)
    with time_machine.travel(NOON + timedelta(days=1)), app.app_context():
        refresh_causes(NOW)
        assert (plan_alerts(), plan_digests()) == (1, 1)
        from petition.delivery.requeue import resume_letters

        resume_letters("cli")
        refresh_causes(NOW)
        assert send(app) == []


def test_what_cannot_wait_is_told_at_once_and_each_cause_once(app: Flask) -> None:
    ada = subscribe(app, "ada@staff.example")
    with app.app_context():
        refresh_causes(NOW)
        assert plan_alerts() == 0
    stop_lane(app)
    with app.app_context():
        refresh_causes(NOW)
        assert (plan_alerts(), plan_alerts()) == (1, 0)
        (mail,) = send(app)
        refresh_causes(NOW)
        assert plan_alerts() == 0

    assert mail["Subject"] == "This cannot wait: Letters are paused"
    text = read_text(mail)
    assert "Letters are paused: the mail server refuses them: no letter waits yet" in text
    with app.app_context():
        actions = set(db.session.scalars(select(Event.action).where(Event.subject_id == ada)))
    assert "staff.digest_on" in actions


def test_who_may_not_see_a_cause_is_not_told_of_it(app: Flask) -> None:
    campaign_id, other_id = make_review(app), make_review(app, "oak")
    user_id = subscribe(app, "ada@staff.example", RoleName.REVIEWER)
    with app.app_context(), transaction() as session:
        grant_role(session, user_id, RoleName.REVIEWER, actor="test", campaign_id=other_id)
        take_role(session, user_id, RoleName.REVIEWER, actor="test")
    stop_lane(app)

    with time_machine.travel(NOON), app.app_context():
        refresh_causes(NOW)
        assert (plan_alerts(), plan_digests()) == (0, 1)
        (mail,) = send(app)

    assert "The oak" in read_text(mail) and "The square" not in read_text(mail)
    assert campaign_id != other_id


def test_a_deferred_cause_is_in_no_e_mail(app: Flask) -> None:
    make_review(app)
    cause = find_cause(app)
    browser, token = enter(app)
    subscribe(app, "ada@staff.example")
    path = f"/staff/attention/{cause.id}"
    post(browser, path, token, do="defer", hours="168", version=str(cause.version))

    with time_machine.travel(NOON + timedelta(days=1)), app.app_context():
        refresh_causes(NOW)
        assert plan_digests() == 0


def test_a_scheduler_that_does_not_run_is_told_by_the_stage_of_e_mails(app: Flask) -> None:
    subscribe(app, "ada@staff.example")
    with app.app_context():
        assert watch_if_scheduler_is_late() == 0  # it has never run
        with transaction() as session:
            session.add(Heartbeat(name="reconciler", at=utcnow(), detail={}))
        assert watch_if_scheduler_is_late() == 0
        with transaction() as session:
            beat = session.get_one(Heartbeat, "reconciler")
            beat.at = utcnow() - timedelta(minutes=10)
        assert watch_if_scheduler_is_late() >= 1
        mails = send(app)

    assert "The scheduler does not run" in read_text(mails[0])


def test_one_switches_it_on_and_off_at_the_own_account(app: Flask) -> None:
    browser, token = enter(app, RoleName.READER)

    assert "You get none." in get(browser, "/staff/account").text
    assert post(browser, "/staff/account/digest", token, on="1").status_code == 303
    assert "You get an e-mail once a day" in get(browser, "/staff/account").text
    assert post(browser, "/staff/account/digest", token, on="odd").status_code == 303
    assert "You get none." in get(browser, "/staff/account").text
    assert post(browser, "/staff/account/digest", None, on="1").status_code == 400


@pytest.mark.parametrize("hour", ["24", "-1", "x"])
def test_an_hour_that_is_none_is_refused(make_app: Callable[..., Flask], hour: str) -> None:
    from petition.core.errors import ConfigurationError

    with pytest.raises(ConfigurationError):
        make_app(PETITION_DIGEST_HOUR=hour)
