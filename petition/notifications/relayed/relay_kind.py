"""RelayKind: messages of organizations to people as a kind of petition/dispatch."""

import hashlib
from datetime import datetime
from functools import partial

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from petition.accounts.permissions import Permission, may
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import ChannelRefused
from petition.core.extensions import get_settings, transaction
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, OutgoingKind, Receipt
from petition.dispatch.state_changes import change_state
from petition.journals.handovers import RELAYED, MailName, note_mail, note_mail_ending
from petition.journals.marks import make_mark
from petition.mail import make_mailer, render_message
from petition.mail.refusal_reason import blames_recipient, doubts_recipient
from petition.models import (
    AnswersTo,
    Campaign,
    Consent,
    LaneName,
    Organization,
    RelayAttempt,
    RelayMessage,
    RelaySend,
    RelayState,
    Signature,
    User,
)
from petition.models.states import OutgoingState
from petition.notifications.relayed.relay_mail import RelayContent, compose_relay
from petition.notifications.unreachable_addresses import mark_doubted, mark_unreachable
from petition.partners.consents.visible import select_reachable


class RelayKind(OutgoingKind[RelaySend, RelayContent]):
    """One message of an organization to one person, or as a test to the account that asked.

    - Its lane is its own: e-mails to signers and letters never wait for it.
    """

    name = "relay"
    table = RelaySend
    attempts = RelayAttempt
    owner_name = "send_id"
    lane = LaneName.RELAY

    def select_due(self, now: datetime) -> Select[int]:
        """Return the query of the due rows of messages that are being sent, and the due tests."""
        due = super().select_due(now).join(RelayMessage, RelayMessage.id == RelaySend.message_id)
        return due.where(
            or_(RelayMessage.state == RelayState.SENDING, RelaySend.user_id.is_not(None))
        )

    def lock(self, session: Session, row: RelaySend) -> None:
        """Lock the message before its row, as pausing and stopping do: after them none is begun."""
        shared = {"read": True}
        session.get_one(
            RelayMessage, row.message_id, with_for_update=shared, populate_existing=True
        )
        super().lock(session, row)

    def prepare(self, session: Session, row: RelaySend, now: datetime) -> RelayContent | None:
        """Return the e-mail's content if this person may be written to at this moment.

        - The signature is locked, so that a withdrawal comes before this or waits for the commit of
          the claim. One who may not be written to any more is never: the row is cancelled.
        - A message whose sender may not write for the organization any more is paused: nobody
          answers for it, and answers may go to them.
        """
        message = session.get_one(RelayMessage, row.message_id)
        group = session.get_one(Organization, message.organization_id)
        if row.consent_id is None:
            return _prepare_test(session, row, message, group, now)
        if message.state != RelayState.SENDING:
            return None
        sender = _find_member(session, message.sender_id, message.organization_id)
        if sender is None:
            _pause(session, message.id)
            return None
        found = _find_person(session, message, row.consent_id)
        if found is None:
            _cancel(session, row, now, "may not be written to")
            return None
        signature, campaign = found
        person = signature.person
        if person is None:
            _cancel(session, row, now, "erased")
            return None
        return RelayContent(
            send_id=row.id,
            signature_id=signature.id,
            organization_id=group.id,
            organization=group.name,
            subject=message.subject,
            body=message.body,
            first_name=person.called,
            name=person.name,
            email=person.email,
            reply_to=_find_answers(message, group, sender.email),
            campaign=campaign.title,
            campaign_language=campaign.language,
            language=campaign.language,
            name_in_journal=MailName(
                RELAYED,
                signature.id,
                make_mark(signature.id, signature.email_digest, signature.created_at),
                message.created_at.isoformat(),
            ),
        )

    def send(self, claimed: Claim[RelayContent], handover: HandoverStep) -> Receipt:
        """Send it by the mail server; an address that it refuses is marked as others are."""
        message = compose_relay(claimed.content)
        if (name := claimed.content.name_in_journal) is not None:
            handover.note_start = partial(note_mail, name, claimed.attempt)
            handover.note_end = partial(note_mail_ending, name, claimed.attempt)
        handover.digest = hashlib.sha256(render_message(message)).hexdigest()
        try:
            make_mailer(get_settings()).send(message, handover.begin)
        except ChannelRefused as refused:
            _mark_address(claimed.content.signature_id, refused)
            raise
        return Receipt("sent")


