"""Organizations: made and updated by command, with a logo that holds no script."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from petition.core.errors import ImportRefused, NotFound
from petition.core.extensions import db, transaction
from petition.models import Campaign, ConsentOffer, Event, Organization
from petition.partners.logos import LARGEST, tell_logo_type
from petition.partners.organizations import OrganizationForm, join_campaign, save_organization
from petition.partners.partner_list import list_nearest, list_partners, read_logo
from tests.cli.runner import run
from tests.factories import make_campaign
from tests.pictures import make_picture

PNG = make_picture()


@pytest.fixture
def campaign(app: Flask) -> str:
    with app.app_context(), transaction() as session:
        return make_campaign(session).slug


def test_a_command_makes_one_with_its_logo_and_what_it_asks(
    app: Flask, campaign: str, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)

    result = run(
        app,
        *("partners", "create", "open-streets", "--name", "Open Streets"),
        *("--url", "https://open-streets.example", "--at", "42.36,-71.06", "--logo", str(logo)),
        *("--locality", "Boston", "--about", "Streets for everyone.", "--campaign", campaign),
        *("--offer", "updates=Send me news of Open Streets."),
    )

    assert result.exit_code == 0, result.output
    with app.app_context():
        campaign_id = db.session.scalars(select(Campaign.id)).one()
        [line] = list_partners(campaign_id)
        assert (line.name, line.locality, line.has_logo) == ("Open Streets", "Boston", True)
        assert read_logo("open-streets") == (PNG, "image/png")
        offer = db.session.scalars(select(ConsentOffer)).one()
        assert (offer.purpose, offer.wording) == ("updates", "Send me news of Open Streets.")
        assert "Open Streets" in run(app, "partners", "list").output
        assert "organization.created" in db.session.scalars(select(Event.action)).all()


def test_another_wording_retires_the_one_before_and_edits_none(app: Flask, campaign: str) -> None:
    with app.app_context():
        save_organization(OrganizationForm("group", "Group"))
        join_campaign("group", campaign, {"updates": "Send me news."})
        join_campaign("group", campaign, {"updates": "Send me news."})
        join_campaign("group", campaign, {"updates": "Send me news once a month."})

        rows = db.session.execute(
            select(ConsentOffer.wording, ConsentOffer.retired_at.is_(None)).order_by(
                ConsentOffer.id
            )
        ).all()
        assert [tuple(row) for row in rows] == [
            ("Send me news.", False),
            ("Send me news once a month.", True),
        ]


def test_an_update_keeps_what_it_leaves_out(app: Flask) -> None:
    with app.app_context():
        first = save_organization(
            OrganizationForm("group", "Group", locality="Lynn", logo=PNG, logo_name="a.png")
        )
        second = save_organization(OrganizationForm("group", "The Group"))

        assert (first, second) == (True, False)
        row = db.session.scalars(select(Organization)).one()
        assert (row.name, row.locality, row.logo_type) == ("The Group", "Lynn", "image/png")


def test_the_nearest_come_first_and_far_ones_not_at_all(app: Flask, campaign: str) -> None:
    with app.app_context():
        for slug, at in (
            ("far", (34.05, -118.24)),
            ("near", (42.37, -71.10)),
            ("nearer", (42.36, -71.06)),
            ("nowhere", None),
        ):
            save_organization(OrganizationForm(slug, slug.title(), at=at))
            join_campaign(slug, campaign, {})
        campaign_id = db.session.scalars(select(Campaign.id)).one()

        found = list_nearest(campaign_id, 42.36, -71.06, limit=5)

        assert [line.slug for line in found] == ["nearer", "near"]
        assert len(list_nearest(campaign_id, 42.36, -71.06, limit=1)) == 1


@pytest.mark.parametrize(
    "picture",
    [b"<svg onload='x'/>", b"GIF89a", b"", b"RIFF1234WAVE", PNG + bytes(LARGEST)],
    ids=["svg", "gif", "empty", "a sound", "too large"],
)
def test_a_logo_that_is_no_small_picture_is_refused(picture: bytes) -> None:
    with pytest.raises(ImportRefused):
        tell_logo_type("logo", picture)


@pytest.mark.parametrize(
    "form",
    [
        OrganizationForm("No Slug", "Name"),
        OrganizationForm("a" * 61, "Name"),
        OrganizationForm("group", " "),
        OrganizationForm("group", "Name", url="javascript:alert(1)"),
        OrganizationForm("group", "Name", at=(-71.06, 242.36)),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    app: Flask, form: OrganizationForm
) -> None:
    with app.app_context():
        with pytest.raises(ImportRefused):
            save_organization(form)
        assert db.session.scalars(select(Organization)).all() == []


def test_a_campaign_or_group_that_is_not_there_is_not_found(app: Flask, campaign: str) -> None:
    with app.app_context():
        with pytest.raises(NotFound):
            join_campaign("nobody", campaign, {})
        save_organization(OrganizationForm("group", "Group"))
        with pytest.raises(NotFound):
            join_campaign("group", "no-campaign", {})
        with pytest.raises(ImportRefused):
            join_campaign("group", campaign, {"Not A Word": "x"})


@pytest.mark.parametrize("name", ["\u3164", "\u200b", "350", "..."])
def test_a_name_that_prints_nothing_is_refused(app: Flask, name: str) -> None:
    result = run(app, "partners", "create", "group", "--name", name)

    assert isinstance(result.exception, ImportRefused) and "name: " in str(result.exception)
    with app.app_context():
        assert db.session.scalars(select(Organization)).all() == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "e-mail me about its work"), ("es", "escribirme sobre su trabajo"), ("vi", "its work")],
)
def test_what_it_asks_has_good_words_of_ours_in_the_campaigns_language(
    app: Flask, language: str, words: str
) -> None:
    with app.app_context(), transaction() as session:
        slug = make_campaign(session, language=language).slug

    result = run(
        app,
        *("partners", "create", "open-streets", "--name", "Open {name}"),
        *("--campaign", slug, "--offer", "updates", "--offer", "contact="),
        *("--offer", "rides=May offer me a ride."),
    )

    assert result.exit_code == 0, result.output
    with app.app_context():
        rows = db.session.execute(select(ConsentOffer.purpose, ConsentOffer.wording)).all()
        wordings = dict(map(tuple, rows))
    assert wordings["updates"].startswith("Open {name} ") and words in wordings["updates"]
    assert wordings["contact"].startswith("Open {name} ")
    assert wordings["rides"] == "May offer me a ride."


def test_any_other_purpose_needs_its_own_words(app: Flask, campaign: str) -> None:
    options = ("partners", "create", "group", "--name", "Group", "--campaign", campaign)

    for offer in ("rides", "rides= ", "Updates=Send me news."):
        assert run(app, *options, "--offer", offer).exit_code != 0

    with app.app_context():
        assert db.session.scalars(select(ConsentOffer)).all() == []
