"""Asks for an export and prepares it page by page.

- What is prepared are ids of consents: how many there are, and whom the file will be of at most.
- Each page is one transaction that holds the export's row: a worker that is killed has written a
  page or nothing, and the next one goes on after it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from petition.accounts.account_mails import plan_mail
from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, Problem, UserError
from petition.core.extensions import db, get_settings, transaction
from petition.core.queues import Stage
from petition.core.wakes import wake_after_commit
from petition.models import (
    AccountMailKind,
    Campaign,
    Consent,
    ConsentOffer,
    ConsentPurpose,
    ExportDownload,
    ExportFormat,
    ExportPage,
    PartnerExport,
    PortalName,
)
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_list import RETRY_WITHIN
from petition.partners.exports.export_problems import ExportProblem
from petition.partners.exports.export_rows import PAGE, select_exportable
from petition.partners.feed.applied_changes import is_locked

# Of one organization that are not spent and not expired.
MOST_OPEN = 5


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is asked for, as typed; ``campaign`` (a slug), ``since`` (a day) may be empty."""

    purpose: str
    format: str
    campaign: str = ""
    since: str = ""


def ask_for_export(organization_id: int, asker: ExportAsker, wish: ExportWish) -> int:
    """Note that somebody asks for a list, and wake a worker; return the export's id.

    - Raises InvalidInput, and UserError where the organization has too many that are open, or where
      its exports are locked.
    """
    now = utcnow()
    with transaction() as session:
        if is_locked(organization_id):
            raise UserError(ExportProblem.LOCKED)
        purpose, form, campaign_id, since = _check(session, organization_id, wish)
        if _count_open(session, organization_id, now) >= MOST_OPEN:
            raise UserError(ExportProblem.TOO_MANY, most=MOST_OPEN)
        export = PartnerExport(
            organization_id=organization_id,
            user_id=asker.user_id,
            token_id=asker.token_id,
            purpose=purpose.value,
            format=form.value,
            campaign_id=campaign_id,
            since=since,
            created_at=now,
            due_at=now,
        )
        session.add(export)
        session.flush()
        detail = {"organization": organization_id, "purpose": purpose.value}
        record(session, "export.asked", "export", export.id, actor=asker.actor, detail=detail)
        wake_after_commit(session, Stage.CONSENTS)
        return export.id


def is_export_due() -> bool:
    """Return whether an export is to be prepared."""
    return db.session.scalar(_select_due()) is not None


def prepare_exports() -> int:
    """Prepare one page of the export that is due first; return how many pages, 0 or 1."""
    due = is_export_due()
    db.session.rollback()
    if not due:
        return 0
    with transaction() as session:
        due_first = (
            select(PartnerExport)
            .where(PartnerExport.due_at <= utcnow())
            .order_by(PartnerExport.due_at, PartnerExport.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        export = session.scalars(due_first).first()
        if export is None:
            return 0
        _prepare_page(session, export)
        return 1


def forget_pages() -> int:
    """Delete the prepared ids of exports that are spent or expired; return how many exports."""
    now = utcnow()
    first, second = _number(1), _number(2)
    over = or_(
        PartnerExport.expires_at <= now - RETRY_WITHIN,
        exists().where(*second),
        exists().where(*first, ExportDownload.began_at <= now - RETRY_WITHIN),
    )
    with transaction() as session:
        ids = session.scalars(
            select(PartnerExport.id).where(
                over, exists().where(ExportPage.export_id == PartnerExport.id)
            )
        ).all()
        session.execute(delete(ExportPage).where(ExportPage.export_id.in_(ids)))
        return len(ids)


def _prepare_page(session: Session, export: PartnerExport) -> None:
    found = select_exportable(
        export.organization_id, ConsentPurpose(export.purpose), export.campaign_id, export.since
    )
    if export.total is None:
        export.total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    after = found.where(Consent.id > export.last_consent_id).order_by(Consent.id).limit(PAGE)
    ids = list(session.scalars(after))
    if ids:
        export.pages += 1
        export.counted += len(ids)
        export.last_consent_id = ids[-1]
        session.add(ExportPage(export_id=export.id, number=export.pages, consent_ids=ids))
    if len(ids) < PAGE:
        now = utcnow()
        export.due_at, export.ready_at = None, now
        export.expires_at = now + timedelta(hours=get_settings().export_hours)
        if export.user_id is not None:  # a program asks how far it is
            plan_mail(
                session,
                AccountMailKind.EXPORT,
                PortalName.PARTNER,
                user_id=export.user_id,
                export_id=export.id,
            )
            wake_after_commit(session, Stage.MAIL)


def _check(
    session: Session, organization_id: int, wish: ExportWish
) -> tuple[ConsentPurpose, ExportFormat, int | None, datetime | None]:
    problems: dict[str, Problem] = {}
    if wish.purpose not in set(ConsentPurpose):
        problems["purpose"] = Problem(ExportProblem.PURPOSE_UNKNOWN)
    if wish.format not in set(ExportFormat):
        problems["format"] = Problem(ExportProblem.FORMAT_UNKNOWN)
    campaign_id = None
    if wish.campaign:
        # Of its own: else the answer would tell of any campaign, a draft too, whether there is one.
        asked = exists().where(
            ConsentOffer.campaign_id == Campaign.id,
            ConsentOffer.organization_id == organization_id,
        )
        campaign_id = session.scalar(
            select(Campaign.id).where(Campaign.slug == wish.campaign, asked)
        )
        if campaign_id is None:
            problems["campaign"] = Problem(ExportProblem.CAMPAIGN_UNKNOWN)
    since = _read_day(wish.since)
    if wish.since and since is None:
        problems["since"] = Problem(ExportProblem.SINCE_INVALID)
    if problems:
        raise InvalidInput(problems)
    return ConsentPurpose(wish.purpose), ExportFormat(wish.format), campaign_id, since


def _read_day(typed: str) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{typed}T00:00:00+00:00") if len(typed) == 10 else None
    except ValueError:
        return None


def _count_open(session: Session, organization_id: int, now: datetime) -> int:
    given = exists().where(*_number(1))
    query = select(func.count()).where(
        PartnerExport.organization_id == organization_id,
        or_(PartnerExport.expires_at.is_(None), PartnerExport.expires_at > now),
        ~given,
    )
    return session.scalar(query) or 0


def _select_due() -> Select[int]:
    return select(PartnerExport.id).where(PartnerExport.due_at <= utcnow()).limit(1)


def _number(number: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ExportDownload.export_id == PartnerExport.id, ExportDownload.number == number
