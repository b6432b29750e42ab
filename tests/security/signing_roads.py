"""What a stranger sees, and what is written, on the roads that take somebody's address."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from petition.core.clock import utcnow
from petition.core.database import Base
from petition.core.extensions import db, transaction
from petition.models import Campaign, Signature, SignatureState
from petition.signers.withdraw import erase_signature, withdraw_signature
from tests.factories import make_person, make_signature
from tests.ground import SLUG, fill_form
from tests.web.public_world import SIGN

FRESH = 99  # all numbers of people have two digits, so that their forms are of one length
WRITES = ("INSERT", "UPDATE", "DELETE")
# In one statement, since it is asked twice for each request.
ALL_ROWS = select(
    sum(
        select(func.count()).select_from(table).scalar_subquery()
        for table in Base.metadata.sorted_tables
    )
)
TOKEN = re.compile(r"""(near=|address/|name="(?:token|shown)" value=")([\w.-]+)""")
MOMENT = re.compile(r"<time .*?</time>")  # of a count
NOT_CONFIRMED = {"confirmed_at": None, "seat": None}
ENDED = {"due_at": None, "ended_at": utcnow()}
STATES: dict[str, dict[str, Any]] = {
    "pending": {"state": SignatureState.PENDING} | NOT_CONFIRMED,
    "confirmed": {},
    "unproved": {"proved_at": None},
    "located": {"state": SignatureState.LOCATED, "due_at": None},
    "in review": {"state": SignatureState.REVIEW, "due_at": None, "review_reason": "several"},
    "counted": {"state": SignatureState.COUNTED, "due_at": None},
    "unreachable": {"unreachable_at": utcnow()},
    "unsubscribed": {"unsubscribed_at": utcnow()},
    "of two people": {},
    "of a second person": {"seat": 2},
    "rejected": {"state": SignatureState.REJECTED} | NOT_CONFIRMED | ENDED,
    "expired": {"state": SignatureState.EXPIRED} | NOT_CONFIRMED | ENDED,
    "withdrawn": {},
    "erased": {},
}


@dataclass
class Seen:
    """What came back of each request, and the statements and rows that it wrote."""

    answers: list[tuple[object, ...]] = field(default_factory=list)
    statements: list[list[tuple[str, str]]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def add_known(app: Flask) -> dict[str, int]:
    """Let an address have signed for each state; return their numbers by state."""
    for number, state in enumerate(STATES, start=10):
        add_signed(app, number, state)
    return {state: number for number, state in enumerate(STATES, start=10)}


def add_signed(app: Flask, number: int, state: str) -> list[int]:
    """Let an address have signed, with what became of it; return its signatures."""
    with app.app_context():
        with transaction() as session:
            campaign = session.scalars(select(Campaign).where(Campaign.slug == SLUG)).one()
            person = make_person(email=fill_form(number)["email"])
            found = [make_signature(session, campaign, person=person, **STATES[state]).id]
            if state == "of two people":
                found.append(make_signature(session, campaign, person=person, seat=2).id)
        end = {"withdrawn": withdraw_signature, "erased": erase_signature}.get(state)
        if end is not None:
            end(found[0])
        return found


class Stranger:
    """Somebody with a browser, who types an address that may be anybody's."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.seen = Seen()
        with app.app_context():
            self.engine = db.engine

    def send(self, path: str, form: dict[str, str] | None = None) -> TestResponse:
        """Open a page, or send a form; see what there is to see."""
        before = self._count_rows()
        with self._note_writes() as written:
            answer = self.client.post(path, data=form) if form is not None else self._open(path)
        self.seen.answers.append(
            (
                answer.status_code,
                _hide(answer.text),
                [(name, _hide(value)) for name, value in answer.headers],
            )
        )
        self.seen.statements.append(written)
        self.seen.rows.append(self._count_rows() - before)
        return answer

    def sign(self, number: int, **typed: str) -> str:
        """Sign with the address of a number; return where it leads."""
        return self.send(SIGN, fill_form(number) | typed).headers["Location"]

    def _open(self, path: str) -> TestResponse:
        return self.client.get(path)

    def _count_rows(self) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(ALL_ROWS) or 0

    @contextmanager
    def _note_writes(self) -> Iterator[list[tuple[str, str]]]:
        written: list[tuple[str, str]] = []

        def note(*details: object) -> None:
            verb, *rest = str(details[2]).replace('"', "").split()
            if verb in WRITES:
                written.append((verb, rest[0] if verb == "UPDATE" else rest[1]))

        event.listen(self.engine, "after_cursor_execute", note)
        yield written
        event.remove(self.engine, "after_cursor_execute", note)


def read_rows(app: Flask) -> list[Signature]:
    """Return all signatures, in the order in which they were stored."""
    with app.app_context():
        return list(db.session.scalars(select(Signature).order_by(Signature.id)))


def _hide(words: str) -> str:
    """Return words without the time of day, and with the length of each token in its place."""
    return TOKEN.sub(lambda found: f"{found[1]}{len(found[2])}", MOMENT.sub("", words))
