"""A process with keys that are not the database's does not start, and says which setting it is."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text

from petition.core.clock import utcnow
from petition.core.errors import ConfigurationError, DatabaseUnavailable, KeyMissing, SealBroken
from petition.core.extensions import db, transaction
from petition.core.key_values import encode_key
from petition.keys.check import check_at_start, check_if_due, check_keys
from petition.models import DataKey, HashCheck, Signature
from petition.transitions.unreadable_signatures import set_aside
from tests.cli.runner import run
from tests.factories import make_campaign, make_signature
from tests.keys.turned import HASH_KEY, NEW, NEW_ID, OLD, OLD_ID, set_keys

THIRD = bytes(range(100, 132))
MakeApp = Callable[..., Flask]


def start(app: Flask) -> None:
    """Do with an app what each role does first."""
    with app.app_context():
        try:
            check_keys()
        finally:
            db.session.remove()


def begin_with_old_key(make_app: MakeApp, *, noted: bool = True) -> Flask:
    """Return an installation that has run with the old key alone, and holds one signature."""
    app = make_app()
    with app.app_context():
        with transaction() as session:
            make_signature(session, make_campaign(session))
        db.session.remove()
    if noted:
        start(app)
    return app


def test_the_first_start_notes_what_later_ones_compare(make_app: MakeApp) -> None:
    app = begin_with_old_key(make_app)
    start(app)

    with app.app_context():
        assert db.session.scalars(select(DataKey.key_id)).all() == [OLD_ID]
        assert db.session.scalar(select(func.count()).select_from(HashCheck)) == 1


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (set_keys(NEW, OLD, hash_key=""), "PETITION_HASH_KEY: is not set, and the first of"),
        (set_keys(OLD, hash_key=encode_key(THIRD)), "PETITION_HASH_KEY: is not the key"),
        (set_keys(NEW, OLD, hash_key=encode_key(OLD)), "PETITION_HASH_KEY: is not the key"),
    ],
    ids=["wrong order", "wrong hash key", "the data key itself"],
)
def test_hashes_that_would_not_match_are_refused_and_nothing_is_noted(
    make_app: MakeApp, noted: bool, keys: dict[str, str], words: str
) -> None:
    begin_with_old_key(make_app, noted=noted)
    app = make_app(**keys)

    with pytest.raises(ConfigurationError) as refused:
        start(app)

    assert words in str(refused.value)
    with app.app_context():
        assert len(db.session.scalars(select(HashCheck)).all()) == noted
        assert db.session.scalars(select(DataKey.key_id)).all() == [OLD_ID] * noted


@pytest.mark.parametrize(("noted", "setting"), [(True, "HASH_KEY"), (False, "DATA_KEY")])
def test_another_data_key_is_refused_and_nothing_is_noted(
    make_app: MakeApp, noted: bool, setting: str
) -> None:
    begin_with_old_key(make_app, noted=noted)

    with pytest.raises(ConfigurationError) as refused:
        start(make_app(PETITION_DATA_KEY=encode_key(THIRD)))

    assert refused.value.setting == f"PETITION_{setting}"
    start(make_app())  # the right one is not refused for what the wrong one left


@pytest.mark.parametrize("keys", [(OLD, NEW), (NEW, OLD)])
def test_each_step_of_turning_a_key_starts(make_app: MakeApp, keys: tuple[bytes, ...]) -> None:
    begin_with_old_key(make_app)

    start(make_app(**set_keys(*keys)))


def test_a_key_that_was_removed_too_early_is_named(make_app: MakeApp) -> None:
    begin_with_old_key(make_app)

    with pytest.raises(KeyMissing, match=OLD_ID.hex()):
        start(make_app(**set_keys(NEW)))


def test_a_second_key_that_never_sealed_may_be_taken_out_again(make_app: MakeApp) -> None:
    begin_with_old_key(make_app)
    start(make_app(**set_keys(OLD, NEW)))

    start(make_app(**set_keys(OLD)))


def test_all_keys_of_an_installation_from_before_they_were_noted_are_kept(
    make_app: MakeApp,
) -> None:
    begin_with_old_key(make_app, noted=False)
    start(make_app(**set_keys(NEW, OLD)))

    with pytest.raises(KeyMissing, match=OLD_ID.hex()):
        start(make_app(**set_keys(NEW)))


def test_a_lost_key_is_given_up_by_name_and_what_it_sealed_stays_closed(
    make_app: MakeApp,
) -> None:
    begin_with_old_key(make_app)
    app = make_app(**set_keys(NEW))

    done = run(app, "keys", "give-up", OLD_ID.hex(), "--yes")

    assert done.exit_code == 0, done.output
    start(app)
    with app.app_context():
        person = db.session.scalars(select(Signature.person)).one()
        assert person is not None and not person.is_readable


def test_a_hash_key_is_given_up_by_name(make_app: MakeApp) -> None:
    begin_with_old_key(make_app)
    app = make_app(**set_keys(OLD, hash_key=encode_key(THIRD)))

    assert run(app, "keys", "give-up", "hash", "--yes").exit_code == 0

    start(app)


@pytest.mark.parametrize("key", ["", "ab", "no-such-key", NEW_ID.hex(), "../../etc"])
def test_no_key_is_given_up_that_there_never_was(make_app: MakeApp, key: str) -> None:
    app = begin_with_old_key(make_app)

    assert run(app, "keys", "give-up", key, "--yes").exit_code != 0


def test_a_row_of_a_missing_key_is_not_taken_for_a_damaged_one(make_app: MakeApp) -> None:
    begin_with_old_key(make_app)
    app = make_app(**set_keys(NEW))
    with app.app_context():
        number = db.session.scalars(select(Signature.id)).one()
        with transaction() as session:
            make_signature(session, make_campaign(session))  # readable, by the new key
        with pytest.raises(SealBroken, match=OLD_ID.hex()), transaction() as session:
            set_aside(session, [number], utcnow())
        assert db.session.get_one(Signature, number).state == "confirmed"


def test_a_check_that_found_no_database_is_made_up_for(
    make_app: MakeApp, sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mounted" / "hundredth.sqlite3"
    url = f"sqlite:///{path}"
    app = make_app(DATABASE_URL=url, **set_keys(NEW))
    with app.app_context():
        check_at_start()
        with pytest.raises(DatabaseUnavailable):
            check_if_due()
        path.parent.mkdir()
        shutil.copyfile(sqlite_template, path)
        start(make_app(DATABASE_URL=url))

        with pytest.raises(ConfigurationError):
            check_if_due()


def test_the_doctor_names_a_key_that_is_missing_and_one_that_may_go(make_app: MakeApp) -> None:
    begin_with_old_key(make_app)
    turned = make_app(**set_keys(NEW, OLD))
    start(turned)

    def find_line(app: Flask) -> str:
        output = run(app, "doctor").output
        return next(line for line in output.splitlines() if line.split()[1] == "keys")

    assert f"{OLD_ID.hex()} is needed until" in find_line(turned)
    missing = find_line(make_app(**set_keys(NEW)))
    assert missing.startswith("fault") and OLD_ID.hex() in missing
    wrong = find_line(make_app(**set_keys(OLD, hash_key=encode_key(THIRD))))
    assert wrong.startswith("fault") and "PETITION_HASH_KEY" in wrong
    assert run(turned, "keys", "rotate").exit_code == 0
    assert f"{OLD_ID.hex()} can be removed" in find_line(turned)
    assert find_line(make_app(**set_keys(NEW))).startswith("ok")


def test_the_doctor_finds_what_a_process_sealed_with_a_key_that_was_spent(
    make_app: MakeApp,
) -> None:
    old = begin_with_old_key(make_app)
    turned = make_app(**set_keys(NEW, OLD))
    assert run(turned, "keys", "rotate").exit_code == 0
    with old.app_context():  # it was not restarted
        with transaction() as session:
            make_signature(session, make_campaign(session))
        db.session.remove()

    with pytest.raises(KeyMissing, match=OLD_ID.hex()):
        start(make_app(**set_keys(NEW)))


def test_the_database_holds_one_check_at_most(make_app: MakeApp) -> None:
    app = begin_with_old_key(make_app)
    with app.app_context(), pytest.raises(Exception, match="ck_hash_checks_one"):
        with transaction() as session:
            session.execute(delete(HashCheck))
            session.execute(
                text("INSERT INTO hash_checks (id, digest, made_at) VALUES (2, :d, :at)"),
                {"d": b"x", "at": utcnow()},
            )


def test_the_hash_key_is_the_one_that_the_old_data_key_gave(make_app: MakeApp) -> None:
    begin_with_old_key(make_app)

    done = run(make_app(**set_keys(NEW, OLD, hash_key="")), "keys", "rotate")

    assert done.exit_code == 1
    assert f"PETITION_HASH_KEY={HASH_KEY}" in done.output.splitlines()
    assert "PETITION_HASH_KEY is not set" in str(done.exception)
