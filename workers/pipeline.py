"""The whole service on one page: what happens to a signature, stage by stage.

    sign -> (confirm) -> locate -> count -> look at the hundred -> render -> deliver -> log

Each job is a few lines around one stage call. A job carries ids and no data, re-reads the state,
and may run twice, late or never: the database says what is due, ``workers.reconcile`` finds what
no job has done, and every stage claims its work with a conditional UPDATE. The stages know nothing
of each other; they are strung together here and nowhere else.
"""

from petition.counting.brake import look_at
from petition.counting.leaving import take_out_batch
from petition.counting.ledger import count_batch
from petition.counting.recalling import recall_batch
from petition.delivery.send import deliver
from petition.errors import LetterStale
from petition.extensions import get_settings
from petition.geography.locate import BATCH as LOCATE_BATCH
from petition.geography.locate import locate_batch
from petition.letters.make import make_letters
from petition.letters.store import LetterStore
from petition.queues import Stage, wake
from petition.signing.mails.invite import mail_batch
from petition.signing.mails.sending import send_batch
from workers.jobs import find_campaign, job, linger


@job(Stage.MAIL)
def mail_job() -> None:
    """Mail what signers are to be told; signing itself never waits for a mail server."""
    for _ in linger():
        # First the confirmations, since somebody waits for each.
        while mail_batch() or send_batch():
            pass


@job(Stage.LOCATE)
def locate_job() -> None:
    """Find the districts of confirmed signers, batch by batch, and wake the counting."""
    for _ in linger():
        claimed = LOCATE_BATCH
        # Then those whose district went out of force, until nobody is left behind.
        while claimed == LOCATE_BATCH or recall_batch():
            result = locate_batch()
            claimed = result.claimed
            for campaign_id in result.campaign_ids:
                wake(Stage.COUNT, campaign_id)


@job(Stage.COUNT)
def count_job(campaign_id: int) -> None:
    """Take out who left, count who joined, and wake the letter of each hundred that this raises."""
    full = True
    while full:
        left, joined = take_out_batch(campaign_id), count_batch(campaign_id)
        for milestone_id in (*left.milestones, *joined.milestones):
            wake(Stage.RENDER, milestone_id)
        full = joined.full or left.full


@job(Stage.RENDER)
def render_job(milestone_id: int) -> None:
    """Look at a milestone, then render its letters, one for each post, and wake their delivery."""
    for cleared in look_at(milestone_id):
        if cleared != milestone_id:
            wake(Stage.RENDER, cleared)
    try:
        deliveries = make_letters(milestone_id, LetterStore(get_settings().letters_dir))
    except LetterStale:
        # Someone left: the counting must take them out before the letter can be right again.
        deliveries = []
        wake(Stage.COUNT, find_campaign(milestone_id))
    for delivery_id in deliveries:
        wake(Stage.DELIVER, delivery_id)


@job(Stage.DELIVER)
def deliver_job(delivery_id: int) -> None:
    """Send one letter to one post, once."""
    store = LetterStore(get_settings().letters_dir)
    deliver(delivery_id, store.read)
