"""Lists exports: what was asked for, how far each is, and which files were given out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.models import (
    ApiToken,
    Campaign,
    Consent,
    ConsentPurpose,
    ExportDownload,
    ExportFormat,
    Organization,
    PartnerExport,
    User,
)
from petition.models.consents.partner_export import MOST_DOWNLOADS

# How long after it began a download may be repeated.
RETRY_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that was given out; the figures are None where it broke off."""

    number: int
    began_at: datetime
    ended_at: datetime | None
    people: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ExportLine:
    """An export as its organization and staff read it.

    - ``total`` and ``counted``: people found, and prepared so far. ``files``: what was given out.
    - ``person``: the address of the account that asked, or the name of the token that did.
    """

    id: int
    organization: str
    organization_id: int
    user_id: int | None
    token_id: int | None
    person: str
    purpose: ConsentPurpose
    format: ExportFormat
    campaign: str | None
    since: datetime | None
    total: int | None
    counted: int
    created_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    files: tuple[GivenFile, ...]

    @property
    def retry_until(self) -> datetime | None:
        """Until when it can be downloaded once more; None before the first time."""
        return self.files[0].began_at + RETRY_WITHIN if self.files else None

    @property
    def state(self) -> str:
        """``preparing``, ``ready``, ``retry``, ``spent`` or ``expired``."""
        if self.ready_at is None:
            return "preparing"
        until = self.retry_until
        if until is not None:
            again = len(self.files) < MOST_DOWNLOADS and utcnow() < until
            return "retry" if again else "spent"
        return "ready" if self.expires_at and utcnow() < self.expires_at else "expired"


def list_exports(
    organization_id: int | None = None, export_id: int | None = None, limit: int = 50
) -> list[ExportLine]:
    """Return the exports of an organization or of all, or one of them, newest first."""
    query = (
        select(PartnerExport, Organization.slug, User.email, ApiToken.name, Campaign.slug)
        .join(Organization, Organization.id == PartnerExport.organization_id)
        .outerjoin(User, User.id == PartnerExport.user_id)
        .outerjoin(ApiToken, ApiToken.id == PartnerExport.token_id)
        .outerjoin(Campaign, Campaign.id == PartnerExport.campaign_id)
        .order_by(PartnerExport.id.desc())
        .limit(limit)
    )
    if organization_id is not None:
        query = query.where(PartnerExport.organization_id == organization_id)
    if export_id is not None:
        query = query.where(PartnerExport.id == export_id)
    rows = db.session.execute(query).all()
    files = _read_files([export.id for export, *_ in rows])
    return [
        ExportLine(
            export.id,
            slug,
            export.organization_id,
            export.user_id,
            export.token_id,
            person or f"token {export.token_id} ({program})",
            ConsentPurpose(export.purpose),
            ExportFormat(export.format),
            campaign,
            export.since,
            export.total,
            export.counted,
            export.created_at,
            export.ready_at,
            export.expires_at,
            tuple(files.get(export.id, ())),
        )
        for export, slug, person, program, campaign in rows
    ]


def list_campaigns(organization_id: int) -> list[tuple[str, str]]:
    """Return (slug, title) of the campaigns in which signers were asked for this organization."""
    asked = exists().where(
        Consent.campaign_id == Campaign.id, Consent.organization_id == organization_id
    )
    rows = db.session.execute(
        select(Campaign.slug, Campaign.title).where(asked).order_by(Campaign.title)
    )
    return [(slug, title) for slug, title in rows]


def _read_files(export_ids: list[int]) -> dict[int, list[GivenFile]]:
    rows = db.session.execute(
        select(
            ExportDownload.export_id,
            ExportDownload.number,
            ExportDownload.began_at,
            ExportDownload.ended_at,
            ExportDownload.people,
            ExportDownload.sha256,
        )
        .where(ExportDownload.export_id.in_(export_ids))
        .order_by(ExportDownload.number)
    )
    found: dict[int, list[GivenFile]] = {}
    for row in rows:
        file = GivenFile(row.number, row.began_at, row.ended_at, row.people, row.sha256)
        found.setdefault(row.export_id, []).append(file)
    return found
