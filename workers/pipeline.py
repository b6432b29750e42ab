"""The whole service on one page: what happens to a signature, stage by stage.

    sign -> (confirm) -> locate -> count -> look at the hundred -> render -> deliver -> log

Each job is a few lines around one stage call. A job has ids and no data, re-reads the state, and
may run twice, late or never: the database records what is due, ``workers.reconcile`` finds what no
job has done, and every stage claims its work with a conditional UPDATE. The stages do not import
each other; they are connected here only.
"""

import secrets

from petition.accounts.mail_batches import send_account_mails
from petition.attention.attention_digests import watch_if_scheduler_is_late
from petition.attention.attention_mails import PREPARERS
from petition.bulk.uploads.upload_run import run_uploads
from petition.core.errors import LetterStale
from petition.core.queues import Stage, wake
from petition.counting.brake import look_at
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.counting.recalls import recall_batch
from petition.delivery.send import deliver
from petition.dispatch.engine import send_due
from petition.error_messages.description import describe_row
from petition.letters.make import make_letters
from petition.letters.store import open_letters
from petition.locating.locate import BATCH as LOCATE_BATCH
from petition.locating.locate import locate_batch
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.partners.consents.consent_places import place_consents
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_requests import prepare_exports
from petition.partners.relay.sending import finish_messages
from petition.partners.webhooks.planning import is_planning_due, plan_deliveries
from petition.partners.webhooks.webhook_kind import WEBHOOKS
from workers import outgoing
from workers.jobs import find_campaign, job, repeat_once
from workers.turns import Turn

# A delivery is put off where the store of letters is away for longer: mails wait behind it.
PATIENCE_SECONDS = 2.0
_random = secrets.SystemRandom()


@job(Stage.MAIL)
def mail_job() -> None:
    """Send the due mails to signers and accounts; signing never waits for a mail server."""
    turn = Turn()
    watch_if_scheduler_is_late()
    for _ in repeat_once():
        # Batches of confirmations and of other mails alternate, so that neither delays the other.
        while mail_batch() + send_batch() + send_account_mails(preparers=PREPARERS):
            if turn.is_over:
                wake(Stage.MAIL)
                return


@job(Stage.LOCATE)
def locate_job() -> None:
    """Find the districts of confirmed signers, batch by batch, and wake counting."""
    turn = Turn()
    for _ in repeat_once():
        claimed = LOCATE_BATCH
        # Then those whose district is no longer in force, until none is left.
        while claimed == LOCATE_BATCH or recall_batch():
            result = locate_batch()
            claimed = result.claimed
            for campaign_id in result.campaign_ids:
                wake(Stage.COUNT, campaign_id)
            place_consents()
            if claimed and turn.is_over:
                wake(Stage.LOCATE)
                return


@job(Stage.COUNT)
def count_job(campaign_id: int) -> None:
    """Remove signatures that ended, count new ones, and wake rendering of each hundred reached.

    - Goes on until it finds none: a job that another one's batch refused has left its own to it.
    """
    turn, found = Turn(), True
    while found:
        left, joined = take_out_batch(campaign_id), count_batch(campaign_id)
        for milestone_id in (*left.milestones, *joined.milestones):
            wake(Stage.RENDER, milestone_id)
        found = bool(joined.signatures or left.signatures)
        if found and turn.is_over:
            wake(Stage.COUNT, campaign_id)
            return


@job(Stage.RENDER)
def render_job(milestone_id: int) -> None:
    """Check a milestone, then render its letters, one for each post, and wake their delivery."""
    turn = Turn()
    for cleared in look_at(milestone_id):
        if cleared != milestone_id:
            wake(Stage.RENDER, cleared)
    store = open_letters()
    try:
        while deliveries := make_letters(milestone_id, store):
            for delivery_id in deliveries:
                wake(Stage.DELIVER, delivery_id)
            if turn.is_over:
                wake(Stage.RENDER, milestone_id)
                return
    except LetterStale:
        # A signature has ended: counting must remove it before the letter can be rendered.
        wake(Stage.COUNT, find_campaign(milestone_id))


@job(Stage.DELIVER)
def deliver_job(delivery_id: int) -> None:
    """Send one letter to one post, once."""
    deliver(delivery_id, open_letters(PATIENCE_SECONDS).read)


@job(Stage.DISPATCH)
def dispatch_job() -> None:
    """Send what else is due to go out, kind by kind, each row once."""
    turn = Turn()
    kinds = [kind for kind in outgoing.KINDS if kind.stage is Stage.DISPATCH]
    for _ in repeat_once():
        # In any order: a kind with a backlog must not use up each turn before another's.
        for kind in _random.sample(kinds, len(kinds)):
            while not turn.is_over and send_due(kind, is_over=lambda: turn.is_over):
                pass
        finish_messages()
        if turn.is_over:
            wake(Stage.DISPATCH)
            return


@job(Stage.CONSENTS)
def consents_job() -> None:
    """Number the changes of consents, fill the places of new ones, and prepare exports of them."""
    turn = Turn()
    for _ in repeat_once():
        while place_consents() + number_changes() + prepare_exports():
            if turn.is_over:
                wake(Stage.CONSENTS)
                return
    if is_planning_due():
        wake(Stage.WEBHOOKS)


@job(Stage.IMPORT)
def import_job() -> None:
    """Import the lists that organizations uploaded, and erase the people of those taken back."""
    turn = Turn()
    for _ in repeat_once():
        while run_uploads(describe_row, lambda: turn.is_over):
            if turn.is_over:
                wake(Stage.IMPORT)
                return


@job(Stage.WEBHOOKS)
def webhooks_job() -> None:
    """Make deliveries of numbered changes, and send those that endpoints may get now."""
    turn = Turn()
    for _ in repeat_once():
        while plan_deliveries() + send_due(WEBHOOKS, is_over=lambda: turn.is_over):
            if turn.is_over:
                wake(Stage.WEBHOOKS)
                return
