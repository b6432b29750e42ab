"""Looking up people near a base: those who allowed it, nearest cell first, written down before."""

from datetime import date, timedelta

import pytest
from flask.ctx import AppContext
from sqlalchemy import select, update

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.models import Access, AccessPerson, Consent, Signature
from petition.partners.consents.consent_places import place_consents
from petition.partners.lookups import near_people
from petition.partners.lookups.origins import find_origin
from tests.factories import make_person
from tests.partners.lookups.near_world import (
    add_campaign,
    add_group,
    add_person,
    allow,
    find_cell,
    find_consents,
    look,
)


@pytest.fixture
def campaign_id(context: AppContext) -> int:
    return add_campaign(comments="all")


@pytest.fixture
def group(campaign_id: int) -> int:
    return add_group(campaign_id)


def name(given: str, **values: str) -> object:
    return make_person(given_name=given, family_name="Lovelace", **values)


def test_only_those_who_allowed_this_organization_are_listed_nearest_cell_first(
    campaign_id: int, group: int
) -> None:
    other = add_group(campaign_id, "walkers")
    for given, steps, groups in (
        ("Far", 9, (group,)),
        ("Near", 1, (group,)),
        ("Here", 0, (group, other)),
        ("Other", 0, (other,)),
        ("Nobody", 0, ()),
        ("Beyond", 30, (group,)),
    ):
        add_person(campaign_id, *groups, cell=find_cell(steps), person=name(given))

    page = look(group)

    assert [one.name for one in page.people] == ["Here L.", "Near L.", "Far L."]
    assert [cell.people for cell in page.cells] == [1, 1, 1] and page.total == 3
    assert [one.name for one in look(other).people] == ["Here L.", "Other L."]


def test_who_was_seen_is_written_down_with_the_filter(campaign_id: int, group: int) -> None:
    signature_id = add_person(campaign_id, group)

    look(group, campaign_id=campaign_id, since=date(2020, 1, 2))

    access = db.session.scalars(select(Access)).one()
    assert (access.kind, access.purpose, access.people) == ("lookup", "contact", 1)
    assert access.filters == {
        "campaign": campaign_id,
        "since": "2020-01-02",
        "base": 1,
        "reach": 40.0,
    }
    assert db.session.scalars(select(AccessPerson.consent_id)).all() == find_consents(signature_id)


def test_nobody_is_given_out_who_withdraws_between_the_search_and_the_record(
    campaign_id: int, group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    signature_id = add_person(campaign_id, group)
    search = near_people.list_consents

    def search_then_withdraw(*arguments: object, **values: object) -> list[int]:
        found = search(*arguments, **values)  # type: ignore[arg-type]
        db.session.rollback()
        with transaction() as session:
            session.execute(
                update(Consent)
                .where(Consent.signature_id == signature_id)
                .values(withdrawn_at=utcnow())
            )
        return found

    monkeypatch.setattr(near_people, "list_consents", search_then_withdraw)

    assert look(group).people == []


@pytest.mark.parametrize(
    "values",
    [
        {"unreachable_at": utcnow()},
        {"unsubscribed_at": utcnow()},
    ],
)
def test_who_takes_no_messages_is_said_so_and_shows_no_address(
    campaign_id: int, group: int, values: dict[str, object]
) -> None:
    add_group(campaign_id, purpose="updates")
    signature_id = add_person(campaign_id, group, purpose="updates", **values)
    allow_contact(campaign_id, signature_id, group)

    person = look(group).people[0]

    assert not person.takes_mail and person.email is None


def allow_contact(campaign_id: int, signature_id: int, group: int) -> None:
    with transaction():
        allow(campaign_id, signature_id, group)
    place_consents()


def test_an_address_is_shown_by_its_own_consent_alone_and_that_is_written_down(
    campaign_id: int, group: int
) -> None:
    other = add_group(campaign_id, "walkers")
    add_group(campaign_id, "walkers", purpose="updates")
    add_group(campaign_id, purpose="updates")
    person = name("Ada", email="ada@people.example")
    signature_id = add_person(campaign_id, other, purpose="updates", person=person)
    allow_contact(campaign_id, signature_id, group)
    assert [(one.name, one.email) for one in look(group).people] == [("Ada L.", None)]

    with transaction():
        allow(campaign_id, signature_id, group, "updates")

    assert [(one.name, one.email) for one in look(group).people] == [
        ("Ada Lovelace", "ada@people.example")
    ]
    kinds = db.session.scalars(select(Access.purpose).order_by(Access.id)).all()
    assert kinds == ["contact", "contact", "updates"]


def test_words_are_shown_once_they_may_be_printed(campaign_id: int, group: int) -> None:
    for given, state, publish in (
        ("A", "allowed", True),
        ("B", "waiting", True),
        ("C", None, False),
    ):
        add_person(
            campaign_id,
            group,
            person=name(given, comment=f"words of {given}"),
            publish_comment=publish,
            comment_state=state,
        )

    assert [one.words for one in look(group).people] == ["words of A", "", ""]
    assert [one.name for one in look(group, with_words=True).people] == ["A L."]


def test_the_filters_are_the_campaign_and_the_day(campaign_id: int, group: int) -> None:
    second = add_campaign()
    add_group(second)
    add_person(campaign_id, group, person=name("First"), given_at=utcnow() - timedelta(days=3))
    add_person(second, group, person=name("Second"))

    def list_names(**chosen: object) -> list[str]:
        return [one.name for one in look(group, **chosen).people]

    assert list_names() == ["First L.", "Second L."]
    assert list_names(campaign_id=second) == ["Second L."]
    assert list_names(since=utcnow().date() - timedelta(days=1)) == ["Second L."]


def test_pages_of_fifty_list_each_person_once(campaign_id: int, group: int) -> None:
    made = [
        add_person(campaign_id, group, cell=find_cell(steps))
        for steps, people in ((0, 20), (2, 70), (5, 15))
        for _ in range(people)
    ]
    seen: list[int] = []
    after, sizes = None, []
    for _ in range(4):
        page = look(group, after)
        seen += [one.consent_id for one in page.people]
        sizes.append(len(page.people))
        after = page.after
        if after is None:
            break

    assert sizes == [50, 50, 5] and after is None
    assert seen == [consent for one in made for consent in find_consents(one)]


def test_a_page_after_somebody_who_cannot_be_seen_begins_anew(campaign_id: int, group: int) -> None:
    first, second = (add_person(campaign_id, group) for _ in range(2))
    gone = find_consents(first)[0]
    other = add_group(campaign_id, "walkers")
    foreign = find_consents(add_person(campaign_id, other))[0]
    with transaction() as session:
        session.execute(
            update(Signature)
            .where(Signature.id == first)
            .values(state="withdrawn", ended_at=utcnow())
        )

    for after in (gone, foreign, 999_999):
        page = look(group, after)

        assert page.restarted
        assert [one.consent_id for one in page.people] == find_consents(second)


def test_an_organization_without_a_base_looks_from_nowhere(campaign_id: int) -> None:
    group = add_group(campaign_id, "walkers", at=None)

    assert find_origin(group) is None
