"""Letters that need a person: one refused, one that may have arrived, one that came back, one held.

By the steps that every letter takes; only what an office answers is invented.

- The letters of their campaign are paused until all of them are planned. What stands in the outbox
  under a letter's number makes the channel refuse it, as a full or mistaken folder would; it is
  taken away afterwards, so that sending it again works.
- A seat without a holder holds its letter. A start that was interrupted is resumed
  without the rest.
"""

import shutil
import time
from collections.abc import Callable, Mapping

from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.errors import OutcomeUnknown
from petition.core.extensions import db, get_settings, transaction
from petition.delivery.letter_facts import ReadyLetter
from petition.delivery.letter_kind import LetterKind
from petition.delivery.staff_decisions import retry
from petition.demo.invented_origins import invent_origins
from petition.demo.invented_people import invent_forms
from petition.dispatch.engine import send
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, Receipt
from petition.dispatch.pauses import list_pauses, pause, resume
from petition.incoming.applied_mail import apply_mail
from petition.mail.reports import read_report
from petition.models import (
    Campaign,
    Delivery,
    DeliveryState,
    District,
    Milestone,
    Office,
    Post,
    Signature,
)
from petition.models.states import SETTLED
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign

SLUG = "safe-crossings"
ACTOR = "cli"
REASON = "until all of the demonstration's people have signed"
STEP = 10  # as in safe-crossings.toml
# The ZIP code of each county, and its Census number.
COUNTIES = {"98101": "53033", "80202": "08031", "43215": "39049"}
REFUSED, UNANSWERED, RETURNED = COUNTIES
# In several counties: without a street its signer waits in review.
UNDECIDED = "10463"
# The letter to the seat of RETURNED that nobody holds.
SEAT = "vacant seat"
KEY = "vacant-seat"
DAYS = 4.0
# A report as a mail server sends it (RFC 3464): nobody has that mailbox.
RETURN = """\
From: mailer-daemon@county.example
Subject: Undelivered mail
Content-Type: multipart/report; report-type=delivery-status; boundary=part
MIME-Version: 1.0

--part
Content-Type: text/plain

The mailbox does not exist.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.county.example

Final-Recipient: rfc822; office@county.example
Action: failed
Status: 5.1.1
--part
Content-Type: text/rfc822-headers

Message-ID: {message_id}
--part--
"""
WAIT_SECONDS = 45.0
PAUSE_SECONDS = 0.1


class CutOff(LetterKind):
    """A letter that is handed over while the line breaks: nobody knows whether it arrived."""

    def send(self, claimed: Claim[ReadyLetter], handover: HandoverStep) -> Receipt:
        """Begin the hand-over, and get no answer."""
        handover.begin()
        raise OutcomeUnknown("timeout at answer")


def show_deliveries(tick: Callable[[], None]) -> None:
    """Have the campaign's people sign, and bring its letters to what staff decide about."""
    if _count_signers():
        _resume_own()
        return
    pause(SLUG, REASON, actor=ACTOR)
    _add_vacant_seat()
    _sign_all(tick)
    wanted = {*COUNTIES, SEAT}
    _wait(lambda: wanted <= _find_planned().keys(), tick)
    planned = _find_planned()
    blocked = [planned[name] for name in (REFUSED, UNANSWERED) if name in planned]
    for delivery_id in blocked:
        _block(delivery_id)
    resume(SLUG, actor=ACTOR)
    _wait(lambda: not _count_unsettled(), tick)
    for delivery_id in blocked:
        _unblock(delivery_id)
    if UNANSWERED in planned:
        _cut_off(planned[UNANSWERED])
    if RETURNED in planned:
        _return(planned[RETURNED])


def _resume_own() -> None:
    """Resume what an interrupted start has paused, and not what somebody else has."""
    own = [one for one in list_pauses(db.session()) if (one.campaign, one.reason) == (SLUG, REASON)]
    db.session.rollback()
    if own:
        resume(SLUG, actor=ACTOR)


