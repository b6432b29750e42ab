"""Confirm: answers become a signature once the mailbox's owner says so.

Looking changes nothing, acting does. Where the mailbox has signed already, its owner chooses
whether these answers replace those, or are of a second person who shares it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from petition.campaigns.closing_time import refuse_after_close
from petition.core.clock import utcnow
from petition.core.errors import TokenExpired
from petition.core.extensions import db, transaction
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
    """What a confirmation link is about; ``layers``, ``recipients``, ``step``: the campaign's.

    - ``name``, ``locality``, ``choices``: the answers that it would confirm.
    - ``standing``: the signatures that the mailbox has already; none once it is ``already`` one.
    - ``is_open``: it is one, and not known yet to lie in its districts. ``street_address``,
      ``postal_code`` and ``home`` are for the question that may be left, and shown nowhere.
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
        """Whether as many have signed with the mailbox as may share one."""
        return len(self.standing) == len(SEATS)


def look(token: str, purpose: LinkPurpose = LinkPurpose.CONFIRM) -> Confirmation:
    """Return what the link would confirm; mail scanners follow links, so this changes nothing.

    - ``purpose``: the link's. Whoever has a private link was mailed it as well.
    - Raises TokenRefused, TokenExpired where the signature has ended meanwhile, or CampaignNotOpen
      where the campaign closed before it was confirmed.
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
    """Confirm the answers, which are then due to be located; a second time changes nothing.

    - ``choice``: see ``take_seat``. Without one that fits they stay as they are, and the answer is
      not ``already``. Other answers of the mailbox stay too, and expire by themselves.
    - ``purpose``: as in ``look``. Raises TokenRefused, TokenExpired or CampaignNotOpen.
    """
    signature_id = read_token(token, purpose)
    try:
        _confirm(signature_id, choice)
    except IntegrityError:  # another took the seat at the same moment
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
            attempt=0,  # those before were of its mail
        )
