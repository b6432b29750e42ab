"""What staff do with a cause: take it, give it to another, defer it, note something, resume it.

- Each is one event with its actor. ``version`` is that of the page: an assignment or a deferral
  that another changed in between is refused, so that two see each other.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from petition.accounts.permissions import covers
from petition.attention.attention_problems import AttentionProblem
from petition.attention.letter_pauses import resume_paused
from petition.attention.service_sources import read_lanes, read_pauses
from petition.attention.sources import SOURCES
from petition.attention.stored_causes import SUBJECT
from petition.audit.reasons import read_reason
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import db, transaction
from petition.delivery.requeue import resume_letters
from petition.models import STAFF_ROLES, AttentionCause, Campaign, LaneName, RoleGrant, User
from petition.notifications import requeueing
from petition.notifications.relayed import relay_resume

# For how many hours a cause may be deferred.
HOURS = (1, 4, 24, 72, 168)
_RESUME: dict[LaneName, Callable[[str, str], int]] = {
    LaneName.SIGNERS: requeueing.resume,
    LaneName.LETTERS: resume_letters,
    LaneName.RELAY: relay_resume.resume_relay,
}


class CauseChanged(UserError):
    """Another has assigned or deferred it since the page was opened, or it has ended."""

    code = "cause-changed"
    status = 409


def get_cause(cause_id: int) -> AttentionCause:
    """Return a cause, also one that ended; raises NotFound."""
    cause = db.session.get(AttentionCause, cause_id, populate_existing=True)
    if cause is None or cause.name not in SOURCES:
        raise NotFound(AttentionProblem.NOT_FOUND)
    return cause


def list_staff_accounts() -> list[User]:
    """Return the open accounts with a role of staff, by e-mail address."""
    staff = select(RoleGrant.user_id).where(RoleGrant.role.in_(STAFF_ROLES))
    users = select(User).where(User.active, User.id.in_(staff)).order_by(User.email)
    return list(db.session.scalars(users.options(selectinload(User.roles))))


def choose_assignees(
    accounts: Iterable[User], name: str, campaign_id: int | None
) -> list[tuple[int, str]]:
    """Return the id and address of the accounts that may act on causes of a source."""
    acts = SOURCES[name].acts
    return [
        (user.id, user.email)
        for user in accounts
        if covers(user.roles, acts, campaign_id=campaign_id)
    ]


def assign(cause_id: int, user_id: int | None, version: int, *, actor: str) -> None:
    """Give a cause to an account, or with None to nobody.

    - Raises NotFound, CauseChanged, and InvalidInput if the account may not act on it.
    """
    cause = get_cause(cause_id)
    able = dict(choose_assignees(list_staff_accounts(), cause.name, cause.campaign_id))
    if user_id is not None and user_id not in able:
        raise InvalidInput({"whom": Problem(AttentionProblem.NOBODY)})
    with transaction() as session:
        cause = _hold(session, cause_id, version)
        if cause.assigned_to == user_id:
            return
        cause.assigned_to = user_id
        cause.assigned_at = utcnow() if user_id is not None else None
        cause.version += 1
        record(
            session, "attention.assigned", SUBJECT, cause_id, actor=actor, detail={"to": user_id}
        )


def defer(cause_id: int, hours: int, version: int, *, actor: str) -> None:
    """Defer a cause for one of HOURS, or with 0 not any more.

    - Raises NotFound, CauseChanged, and InvalidInput for another number of hours.
    """
    if hours not in (0, *HOURS):
        raise InvalidInput({"hours": Problem(AttentionProblem.HOURS_MISSING)})
    with transaction() as session:
        cause = _hold(session, cause_id, version)
        cause.deferred_until = utcnow() + timedelta(hours=hours) if hours else None
        cause.deferred_number = cause.number if hours else None
        cause.version += 1
        detail = {"hours": hours, "number": cause.number}
        record(session, "attention.deferred", SUBJECT, cause_id, actor=actor, detail=detail)


def add_note(cause_id: int, words: str, *, actor: str) -> None:
    """Add a note to a cause; raises NotFound, and InvalidInput for an empty or a long one."""
    line = _read_words(words, AttentionProblem.NOTE_MISSING, field="note")
    get_cause(cause_id)
    with transaction() as session:
        record(session, "attention.noted", SUBJECT, cause_id, actor=actor, detail={"why": line})


def resume_lane(cause_id: int, why: str, *, actor: str) -> int:
    """Resume the lane of a cause; return how many waited for it, at most MOST_COUNTED + 1.

    - Raises NotFound if the cause is of no lane, InvalidInput without a reason, and CauseChanged
      if the lane is not stopped any more.
    """
    cause = get_cause(cause_id)
    if cause.name != "lane" or cause.subject not in list(LaneName):
        raise NotFound(AttentionProblem.NOT_FOUND)
    line = _read_words(why, AttentionProblem.WHY_MISSING)
    name = LaneName(cause.subject)
    waited = {lane.subject: lane.number for lane in read_lanes(db.session())}
    db.session.rollback()
    if name.value not in waited:
        raise CauseChanged(AttentionProblem.NOT_STOPPED)
    _RESUME[name](actor, line)
    return waited[name.value]


def resume_pause(cause_id: int, why: str, *, actor: str, for_service: bool) -> int:
    """End the pause of a cause; return how many letters waited, at most MOST_COUNTED + 1.

    - Raises NotFound if the cause is of no pause, InvalidInput without a reason, CauseChanged if
      the letters are not paused any more, and PauseOfService if it was set for the whole service
      and the actor's role is not.
    """
    cause = get_cause(cause_id)
    if cause.name != "paused":
        raise NotFound(AttentionProblem.NOT_FOUND)
    line, campaign_id = _read_words(why, AttentionProblem.WHY_MISSING), cause.campaign_id
    slug = db.session.scalar(select(Campaign.slug).where(Campaign.id == campaign_id))
    waited = {pause.campaign_id: pause.number for pause in read_pauses(db.session())}
    db.session.rollback()
    if campaign_id not in waited or not resume_paused(
        slug, actor=actor, why=line, for_service=for_service
    ):
        raise CauseChanged(AttentionProblem.NOT_STOPPED)
    return waited[campaign_id]


def _hold(session: Session, cause_id: int, version: int) -> AttentionCause:
    cause = session.get(AttentionCause, cause_id, populate_existing=True, with_for_update=True)
    if cause is None:
        raise NotFound(AttentionProblem.NOT_FOUND)
    if cause.ended_at is not None:
        raise CauseChanged(AttentionProblem.ENDED)
    if cause.version != version:
        raise CauseChanged(AttentionProblem.CHANGED)
    return cause


def _read_words(typed: str, missing: AttentionProblem, field: str = "why") -> str:
    return read_reason(typed, missing, AttentionProblem.WORDS_LONG, field=field)
