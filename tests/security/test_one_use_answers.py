"""The question after signing: its link works once, for an hour, and never against the owner."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count, permutations

import pytest
from flask import Flask

from petition.core.extensions import db
from petition.models import Signature
from petition.signing.link_tokens import LinkPurpose, make_token
from tests.security.signing_roads import FRESH, Stranger, add_signed, read_rows
from tests.web.county_world import MANASSAS_PARK, MILITARY, SEVERAL, lay_counties
from tests.web.public_world import open_page
from tests.web.street_world import EAST, WEST, Town, lay_town

OFF = {"minimum_seconds": 0, "proof_of_work": "off"}
STRANGERS, OWNERS = {"street_address": EAST, "postal_code": ""}, {"street_address": WEST}
KNOWN = 10
# What the owner does by a private link, and which page takes it.
ACTS: dict[str, tuple[str, dict[str, str]]] = {
    "address": ("", OWNERS | {"do": "address"}),
    "words": ("", {"do": "amend", "given_name": "Vera", "family_name": "Honest", "comment": ""}),
    "boxes": ("/choices", {"notify": "1"}),
    "new link": ("", {"do": "renew"}),
}
confirming = pytest.mark.parametrize("confirm_email", [True, False], ids=["confirms", "does not"])


def link_to(app: Flask, signature_id: int, purpose: LinkPurpose = LinkPurpose.STATUS) -> str:
    with app.app_context():
        kind = {LinkPurpose.STATUS: "signatures", LinkPurpose.CONFIRM: "confirm"}[purpose]
        return f"/{kind}/{make_token(signature_id, purpose)}"


def read_street(app: Flask, signature_id: int) -> str:
    with app.app_context():
        person = db.session.get_one(Signature, signature_id).person
        return person.street_address if person else ""


def lay(app: Flask, confirm_email: bool) -> Town:
    return lay_town(app, confirm_email=confirm_email, guards=OFF)


def ask(app: Flask, number: int) -> tuple[str, int]:
    """Sign as a stranger; return the question's address, and the row that was stored."""
    path = Stranger(app).sign(number)
    return path, read_rows(app)[-1].id


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("number", [KNOWN, FRESH], ids=["has signed", "has not"])
def test_no_answer_is_taken_after_the_owner_has_acted(
    street_app: Flask, number: int, act: str
) -> None:
    """Alike where the owner acts on a signature of their own, or on the one the stranger made."""
    lay(street_app, confirm_email=False)
    (own,) = add_signed(street_app, KNOWN, "in review")
    path, made = ask(street_app, number)
    owned = own if number == KNOWN else made
    page, form = ACTS[act]
    if act == "new link" and number != KNOWN:  # mailed only to who is known by the mailbox
        street_app.test_client().post(link_to(street_app, owned) + "/choices", data={})
    did = street_app.test_client().post(link_to(street_app, owned) + page, data=form)
    before = read_street(street_app, made)

    answer = street_app.test_client().post(path, data=STRANGERS)

    assert did.status_code < 400
    assert answer.status_code == 410
    assert read_street(street_app, made) == before != EAST
    assert read_street(street_app, owned) == (WEST if act == "address" else "")


@confirming
@pytest.mark.parametrize("number", [KNOWN, FRESH], ids=["has signed", "has not"])
def test_no_answer_is_taken_after_the_owner_has_confirmed(
    street_app: Flask, number: int, confirm_email: bool
) -> None:
    lay(street_app, confirm_email)
    (own,) = add_signed(street_app, KNOWN, "in review")
    path, made = ask(street_app, number)
    if number == FRESH and not confirm_email:  # nothing to confirm: the link is asked for
        did = street_app.test_client().post(link_to(street_app, made) + "/choices", data={})
    else:
        confirm = link_to(street_app, made, LinkPurpose.CONFIRM)
        choice = {"do": "add"} if number == KNOWN else {}
        did = street_app.test_client().post(confirm, data=choice)

    answer = street_app.test_client().post(path, data=STRANGERS)

    assert (did.status_code, answer.status_code) == (303, 410)
    assert [read_street(street_app, row) for row in (own, made)] == ["", ""]


