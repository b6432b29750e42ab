"""Confirm: answers become a signature when the mailbox's owner confirms them.

``look`` only reads; ``confirm`` writes. If the mailbox has signed already, its owner chooses
whether these answers replace the earlier ones, or are of a second person who shares it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from petition.campaigns.closing_time import refuse_after_close
from petition.core.clock import utcnow
from petition.core.errors import TokenExpired
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import Campaign, Signature, SignatureState
from petition.models.signatures.signature import SEATS
from petition.models.states import ENDED
from petition.signers.preferences import Choices, read_choices
from petition.signers.seats import SeatStatus, list_standing, take_seat
from petition.signers.signer_problems import SignerProblem
from petition.signing.link_tokens import LinkPurpose, read_token
from petition.signing.location_questions import end_questions
from petition.transitions.signature_changes import change_signature

UNPLACED = frozenset({SignatureState.CONFIRMED, SignatureState.REVIEW})


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a confirmation link confirms; ``layers``, ``recipients``, ``step``: the campaign's.

    - ``already``: it is confirmed. ``name``, ``locality``, ``choices``: of the answers.
    - ``standing``: the signatures that the mailbox has already; empty if ``already``.
    - ``is_open``: it is confirmed, and not located yet. ``street_address``, ``postal_code`` and
      ``home`` are for the question that may follow, and are not shown.
    """

    signature_id: int

    campaign_id: int
    campaign_slug: str
    campaign_title: str
    layers: Sequence[str]
    recipients: Mapping[str, Sequence[str]]
    step: int
    already: bool
    name: str
    locality: str
    choices: Choices
    standing: Sequence[SeatStatus]
    is_open: bool
    street_address: str
    postal_code: str
    home: str

    @property
    def is_full(self) -> bool:
        """Whether the mailbox has as many signatures as may share it."""
        return len(self.standing) == len(SEATS)


def look(token: str, purpose: LinkPurpose = LinkPurpose.CONFIRM) -> Confirmation:
    """Return what the link would confirm; changes nothing, since mail scanners follow links.

    - ``purpose``: the link's; a private link, which is mailed as well, confirms too.
    - Raises TokenRefused, TokenExpired if the signature has ended, or CampaignNotOpen if the
      campaign closed before it was confirmed.
    """
    signature_id = read_token(token, purpose)
    row = db.session.execute(
        select(Signature, Campaign)
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Signature.id == signature_id)
    ).one_or_none()
    person = row.Signature.person if row else None
    if row is None or person is None or row.Signature.state in ENDED:
        raise TokenExpired(SignerProblem.SIGNATURE_ENDED)
    already = row.Signature.state != SignatureState.PENDING
    if not already:
        refuse_after_close(db.session(), row.Campaign.id, utcnow())
    return Confirmation(
        signature_id=signature_id,
        campaign_id=row.Campaign.id,
        campaign_slug=row.Campaign.slug,
        campaign_title=row.Campaign.title,
        layers=row.Campaign.layers,
        recipients=row.Campaign.recipients,
        step=row.Campaign.step,
        already=already,
        name=person.name,
        locality=person.locality,
        choices=read_choices(signature_id),
        standing=[] if already else list_standing(db.session(), row.Signature),
        is_open=row.Signature.state in UNPLACED,
        street_address=person.street_address,
        postal_code=person.postal_code,
        home=person.home,
    )


def confirm(
    token: str, choice: str = "", purpose: LinkPurpose = LinkPurpose.CONFIRM
) -> Confirmation:
    """Confirm the answers, which are then due to be located; a second call changes nothing.

    - ``choice``: see ``take_seat``. Without a valid one they stay unconfirmed, and the result is
      not ``already``. Other unconfirmed answers of the mailbox are unchanged until they expire.
    - ``purpose``: as in ``look``. Raises TokenRefused, TokenExpired or CampaignNotOpen.
    """
    signature_id = read_token(token, purpose)
    try:
        _confirm(signature_id, choice)
    except IntegrityError:  # another transaction took the seat concurrently
        db.session.rollback()
    return look(token, purpose)


def _confirm(signature_id: int, choice: str) -> None:
    now = utcnow()
    with transaction() as session:
        waiting = select(Signature.id).where(
            Signature.id == signature_id, Signature.state == SignatureState.PENDING
        )
        if session.scalar(waiting) is None:
            return
        end_questions(session, signature_id)
        signature = session.get(Signature, signature_id, with_for_update=True)
        if signature is None or signature.state != SignatureState.PENDING:
            return
        refuse_after_close(session, signature.campaign_id, now, lock=True)
        seat = take_seat(session, signature, choice, now)
        if seat is None:
            return
        change_signature(
            session,
            signature,
            SignatureState.CONFIRMED,
            now,
            seat=seat,
            confirmed_at=now,
            proved_at=now,
            attempt=0,  # the earlier attempts were to mail the confirmation
        )
        wake_after_commit(session, Stage.CONSENTS)
