"""Stores a letter's file when it begins to go, so that each attempt attaches the same bytes."""

import os
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from petition.core.columns import ROW_SECRET_BYTES
from petition.core.errors import StorageCorrupt
from petition.models import Letter, Milestone, ReplyConsent, ReplyFile, ReplyRows
from petition.models.outgoing.reply_file import BROKEN_ROWS
from petition.replies.reply_list import read_replies


def store_file(session: Session, milestone: Milestone, letter: Letter, now: datetime) -> None:
    """Store the file that goes with a letter, unless it is stored or the letter has none.

    - Nothing is stored if the people who allow it now are not those of the letter, as when it is
      tried again after its file was erased: ``read_file`` then finds none.
    """
    if letter.replies is None:
        return
    if session.get(ReplyFile, (milestone.id, letter.replies)) is not None:
        return
    replies = read_replies(session, milestone)
    if replies.mark != letter.replies:
        return
    bound_to = os.urandom(ROW_SECRET_BYTES)
    session.add(
        ReplyFile(
            milestone_id=milestone.id,
            mark=letter.replies,
            people=len(replies.signature_ids),
            rows=ReplyRows(replies.csv, bound_to),
            bound_to=bound_to,
            made_at=now,
        )
    )
    session.execute(
        update(ReplyConsent)
        .where(
            ReplyConsent.signature_id.in_(replies.signature_ids), ReplyConsent.shared_at.is_(None)
        )
        .values(shared_at=now)
    )


def read_file(session: Session, milestone_id: int, mark: str) -> bytes | None:
    """Return a stored file; None if there is none with that mark.

    - In UTF-8 with a byte order mark, without which Excel takes it for Windows-1252.
    - Raises StorageCorrupt if it does not open.
    """
    rows = session.scalar(
        select(ReplyFile.rows).where(ReplyFile.milestone_id == milestone_id, ReplyFile.mark == mark)
    )
    if rows == BROKEN_ROWS:
        raise StorageCorrupt(f"the file of replies of milestone {milestone_id} does not open")
    return None if rows is None else rows.csv.encode("utf-8-sig")
