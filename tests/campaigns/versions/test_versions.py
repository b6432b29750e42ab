"""Each change of a definition is a version, on every road, and no version ever changes."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import JSON, Boolean, Column, Integer, String, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

import petition
from petition.campaigns.definition import ATTRIBUTES, FIELDS
from petition.campaigns.lifecycle import create_campaign, set_state, update_campaign
from petition.campaigns.problem_codes import DefinitionRefused
from petition.campaigns.successors import set_successor
from petition.campaigns.versions.comparison import compare_definitions, compare_texts, show_value
from petition.campaigns.versions.definition_text import describe_campaign
from petition.campaigns.versions.edit_conflicts import merge_with_stored
from petition.campaigns.versions.edits import (
    Basis,
    discard_draft,
    find_basis,
    publish_edit,
    put_back,
    save_draft,
)
from petition.campaigns.versions.version_list import (
    find_draft,
    list_versions,
    read_draft,
    read_version,
)
from petition.campaigns.versions.version_store import VersionChanged, store_version
from petition.core.errors import NotFound
from petition.core.extensions import db, transaction
from petition.letters.merge import find_merge_problem
from petition.models import Campaign, CampaignDraft, CampaignHead, CampaignState, CampaignVersion
from tests.factories import make_campaign, make_signature

SLUG = "buses"
VALUES: dict[str, Any] = {
    "slug": SLUG,
    "title": "Keep the buses",
    "letter": "Please keep the 38 running.",
    "ask": "Please keep every bus.",
    "organization": ["Riders Together", "Walkers"],
    "bill_number": "S.1",
    "bills": [{"number": "S.2", "relation": "prior"}],
    "guards": {"honeypot": False},
}


def lay(**changes: Any) -> int:
    return create_campaign(VALUES | changes, find_merge_problem)


def find(slug: str = SLUG) -> Campaign:
    db.session.rollback()
    return db.session.scalars(select(Campaign).where(Campaign.slug == slug)).one()


def publish(told: dict[str, Any], basis: Basis, **options: Any) -> list[str]:
    return publish_edit(SLUG, told, find_merge_problem, basis, actor="staff:1", **options)


def draft(told: dict[str, Any], basis: Basis) -> int:
    return save_draft(SLUG, told, find_merge_problem, basis, actor="staff:1")


def assert_in_step(slug: str = SLUG) -> None:
    """Hold that the version in force is what the campaign's own columns say."""
    campaign = find(slug)
    head = db.session.get_one(CampaignHead, campaign.id)
    version = db.session.get_one(CampaignVersion, head.version_id)
    assert read_version(db.session(), campaign.id, version.number) == describe_campaign(campaign)
    newest = list_versions(db.session(), campaign.id)[0].number
    assert (version.campaign_id, version.number) == (campaign.id, newest)


ROADS: dict[str, Callable[[], object]] = {
    "create": lambda: None,
    "update": lambda: update_campaign(VALUES | {"summary": "Short."}, find_merge_problem),
    "follow": lambda: set_successor(SLUG, "trains"),
    "publish": lambda: publish(VALUES | {"accent": "#0b5a78", "successor": "trains"}, Basis(1)),
    "owners": lambda: publish(VALUES | {"organization": "Walkers"}, Basis(1)),
    "bills": lambda: publish(VALUES | {"bills": []}, Basis(1)),
    "subject": lambda: publish(VALUES | {"bill_number": "S.9"}, Basis(1)),
    "draft": lambda: draft(VALUES | {"summary": "Short."}, Basis(1)),
    "open": lambda: set_state(SLUG, CampaignState.OPEN),
    "close": lambda: set_state(SLUG, CampaignState.CLOSED),
    "put back": lambda: put_back(SLUG, 1, find_merge_problem, Basis(1), actor="staff:1"),
}


