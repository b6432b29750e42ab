"""Drafts of messages to people: checked, kept, and read by their organization only."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import transaction
from petition.models import (
    AnswersTo,
    ConsentOffer,
    RelayAttempt,
    RelayMessage,
    RelaySend,
    RelayState,
)
from petition.models.consents.offer import ConsentPurpose
from petition.models.outgoing.relay import LONGEST_BODY, LONGEST_SUBJECT
from petition.partners.relay.relay_problems import RelayProblem


class RelayRefused(UserError):
    """A message is not sent, or not changed, for the reason in its problem."""

    code = "relay-refused"
    status = 409


@dataclass(frozen=True, slots=True)
class DraftForm:
    """What was typed; ``campaign``: an id or empty, ``since``: YYYY-MM-DD or empty.

    - ``answers_to``: see AnswersTo.
    """

    subject: str
    body: str
    campaign: str = ""
    since: str = ""
    answers_to: str = AnswersTo.CONTACT


@dataclass(frozen=True, slots=True)
class _Draft:
    subject: str
    body: str
    campaign_id: int | None
    since: datetime | None
    answers_to: AnswersTo


def save_draft(
    organization_id: int, user_id: int, form: DraftForm, message_id: int | None = None
) -> int:
    """Keep a draft, a new one without ``message_id``; return its id.

    - Raises InvalidInput by field, NotFound, and RelayRefused for one that was sent.
    """
    with transaction() as session:
        draft = _check(form, _list_campaign_ids(session, organization_id))
        now = utcnow()
        if message_id is None:
            message = RelayMessage(
                organization_id=organization_id,
                author_id=user_id,
                purpose=ConsentPurpose.CONTACT,
                state=RelayState.DRAFT,
                created_at=now,
                subject=draft.subject,
                body=draft.body,
                changed_at=now,
            )
            session.add(message)
        else:
            message = find_message(session, organization_id, message_id, lock=True)
            require_state(message, RelayState.DRAFT)
        message.subject, message.body = draft.subject, draft.body
        message.campaign_id, message.since = draft.campaign_id, draft.since
        message.answers_to = draft.answers_to.value
        message.changed_at = now
        session.flush()
        action = "relay.written" if message_id is None else "relay.edited"
        record(session, action, "relay_message", message.id, actor=f"partner:{user_id}")
        return message.id


def delete_draft(organization_id: int, user_id: int, message_id: int) -> None:
    """Delete a draft of which no test is being sent; raises NotFound, RelayRefused."""
    with transaction() as session:
        message = find_message(session, organization_id, message_id, lock=True)
        require_state(message, RelayState.DRAFT)
        tests = select(RelaySend.id).where(RelaySend.message_id == message_id)
        # Of a restored draft some people may be known to have it: it was sent after the backup.
        kept = or_(RelaySend.due_at.is_not(None), RelaySend.consent_id.is_not(None))
        if session.scalar(tests.where(kept).limit(1)) is not None:
            raise RelayRefused(RelayProblem.NOT_IN_STATE)
        session.execute(delete(RelayAttempt).where(RelayAttempt.send_id.in_(tests)))
        session.execute(delete(RelaySend).where(RelaySend.message_id == message_id))
        session.execute(delete(RelayMessage).where(RelayMessage.id == message_id))
        record(session, "relay.deleted", "relay_message", message_id, actor=f"partner:{user_id}")


def find_message(
    session: Session, organization_id: int, message_id: int, *, lock: bool = False
) -> RelayMessage:
    """Return a message of the organization; raises NotFound, also for another's."""
    query = select(RelayMessage).where(
        RelayMessage.id == message_id, RelayMessage.organization_id == organization_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    message = session.scalars(query).one_or_none()
    if message is None:
        raise NotFound(RelayProblem.NOT_FOUND)
    return message


def require_state(message: RelayMessage, *states: RelayState) -> None:
    """Raise RelayRefused unless the message is in one of the states."""
    if message.state not in states:
        raise RelayRefused(RelayProblem.NOT_IN_STATE)


def _list_campaign_ids(session: Session, organization_id: int) -> Collection[int]:
    return session.scalars(
        select(ConsentOffer.campaign_id).where(ConsentOffer.organization_id == organization_id)
    ).all()


def _check(form: DraftForm, campaign_ids: Collection[int]) -> _Draft:
    """Return what is kept; raises InvalidInput."""
    problems: dict[str, Problem] = {}
    subject = " ".join(_clean(form.subject).split())
    body = _clean(form.body.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not subject:
        problems["subject"] = Problem(RelayProblem.SUBJECT_MISSING)
    elif len(subject) > LONGEST_SUBJECT:
        problems["subject"] = Problem(RelayProblem.SUBJECT_LONG, {"most": LONGEST_SUBJECT})
    if not body:
        problems["body"] = Problem(RelayProblem.BODY_MISSING)
    elif len(body) > LONGEST_BODY:
        problems["body"] = Problem(RelayProblem.BODY_LONG, {"most": LONGEST_BODY})
    campaign_id = _read_campaign(form.campaign, campaign_ids, problems)
    since = _read_since(form.since, problems)
    if form.answers_to not in set(AnswersTo):
        problems["answers_to"] = Problem(RelayProblem.ANSWERS_UNKNOWN)
    if problems:
        raise InvalidInput(problems)
    return _Draft(subject, body, campaign_id, since, AnswersTo(form.answers_to))


def _read_campaign(
    text: str, campaign_ids: Collection[int], problems: dict[str, Problem]
) -> int | None:
    if not text:
        return None
    found = [number for number in campaign_ids if str(number) == text]
    if not found:
        problems["campaign"] = Problem(RelayProblem.CAMPAIGN_UNKNOWN)
        return None
    return found[0]


def _read_since(text: str, problems: dict[str, Problem]) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        problems["since"] = Problem(RelayProblem.SINCE_UNREADABLE)
        return None


def _clean(text: str) -> str:
    """Return typed text without controls other than line ends and tabs, and lone surrogates."""
    return "".join(
        letter
        for letter in text
        if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs")
    )
