import pytest
from flask.ctx import AppContext
from sqlalchemy import func, select

from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.demo.invented_posts import load_demo_posts
from petition.models import District, Office, Post
from tests.factories import make_district

US = "ocd-division/country:us"
# Division, name, state; title, e-mail address.
BODIES = [
    (
        (f"{US}/state:ma/county:middlesex", "Middlesex County", "MA"),
        ("Board of Commissioners, Middlesex County", "clerk@middlesex-ma.county.example"),
    ),
    (
        (f"{US}/state:la/parish:orleans", "Orleans Parish", "LA"),
        ("Parish Council, Orleans Parish", "clerk@orleans-la.parish.example"),
    ),
    (
        (f"{US}/state:ak/borough:north_slope", "North Slope Borough", "AK"),
        ("Assembly, North Slope Borough", "clerk@north-slope-ak.borough.example"),
    ),
    (
        (f"{US}/state:ak/census_area:nome", "Nome Census Area", "AK"),
        ("Alaska State Legislature, Nome Census Area", "clerk@nome-ak.census-area.example"),
    ),
    (
        (f"{US}/state:tx/county:travis", "Travis County", "TX"),
        ("Commissioners Court, Travis County", "clerk@travis-tx.county.example"),
    ),
    (
        (f"{US}/state:va/place:fairfax", "Fairfax City", "VA"),
        ("City Council, Fairfax City", "clerk@fairfax-va.city.example"),
    ),
    (
        (f"{US}/district:dc", "District of Columbia", "DC"),
        ("Council, District of Columbia", "clerk@dc.district.example"),
    ),
    (
        (f"{US}/territory:pr/municipio:añasco", "Añasco Municipio", "PR"),
        ("Municipal Legislature, Añasco Municipio", "clerk@anasco-pr.municipio.example"),
    ),
    (
        (f"{US}/state:md/county:prince_george~s", "Prince George's County", "MD"),
        ("County Council, Prince George's County", "clerk@prince-georges-md.county.example"),
    ),
]


@pytest.fixture
def districts(context: AppContext) -> list[District]:
    with transaction() as session:
        return [
            make_district(session, division_id=division, name=name, state=state)
            for (division, name, state), _ in BODIES
        ]


def test_each_county_gets_the_body_that_its_state_has(districts: list[District]) -> None:
    assert load_demo_posts() == len(BODIES)

    rows = db.session.execute(
        select(Post.division_id, Post.title, Office.email).join(Office, Office.post_id == Post.id)
    )
    assert {row[0]: (row[1], row[2]) for row in rows} == {
        division: expected for (division, _, _), expected in BODIES
    }


def test_a_second_call_adds_nothing(districts: list[District]) -> None:
    load_demo_posts()

    assert load_demo_posts() == 0

    assert db.session.scalar(select(func.count()).select_from(Post)) == len(BODIES)
    assert db.session.scalar(select(func.count()).select_from(Office)) == len(BODIES)


def test_a_county_that_is_added_later_gets_its_body_then(districts: list[District]) -> None:
    load_demo_posts()
    with transaction() as session:
        make_district(session, division_id=f"{US}/state:vt/county:essex", name="Essex County")

    assert load_demo_posts() == 1


def test_a_body_is_addressed_as_itself_at_an_address_that_no_mail_reaches(
    districts: list[District],
) -> None:
    load_demo_posts()

    posts = db.session.scalars(select(Post)).all()
    addressees = [post.address(utcnow().date()) for post in posts]
    assert all(addressee is not None for addressee in addressees)
    assert {addressee.name for addressee in addressees if addressee} == {None}
    assert all(str(addressee.email).endswith(".example") for addressee in addressees if addressee)
    [board] = [one for one in addressees if one and one.title.endswith("Middlesex County")]
    assert board.salutation == "Dear Members of the Board"
    assert board.block == [
        "Board of Commissioners, Middlesex County",
        "Office of the Clerk",
        "Middlesex County, MA",
    ]


def test_without_counties_in_force_there_is_nothing_to_add(context: AppContext) -> None:
    assert load_demo_posts() == 0
