"""Two hosts with folders of their own and one bucket, which goes away while letters are made."""

from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.errors import StorageUnavailable
from petition.core.extensions import db, transaction
from petition.delivery import deliver
from petition.letters.store import open_letters
from petition.models import Attempt, Delivery, DeliveryState
from tests.core.content.servers import BUCKET, KEY_ID, REGION, SECRET, BucketServer
from tests.factories import render_milestone
from tests.letters.test_make import make_milestone

PATIENCE = 0.2


@pytest.fixture
def hosts(
    make_app: Callable[..., Flask], server: BucketServer, tmp_path: Path
) -> tuple[Flask, Flask]:
    """Two apps on one database and one bucket."""
    url = f"s3://{BUCKET}/service/one?endpoint={server.endpoint}&region={REGION}"
    keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    first, second = (
        make_app(PETITION_STORAGE_URL=url, PETITION_DATA_DIR=str(tmp_path / name), **keys)
        for name in ("first", "second")
    )
    return first, second


def make_due(delivery_id: int) -> None:
    with transaction() as session:
        delivery = session.get_one(Delivery, delivery_id)
        delivery.due_at = delivery.created_at


def test_a_letter_that_one_host_makes_goes_from_another_once_the_store_is_back(
    hosts: tuple[Flask, Flask], server: BucketServer, tmp_path: Path
) -> None:
    first, second = hosts
    with first.app_context():
        due = make_milestone()
        server.kill()
        try:
            with pytest.raises(StorageUnavailable):
                render_milestone(due.milestone_id, open_letters(PATIENCE))
            db.session.rollback()
        finally:
            server.start()
        assert render_milestone(due.milestone_id, open_letters(PATIENCE)) == [due.delivery_id]
        db.session.remove()
    with second.app_context():
        server.kill()
        try:
            assert deliver(due.delivery_id, open_letters(PATIENCE).read) is None
            assert db.session.scalars(select(Attempt)).all() == []
            db.session.rollback()
        finally:
            server.start()
        make_due(due.delivery_id)
        assert deliver(due.delivery_id, open_letters(PATIENCE).read) is DeliveryState.ACCEPTED
        assert deliver(due.delivery_id, open_letters(PATIENCE).read) is None
        letter = db.session.get_one(Delivery, due.delivery_id).letter
        assert letter is not None
        pdf = open_letters(PATIENCE).read(letter.sha256)
        db.session.remove()

    sent = tmp_path / "second" / "outbox" / str(due.delivery_id) / "letter.pdf"
    assert sent.read_bytes() == pdf
    assert not (tmp_path / "first" / "letters").exists()
    assert not (tmp_path / "second" / "letters").exists()


def test_a_store_that_goes_away_while_a_letter_is_stored_is_waited_for(
    hosts: tuple[Flask, Flask], server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hosts[0].app_context():
        due = make_milestone()
        store = open_letters(10)
        put = store.put

        def put_while_away(content: bytes) -> str:
            server.kill()
            Timer(1.0, server.start).start()
            return put(content)

        monkeypatch.setattr(store, "put", put_while_away)
        assert render_milestone(due.milestone_id, store) == [due.delivery_id]
        monkeypatch.undo()
        assert deliver(due.delivery_id, store.read) is DeliveryState.ACCEPTED
        db.session.remove()
