"""FAULT 29: a service goes on after its backup, is restored, and goes on: nothing twice."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.extensions import db, transaction
from petition.models import Campaign, Milestone, Signature, SignatureState
from petition.notifications.batches import send_batch
from petition.notifications.confirmations import mail_batch
from petition.signers.confirm import confirm
from petition.signers.lost_link import ask_for_links
from petition.signers.withdraw import erase_signature, withdraw_signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.cli.runner import run
from tests.factories import make_person, make_signature
from tests.ground import lay_ground
from tests.letters.samples import read_pages
from tests.mail.servers import Answers, polite_server
from tests.notifications.conftest import read_mails
from tests.redistricting.world import send, work
from tests.restore.backup import Backup, restore, save
from tests.web.public_world import open_page

STEP = 5
LIVE = (SignatureState.CONFIRMED, SignatureState.LOCATED, SignatureState.COUNTED)


@dataclass
class History:
    """What a random number lets people and the service do; what must be so after a restore."""

    app: Flask
    campaign_id: int
    answers: Answers
    chance: random.Random
    people: int = 0
    asked: set[str] = field(default_factory=set)
    erased: dict[str, int] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)

    def go_on(self, steps: int) -> None:
        """Let so much happen."""
        acts = [self.sign, self.sign, self.confirm, self.confirm, self.work, self.mail]
        for _ in range(steps):
            self.chance.choice([*acts, self.ask, self.erase, self.withdraw])()

    def sign(self) -> None:
        for _ in range(self.chance.randint(1, 4)):
            self.people += 1
            email = f"p{self.people}@people.example"
            with transaction() as session:
                campaign = session.get_one(Campaign, self.campaign_id)
                pending = {"state": SignatureState.PENDING, "confirmed_at": None}
                person = make_person(email=email)
                number = make_signature(session, campaign, person=person, **pending).id
            self.links[email] = f"/signatures/{make_token(number, LinkPurpose.STATUS)}"
            db.session.rollback()

    def confirm(self) -> None:
        for row in self._list(SignatureState.PENDING):
            if self.chance.random() < 0.7:
                confirm(make_token(row.id, LinkPurpose.CONFIRM))

    def work(self) -> None:
        work(self.campaign_id)
        send(self.campaign_id, laid_out=True)

    def mail(self) -> None:
        mail_batch(self.chance.randint(1, 5))
        send_batch(self.chance.randint(1, 5))

    def ask(self) -> None:
        for row in self._list(*LIVE)[:1]:
            email = self._read_email(row)
            if email not in self.asked:
                self.asked.add(email)
                ask_for_links(email)

    def erase(self) -> None:
        for row in self._list(*LIVE)[:1]:
            email = self._read_email(row)
            erase_signature(row.id)
            self.erased[email] = self.answers.recipients.count(email)

    def withdraw(self) -> None:
        for row in self._list(*LIVE)[:1]:
            self.withdrawn.add(self._read_email(row))
            withdraw_signature(row.id)

    def read_emails(self) -> dict[str, str]:
        """Return the state of everybody whose data is there."""
        db.session.rollback()
        rows = db.session.scalars(select(Signature)).all()
        return {row.person.email: row.state for row in rows if row.person is not None}

    def _list(self, *states: SignatureState) -> list[Signature]:
        db.session.rollback()
        rows = list(db.session.scalars(select(Signature).where(Signature.state.in_(states))))
        self.chance.shuffle(rows)
        return rows

    def _read_email(self, row: Signature) -> str:
        assert row.person is not None
        email = row.person.email
        db.session.rollback()
        return email


@pytest.fixture
def history(make_app: Callable[..., Flask]) -> Iterator[History]:
    """A campaign to one board, letters and mails by one mail server that keeps them."""
    answers = Answers()
    with polite_server(answers) as address:
        app = make_app(PETITION_SMTP_URL=f"smtp://{address}?timeout=5", PETITION_CHANNEL="email")
        with app.app_context():
            campaign_id, _ = lay_ground(step=STEP, confirm_email=True)
            yield History(app, campaign_id, answers, random.Random(29))  # noqa: S311
            db.session.remove()


def replay(app: Flask, backup: Backup) -> None:
    """Restore as docs/operations.md says: the rows, then what went, then who left."""
    restore(backup)
    for command in (("deliveries", "replay"), ("signatures", "replay")):
        assert run(app, *command).exit_code == 0
    db.session.remove()


def finish(history: History, later: Callable[[timedelta], None]) -> None:
    """Let the service do all that it still has to do."""
    for _ in range(4):
        history.work()
        while mail_batch() + send_batch():
            continue
        later(timedelta(minutes=20))


@pytest.mark.timeout(7200)
def test_whatever_happened_since_the_backup_nothing_is_sent_twice_and_nobody_is_back(
    history: History, make_later: Callable[[timedelta], None], rounds: int
) -> None:
    for _ in range(rounds):
        history.go_on(12)
        backup, known = save(), set(history.links)
        history.go_on(20)
        replay(history.app, backup)
        lost = {email: link for email, link in history.links.items() if email not in known}
        history.links = {email: history.links[email] for email in known}
        history.go_on(8)
        finish(history, make_later)

        _check_mails(history)
        _check_people(history)
        db.session.remove()
        # The numbers of who is lost were given out again.
        assert {open_page(history.app, link).status_code for link in lost.values()} <= {404}


def _check_mails(history: History) -> None:
    kinds: Counter[tuple[str, str]] = Counter()
    named: Counter[str] = Counter()
    mails = read_mails(history.answers.kept)
    for recipient, mail in zip(history.answers.recipients, mails, strict=True):
        kinds[recipient, str(mail["Message-ID"]).strip("<").partition(".")[0]] += 1
        for attachment in mail.iter_attachments():
            if attachment.get_content_type() == "application/pdf":
                words = " ".join(read_pages(attachment.get_content()))
                named.update(set(re.findall(r"Ada Example\d+", words)))
    assert {key: times for key, times in kinds.items() if times > 1} == {}
    assert {name: times for name, times in named.items() if times > 1} == {}
    assert named
    codes = set(db.session.scalars(select(Milestone.code)))
    went = {kind.upper() for recipient, kind in kinds if recipient.endswith("county.example")}
    assert went == codes
    for email, mailed in history.erased.items():
        assert history.answers.recipients.count(email) == mailed, email


def _check_people(history: History) -> None:
    there = history.read_emails()
    assert not set(there) & set(history.erased)
    assert {there[email] for email in history.withdrawn & set(there)} <= {"withdrawn"}
