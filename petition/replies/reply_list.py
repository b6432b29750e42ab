"""The signers named in a letter who allow its office to write back, at this moment."""

import csv
import io
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.sealing import get_sealer
from petition.models import LedgerEntry, Milestone, Person, ReplyConsent, Signature
from petition.models.signatures.person import skip_broken
from petition.validation.spreadsheet_cells import protect_cell

HEADS = {
    "en": ("Name", "ZIP code", "E-mail"),
    "es": ("Nombre", "Código postal", "Correo electrónico"),
}
# A spreadsheet takes a cell that begins so as a formula: OWASP, CSV Injection. The last four are
# wide forms, which some take for the plain ones.


@dataclass(frozen=True, slots=True)
class ReplyList:
    """Who would like an answer to one letter.

    - ``signature_ids``: in the letter's order. ``csv``: the file's text; empty without anybody.
    - ``mark``: a keyed hash of the text; None without anybody.
    """

    signature_ids: tuple[int, ...] = ()
    csv: str = field(default="", repr=False)
    mark: str | None = None


def read_replies(session: Session, milestone: Milestone) -> ReplyList:
    """Return who would like an answer to the letter of a milestone, in the caller's transaction.

    - Those whom the letter names, once each, who allow it now and whose mailbox is proved:
      anybody may type the address of somebody else.
    """
    rows = session.execute(
        select(LedgerEntry.signature_id, Signature.person)
        .join(Signature, Signature.id == LedgerEntry.signature_id)
        .join(ReplyConsent, ReplyConsent.signature_id == Signature.id)
        .where(
            milestone.carries(),
            Signature.ended_at.is_(None),
            Signature.proved_at.is_not(None),
            ReplyConsent.withdrawn_at.is_(None),
        )
        .order_by(LedgerEntry.ordinal)
    )
    people: dict[int, Person] = {}
    for signature_id, sealed in rows:
        # No letter is rendered while somebody's data does not open (letters/holds.py).
        person = skip_broken(cast(Person, sealed))
        if person is not None:
            people.setdefault(signature_id, person)
    if not people:
        return ReplyList()
    text = write_csv(list(people.values()), milestone.campaign.language)
    mark = get_sealer().digest(text, "letter.replies").hex()
    return ReplyList(tuple(people), text, mark)


def write_csv(people: list[Person], language: str) -> str:
    """Return the text of the file: a head, then name, ZIP code and e-mail of each, in order.

    - RFC 4180: lines end with CR LF. Each cell is quoted: a spreadsheet of a country where a
      semicolon parts cells would else begin one in the middle of a name.
    - A cell that a spreadsheet would take as a formula begins with a single quote.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(HEADS.get(language[:2], HEADS["en"]))
    for person in people:
        cells = (person.name, person.postal_code, person.email)
        writer.writerow([protect_cell(cell) for cell in cells])
    return written.getvalue()
