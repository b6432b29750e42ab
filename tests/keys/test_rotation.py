"""All that is stored comes under the first key, whatever else happens to it meanwhile."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import LargeBinary, MetaData, create_engine, delete, select, text, type_coerce
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from petition.core.columns import ROW_SECRET_BYTES, BigPrimaryKey, Sealed
from petition.core.extensions import db, transaction
from petition.core.sealing import make_key_id, read_key_id
from petition.keys import rotation
from petition.keys.rotation import Rotated, note_end, rotate
from petition.keys.sealed_columns import count_by_key, list_sealed_columns
from petition.models import DataKey, Event, Process, Signature
from petition.signers.withdraw import erase_signature
from tests.cli.runner import run
from tests.factories import make_campaign, make_person, make_signature
from tests.keys.turned import NEW, NEW_ID, OLD, OLD_ID, set_keys
from tests.processes.rows import NO_PID, add_process

MakeApp = Callable[..., Flask]
PURPOSE = "signature.person"


def add_people(app: Flask, number: int) -> list[int]:
    """Add people to one campaign, sealed by the app's first key."""
    with app.app_context():
        with transaction() as session:
            campaign = make_campaign(session)
            ids = [
                make_signature(session, campaign, person=make_person(given_name=f"P{at}")).id
                for at in range(number)
            ]
        db.session.remove()
    return ids


def read_raw(app: Flask) -> dict[int, bytes]:
    with app.app_context():
        rows = db.session.execute(
            select(Signature.id, type_coerce(Signature.person, LargeBinary)).where(
                Signature.person.is_not(None)
            )
        ).all()
        db.session.remove()
    return {number: bytes(sealed) for number, sealed in rows}


def read_names(app: Flask) -> dict[int, str]:
    """Return the first name of each who opens, by id."""
    with app.app_context():
        rows = db.session.execute(select(Signature.id, Signature.person)).all()
        db.session.remove()
    return {number: one.given_name for number, one in rows if one is not None and one.is_readable}


def write_raw(app: Flask, number: int, sealed: bytes, **secrets: bytes | None) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(
                text("UPDATE signatures SET person = :sealed WHERE id = :id"),
                {"id": number, "sealed": sealed},
            )
            for name, value in secrets.items():
                session.execute(
                    text(f"UPDATE signatures SET {name} = :value WHERE id = :id"),
                    {"id": number, "value": value},
                )
        db.session.remove()


def turn(app: Flask, **options: Any) -> Rotated:
    with app.app_context():
        found = rotate(**options)
        db.session.remove()
    return found


def test_every_row_opens_with_the_new_key_alone_and_in_its_own_row(make_app: MakeApp) -> None:
    ids = add_people(make_app(), 7)

    found = turn(make_app(**set_keys(NEW, OLD)), batch=3)

    alone = make_app(**set_keys(NEW))
    assert (found.resealed, found.skipped, found.broken) == (7, 0, 0)
    assert read_names(alone) == {number: f"P{at}" for at, number in enumerate(ids)}
    assert {read_key_id(sealed) for sealed in read_raw(alone).values()} == {NEW_ID}
    raw = read_raw(alone)
    write_raw(alone, ids[0], raw[ids[1]])
    assert ids[0] not in read_names(alone)


def test_an_erased_row_stays_empty_and_a_damaged_one_is_named_and_left(make_app: MakeApp) -> None:
    old = make_app()
    ids = add_people(old, 4)
    with old.app_context():
        erase_signature(ids[0])
        db.session.remove()
    broken = read_raw(old)[ids[1]][:-1] + b"\0"
    write_raw(old, ids[1], broken)

    done = run(make_app(**set_keys(NEW, OLD)), "keys", "rotate")

    alone = make_app(**set_keys(NEW))
    assert done.exit_code == 1
    assert "Values sealed again: 2." in done.output
    assert "because no key opens them: 1." in done.output
    assert f"signatures.person {ids[1]}" in done.output
    assert (
        f"No stored value needs the key {OLD_ID.hex()} any more; you can remove it." in done.output
    )
    assert read_raw(alone)[ids[1]] == broken
    assert sorted(read_names(alone)) == ids[2:]


def test_a_value_of_a_key_that_is_not_set_is_left_and_named(make_app: MakeApp) -> None:
    third = bytes(range(100, 132))
    add_people(make_app(**set_keys(third)), 2)
    ids = add_people(make_app(), 3)

    done = run(make_app(**set_keys(NEW, OLD)), "keys", "rotate")

    assert done.exit_code == 1
    assert f"2 values name the key {make_key_id(third).hex()}" in done.output
    assert sorted(read_names(make_app(**set_keys(NEW)))) == ids
    assert len(read_names(make_app(**set_keys(NEW, third)))) == 5