RELAY = RelayKind()


def _find_person(
    session: Session, message: RelayMessage, consent_id: int
) -> tuple[Signature, Campaign] | None:
    """Return whom a consent lets the organization write to now, locked; None if it does not."""
    whose = select(Consent.signature_id).where(Consent.id == consent_id).scalar_subquery()
    session.execute(
        select(Signature.id).where(Signature.id == whose).with_for_update(read=True)
    ).one()
    # Read anew once it is locked.
    reachable = select_reachable(message.organization_id, message.purpose)
    ids = session.execute(reachable.where(Consent.id == consent_id)).one_or_none()
    if ids is None:
        return None
    signature = session.get_one(Signature, ids.signature_id, populate_existing=True)
    return signature, session.get_one(Campaign, signature.campaign_id)


def _prepare_test(
    session: Session, row: RelaySend, message: RelayMessage, group: Organization, now: datetime
) -> RelayContent | None:
    user = _find_member(session, row.user_id, message.organization_id)
    if user is None:
        _cancel(session, row, now, "not a member")
        return None
    return make_sample(session, message, group, user.email, row.id)


def make_sample(
    session: Session, message: RelayMessage, group: Organization, email: str, send_id: int = 0
) -> RelayContent:
    """Return the content of a test, or of a preview, of a message: for nobody of its people."""
    campaign = session.scalars(
        select(Campaign)
        .join(Consent, Consent.campaign_id == Campaign.id)
        .where(
            Consent.organization_id == group.id,
            *([Campaign.id == message.campaign_id] if message.campaign_id is not None else []),
        )
        .order_by(Campaign.id)
        .limit(1)
    ).one_or_none()
    return RelayContent(
        send_id=send_id,
        signature_id=None,
        organization_id=group.id,
        organization=group.name,
        subject=message.subject,
        body=message.body,
        first_name="Alex",
        name="",
        email=email,
        reply_to=_find_answers(message, group, email),
        campaign=campaign.title if campaign is not None else "",
        campaign_language=campaign.language if campaign is not None else "en",
        language=campaign.language if campaign is not None else "en",
    )


def _find_answers(message: RelayMessage, group: Organization, sender: str) -> str:
    """Return where answers go: to the sender's account where the organization has no contact."""
    if message.answers_to == AnswersTo.CONTACT and group.contact_email:
        return group.contact_email
    return sender


def _find_member(session: Session, user_id: int | None, organization_id: int) -> User | None:
    """Return an account that may write for the organization; None for any other."""
    allowed = user_id is not None and may(
        user_id, Permission.PEOPLE_WRITE, organization_id=organization_id
    )
    return session.get(User, user_id) if allowed else None


def _pause(session: Session, message_id: int) -> None:
    """Pause a message, unless another worker holds it: then the next one does."""
    message = session.scalars(
        select(RelayMessage)
        .where(RelayMessage.id == message_id, RelayMessage.state == RelayState.SENDING)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if message is not None:
        message.state = RelayState.PAUSED
        record(session, "relay.paused", "relay_message", message_id)


def _cancel(session: Session, row: RelaySend, now: datetime, reason: str) -> None:
    change = partial(change_state, session, RelaySend, RelayKind.transitions)
    change(
        row.id,
        row.attempt,
        row.state,
        OutgoingState.CANCELLED,
        now,
        due_at=None,
        reason=reason,
    )


def _mark_address(signature_id: int | None, refused: ChannelRefused) -> None:
    """Mark an address as the e-mails to signers do."""
    if signature_id is None:
        return
    with transaction() as session:
        if blames_recipient(refused):
            mark_unreachable(session, signature_id, str(refused))
        elif doubts_recipient(refused):
            mark_doubted(session, signature_id, str(refused), utcnow())