@pytest.mark.parametrize("way_out", ["withdraw", "erase"])
@pytest.mark.parametrize("number", [KNOWN, FRESH], ids=["has signed", "has not"])
def test_an_owner_who_leaves_is_not_given_away(
    street_app: Flask, number: int, way_out: str
) -> None:
    lay(street_app, confirm_email=False)
    (own,) = add_signed(street_app, KNOWN, "in review")
    path, made = ask(street_app, number)
    owned = own if number == KNOWN else made
    street_app.test_client().post(link_to(street_app, owned), data={"do": way_out})

    answers = [street_app.test_client().post(path, data=STRANGERS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 410]
    assert read_street(street_app, owned) == ""


def test_in_whatever_order_they_come_the_owners_word_stands(street_app: Flask) -> None:
    lay(street_app, confirm_email=False)
    browser = street_app.test_client()

    for number, order in enumerate(permutations(["stranger", "again", "owner", "boxes"]), start=20):
        path, made = ask(street_app, number)
        own = link_to(street_app, made)
        posts = {
            "stranger": (path, STRANGERS),
            "again": (path, STRANGERS),
            "owner": (own, OWNERS | {"do": "address"}),
            "boxes": (f"{own}/choices", {}),
        }
        told = [browser.post(posts[who][0], data=posts[who][1]).status_code for who in order]

        first = order[0] in ("stranger", "again")
        taken = [order[place] for place, status in enumerate(told) if status == 303]
        assert read_street(street_app, made) == WEST, order
        assert set(taken) == {"owner", "boxes"} | ({order[0]} if first else set()), order


def test_a_later_question_of_the_same_signing_ends_too(app: Flask) -> None:
    """What is asked on after an answer is no new link: it is as old, and as much a stranger's."""
    lay_counties(app, confirm_email=False, guards=OFF)
    path = Stranger(app).sign(FRESH, postal_code=MILITARY)
    made = read_rows(app)[-1].id
    stranger = app.test_client()
    later = stranger.post(path, data={"street_address": "", "postal_code": SEVERAL})
    did = app.test_client().post(link_to(app, made), data={"do": "address", "postal_code": "20112"})

    answer = stranger.post(later.headers["Location"], data={"home": MANASSAS_PARK})

    assert "/address/" in later.headers["Location"]
    assert (did.status_code, answer.status_code) == (303, 410)
    (row,) = read_rows(app)
    assert row.person is not None
    assert (row.person.postal_code, row.person.home) == ("20112", "")


def test_what_is_asked_on_is_good_no_longer(
    app: Flask, make_later: Callable[[timedelta], None]
) -> None:
    lay_counties(app, confirm_email=False, guards=OFF)
    path = Stranger(app).sign(FRESH, postal_code=MILITARY)
    make_later(timedelta(minutes=40))
    later = app.test_client().post(path, data={"street_address": "", "postal_code": SEVERAL})
    make_later(timedelta(minutes=40))

    answer = app.test_client().post(later.headers["Location"], data={"home": MANASSAS_PARK})

    assert answer.status_code == 410


@pytest.mark.parametrize("minutes", [59, 61])
@pytest.mark.parametrize("number", [KNOWN, FRESH], ids=["has signed", "has not"])
def test_the_link_is_good_for_an_hour(
    street_app: Flask, make_later: Callable[[timedelta], None], number: int, minutes: int
) -> None:
    lay(street_app, confirm_email=False)
    add_signed(street_app, KNOWN, "in review")
    path, _ = ask(street_app, number)
    make_later(timedelta(minutes=minutes))

    shown, answer = open_page(street_app, path), street_app.test_client().post(path, data=STRANGERS)

    good = minutes < 60
    assert (shown.status_code, answer.status_code) == ((200, 303) if good else (410, 410))


def test_of_many_answers_at_once_one_is_taken(street_app: Flask) -> None:
    lay(street_app, confirm_email=False)
    path, _ = ask(street_app, FRESH)

    def answer(street: str) -> int:
        form = STRANGERS | {"street_address": street}
        return street_app.test_client().post(path, data=form).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(answer, [EAST, WEST] * 3))

    assert sorted(answers) == [303] + [410] * 5


def test_owner_and_stranger_at_once_end_with_the_owners_address(street_app: Flask) -> None:
    lay(street_app, confirm_email=False)
    numbers = count(20)

    for _ in range(6):
        path, made = ask(street_app, next(numbers))
        own = link_to(street_app, made)

        def act(form: tuple[str, dict[str, str]]) -> int:
            return street_app.test_client().post(form[0], data=form[1]).status_code

        forms = [(path, STRANGERS), (own, OWNERS | {"do": "address"}), (path, STRANGERS)]
        with ThreadPoolExecutor(3) as pool:
            stranger, owner, again = pool.map(act, forms)
        assert owner == 303
        assert sorted((stranger, again)) in ([303, 410], [410, 410])
        assert read_street(street_app, made) == WEST


def test_two_owners_of_a_mailbox_who_act_at_once_do_not_stop_each_other(street_app: Flask) -> None:
    lay(street_app, confirm_email=False)
    rows = add_signed(street_app, KNOWN, "of two people")
    links = [link_to(street_app, row) for row in rows] * 4

    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda link: street_app.test_client().post(f"{link}/choices").status_code, links
            )
        )

    assert set(answers) == {303}