@pytest.mark.parametrize("road", ROADS)
def test_on_every_road_the_version_in_force_is_what_the_campaign_says(
    context: AppContext, road: str
) -> None:
    lay(slug="trains")
    lay()

    ROADS[road]()

    assert_in_step()
    told = {"create", "draft", "open", "close", "put back"}
    assert len(list_versions(db.session(), find().id)) == (1 if road in told else 2)


CHANGES = (
    "UPDATE campaign_organizations SET name = 'Another' WHERE name = 'Walkers'",
    "UPDATE campaign_organizations SET position = 7 WHERE name = 'Walkers'",
    "DELETE FROM campaign_organizations WHERE name = 'Walkers'",
    "INSERT INTO campaign_organizations (campaign_id, role, position, name)"
    " SELECT id, 'owner', 3, 'One more' FROM campaigns",
    "DELETE FROM campaign_bills",
    "UPDATE campaign_bills SET position = 9 WHERE relation = 'prior'",
    "INSERT INTO campaign_bills (campaign_id, bill_id, relation, position)"
    " SELECT campaigns.id, bills.id, 'replaces', 5 FROM campaigns, bills",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_commits_no_other_owner_or_bill_without_a_version(
    context: AppContext, change: str
) -> None:
    lay()

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(change))

    assert_in_step()


def find_other(column: Column[Any]) -> str:
    """Return a value of a column, in SQL, that VALUES does not have."""
    listed = {"comments": "all", "position": "oppose", "sharing": "own-link", "accent": "#0b5a7"}
    if column.name in listed:
        return f"'{listed[column.name]}'"
    if isinstance(column.type, JSON):
        return "'[\"state\"]'"
    if isinstance(column.type, Boolean):
        return f"NOT {column.name}"
    if isinstance(column.type, Integer):
        return "7"
    return "'other'" if isinstance(column.type, String) else "'2029-01-01 00:00:00'"


def test_the_database_commits_no_other_value_of_any_field_without_a_version(
    context: AppContext,
) -> None:
    lay()
    columns = [name for name in ATTRIBUTES.values() if name in Campaign.__table__.c]
    assert len(columns) == len(FIELDS) - 7  # owners and bills are rows of their own

    for name in columns:
        column = Campaign.__table__.c[name]
        with pytest.raises(IntegrityError), transaction() as session:
            session.execute(text(f"UPDATE campaigns SET {name} = {find_other(column)}"))
            changed = session.scalar(select(CampaignHead.version_id))
            assert changed is not None and changed < 0, name

    assert_in_step()


HEADS = (
    "UPDATE campaign_heads SET version_id = 1 WHERE campaign_id = 1",
    "UPDATE campaign_heads SET version_id = 3 WHERE campaign_id = 1",
    "UPDATE campaign_heads SET campaign_id = 3 WHERE campaign_id = 1",
    "DELETE FROM campaign_heads",
    "DELETE FROM campaign_versions",
    "UPDATE campaign_versions SET note = 'other'",
    "INSERT INTO campaign_heads (campaign_id, version_id) VALUES (3, 1)",
)


@pytest.mark.parametrize("change", HEADS)
def test_the_database_keeps_the_versions_as_they_are(context: AppContext, change: str) -> None:
    lay()  # version 1
    update_campaign(VALUES | {"summary": "Short."}, find_merge_problem)  # version 2
    lay(slug="trains")  # version 3
    with transaction() as session:
        make_campaign(session, id=3)

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("UPDATE campaigns SET summary = 'x' WHERE slug = 'buses'"))
        session.execute(text(change))

    assert_in_step()


def test_a_version_that_was_there_before_the_change_does_not_do(context: AppContext) -> None:
    lay()

    with pytest.raises(DBAPIError), transaction() as session:
        campaign = session.scalars(select(Campaign)).one()
        store_version(session, campaign, actor="cli")
        campaign.summary = "Unsaid."

    assert find().summary == ""
    assert len(list_versions(db.session(), find().id)) == 1


