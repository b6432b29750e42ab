"""Endpoints: who may have which, how many, and what becomes of their keys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import LargeBinary, select, text, type_coerce
from sqlalchemy.exc import IntegrityError

from petition.core.clock import utcnow
from petition.core.errors import InvalidInput, NotFound, ProblemCode
from petition.core.extensions import db, transaction
from petition.models import WebhookKey
from petition.partners.webhooks.endpoint_keys import (
    MOST_KEYS,
    find_public_key,
    forget_keys,
    list_signers,
    rotate_key,
)
from petition.partners.webhooks.endpoints import (
    MOST_ADDED,
    MOST_ENDPOINTS,
    add_endpoint,
    disable_endpoint,
    enable_endpoint,
    list_endpoints,
    remove_endpoint,
)
from petition.partners.webhooks.signing import describe_key
from petition.partners.webhooks.webhook_problems import WebhookProblem
from tests.partners.webhooks.world import ALL, make_world, read_endpoint, read_rows, send_all

URL = "https://hooks.example/in"


def refuse(
    group_id: int, url: str = URL, kinds: tuple[str, ...] = ALL, signing: str = "ed25519"
) -> dict[str, ProblemCode]:
    with pytest.raises(InvalidInput) as refused:
        add_endpoint(group_id, url, kinds, signing, actor="partner:1")
    return {name: problem.code for name, problem in refused.value.problems.items()}


def test_what_cannot_be_called_or_is_unknown_is_refused_by_its_field(context: AppContext) -> None:
    world = make_world()

    assert refuse(world.group_id, "https://10.0.0.1/") == {"url": WebhookProblem.URL_HOST}
    assert refuse(world.group_id, "x", (), "none") == {
        "url": WebhookProblem.URL_MALFORMED,
        "kinds": WebhookProblem.NO_EVENT,
        "signing": WebhookProblem.SIGNING_UNKNOWN,
    }
    for kinds in (("consent.given", "x"), ("webhook.test",)):
        assert refuse(world.group_id, kinds=kinds) == {"kinds": WebhookProblem.EVENT_UNKNOWN}
    world.hook(URL)
    assert refuse(world.group_id) == {"url": WebhookProblem.URL_TAKEN}


def test_of_many_that_are_added_at_once_no_more_than_the_limit_are(
    app: Flask, context: AppContext
) -> None:
    world = make_world()

    def add(number: int) -> bool:
        with app.app_context():
            try:
                world.hook(f"{URL}/{number}")
            except InvalidInput:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(add, range(8)))

    assert sum(added) == len(list_endpoints(world.group_id)) == MOST_ENDPOINTS
    assert refuse(world.group_id) == {"all": WebhookProblem.MANY}


def test_removing_and_adding_all_day_comes_to_an_end(context: AppContext) -> None:
    world = make_world()
    for number in range(MOST_ADDED):
        made = world.hook(f"{URL}/{number}")
        remove_endpoint(world.group_id, made.id, actor="partner:1")

    assert refuse(world.group_id) == {"all": WebhookProblem.MANY_TODAY}


def test_a_key_that_does_not_open_signs_nothing_and_breaks_no_page(context: AppContext) -> None:
    world = make_world()
    made = world.hook(URL, signing="ed25519")
    world.give()
    with transaction() as session:
        session.execute(text("UPDATE webhook_keys SET bound_to = secret"))

    assert find_public_key(db.session(), read_endpoint(made.id)) is None
    send_all()
    (row,) = read_rows()
    assert (row.state, row.attempt, row.reason) == ("queued", 0, "not prepared: seal-broken")


def test_another_organizations_endpoint_is_not_found(context: AppContext) -> None:
    made, other = make_world().hook(URL), make_world("walkers")

    assert list_endpoints(other.group_id, made.id) == []
    for change in (disable_endpoint, enable_endpoint, remove_endpoint, rotate_key):
        with pytest.raises(NotFound):
            change(other.group_id, made.id, actor="partner:1")


def test_a_replaced_key_signs_until_its_overlap_is_over(context: AppContext, make_later) -> None:
    world = make_world()
    made = world.hook(URL)
    new = rotate_key(world.group_id, made.id, actor="partner:1")

    assert _list_keys(made.id) == [new, made.key]
    make_later(timedelta(hours=24, seconds=1))
    assert _list_keys(made.id) == [new]
    assert forget_keys() == 1
    assert _list_keys(made.id) == [new]


def test_a_key_that_leaked_ends_at_once_and_few_sign_together(context: AppContext) -> None:
    world = make_world()
    made = world.hook(URL, signing="ed25519")

    shown = [rotate_key(world.group_id, made.id, actor="partner:1") for _ in range(4)]
    assert _list_keys(made.id) == shown[: -MOST_KEYS - 1 : -1]
    last = rotate_key(world.group_id, made.id, actor="partner:1", overlap_hours=0)

    assert _list_keys(made.id) == [last]
    assert find_public_key(db.session(), read_endpoint(made.id)) == last
    with pytest.raises(InvalidInput):
        rotate_key(world.group_id, made.id, actor="partner:1", overlap_hours=5)


def _list_keys(endpoint_id: int) -> list[str]:
    db.session.rollback()
    signers = list_signers(db.session(), read_endpoint(endpoint_id), utcnow())
    return [describe_key(signer) for signer in signers]


def test_keys_are_sealed_and_deleted_with_the_endpoint(context: AppContext) -> None:
    world = make_world()
    made = world.hook("https://hooks.example/in?token=abc")
    raw = db.session.scalars(select(type_coerce(WebhookKey.secret, LargeBinary))).all()

    assert made.key.removeprefix("whsec_").encode() not in raw[0]
    remove_endpoint(world.group_id, made.id, actor="partner:1")

    assert list_endpoints(world.group_id) == []
    assert db.session.scalars(select(WebhookKey.id)).all() == []
    assert read_endpoint(made.id).url == "https://hooks.example/"
    with pytest.raises(NotFound):
        enable_endpoint(world.group_id, made.id, actor="partner:1")


@pytest.mark.parametrize(
    "change",
    [
        "organization_id = 2",
        "told_number = -1",
        "told_number = 3",
        "removed_at = NULL",
        "signing = 'ed25519'",
        "disabled_at = created_at",
    ],
)
def test_the_database_refuses_an_endpoint_that_changes_hands_goes_back_or_comes_back(
    change: str, context: AppContext
) -> None:
    world, _ = make_world(), make_world("walkers")
    made = world.hook(URL)
    with transaction() as session:
        session.execute(text("UPDATE webhook_endpoints SET told_number = 4"))
    remove_endpoint(world.group_id, made.id, actor="partner:1")

    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(f"UPDATE webhook_endpoints SET {change}"))  # noqa: S608
