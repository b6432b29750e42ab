"""From a consent to a receiver by the workers' own jobs and steps, and the e-mail to owners."""

import pytest
from flask import Flask
from flask.ctx import AppContext

from petition.core.extensions import db, get_settings
from petition.core.queues import Stage, get_queues
from petition.models import Campaign, ConsentOffer
from tests.accounts.world import send_mails
from tests.core.callbacks.receiver import Receiver, answer
from tests.factories import make_consent, make_signature
from tests.partners.webhooks.test_webhook_sending import add_owner
from tests.partners.webhooks.world import make_world, read_bodies, read_states, send_all
from workers import jobs, pipeline
from workers.reconcile import reconcile


@pytest.fixture
def as_worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Let jobs run in this process, without waiting for more work."""
    monkeypatch.setattr(jobs, "get_app", lambda: app)
    monkeypatch.setattr(jobs, "LINGER_SECONDS", 0)
    return app


def test_jobs_tell_a_receiver_and_the_reconciler_wakes_what_is_due(
    as_worker: Flask, context: AppContext
) -> None:
    with Receiver(answer(200)) as receiver:
        world = make_world()
        world.hook(receiver.url)
        session = db.session()
        campaign = session.get_one(Campaign, world.campaign_id)
        signature = make_signature(session, campaign)
        make_consent(session, signature.id, session.get_one(ConsentOffer, world.offer_id))
        session.commit()
        pipeline.consents_job()
        assert get_queues().count_standing(Stage.WEBHOOKS) == 1
        get_queues().redis.flushall()
        get_queues()._woken.clear()

        assert reconcile().webhooks == 1
        pipeline.webhooks_job()

    assert [body["data"]["number"] for body in read_bodies(receiver.received)] == [1]
    assert read_states() == ["accepted"]
    assert reconcile().webhooks == 0


def test_owners_get_an_e_mail_that_leads_to_what_was_switched_off(
    app: Flask, context: AppContext
) -> None:
    world = make_world()
    add_owner(world.group_id)
    with Receiver(answer(410)) as receiver:
        made = world.hook(receiver.url)
        world.give()
        send_all()

    (mail,) = send_mails(app)
    assert str(mail["Subject"]) == "A webhook of Riders was switched off"
    assert mail["To"] == "ada@riders.example"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"{get_settings().public_url}/partner/riders/webhooks/{made.id}" in text