def test_a_campaign_is_made_in_one_module_alone() -> None:
    root = Path(petition.__file__).parent
    found = [
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if any(
            words in path.read_text("utf-8").replace("class Campaign(Base)", "")
            for words in (" Campaign(", "insert(Campaign)", "update(Campaign)")
        )
    ]

    assert found == ["campaigns/lifecycle.py"]


def test_a_campaign_from_before_has_what_it_was_as_its_first_version(context: AppContext) -> None:
    with transaction() as session:
        make_campaign(session, slug=SLUG, title="Before", ask="Please act.")
    told = describe_campaign(find())
    assert find_basis(db.session(), find().id) == Basis(0)

    publish(told | {"title": "After"}, Basis(0))

    versions = list_versions(db.session(), find().id)
    assert [one.number for one in versions] == [2, 1]
    titles = [read_version(db.session(), find().id, number)["title"] for number in (1, 2)]
    assert titles == ["Before", "After"]


def test_the_second_of_two_who_edit_is_refused_and_loses_nothing(context: AppContext) -> None:
    campaign_id = lay()
    theirs = VALUES | {"summary": "Theirs.", "topic": "Buses", "step": 50}
    mine = VALUES | {"summary": "Mine.", "closing": "Yours,", "step": 50}
    publish(theirs, Basis(1))

    with pytest.raises(VersionChanged) as refused:
        publish(mine, Basis(1))

    assert (refused.value.number, refused.value.revision) == (2, 0)
    db.session.rollback()
    before = read_version(db.session(), campaign_id, 1)
    found = merge_with_stored(db.session(), campaign_id, Basis(1), before | mine)
    assert found.basis == Basis(2)
    assert {one.name: (one.theirs, one.mine, one.both) for one in found.overlaps} == {
        "summary": ("Theirs.", "Mine.", True),
        "topic": ("Buses", None, False),
    }
    assert (found.told["summary"], found.told["topic"]) == ("Mine.", "Buses")
    assert (found.told["closing"], found.told["step"]) == ("Yours,", 50)
    db.session.rollback()
    assert publish(found.told, found.basis) == ["summary", "closing"]


def test_of_many_who_publish_at_once_one_succeeds(app: Flask) -> None:
    with app.app_context():
        lay()
    start = Barrier(6)

    def try_one(number: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                publish(VALUES | {"summary": f"Number {number}."}, Basis(1))
            except VersionChanged:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(try_one, range(6)))

    assert sum(done) == 1
    with app.app_context():
        assert_in_step()
        assert find().summary == f"Number {done.index(True)}."


def test_a_draft_is_worked_on_and_published_and_is_one(context: AppContext) -> None:
    campaign_id = lay()
    set_state(SLUG, CampaignState.OPEN)

    assert draft(VALUES | {"summary": "A."}, Basis(1)) == 1
    assert draft(VALUES | {"summary": "B."}, Basis(1, 1)) == 2
    for basis in (Basis(1), Basis(1, 1), Basis(1, 3)):
        with pytest.raises(VersionChanged):
            draft(VALUES | {"summary": "C."}, basis)
        with pytest.raises(VersionChanged):
            publish(VALUES | {"summary": "C."}, basis)

    db.session.rollback()
    assert find().summary == ""
    assert read_draft(db.session(), campaign_id)["summary"] == "B."
    assert find_basis(db.session(), campaign_id) == Basis(1, 2)
    db.session.rollback()
    assert publish(VALUES | {"summary": "B."}, Basis(1, 2), note="as agreed") == ["summary"]
    assert find_draft(db.session(), campaign_id) is None
    assert list_versions(db.session(), campaign_id)[0].note == "as agreed"
    assert_in_step()


