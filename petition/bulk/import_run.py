"""Imports a file of signatures in pieces, each in one transaction with how far the file is read.

- A kill at any moment loses no row and stores none twice: rows and ``rows_done`` are committed
  together, and running the same file again continues after them.
- Rows are read, checked and hashed before the transaction, so that the people who sign meanwhile
  wait for the database for the time of one INSERT of a thousand rows and no longer.
- Who signs with a form is asked to confirm, or counts at once, by the setting of the campaign. An
  imported row counts at once only if staff vouch for it with a proof.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from petition.audit.trail import record
from petition.bulk.column_mapping import ColumnMapping
from petition.bulk.csv_records import CsvFile, Record, read_records
from petition.bulk.import_batches import SUBJECT
from petition.bulk.import_problems import ImportProblem
from petition.bulk.import_rows import RefusedRow, read_row
from petition.bulk.imported_rows import (
    BegunBatch,
    NewRow,
    find_known,
    pick_new,
    reserve_numbers,
    store_rows,
)
from petition.bulk.refused_rows import RefusedRows
from petition.campaigns.open_campaigns import CampaignSnapshot, find_open_campaign
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused, Problem
from petition.core.extensions import db, transaction
from petition.core.queues import Stage
from petition.core.sealing import get_sealer
from petition.core.wakes import wake_after_commit
from petition.models import (
    Campaign,
    ImportBatch,
)
from petition.signing.canonical_email import canonical_email

PIECE = 1_000  # rows; a piece of a thousand holds the write lock of SQLite for some 50 ms

# How much of the file is read, in rows, and the counts so far.
Tell = Callable[["Counts"], None]


@dataclass(slots=True)
class Counts:
    """The rows of a file so far, each in one of the four.

    - ``signed``: stored as signatures. ``known``: of an address that has signed already, also twice
      in the file. ``withdrew``: of an address that withdrew from the campaign. ``by_field``: how
      many rows each field was refused in; the empty field is the whole row.
    """

    signed: int = 0
    refused: int = 0
    known: int = 0
    withdrew: int = 0
    by_field: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return self.signed + self.refused + self.known + self.withdrew

    def describe(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return {
            "rows": self.rows,
            "signed": self.signed,
            "known": self.known,
            "withdrew": self.withdrew,
            "refused": self.refused,
            "by_field": dict(self.by_field),
        }


def import_file(
    file: CsvFile,
    mapping: ColumnMapping,
    batch_id: int,
    report: RefusedRows,
    tell: Tell,
    is_over: Callable[[], bool] = lambda: False,
) -> Counts:
    """Import the rest of a file that ``begin_batch`` has a batch for; return all its counts.

    - ``is_over``: whether to stop after a piece; the next run continues, and the last one finishes.
    - ``report``: where rows are written that are not stored, each with its reason.
    - Raises CampaignNotOpen; ImportRefused if the batch was undone, or another process imports the
      same file; DatabaseUnavailable. Rows stored before stay, and the next run continues.
    """
    begun, counts = _read_batch(batch_id)
    report.cut(begun.report_bytes)
    records = islice(read_records(file), counts.rows, None)
    tell(counts)
    for piece in _split(records):
        now = utcnow()
        campaign = find_open_campaign(begun.slug, now)
        _import_piece(campaign, begun, mapping, piece, counts, report, now)
        tell(counts)
        if is_over():
            return counts
    _finish(batch_id, counts)
    return counts


def check_file(file: CsvFile, mapping: ColumnMapping, slug: str, tell: Tell) -> Counts:
    """Read a whole file as ``import_file`` does and store nothing; return what it would count."""
    counts, seen = Counts(), set[bytes]()
    for piece in _split(read_records(file)):
        now = utcnow()
        campaign = find_open_campaign(slug, now)
        new, refused = _read_piece(piece, mapping, campaign, now)
        known = find_known(db.session(), campaign.id, [one.digest for one in new], "")
        db.session.rollback()
        for one in new:
            problem = known.get(one.digest)
            if problem is None and one.digest in seen:
                problem = ImportProblem.TWICE_IN_FILE
            seen.add(one.digest)
            _count(counts, problem)
        _count_refused(counts, refused)
        tell(counts)
    return counts


def _read_batch(batch_id: int) -> tuple[BegunBatch, Counts]:
    batch = db.session.get_one(ImportBatch, batch_id)
    campaign = db.session.get_one(Campaign, batch.campaign_id)
    begun = BegunBatch(
        batch.id,
        batch.vouched,
        batch.report_bytes,
        campaign.slug,
        campaign.language,
        batch.uploaded,
    )
    counts = Counts(batch.signed, batch.refused, batch.known, batch.withdrew)
    db.session.rollback()
    return begun, counts


def _split(records: Iterator[Record]) -> Iterator[list[Record]]:
    while piece := list(islice(records, PIECE)):
        yield piece


def _import_piece(
    campaign: CampaignSnapshot,
    begun: BegunBatch,
    mapping: ColumnMapping,
    piece: Sequence[Record],
    counts: Counts,
    report: RefusedRows,
    now: datetime,
) -> None:
    new, refused = _read_piece(piece, mapping, campaign, now)
    with transaction() as session:
        _take_piece(session, begun.batch_id, counts.rows)
        known = find_known(session, campaign.id, [one.digest for one in new], begun.name)
        fresh, told = pick_new(new, known)
        # On PostgreSQL somebody may have signed with a form since they were looked up.
        numbers = reserve_numbers(session, len(new)) if begun.uploaded else ()
        stored = store_rows(session, campaign, begun, fresh, now, numbers)
        told |= {one: ImportProblem.SIGNED_ALREADY for one in fresh if one.digest not in stored}
        _count_refused(counts, refused)
        for one in new:
            _count(counts, told.get(one))
        known_rows = (_tell_known(one, code) for one, code in told.items())
        length = report.write([*refused, *(known_rows if report.tells_known else ())])
        _keep_counts(session, begun.batch_id, counts, length)
        wake_after_commit(session, Stage.LOCATE if begun.vouched else Stage.MAIL)


def _read_piece(
    piece: Sequence[Record], mapping: ColumnMapping, campaign: CampaignSnapshot, now: datetime
) -> tuple[list[NewRow], list[RefusedRow]]:
    new: list[NewRow] = []
    refused: list[RefusedRow] = []
    digest = get_sealer().digest
    for record_ in piece:
        row = read_row(record_, mapping, campaign.guards, now)
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            email = canonical_email(row.answers.person.email)
            new.append(NewRow(row, digest(email, "email")))
    return new, refused


def _take_piece(session: Session, batch_id: int, rows_done: int) -> None:
    """Lock the batch; raises ImportRefused if another process has gone on, or undone it."""
    batch = session.get_one(ImportBatch, batch_id, with_for_update=True)
    if batch.undone_at is not None:
        raise ImportRefused(f"import {batch_id} was undone meanwhile; no further row is imported")
    if batch.rows_done != rows_done:
        raise ImportRefused(
            f"another process imports this file as import {batch_id}; let it finish, or stop it "
            "and run this again"
        )


def _tell_known(one: NewRow, code: ImportProblem) -> RefusedRow:
    return RefusedRow(one.row.record, {"": Problem(code)})


def _count(counts: Counts, problem: ImportProblem | None) -> None:
    if problem is None:
        counts.signed += 1
    elif problem is ImportProblem.WITHDREW:
        counts.withdrew += 1
    else:
        counts.known += 1


def _count_refused(counts: Counts, refused: Sequence[RefusedRow]) -> None:
    counts.refused += len(refused)
    for one in refused:
        counts.by_field.update(one.problems.keys())


def _keep_counts(session: Session, batch_id: int, counts: Counts, report_bytes: int) -> None:
    session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch_id)
        .values(
            rows_done=counts.rows,
            signed=counts.signed,
            refused=counts.refused,
            known=counts.known,
            withdrew=counts.withdrew,
            report_bytes=report_bytes,
        )
    )


def _finish(batch_id: int, counts: Counts) -> None:
    with transaction() as session:
        finished = session.scalar(
            update(ImportBatch)
            .where(ImportBatch.id == batch_id, ImportBatch.finished_at.is_(None))
            .values(finished_at=utcnow())
            .returning(ImportBatch.actor)
        )
        if finished is not None:
            detail = {k: v for k, v in counts.describe().items() if k != "by_field"}
            record(session, "import.finished", SUBJECT, batch_id, actor=finished, detail=detail)