def _sign_all(tick: Callable[[], None]) -> None:
    forms = list(invent_forms(STEP * len(COUNTIES) + 1, ["00000"], seed=14))
    places = [*(code for code in COUNTIES for _ in range(STEP)), UNDECIDED]
    origins = invent_origins(len(forms), 14, DAYS, utcnow())
    for form, place, origin in zip(forms, places, origins, strict=True):
        sign(SLUG, form | {"postal_code": place}, known_postal_code, origin=origin)
        tick()


def _add_vacant_seat() -> None:
    """Add a seat that nobody holds to a county, beside its governing body."""
    with transaction() as session:
        county = session.scalars(
            select(District).where(District.geoid == COUNTIES[RETURNED]).limit(1)
        ).one()
        if session.scalar(
            select(Post.id).where(Post.division_id == county.division_id, Post.key == KEY)
        ):
            return
        post = Post(
            division_id=county.division_id,
            key=KEY,
            title=f"County Executive, {county.name}",
            salutation="Dear",
            is_body=False,
            active=True,
        )
        session.add(post)
        session.flush()
        session.add(
            Office(
                post_id=post.id,
                classification="primary",
                email="executive@franklin-oh.county.example",
                address=["Office of the County Executive", f"{county.name}, {county.state}"],
            )
        )


def _find_planned() -> Mapping[str, int]:
    """Return the deliveries of the campaign by the ZIP code of their crowd, or SEAT."""
    rows = db.session.execute(
        select(Delivery.id, District.geoid, Post.key)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(District, District.id == Milestone.district_id)
        .join(Post, Post.id == Delivery.post_id)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(Campaign.slug == SLUG)
    ).all()
    db.session.rollback()
    names = {geoid: code for code, geoid in COUNTIES.items()}
    return {SEAT if row.key == KEY else names.get(row.geoid, ""): row.id for row in rows}


def _count_unsettled() -> int:
    query = (
        select(func.count())
        .select_from(Delivery)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(Campaign, Campaign.id == Milestone.campaign_id)
        .where(Campaign.slug == SLUG, Delivery.state.not_in([*SETTLED, DeliveryState.HELD]))
    )
    found = db.session.scalar(query) or 0
    db.session.rollback()
    return found


def _count_signers() -> int:
    query = select(func.count()).join(Campaign, Campaign.id == Signature.campaign_id)
    found = db.session.scalar(query.select_from(Signature).where(Campaign.slug == SLUG)) or 0
    db.session.rollback()
    return found


def _wait(is_done: Callable[[], bool], tick: Callable[[], None]) -> None:
    """Wait until it is done, for WAIT_SECONDS at most: a slow start goes on without."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_done() and time.monotonic() < deadline:
        tick()
        time.sleep(PAUSE_SECONDS)


def _block(delivery_id: int) -> None:
    folder = get_settings().outbox_dir / str(delivery_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "letter.pdf").write_bytes(b"another letter")


def _unblock(delivery_id: int) -> None:
    folder = get_settings().outbox_dir / str(delivery_id)
    letter = folder / "letter.pdf"
    if letter.is_file() and letter.read_bytes() == b"another letter":
        shutil.rmtree(folder)


def _cut_off(delivery_id: int) -> None:
    """Send a letter that was refused again, and lose the answer."""
    state = db.session.scalar(select(Delivery.state).where(Delivery.id == delivery_id))
    db.session.rollback()
    if state == DeliveryState.FAILED:
        retry(delivery_id, ACTOR, "the folder is free again")
        send(CutOff(), delivery_id)


def _return(delivery_id: int) -> None:
    """Have a letter that was handed over come back, as a bounce in the mailbox says it."""
    message_id = db.session.scalar(select(Delivery.message_id).where(Delivery.id == delivery_id))
    db.session.rollback()
    apply_mail(read_report(RETURN.format(message_id=message_id).encode()))
