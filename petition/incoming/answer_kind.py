"""AnswerKind: answers of offices, sent to the organization, as a kind of petition/dispatch."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.errors import ChannelRefused
from petition.core.extensions import get_settings
from petition.dispatch.handover_step import HandoverStep
from petition.dispatch.kinds import Claim, OutgoingKind, Receipt
from petition.dispatch.state_changes import change_state
from petition.mail import clean_header, make_address, make_mailer, render_message
from petition.models import AnswerAttempt, Delivery, LaneName, LetterAnswer
from petition.models.outgoing.letter_answer import BROKEN_ANSWER, AnswerText
from petition.models.states import OutgoingState

TEMPLATE = "email/answer.txt"


@dataclass(frozen=True, slots=True)
class AnswerContent:
    """What the e-mail with an answer is made of; ``url``: the public page of the letter."""

    answer_id: int
    recipient: str = field(repr=False)
    said: AnswerText = field(repr=False)
    received_at: datetime
    post: str
    district: str
    campaign: str
    code: str
    url: str


class AnswerKind(OutgoingKind[LetterAnswer, AnswerContent]):
    """One answer of an office to the organization of the campaign.

    - In the lane of what goes to organizations and from them: e-mails to signers and letters never
      wait for it.
    """

    name = "answer"
    table = LetterAnswer
    attempts = AnswerAttempt
    owner_name = "answer_id"
    lane = LaneName.RELAY

    def prepare(self, session: Session, row: LetterAnswer, now: datetime) -> AnswerContent | None:
        """Return the content of the e-mail; an answer that has none any more is cancelled."""
        delivery = session.get_one(Delivery, row.delivery_id)
        campaign = delivery.milestone.campaign
        said = session.scalar(select(LetterAnswer.content).where(LetterAnswer.id == row.id))
        if said is None or said == BROKEN_ANSWER or not campaign.organization_email:
            _cancel(session, row, now)
            return None
        district = delivery.milestone.district
        code = delivery.milestone.code
        return AnswerContent(
            answer_id=row.id,
            recipient=campaign.organization_email,
            said=said,
            received_at=row.received_at,
            post=delivery.post.title,
            district=f"{district.name}, {district.state}",
            campaign=campaign.title,
            code=code,
            url=f"{get_settings().public_url}/letters/{code}",
        )

    def send(self, claimed: Claim[AnswerContent], handover: HandoverStep) -> Receipt:
        """Send it; replies go to whoever wrote the answer."""
        message = compose(claimed.content)
        handover.digest = hashlib.sha256(render_message(message)).hexdigest()
        make_mailer(get_settings()).send(message, handover.begin)
        return Receipt("sent")


ANSWERS = AnswerKind()


def compose(content: AnswerContent) -> EmailMessage:
    """Return the e-mail: plain text, and automatic, so that no machine answers it (RFC 3834).

    - It has no id of the letter: an answer to it is none to the letter.
    """
    settings = get_settings()
    words = current_app.jinja_env.get_template(TEMPLATE).render(
        content=content,
        subject=clean_header(content.said.subject, 120),
        sender=clean_header(content.said.sender_name or content.said.sender),
    )
    subject, _, text = words.partition("\n")
    message = EmailMessage(policy=SMTP)
    message["From"] = make_address("", settings.mail_from, "sender")
    message["To"] = make_address("", content.recipient, "recipient")
    if content.said.sender:
        try:
            message["Reply-To"] = make_address(content.said.sender_name, content.said.sender)
        except ChannelRefused:  # a stranger's address that is none: the text shows it
            pass
    message["Subject"] = clean_header(subject)
    message["Date"] = content.received_at
    message["Message-ID"] = f"<answer.{content.answer_id}.{_tag(content)}@{settings.mail_host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n", charset="utf-8", cte="quoted-printable")
    return message


def _tag(content: AnswerContent) -> str:
    return hashlib.sha256(f"{content.answer_id} {content.said.text}".encode()).hexdigest()[:16]


def _cancel(session: Session, row: LetterAnswer, now: datetime) -> None:
    transitions = AnswerKind.transitions
    change_state(
        session,
        LetterAnswer,
        transitions,
        row.id,
        row.attempt,
        row.state,
        OutgoingState.CANCELLED,
        now,
        due_at=None,
        reason="nothing to send",
    )
