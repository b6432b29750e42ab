"""Load the demo data, and send invented signers through the real path."""

import math
import random
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import count

from sqlalchemy import func, select

from petition.campaigns.lifecycle import create_campaign, set_state
from petition.core.clock import utcnow
from petition.core.extensions import db
from petition.demo.county_polygons import import_counties
from petition.demo.invented_groups import save_groups
from petition.demo.invented_origins import forge_origins, invent_origins
from petition.demo.invented_people import invent_forms
from petition.demo.invented_pictures import save_pictures
from petition.demo.invented_posts import load_demo_posts
from petition.demo.showcase_campaigns import load_showcase
from petition.letters.merge import find_merge_problem
from petition.models import BoundaryState, Campaign, CampaignState, Signature
from petition.postal.zip_counties import find_counties
from petition.postal.zip_places import known_postal_code, load_postal_codes
from petition.redistricting.activation import activate
from petition.signing.network_origins import Origin
from petition.signing.sign import sign

SLUG = "face-surveillance"
STEP = 100  # as in campaign.toml


@dataclass(frozen=True, slots=True)
class Crowd:
    """A number of invented signers from one ZIP, and the county that it lies in."""

    postal_code: str
    county: str
    geoid: str
    signers: int


# Enough for one letter and some more, so that there is a delivered letter at once.
DELIVERED = Crowd("94612", "Alameda County, CA", "06001", 123)
# The second letter, in another state.
ALSO_DELIVERED = Crowd("60614", "Cook County, IL", "17031", 108)
# The next visitor from here becomes the hundredth.
NINETY_NINE = Crowd("02139", "Middlesex County, MA", "25017", 99)
# A forged hundred, which is held.
FORGED = Crowd("02554", "Nantucket County, MA", "25019", 100)
FIRST_CROWDS = (DELIVERED, NINETY_NINE, ALSO_DELIVERED)
# Which group those who are shown by name allow to contact them, by their ZIP code.
NEAR_GROUPS = {"94612": "east-bay-privacy", "02139": "cambridge-watch"}
# Of so many signers of a first start one shows their name, and one is told of the letter.
SHOWN_OF, TOLD_OF = 10, 40
# The number of days over which the invented people of a first start have signed.
FIRST_DAYS = 12.0
# The most letters of one district a day: more than three would be held.
LETTERS_A_DAY = 0.7

# A filled-in form and its origin.
Sent = tuple[dict[str, str], Origin]


def load_demo(tell: Callable[[str], None]) -> None:
    """Load counties, posts, groups and campaigns; existing data is not changed.

    - The first campaign is opened; the others stay drafts until they are filled.

    - A campaign that staff have closed is not opened again.
    """
    counties = import_counties()
    # If another set has been activated since, that one stays in force.
    if counties.boundary_set_id is not None and counties.state == BoundaryState.LOADED:
        activate(counties.boundary_set_id)
    load_demo_posts()
    save_groups()
    tell(f"{counties.districts:,} counties are loaded, each with a governing body at .example")
    state = db.session.scalar(select(Campaign.state).where(Campaign.slug == SLUG))
    db.session.rollback()
    if state is None:
        folder = files("petition.demo")
        values = tomllib.loads((folder / "campaign.toml").read_text("utf-8"))
        values["letter"] = (folder / "letter.md").read_text("utf-8")
        create_campaign(values, find_merge_problem)
        save_pictures(SLUG)
    if state in (None, CampaignState.DRAFT):  # a start that was interrupted leaves a draft
        set_state(SLUG, CampaignState.OPEN)
    load_showcase()


def sign_many(sent: Iterable[Sent]) -> int:
    """Sign each form as a visitor would; return how many."""
    signed = 0
    for form, origin in sent:
        sign(SLUG, form, known_postal_code, origin=origin)
        signed += 1
    return signed


def lacks_first_signers() -> bool:
    """Return whether fewer have signed than in a complete first start.

    - Signatures that have ended count too, so that a withdrawn one is not signed again.
    - False for a campaign that is not open.
    """
    campaign = db.session.scalars(select(Campaign).where(Campaign.slug == SLUG)).one()
    signed = db.session.scalar(select(func.count()).where(Signature.campaign_id == campaign.id))
    lacks = (signed or 0) < sum(crowd.signers for crowd in FIRST_CROWDS)
    is_open = campaign.is_open(utcnow())
    db.session.rollback()
    return lacks and is_open


def invent_first_signers() -> Iterator[Sent]:
    """Yield the signers of a first start: enough for two letters, and a county at 99.

    - Some choose to be shown by name, and let a group near them contact them; a few, to be told
      when their letter was sent.
    """
    now = utcnow()
    for seed, crowd in enumerate(FIRST_CROWDS, start=1):
        forms = map(_choose, count(), invent_forms(crowd.signers, [crowd.postal_code], seed))
        yield from zip(forms, invent_origins(crowd.signers, seed, FIRST_DAYS, now), strict=True)


def _choose(number: int, form: dict[str, str]) -> dict[str, str]:
    shown: dict[str, str] = {}
    if number % SHOWN_OF == 0:
        shown["show_name"] = "1"
        if group := NEAR_GROUPS.get(form["postal_code"]):
            shown[f"consent_contact_{group}"] = "1"
    return form | shown | ({"notify": "1"} if number % TOLD_OF == 0 else {})


def invent_spread_signers(number: int, seed: int) -> Iterator[Sent]:
    """Yield signers from the whole country, more from counties with many ZIPs, for population.

    - Over so many days that no county sends more than LETTERS_A_DAY.
    """
    by_county: dict[tuple[str, str], list[str]] = {}
    for postal_code, place in load_postal_codes().items():
        # Signers of a ZIP in several counties would be asked, and stay in review.
        if place.county and len(find_counties(postal_code)) == 1:
            by_county.setdefault((place.state, place.county), []).append(postal_code)
    counties = list(by_county.values())
    chance = random.Random(seed)  # noqa: S311  invented people need no secrecy
    weights = [len(postal_codes) ** 2 for postal_codes in counties]
    chosen = chance.choices(range(len(counties)), weights, k=number)
    most = max(Counter(chosen).values(), default=0)
    days = max(FIRST_DAYS, math.ceil(most / STEP / LETTERS_A_DAY))
    postal_codes = [chance.choice(counties[county]) for county in chosen]
    forms = invent_forms(number, ["00000"], seed)
    origins = invent_origins(number, seed, days, utcnow())
    for form, postal_code, origin in zip(forms, postal_codes, origins, strict=True):
        yield form | {"postal_code": postal_code}, origin


def forge_signers() -> Iterator[Sent]:
    """Yield a forged hundred: one network, one mail domain, four minutes, no form loaded."""
    forms = invent_forms(FORGED.signers, [FORGED.postal_code], seed=666)
    for (number, form), origin in zip(
        enumerate(forms, start=1), forge_origins(FORGED.signers, utcnow()), strict=True
    ):
        yield form | {"email": f"x{number}@catchall.example"}, origin
