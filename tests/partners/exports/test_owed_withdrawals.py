"""A withdrawal is owed to be applied; one that is owed for 72 hours locks exports."""

from datetime import timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from petition.attention.waiting_list import list_attention
from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.core.extensions import db, transaction
from petition.models import AccessKind, FeedCursor
from petition.partners.consents.accesses import list_taken, record_access
from petition.partners.consents.numbering import number_changes
from petition.partners.exports.export_download import DownloadRefused, open_download
from petition.partners.feed.applied_changes import (
    acknowledge,
    find_owed,
    get_applied,
    is_locked,
    list_late,
    list_owed,
)
from petition.partners.feed.changes import read_changes
from tests.partners.exports.world import Coalition, find_signature, make_coalition


@pytest.fixture
def coalition(context: AppContext) -> Coalition:
    return make_coalition()


def pass_days(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    later = utcnow() + timedelta(days=days)
    monkeypatch.setattr("petition.partners.feed.applied_changes.utcnow", lambda: later)


def number_all() -> None:
    while number_changes():
        pass


def test_who_never_took_anything_owes_nothing(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent_id = coalition.add_person("contact")
    with transaction() as session:
        record_access(
            session,
            organization_id=coalition.organization_id,
            actor="partner:1",
            kind=AccessKind.LOOKUP,
            purpose="contact",
            filters={},
            consent_ids=[consent_id],
        )
    coalition.withdraw(consent_id)
    pass_days(monkeypatch, 30)

    assert not is_locked(coalition.organization_id) and list_late() == []
    assert find_owed(coalition.organization_id).count == 0


def test_what_was_withdrawn_before_it_took_anything_is_not_owed(coalition: Coalition) -> None:
    coalition.withdraw(coalition.add_person())
    coalition.add_person()
    coalition.download(coalition.prepare())

    assert find_owed(coalition.organization_id).count == 0


def test_a_withdrawal_locks_exports_after_72_hours_until_it_is_applied(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays, leaves = coalition.add_person(), coalition.add_person()
    coalition.download(coalition.prepare())
    ready = coalition.prepare()
    coalition.withdraw(leaves)
    number_all()
    assert not is_locked(coalition.organization_id)
    assert [line.consent_id for line in list_owed(coalition.organization_id, 10)] == [leaves]

    pass_days(monkeypatch, 3.01)
    assert is_locked(coalition.organization_id)
    assert [(slug, count) for slug, _, count in list_late()] == [("riders", 1)]
    (waiting,) = list_attention(db.session())
    assert (waiting.name, waiting.number) == ("withdrawals", 1)
    with pytest.raises(UserError):
        coalition.ask()
    with pytest.raises(DownloadRefused):
        open_download(coalition.organization_id, ready, coalition.asker)

    last = read_changes(coalition.organization_id, 0)[-1]
    assert (last.consent_id, last.kind) == (leaves, "withdrawn")
    acknowledge(coalition.organization_id, last.number)
    assert not is_locked(coalition.organization_id) and list_late() == []
    assert len(coalition.download(ready).splitlines()) == 2
    assert list_taken(find_signature(stays))[0].confirmed is False


def test_its_signer_reads_that_it_was_confirmed(coalition: Coalition) -> None:
    consent_id = coalition.add_person()
    coalition.download(coalition.prepare())
    coalition.withdraw(consent_id)
    number_all()
    signature_id = find_signature(consent_id)
    assert [line.confirmed for line in list_taken(signature_id)] == [False]

    acknowledge(coalition.organization_id, list_owed(coalition.organization_id, 1)[0].number)

    assert [line.confirmed for line in list_taken(signature_id)] == [True]


def test_a_cursor_goes_forward_only_and_to_numbers_that_there_are(coalition: Coalition) -> None:
    for _ in range(3):
        coalition.add_person()
    number_all()
    organization_id = coalition.organization_id

    assert acknowledge(organization_id, 2) == 2
    assert acknowledge(organization_id, 1) == 2
    with pytest.raises(NotFound):
        acknowledge(organization_id, 4)
    assert get_applied(organization_id) == 2
    assert [line.number for line in read_changes(organization_id, 2)] == [3]
    assert [line.number for line in read_changes(organization_id, 0, 2)] == [1, 2]
    with pytest.raises(DBAPIError, match="a cursor only goes forward"), transaction() as session:
        session.execute(update(FeedCursor).values(applied_number=1))
    assert db.session.scalar(text("SELECT applied_number FROM feed_cursors")) == 2