def test_a_draft_whose_campaign_was_changed_meanwhile_is_merged(context: AppContext) -> None:
    campaign_id = lay()
    draft(VALUES | {"summary": "Mine."}, Basis(1))
    update_campaign(VALUES | {"topic": "Buses"}, find_merge_problem)

    basis = find_basis(db.session(), campaign_id)
    mine = read_draft(db.session(), campaign_id)
    db.session.rollback()
    with pytest.raises(VersionChanged):
        publish(mine, basis)

    found = merge_with_stored(db.session(), campaign_id, basis, mine)
    db.session.rollback()
    assert [one.name for one in found.overlaps] == ["topic"]
    assert publish(found.told, found.basis) == ["summary"]
    assert find().topic == "Buses"


def test_a_draft_is_discarded_by_who_has_seen_it(context: AppContext) -> None:
    lay()
    draft(VALUES | {"summary": "A."}, Basis(1))

    with pytest.raises(VersionChanged):
        discard_draft(SLUG, 2, actor="staff:1")
    discard_draft(SLUG, 1, actor="staff:1")

    with pytest.raises(NotFound):
        discard_draft(SLUG, 1, actor="staff:1")
    assert db.session.scalar(select(func.count()).select_from(CampaignDraft)) == 0


def test_a_version_is_put_back_as_a_new_one(context: AppContext) -> None:
    campaign_id = lay()
    lay(slug="trains")
    update_campaign(VALUES | {"summary": "Short.", "bills": []}, find_merge_problem)
    set_successor(SLUG, "trains")

    assert put_back(SLUG, 1, find_merge_problem, Basis(3), actor="staff:1") == 4

    first, last = (read_version(db.session(), campaign_id, number) for number in (1, 4))
    assert last == first | {"successor": "trains"}
    assert list_versions(db.session(), campaign_id)[0].note == "version 1 again"
    db.session.rollback()
    with pytest.raises(VersionChanged):
        put_back(SLUG, 1, find_merge_problem, Basis(3), actor="staff:1")
    with pytest.raises(NotFound):
        put_back(SLUG, 9, find_merge_problem, Basis(4), actor="staff:1")


def test_once_anyone_has_signed_no_version_with_another_text_is_stored(
    context: AppContext,
) -> None:
    lay()
    update_campaign(VALUES | {"letter": "Another."}, find_merge_problem)
    set_state(SLUG, CampaignState.OPEN)
    with transaction() as session:
        make_signature(session, session.scalars(select(Campaign)).one())

    for act in (
        lambda: put_back(SLUG, 1, find_merge_problem, Basis(2), actor="staff:1"),
        lambda: draft(VALUES, Basis(2)),
        lambda: publish(VALUES, Basis(2)),
    ):
        with pytest.raises(DefinitionRefused, match="letter: signed"):
            act()

    assert_in_step()


def test_what_differs_is_told_by_field_and_in_words() -> None:
    before = {
        "slug": "a",
        "letter": "Keep the 38 running.",
        "step": 100,
        "bills": [{"number": "1"}],
    }
    after = {"slug": "a", "letter": "Keep the 83 running.", "bills": [{"number": "2"}]}

    found = compare_definitions(before, after)

    assert [change.name for change in found] == ["letter", "bills", "step"]
    assert [(piece.kind, piece.text) for piece in found[0].pieces] == [
        ("same", "Keep the "),
        ("removed", "38 "),
        ("added", "83 "),
        ("same", "running."),
    ]
    assert show_value(before["bills"]) == "number: 1"
    long = "\n".join(f"word {number} more" for number in range(40_000))
    assert "".join(one.text for one in compare_texts("", long)) == long


@pytest.mark.parametrize("sign", [" ", "\n"])
def test_texts_that_repeat_are_compared_in_a_moment(sign: str) -> None:
    began = time.perf_counter()

    for before, after in (("a", "b"), ("a", "a b"), ("a b", "b a"), ("a b c d", "d c b a")):
        one, other = (f"{words}{sign}" * (999 // len(words.split())) for words in (before, after))
        pieces = compare_texts(one, other)
        assert "".join(piece.text for piece in pieces if piece.kind != "added") == one
        assert "".join(piece.text for piece in pieces if piece.kind != "removed") == other

    assert time.perf_counter() - began < 10  # seconds; it was minutes
