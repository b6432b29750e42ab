"""A file of replies is sealed with the new key as all else is, and stays the same file."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import LargeBinary, select, type_coerce

from petition.core.extensions import db
from petition.core.sealing import read_key_id
from petition.delivery.send import deliver
from petition.keys.rotation import rotate
from petition.models import ReplyFile
from petition.replies.stored_files import read_file
from tests.delivery.conftest import build_ready
from tests.delivery.test_keeping import try_in_vain
from tests.delivery.test_reply_files import read_files, read_raw
from tests.keys.turned import NEW, NEW_ID, OLD, set_keys


def test_a_retry_after_a_rotation_sends_the_same_file(make_app: Callable[..., Flask]) -> None:
    with make_app().app_context():
        ready = build_ready(wants_reply=2)
        try_in_vain(ready)
        mark = db.session.scalars(select(ReplyFile.mark)).one()
        before = read_file(db.session(), ready.milestone_id, mark)
        db.session.remove()
    with make_app(**set_keys(NEW, OLD)).app_context():
        assert rotate().broken == 0
        db.session.remove()

    with make_app(**set_keys(NEW)).app_context():
        raw = db.session.scalars(select(type_coerce(ReplyFile.rows, LargeBinary))).one()
        db.session.rollback()
        assert read_key_id(bytes(raw)) == NEW_ID
        assert deliver(ready.delivery_id, ready.read_letter) == "accepted"
        assert read_files(read_raw(ready.delivery_id))["text/csv"] == before
        db.session.remove()
