"""The OpenAPI document: true of every answer, as schemathesis tries it, and shown as a page."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from petition.web.api.problems import CODES, EXACT
from tests.ground import SLUG
from tests.web.api.world import (
    RECORD,
    call,
    find_offer_id,
    make_api_token,
    make_organization,
    write_signature,
)
from tests.web.public_world import World, make_world

# What fits the shape may be no mailbox, no cursor of a page, no layer of a campaign, no own list.
KNOWN_VALUES = (
    "_helper",
    "/people",
    "/near",
    "/exports",
    "/{number}",
    "/file",
    "/erasures",
    "/districts",
    "/changes",
    "/applied",
    "/webhooks",
    "/deliveries",
    "/replay",
)
FEW = 6  # examples of each operation and mode in the suite


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world(app, step=2)
    made.send(made.count(2)[0])
    make_organization(app)
    return made


def list_operations(app: Flask) -> Iterator[APIOperation]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in schema.get_all_operations():
        yield found.ok()


def known(operation: APIOperation, mode: GenerationMode) -> dict[str, Any]:
    """Return the campaign that there is as the path of values that fit."""
    fits = mode == GenerationMode.POSITIVE and operation.path.endswith(("{slug}", "_helper"))
    return {"path_parameters": {"slug": SLUG}} if fits else {}


def try_operations(app: Flask, token: str | None, examples: int, seeded: bool) -> int:
    """Try each operation with values that fit the document and with ones that do not."""
    plan = settings(
        max_examples=examples,
        derandomize=seeded,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    pairs = [(one, mode) for one in list_operations(app) for mode in GenerationMode]
    return sum(try_operation(one, mode, token, plan) for one, mode in pairs)


def try_operation(
    operation: APIOperation, mode: GenerationMode, token: str | None, plan: settings
) -> bool:
    """Try an operation; return whether there was anything to try."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    @plan
    @given(case=operation.as_strategy(generation_mode=mode, **known(operation, mode)))
    def try_one(case: Case) -> None:
        # A host that is not ours is refused before any page: tests/web/test_hosts.py.
        case.headers.pop("Host", None)
        # A wrong token is left as it is, and must be refused.
        if token is None or mode == GenerationMode.POSITIVE:
            case.headers.pop("Authorization", None)
        sent = {} if "Authorization" in case.headers else headers
        unasked = [positive_data_acceptance] if operation.path.endswith(KNOWN_VALUES) else []
        case.call_and_validate(headers=sent, excluded_checks=unasked)

    try:
        try_one()
    except Unsatisfiable:  # without a parameter there is no wrong one
        return False
    return True


@pytest.mark.parametrize("has_token", [True, False])
def test_every_answer_is_as_the_document_says(world: World, has_token: bool) -> None:
    token = make_api_token(world.app) if has_token else None

    assert try_operations(world.app, token, FEW, seeded=True) >= 20


@pytest.mark.faults
def test_every_answer_is_as_the_document_says_in_many_rounds(world: World, rounds: int) -> None:
    for token in (make_api_token(world.app), None):
        assert try_operations(world.app, token, FEW * rounds, seeded=False) >= 20


def test_the_document_names_what_each_operation_needs(world: World) -> None:
    document = call(world.app, "/openapi.json").json

    needs = {
        path.removeprefix("/api/v1"): operation["security"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "delete")
    }
    closed = {path: need[0]["token"] for path, need in needs.items() if need}
    assert closed == {
        "/organization": ["campaigns:read"],
        "/people": ["people:read"],
        "/people/near": ["people:read"],
        "/people/erasures": ["erase"],
        "/exports": ["export"],
        "/exports/{number}": ["export"],
        "/exports/{number}/file": ["export"],
        "/consents/changes": ["consents:read"],
        "/consents/applied": ["consents:read"],
        "/campaigns/{slug}/record_signature_helper": ["people:write"],
        "/webhooks": ["webhooks"],
        "/webhooks/{number}": ["webhooks"],
        "/webhooks/{number}/deliveries": ["webhooks"],
        "/webhooks/{number}/replay": ["webhooks"],
    }
    assert document["openapi"].startswith("3.1")


def test_the_page_shows_every_operation_and_every_problem(world: World) -> None:
    page = call(world.app, "/docs")
    names = [operation.definition.raw["operationId"] for operation in list_operations(world.app)]

    assert page.status_code == 200
    for name in names:
        assert f'id="{name}"' in page.text and f'href="#{name}"' in page.text
    for code in {*CODES.values(), *EXACT}:
        assert f'id="problem-{code}"' in page.text
    loaded = re.findall(r'(?:src|href)="(https?:[^"]+)"', page.text)
    assert loaded == [] and "<script" not in page.text and "style=" not in page.text


def test_the_example_of_the_document_is_taken(world: World) -> None:
    document = call(world.app, "/openapi.json").json
    operation = document["paths"][f"/api/v1{RECORD}".replace("square", "{slug}")]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]

    assert call(world.app, RECORD, make_api_token(world.app), json=example).status_code == 202


def test_every_shape_that_is_taken_refuses_unknown_fields(world: World) -> None:
    shapes = call(world.app, "/openapi.json").json["components"]["schemas"]

    taken = {name: shape for name, shape in shapes.items() if name.endswith("Write")}
    assert len(taken) == 10
    assert all(shape["additionalProperties"] is False for shape in taken.values())


def test_consents_of_the_example_are_by_an_offer_of_one_s_own(world: World) -> None:
    consents = [{"purpose": "updates", "offer": find_offer_id(world.app)}]

    sent = call(
        world.app, RECORD, make_api_token(world.app), json=write_signature(consents=consents)
    )

    assert sent.status_code == 202
