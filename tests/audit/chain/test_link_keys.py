"""The keys of the chain turn with the data key, and what the old one signed is still trusted."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask
from sqlalchemy import select

from petition.audit.chain.chain_check import BreakKind, verify_chain
from petition.audit.chain.event_chain import chain_events
from petition.audit.chain.event_lines import write_turn
from petition.audit.chain.link_keys import list_own_keys
from petition.core.extensions import db, transaction
from petition.core.sealing import Sealer
from petition.models import AuditKey
from tests.audit.chain.world import add_events, no_triggers
from tests.cli.runner import run
from tests.docs.pages import DOCS

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
Turn = Callable[..., None]


@pytest.fixture
def turn(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Turn]:
    """Set the data keys of an app whose context is pushed."""
    with app.app_context():

        def set_keys(*keys: bytes) -> None:
            monkeypatch.setitem(app.extensions, "hundredth-sealer", Sealer(*keys))

        set_keys(OLD)
        yield set_keys
        db.session.remove()


def list_rows() -> list[AuditKey]:
    found = list(db.session.scalars(select(AuditKey).order_by(AuditKey.id)))
    db.session.expunge_all()
    db.session.rollback()
    return found


def chain_some() -> None:
    add_events(3)
    assert chain_events() >= 3


def test_a_new_data_key_begins_a_key_and_both_sign_the_turn(turn: Turn) -> None:
    chain_some()
    turn(NEW, OLD)
    chain_some()
    chain_some()

    first, second = list_rows()
    signed = write_turn(2, first.public, second.public)
    assert second.signed_by_previous is not None and second.signs_previous is not None
    Ed25519PublicKey.from_public_bytes(first.public).verify(second.signed_by_previous, signed)
    Ed25519PublicKey.from_public_bytes(second.public).verify(second.signs_previous, signed)
    assert verify_chain().breach is None

    turn(NEW)
    assert verify_chain().breach is None


def test_without_the_old_key_the_new_one_still_vouches_for_what_was_signed(turn: Turn) -> None:
    chain_some()
    turn(NEW)
    chain_some()

    assert list_rows()[1].signed_by_previous is None
    assert verify_chain().breach is None


def test_a_key_that_was_slipped_in_before_ours_is_not_trusted(turn: Turn) -> None:
    """It may say that ours follows, but ours has not signed it."""
    chain_some()
    turn(NEW, OLD)
    chain_some()
    forged = Ed25519PrivateKey.generate()
    public = forged.public_key().public_bytes_raw()
    signed = write_turn(2, public, list_rows()[1].public)
    with no_triggers() as connection:
        table = AuditKey.__table__
        connection.execute(table.update().where(table.c.id == 1).values(public=public))
        connection.execute(
            table.update().where(table.c.id == 2).values(signed_by_previous=forged.sign(signed))
        )

    breach = verify_chain().breach

    assert breach is not None
    assert (breach.link, breach.kind) == (1, BreakKind.KEY_UNTRUSTED)


def test_each_data_key_derives_another_key_and_never_itself(turn: Turn) -> None:
    turn(OLD, NEW)
    first, second = (key.private_bytes_raw() for key in list_own_keys())

    assert len({first, second, OLD, NEW}) == 4


def test_a_third_party_verifies_the_export_by_the_recipe_of_the_docs(
    app: Flask, tmp_path: Path
) -> None:
    with app.app_context():
        chain_some()
        chain_some()
        head = run(app, "audit", "head", "--json")
    exported = tmp_path / "trail.jsonl"
    done = run(app, "audit", "export", str(exported))
    assert done.exit_code == 0, done.output
    last = json.loads(head.output)
    printed = follow_recipe(exported)
    assert printed == [f"{last['link']} {last['head']}"]
    assert exported.stat().st_mode & 0o777 == 0o600

    again = run(app, "audit", "export", str(exported))
    assert again.exit_code == 2  # never over a file that exists

    content = exported.read_bytes()
    exported.write_bytes(content.replace(b"chain.tested", b"chain.tamed!", 1))
    with pytest.raises(AssertionError):
        follow_recipe(exported)


def test_an_export_begins_with_the_links_of_a_day(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        chain_some()
    exported = tmp_path / "trail.jsonl"

    run(app, "audit", "export", str(exported), "--since", "2100-01-01")

    (header,) = map(json.loads, exported.read_text().splitlines())
    assert header["previous"] is not None


def follow_recipe(path: Path) -> list[str]:
    page = (DOCS / "decisions" / "audit.md").read_text("utf-8")
    recipe = page.partition("## Verifying without")[2].partition("    import")[2]
    code = "    import" + recipe.partition("\n\nAn event's line")[0]
    printed: list[str] = []
    names = {"FILE": path, "print": lambda *words: printed.append(" ".join(map(str, words)))}
    source = "\n".join(line.removeprefix("    ") for line in code.splitlines())
    exec(source, names)
    return printed


def test_the_key_of_the_tests_is_a_data_key(environment: dict[str, str]) -> None:
    assert base64.urlsafe_b64decode(environment["PETITION_DATA_KEY"]) == OLD


def test_nothing_is_noted_of_a_key_whose_link_is_refused(turn: Turn) -> None:
    with transaction() as session:
        assert session.scalar(select(AuditKey.id)) is None
    assert chain_events() == 0
    assert list_rows() == []
