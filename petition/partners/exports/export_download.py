"""Gives an export out: once, and once more within ten minutes if the file did not arrive.

- The access is written and committed before the first byte. Each row is read again as its page is
  written: whoever withdrew since the preparation, or since the first file, is in no file.
- The retry is of the people of the first file. If nobody withdrew or was corrected since, it has
  the same bytes, which its SHA-256 shows; ``count_gone`` says how many are left out.
- Only the person or the program that asked for it takes it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import (
    AccessKind,
    AccessPerson,
    Consent,
    ConsentPurpose,
    ExportDownload,
    ExportFormat,
    ExportPage,
    PartnerExport,
)
from petition.models.consents.partner_export import MOST_DOWNLOADS
from petition.partners.consents.accesses import record_whole_access
from petition.partners.exports.export_askers import ExportAsker
from petition.partners.exports.export_list import RETRY_WITHIN
from petition.partners.exports.export_problems import ExportProblem
from petition.partners.exports.export_rows import (
    CONTENT_TYPES,
    list_exportable,
    select_exportable,
    write_pages,
)
from petition.partners.feed.applied_changes import is_locked

# A file that has not ended within this time is taken as broken off: its process was killed.
PATIENCE = timedelta(minutes=2)


class DownloadRefused(UserError):
    """The file is not given out: not yet, not any more, or not to this person."""

    code = "download-refused"
    status = 409


class DownloadOfAnother(DownloadRefused):
    """Another member or program asked for it."""

    status = 403


@dataclass(frozen=True, slots=True)
class OpenDownload:
    """A file that may be written now; ``number``: 1, or 2 for the retry."""

    export_id: int
    number: int
    organization_id: int
    purpose: ConsentPurpose
    format: ExportFormat
    access_id: int
    at: datetime

    @property
    def file_name(self) -> str:
        """Its name: the purpose and the day, nothing about anybody."""
        return f"{self.purpose.value}-{self.at:%Y-%m-%d}-{self.export_id}.{self.format.value}"

    @property
    def content_type(self) -> str:
        """Its Content-Type."""
        return CONTENT_TYPES[self.format]


def open_download(organization_id: int, export_id: int, asker: ExportAsker) -> OpenDownload:
    """Note that a file is given out, and of whom; the caller then sends ``write_file``.

    - Raises NotFound for another organization's, and DownloadRefused.
    """
    now = utcnow()
    with transaction() as session:
        export = session.scalars(
            select(PartnerExport)
            .where(PartnerExport.id == export_id, PartnerExport.organization_id == organization_id)
            .with_for_update()
        ).first()
        if export is None:
            raise NotFound(ExportProblem.NOT_FOUND)
        before = session.scalars(
            select(ExportDownload)
            .where(ExportDownload.export_id == export_id)
            .order_by(ExportDownload.number)
        ).all()
        _refuse(export, list(before), asker, now)
        purpose = ConsentPurpose(export.purpose)
        ids = _list_taken(before[0].access_id) if before else _list_prepared(export_id)
        access_id, seen = record_whole_access(
            session,
            organization_id=organization_id,
            actor=asker.actor,
            kind=AccessKind.EXPORT,
            purpose=purpose,
            filters=_describe(export),
            consent_ids=list_exportable(organization_id, purpose, ids),
        )
        number = len(before) + 1
        session.add(
            ExportDownload(export_id=export_id, number=number, access_id=access_id, began_at=now)
        )
        detail = {"organization": organization_id, "people": len(seen), "number": number}
        record(session, "export.downloaded", "export", export_id, actor=asker.actor, detail=detail)
        form = ExportFormat(export.format)
    return OpenDownload(export_id, number, organization_id, purpose, form, access_id, now)


def write_file(download: OpenDownload) -> Iterator[bytes]:
    """Yield the bytes of a file; its SHA-256, size and people are stored once all were taken.

    - Closed before, it is noted as broken off.
    """
    digest, people, size, is_whole = hashlib.sha256(), 0, 0, False
    pages = write_pages(
        download.organization_id, download.purpose, download.format, download.access_id
    )
    try:
        with closing(pages):  # type: ignore[type-var]
            for count, piece in pages:
                digest.update(piece)
                people, size = people + count, size + len(piece)
                if piece:
                    yield piece
        is_whole = True
    finally:
        values: dict[str, str | int] = {}
        if is_whole:
            values = {"people": people, "size": size, "sha256": digest.hexdigest()}
        _end(download, values)


def count_gone(export_id: int) -> int:
    """Return how many people of the first file withdrew since; 0 before it."""
    found = db.session.execute(
        select(ExportDownload.access_id, PartnerExport.organization_id, PartnerExport.purpose)
        .join(PartnerExport, PartnerExport.id == ExportDownload.export_id)
        .where(ExportDownload.export_id == export_id, ExportDownload.number == 1)
    ).first()
    if found is None:
        return 0
    whose = select(AccessPerson.consent_id).where(AccessPerson.access_id == found.access_id)
    there = select_exportable(found.organization_id, ConsentPurpose(found.purpose)).where(
        Consent.id.in_(whose)
    )
    left = db.session.scalar(select(func.count()).select_from(there.subquery())) or 0
    taken = db.session.scalar(select(func.count()).select_from(whose.subquery())) or 0
    return taken - left


def _refuse(
    export: PartnerExport, before: list[ExportDownload], asker: ExportAsker, now: datetime
) -> None:
    """Raise DownloadRefused unless this person or program may have a file now."""
    if (export.user_id, export.token_id) != (asker.user_id, asker.token_id):
        raise DownloadOfAnother(ExportProblem.OF_ANOTHER)
    if export.ready_at is None or export.expires_at is None:
        raise DownloadRefused(ExportProblem.NOT_READY)
    if is_locked(export.organization_id):
        raise DownloadRefused(ExportProblem.LOCKED)
    if not before:
        if now >= export.expires_at:
            raise DownloadRefused(ExportProblem.EXPIRED)
        return
    if len(before) >= MOST_DOWNLOADS or now >= before[0].began_at + RETRY_WITHIN:
        raise DownloadRefused(ExportProblem.SPENT)
    if before[-1].ended_at is None and now < before[-1].began_at + PATIENCE:
        raise DownloadRefused(ExportProblem.UNDER_WAY)


def _list_prepared(export_id: int) -> list[int]:
    pages = db.session.scalars(
        select(ExportPage.consent_ids)
        .where(ExportPage.export_id == export_id)
        .order_by(ExportPage.number)
    )
    return [consent_id for page in pages for consent_id in page]


def _list_taken(access_id: int) -> list[int]:
    whose = select(AccessPerson.consent_id).where(AccessPerson.access_id == access_id)
    return list(db.session.scalars(whose))


def _describe(export: PartnerExport) -> dict[str, str | int]:
    filters: dict[str, str | int] = {"export": export.id}
    if export.campaign_id is not None:
        filters["campaign"] = export.campaign_id
    if export.since is not None:
        filters["since"] = export.since.date().isoformat()
    return filters


def _end(download: OpenDownload, values: dict[str, str | int]) -> None:
    db.session.rollback()
    with transaction() as session:
        _store_end(session, download, values)


def _store_end(session: Session, download: OpenDownload, values: dict[str, str | int]) -> None:
    session.execute(
        update(ExportDownload)
        .where(
            ExportDownload.export_id == download.export_id,
            ExportDownload.number == download.number,
        )
        .values(ended_at=utcnow(), **values)
    )