def test_what_is_changed_while_a_batch_is_sealed_stays_as_it_was_changed(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_app()
    ada, bob, cy = add_people(old, 3)
    turned = make_app(**set_keys(NEW, OLD))
    written = rotation._write
    changed = threading.Event()

    def change_first(*args: Any) -> int:
        if not changed.is_set():
            changed.set()
            with old.app_context():  # a process of before, with the old key in front
                with transaction() as session:
                    row = session.get_one(Signature, ada)
                    assert row.person is not None
                    row.person = replace(row.person, given_name="Changed")
                erase_signature(bob)
                db.session.remove()
        return written(*args)

    monkeypatch.setattr(rotation, "_write", change_first)
    monkeypatch.setattr(rotation, "PAUSE_SECONDS", 0)

    found = turn(turned)

    assert (found.resealed, found.skipped) == (2, 0)
    assert read_names(make_app(**set_keys(NEW))) == {ada: "Changed", cy: "P2"}


@contextmanager
def hold_row(app: Flask, number: int) -> Iterator[None]:
    """Hold a row in a transaction of somebody else's."""
    with app.app_context():
        engine = create_engine(db.engine.url)
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"SELECT 1 FROM signatures WHERE id = {number} FOR UPDATE"))
        yield
    engine.dispose()


def test_a_row_that_somebody_holds_is_not_waited_for_and_keeps_its_key(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        return  # it has one writer, and no rows that are held
    ids = add_people(make_app(), 3)
    app = make_app(**set_keys(NEW, OLD))
    monkeypatch.setattr(rotation, "PAUSE_SECONDS", 0)

    with hold_row(app, ids[1]):
        done = run(app, "keys", "rotate")
    again = run(app, "keys", "rotate")

    assert done.exit_code == 1
    assert "Values sealed again: 2." in done.output and "you can remove it" not in done.output
    assert again.exit_code == 0
    assert "Values sealed again: 1." in again.output and "you can remove it" in again.output


def test_a_rotation_goes_on_where_its_connections_are_cut(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        return  # nobody can cut a connection to a file
    ids = add_people(make_app(), 60)
    app = make_app(**set_keys(NEW, OLD))
    monkeypatch.setattr(rotation, "PAUSE_SECONDS", 0.01)
    cuts: list[int] = []
    reseal = rotation._reseal

    def cut_then_reseal(*args: Any) -> Any:
        if len(cuts) < 4:
            with psycopg.connect(database_url, autocommit=True) as other:
                rows = other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchall()
            cuts.append(len(rows))
        return reseal(*args)

    monkeypatch.setattr(rotation, "_reseal", cut_then_reseal)

    found = turn(app, batch=20)

    assert sum(cuts) > 1
    assert (found.resealed, found.skipped, found.broken) == (60, 0, 0)
    assert sorted(read_names(make_app(**set_keys(NEW)))) == ids


def test_two_rotations_at_once_do_each_value_once(make_app: MakeApp) -> None:
    ids = add_people(make_app(), 60)
    app = make_app(**set_keys(NEW, OLD))
    found: list[Rotated] = []

    threads = [threading.Thread(target=lambda: found.append(turn(app, batch=7))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one.resealed for one in found) == 60
    assert [one.skipped for one in found] == [0, 0]
    assert sorted(read_names(make_app(**set_keys(NEW)))) == ids


def test_a_dry_run_changes_nothing_and_says_how_many_need_it(make_app: MakeApp) -> None:
    add_people(make_app(), 3)
    before = read_raw(make_app())
    app = make_app(**set_keys(NEW, OLD, hash_key=""))

    done = run(make_app(**set_keys(OLD, NEW, hash_key="")), "keys", "rotate", "--dry-run")
    turned = run(make_app(**set_keys(NEW, OLD)), "keys", "rotate", "--dry-run")
    refused = run(app, "keys", "rotate", "--dry-run")

    assert "0 of 3 sealed values need another key" in done.output
    assert "PETITION_HASH_KEY=" in done.output and done.exit_code == 0
    assert f"3 of 3 sealed values need another key than {NEW_ID.hex()}" in turned.output
    assert f"3 of {OLD_ID.hex()}" in turned.output and turned.exit_code == 0
    assert "PETITION_HASH_KEY=" in refused.output and refused.exit_code == 1
    assert read_raw(app) == before


def test_with_one_key_there_is_nothing_to_do(make_app: MakeApp) -> None:
    app = make_app()
    add_people(app, 2)

    done = run(app, "keys", "rotate")

    assert done.exit_code == 0, done.output
    assert "Values sealed again: 0." in done.output


def test_a_rotation_is_an_event_and_notes_the_key_that_may_go(make_app: MakeApp) -> None:
    add_people(make_app(), 2)
    app = make_app(**set_keys(NEW, OLD))

    assert run(app, "keys", "rotate").exit_code == 0

    with app.app_context():
        event = db.session.scalars(select(Event).where(Event.action == "keys.rotated")).one()
        assert (event.subject_id, event.detail) == (
            int.from_bytes(NEW_ID),
            {"resealed": 2, "broken": 0},
        )
        noted = {row.key_id: row.spent_at for row in db.session.scalars(select(DataKey))}
        assert noted[OLD_ID] is not None and noted[NEW_ID] is None
        db.session.remove()


def test_a_key_comes_back_in_front_and_everything_turns_back(make_app: MakeApp) -> None:
    ids = add_people(make_app(), 3)
    assert run(make_app(**set_keys(NEW, OLD)), "keys", "rotate").exit_code == 0

    back = run(make_app(**set_keys(OLD, NEW)), "keys", "rotate")

    assert back.exit_code == 0, back.output
    assert f"{NEW_ID.hex()} any more; you can remove it" in back.output
    assert sorted(read_names(make_app(**set_keys(OLD)))) == ids
    with make_app(**set_keys(OLD)).app_context():
        assert db.session.get_one(DataKey, OLD_ID).spent_at is None
        db.session.remove()


def test_nothing_may_go_while_a_value_could_not_be_written(make_app: MakeApp) -> None:
    with make_app(**set_keys(NEW, OLD)).app_context():
        assert note_end(Rotated(resealed=5, skipped=1)) == []


def test_no_key_may_go_that_a_worker_still_seals_with(make_app: MakeApp) -> None:
    add_people(make_app(), 2)
    app = make_app(**set_keys(NEW, OLD))
    with app.app_context():
        with transaction() as session:
            add_process(session, silent=-600, seals_with=OLD_ID)
            add_process(session, silent=600, seals_with=OLD_ID)  # was killed long ago
        db.session.remove()

    done = run(app, "keys", "rotate")
    doctor = run(app, "doctor").output

    assert done.exit_code == 1
    assert "Values sealed again: 2." in done.output and "you can remove it" not in done.output
    assert f"on one.example (process {NO_PID}) with {OLD_ID.hex()}; restart" in str(done.exception)
    [line] = [line for line in doctor.splitlines() if line.split()[1] == "keys"]
    assert line.startswith("fault") and f"with {OLD_ID.hex()}" in line
    with app.app_context(), transaction() as session:
        session.execute(delete(Process))
    again = run(app, "keys", "rotate")
    assert again.exit_code == 0 and "you can remove it" in again.output


@dataclass(frozen=True, slots=True)
class Note:
    """What a table of a test keeps sealed."""

    words: str
    bound_to: bytes = b""


class BrokenNote(Note):
    """Stands for a note that does not open."""


class OtherBase(DeclarativeBase):
    """Tables that are of this test alone."""

    metadata = MetaData()


class Paper(OtherBase):
    """A table that the rotation was never told of."""

    __tablename__ = "papers"

    shelf: Mapped[BigPrimaryKey]
    place: Mapped[BigPrimaryKey]
    secret: Mapped[bytes] = mapped_column(LargeBinary(ROW_SECRET_BYTES))
    note: Mapped[Note | None] = mapped_column(Sealed(Note, "paper", BrokenNote(""), ("secret",)))


class Loose(DeclarativeBase):
    """Tables with a sealed column that names no secret."""

    metadata = MetaData()


class LoosePaper(Loose):
    """One whose values would carry no key's id."""

    __tablename__ = "loose_papers"

    id: Mapped[BigPrimaryKey]
    note: Mapped[Note | None] = mapped_column(Sealed(Note, "paper", BrokenNote(""), ()))


@pytest.mark.own_database
def test_a_new_sealed_column_is_turned_by_itself_whatever_its_key_is(make_app: MakeApp) -> None:
    old, turned = make_app(), make_app(**set_keys(NEW, OLD))
    secret = bytes(range(ROW_SECRET_BYTES))
    with old.app_context():
        OtherBase.metadata.create_all(db.engine)
        with transaction() as session:
            session.add_all(
                Paper(shelf=at // 3, place=at % 3, secret=secret, note=Note(f"{at}", secret))
                for at in range(7)
            )
        db.session.remove()

    columns = list_sealed_columns(OtherBase.metadata)
    found = turn(turned, columns=columns, batch=2)

    assert [str(column) for column in columns] == ["papers.note"]
    assert found.resealed == 7
    alone = make_app(**set_keys(NEW))
    with alone.app_context():
        notes = db.session.scalars(select(Paper.note).order_by(Paper.shelf, Paper.place)).all()
        assert [note.words for note in notes if note] == list("0123456")
        assert count_by_key(db.session(), columns) == {NEW_ID: 7}
        db.session.remove()


def test_a_sealed_column_without_a_secret_of_its_row_is_refused() -> None:
    with pytest.raises(TypeError, match="loose_papers.note names no secret"):
        list_sealed_columns(Loose.metadata)


def test_the_sealed_columns_of_the_service_are_known() -> None:
    assert {str(column) for column in list_sealed_columns()} == {
        "signatures.person",
        "deliveries.envelope",
        "letter_answers.content",
        "import_proofs.file",
        "import_uploads.layout",
        "import_pieces.content",
        "reply_files.rows",
        "second_factors.secret",
        "webhook_keys.secret",
    }
