"""A small state whose districts are redrawn: who lives where is told by real ZIPs.

The counties are none that the table of ZIPs and counties knows, so the areas of the ZIPs tell.

before  |      one        |       two        |
ZIPs      Amherst Fitchburg Cambridge Provincetown
after   |  one  |        two        |  three  |
"""

from shapely import Point, box, to_wkb
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from petition.boundaries.boundary_sets import NewDistrict, make_set, store_set
from petition.boundaries.postal_areas import index_postal_codes
from petition.core.extensions import db, get_settings, transaction
from petition.counting.departures import take_out_batch
from petition.counting.ledger import count_batch
from petition.counting.recalls import recall_batch
from petition.delivery.send import deliver
from petition.locating.locate import locate_batch
from petition.locating.repeat_movers import end_waits
from petition.models import Campaign, Delivery, District, LedgerEntry, Milestone, Tally
from petition.models.officials.district import ZCTA
from petition.postal.zip_places import known_postal_code
from petition.redistricting.activation import activate
from tests.factories import make_campaign, make_person, make_post, make_signature, render_milestone
from tests.letter_store import LetterStore
from tests.stored_letters import store_milestone

AMHERST, FITCHBURG, CAMBRIDGE, PROVINCETOWN = "01002", "01420", "02139", "02657"
BEFORE = {"one": (-73.5, -71.5), "two": (-71.5, -69.5)}
AFTER = {"one": (-73.5, -72.2), "two": (-72.2, -70.6), "three": (-70.6, -69.5)}
ZIPS = (AMHERST, FITCHBURG, CAMBRIDGE, PROVINCETOWN, "01201", "01301", "01608", "01701", "02360")
STEP = 10
LAYER = "county"  # a ZIP decides it, so that nothing but boundaries is at play here


def name_division(name: str) -> str:
    return f"ocd-division/country:us/state:ma/county:{name}"


def store(areas: dict[str, tuple[float, float]], source: str, scope: str = "ma") -> int:
    """Store a boundary set of such areas from west to east; return its id."""
    districts = [
        NewDistrict(
            geoid=f"259{number:02}",
            division_id=name_division(name),
            name=f"District {name.title()}",
            state="MA",
            wkb=to_wkb(box(west, 41.0, east, 43.0)),
        )
        for number, (name, (west, east)) in enumerate(areas.items(), start=1)
    ]
    with transaction() as session:
        stored, _ = store_set(session, make_set(LAYER, scope, source, districts), actor="test")
        _store_zip_areas(session)
        index_postal_codes(session, stored.id)
        return stored.id


def _store_zip_areas(session: Session) -> None:
    """Store a small square around the point of each ZIP; nothing where they are there already."""
    places = [known_postal_code(code) for code in ZIPS]
    points = {
        place.postal_code: (place.longitude or 0.0, place.latitude or 0.0)
        for place in places
        if place
    }
    areas = [
        NewDistrict(
            geoid=code,
            division_id=f"zcta:{code}",
            name=code,
            state="MA",
            wkb=to_wkb(Point(at).buffer(0.01)),
        )
        for code, at in points.items()
    ]
    store_set(session, make_set(ZCTA, "us", "zip areas", areas), actor="test")


def lay_state(*names: str) -> tuple[int, int]:
    """Put the first boundaries in force, with a board in each division; return (set, campaign)."""
    first = store(BEFORE, "before")
    activate(first)
    with transaction() as session:
        for name in names or ("one", "two", "three"):
            make_post(session, District(division_id=name_division(name), name=name))
        return first, make_campaign(session, step=STEP, layers=[LAYER]).id


def sign(campaign_id: int, postal_code: str, people: int) -> list[int]:
    """Let so many people of a ZIP sign."""
    with transaction() as session:
        campaign = session.get_one(Campaign, campaign_id)
        return [
            make_signature(session, campaign, person=make_person(postal_code=postal_code)).id
            for _ in range(people)
        ]


def work(campaign_id: int) -> None:
    """Do what the workers do, in their order, until nothing is left to do."""
    busy = True
    while busy:
        busy = bool(recall_batch()) or bool(end_waits())
        while locate_batch().claimed:
            busy = True
        counted = [take_out_batch(campaign_id), count_batch(campaign_id)]
        busy = busy or any(batch.signatures for batch in counted)


def send(campaign_id: int, *, laid_out: bool = False) -> list[int]:
    """Make and deliver every letter that is due; return the deliveries that went.

    - ``laid_out``: with the pages of each, for those that read them; see tests/stored_letters.py.
    """
    make = render_milestone if laid_out else store_milestone
    store_ = LetterStore(get_settings().letters_dir)
    milestones = db.session.scalars(
        select(Milestone.id).where(Milestone.campaign_id == campaign_id).order_by(Milestone.id)
    ).all()
    sent = []
    for milestone_id in milestones:
        for delivery_id in make(milestone_id, store_):
            if deliver(delivery_id, store_.read) is not None:
                sent.append(delivery_id)
    return sent


def read_tallies() -> dict[str, tuple[int, int]]:
    """Return (live, reached) of each district in force that has a tally, by its division's name."""
    db.session.rollback()
    rows = db.session.execute(
        select(District.division_id, Tally.live, Tally.reached)
        .join(Tally, Tally.district_id == District.id)
        .where(District.in_force)
    )
    return {row[0].rpartition(":")[2]: (row.live, row.reached or 0) for row in rows}


def read_deliveries() -> list[tuple[str, int, str, str | None]]:
    """Return (division, number, state, reason) of every delivery, in order."""
    db.session.rollback()
    rows = db.session.execute(
        select(District.division_id, Milestone.number, Delivery.state, Delivery.reason)
        .join(Milestone, Milestone.id == Delivery.milestone_id)
        .join(District, District.id == Milestone.district_id)
        .order_by(Delivery.id)
    )
    return [(row[0].rpartition(":")[2], *row[1:]) for row in rows]


def list_carried(division: str, number: int) -> set[int]:
    """Return the signatures that the letter of that number names, in the district in force."""
    db.session.rollback()
    return set(
        db.session.scalars(
            select(LedgerEntry.signature_id)
            .join(District, District.id == LedgerEntry.district_id)
            .where(
                District.division_id == name_division(division),
                District.in_force,
                LedgerEntry.carried_by == number,
                LedgerEntry.left_at.is_(None),
            )
        )
    )


def count_live_rows() -> int:
    """Return how many ledger rows are live."""
    db.session.rollback()
    live = select(func.count()).select_from(LedgerEntry).where(LedgerEntry.left_at.is_(None))
    return db.session.scalar(live) or 0
