"""Keeps an uploaded roster, and imports exactly what was looked through."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from petition.bulk.rosters.roster_check import check_roster, hash_report, run_roster, write_report
from petition.bulk.rosters.roster_options import RosterOptions, load_options
from petition.bulk.rosters.roster_problems import RosterProblem
from petition.bulk.uploads.upload_pieces import split_file
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused, InvalidInput, NotFound, Problem, UserError
from petition.core.extensions import db, transaction
from petition.models import RosterPiece, RosterUpload
from petition.officials.rosters.import_report import ImportReport

# Bytes. The import of some 20,000 rows: a request should not take longer, nor hold the write lock.
LARGEST_ROSTER = 3_000_000
LONGEST_NAME = 60  # bytes of UTF-8 before the ending, of which a file system allows 255 in all
LONGEST_ENDING = 10
# How long a roster that nobody imported is kept.
KEPT = timedelta(days=7)
MOST_SHOWN = 20


class ReportChanged(UserError):
    """The import would do something else than was shown; the new report is stored."""

    status = 409


def receive_roster(
    user_id: int, name: str, file: IO[bytes], options: RosterOptions, *, keep_refused: bool = True
) -> int:
    """Keep a file with what its dry run found; return its number.

    - A roster that is refused is kept with the reason, to be tried with other options; without
      ``keep_refused`` ImportRefused is raised, and nothing is kept.
    - Raises InvalidInput for a file that is empty, too large or no archive.
    """
    with tempfile.TemporaryDirectory(prefix="hundredth-roster-") as folder:
        path = Path(folder) / clean_name(name)
        sha256, size = _spool(file, path)
        found = check_roster(path, options)
        if found.failure is not None and not keep_refused:
            raise ImportRefused(found.failure)
        with transaction() as session:
            _delete_old(session)
            upload = RosterUpload(
                user_id=user_id,
                name=path.name,
                sha256=sha256,
                size=size,
                options=options.as_json(),
                report=found.report,
                failure=found.failure,
                created_at=utcnow(),
            )
            session.add(upload)
            session.flush()
            with path.open("rb") as stored:
                for number, content in enumerate(split_file(stored, size), 1):
                    session.add(RosterPiece(upload_id=upload.id, number=number, content=content))
                    session.flush()
            return upload.id


def check_again(upload_id: int, options: RosterOptions) -> None:
    """Look through a kept roster with other options; raises NotFound, and UserError if imported."""
    upload = get_roster(upload_id)
    _refuse_imported(upload)
    with _restore(upload) as path:
        found = check_roster(path, options)
    with transaction() as session:
        changed = session.execute(
            update(RosterUpload)
            .where(RosterUpload.id == upload_id, RosterUpload.imported_at.is_(None))
            .values(options=options.as_json(), report=found.report, failure=found.failure)
            .returning(RosterUpload.id)
        ).all()
    if not changed:
        raise UserError(RosterProblem.IMPORTED)


def import_kept(upload_id: int, seen: str, *, actor: str) -> None:
    """Import a kept roster, once, if that changes exactly what was shown.

    - ``seen``: the hash of the report that was shown, see hash_report.
    - Raises NotFound; UserError if it was imported before; ReportChanged, after the new report was
      stored, where the import would do something else by now.
    """
    upload = get_roster(upload_id)
    _refuse_imported(upload)
    options = load_options(upload.options)
    if not seen or hash_report(upload.report) != seen:
        raise ReportChanged(RosterProblem.CHANGED)

    def confirm(session: Session, report: ImportReport) -> None:
        if hash_report(write_report(report)) != seen:
            raise ReportChanged(RosterProblem.CHANGED)
        claimed = session.execute(
            update(RosterUpload)
            .where(RosterUpload.id == upload_id, RosterUpload.imported_at.is_(None))
            .values(imported_at=utcnow(), imported_by=actor)
            .returning(RosterUpload.id)
        ).all()
        if not claimed:
            raise UserError(RosterProblem.IMPORTED)
        session.execute(delete(RosterPiece).where(RosterPiece.upload_id == upload_id))

    with _restore(upload) as path:
        try:
            run_roster(
                path, options, dry_run=False, actor=actor, roster_id=upload_id, confirm=confirm
            )
        except (ImportRefused, ReportChanged) as error:
            check_again(upload_id, options)
            raise ReportChanged(RosterProblem.CHANGED) from error


def get_roster(upload_id: int) -> RosterUpload:
    """Return an uploaded roster; raises NotFound."""
    found = db.session.get(RosterUpload, upload_id, populate_existing=True)
    if found is None:
        raise NotFound(RosterProblem.NOT_FOUND)
    return found


def list_rosters() -> list[RosterUpload]:
    """Return the latest uploaded rosters, the newest first."""
    query = select(RosterUpload).order_by(RosterUpload.id.desc()).limit(MOST_SHOWN)
    return list(db.session.scalars(query))


def clean_name(name: str) -> str:
    """Return the name under which an uploaded file is read and shown, with its ending."""
    last = Path(name.replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable()).strip()
    path = Path(shown)
    if not path.stem.strip(". ") or path.name in (".", ".."):
        return "roster"
    return f"{_cut(path.stem, LONGEST_NAME)}{_cut(path.suffix, LONGEST_ENDING)}"


def _cut(text: str, most: int) -> str:
    """Return as many whole characters of a text as have ``most`` bytes."""
    return text.encode(errors="ignore")[:most].decode(errors="ignore")


def _spool(file: IO[bytes], path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as kept:
        for piece in split_file(file, LARGEST_ROSTER):
            digest.update(piece)
            size += len(piece)
            kept.write(piece)
    if not size:
        raise InvalidInput({"file": Problem(RosterProblem.FILE_EMPTY)})
    if size > LARGEST_ROSTER:
        most = {"most": LARGEST_ROSTER // 1_000_000}
        raise InvalidInput({"file": Problem(RosterProblem.FILE_LARGE, most)})
    return digest.hexdigest(), size


@contextmanager
def _restore(upload: RosterUpload) -> Iterator[Path]:
    """Give the bytes of an upload as a file; raises UserError if they are not those of its hash."""
    upload_id, name, sha256 = upload.id, upload.name, upload.sha256
    digest, number = hashlib.sha256(), 0
    with tempfile.TemporaryDirectory(prefix="hundredth-roster-") as folder:
        path = Path(folder) / name
        with path.open("wb") as file:
            while True:
                number += 1
                piece = db.session.scalar(
                    select(RosterPiece.content).where(
                        RosterPiece.upload_id == upload_id, RosterPiece.number == number
                    )
                )
                if piece is None:
                    break
                digest.update(piece)
                file.write(piece)
        db.session.rollback()
        if digest.hexdigest() != sha256:
            raise UserError(RosterProblem.DAMAGED)
        yield path


def _refuse_imported(upload: RosterUpload) -> None:
    if upload.imported_at is not None:
        raise UserError(RosterProblem.IMPORTED)


def _delete_old(session: Session) -> None:
    """Delete the rosters that nobody imported within a week."""
    old = (RosterUpload.imported_at.is_(None), RosterUpload.created_at < utcnow() - KEPT)
    ids = select(RosterUpload.id).where(*old)
    session.execute(delete(RosterPiece).where(RosterPiece.upload_id.in_(ids)))
    session.execute(delete(RosterUpload).where(*old))
