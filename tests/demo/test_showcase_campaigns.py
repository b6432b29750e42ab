"""The demonstration's further campaigns: each is valid, filled once, and shows its part."""

import re
import tomllib
from importlib.resources import files

from flask.ctx import AppContext
from sqlalchemy import func, select

from petition.campaigns.campaign_pictures import list_pictures
from petition.campaigns.definition import FIELDS, read_definition
from petition.core.extensions import db, transaction
from petition.demo.invented_groups import GROUPS, draw_logo, save_groups
from petition.demo.invented_people import invent_forms
from petition.demo.invented_pictures import save_pictures
from petition.demo.showcase_campaigns import (
    SHOWPIECES,
    _read,
    fill_showcase,
    load_showcase,
)
from petition.demo.simulation import FIRST_CROWDS
from petition.letters.merge import find_merge_problem
from petition.models import Campaign, CampaignState, Signature, SignatureState
from petition.partners.logos import tell_logo_type
from petition.postal.zip_counties import find_counties
from petition.postal.zip_places import known_postal_code
from petition.signing.sign import sign
from tests.factories import make_campaign


def count(slug: str, *states: SignatureState) -> int:
    counted = (
        select(func.count(Signature.id))
        .join(Campaign, Campaign.id == Signature.campaign_id)
        .where(Campaign.slug == slug)
    )
    if states:
        counted = counted.where(Signature.state.in_(states))
    return db.session.scalar(counted) or 0


def lay_showcase() -> None:
    with transaction() as session:
        make_campaign(session, slug="face-surveillance")
    save_groups()
    load_showcase()


def test_each_definition_is_sound() -> None:
    for piece in SHOWPIECES:
        values = _read(piece.slug)
        assert values["slug"] == piece.slug
        assert read_definition(values, find_merge_problem).problems == (), piece.slug
        assert set(values) <= set(FIELDS)


def test_each_crowd_lives_in_one_county() -> None:
    for crowd in (*SHOWPIECES, *FIRST_CROWDS):
        assert known_postal_code(crowd.postal_code) is not None
        assert len(find_counties(crowd.postal_code)) == 1, crowd.postal_code


def test_no_two_crowds_are_the_same_people() -> None:
    emails = [
        form["email"]
        for piece in SHOWPIECES
        for form in invent_forms(piece.signers, ["00000"], piece.seed)
    ]
    assert len(set(emails)) == len(emails)


def test_logos_are_pictures_that_the_service_takes() -> None:
    for group in GROUPS:
        picture = draw_logo(group.logo, group.color)
        assert tell_logo_type(f"{group.slug}.png", picture) == "image/png"
        assert len(picture) < 20_000


def test_pictures_are_drawn_for_the_campaign_and_each_section(context: AppContext) -> None:
    with transaction() as session:
        campaign_id = make_campaign(session, slug="face-surveillance").id
    values = tomllib.loads((files("petition.demo") / "campaign.toml").read_text("utf-8"))
    sections = len(re.findall(r"^## ", values["issues"], re.MULTILINE))

    save_pictures("face-surveillance")
    save_pictures("face-surveillance")

    found = list_pictures(campaign_id)
    assert sorted(found) == list(range(sections + 1))
    assert len({picture.alt for picture in found.values()}) == sections + 1


def test_a_start_fills_them_and_another_changes_nothing(context: AppContext) -> None:
    lay_showcase()
    fill_showcase(lambda: None)
    first = {piece.slug: count(piece.slug) for piece in SHOWPIECES}

    load_showcase()
    fill_showcase(lambda: None)

    assert first == {piece.slug: piece.signers for piece in SHOWPIECES}
    assert {piece.slug: count(piece.slug) for piece in SHOWPIECES} == first
    assert count("library-hours", SignatureState.PENDING) == 3
    states = dict(db.session.execute(select(Campaign.slug, Campaign.state)).tuples().all())
    assert states["summer-reading"] == CampaignState.CLOSED
    assert states["agua-limpia"] == CampaignState.OPEN


def test_a_visitor_who_waits_for_their_mail_is_not_confirmed_by_the_next_start(
    context: AppContext,
) -> None:
    lay_showcase()
    fill_showcase(lambda: None)
    (form,) = invent_forms(1, ["94612"], seed=99)
    sign("library-hours", form, known_postal_code)

    fill_showcase(lambda: None)

    assert count("library-hours", SignatureState.PENDING) == 4
