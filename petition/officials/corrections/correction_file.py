"""Import corrections from the CSV for bodies; they take precedence over every roster.

- Each row is for an existing post; an empty cell corrects nothing.
- Corrections that already exist are kept, so that importing a file twice changes nothing.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.core.extensions import transaction
from petition.models import CorrectionField, Official, Post
from petition.models.officials.post import fold_name
from petition.officials.corrections.corrections import finish
from petition.officials.corrections.corrector import Corrector, Step, Wish, read_post
from petition.officials.district_index import read_district_index
from petition.officials.import_lock import lock_rosters
from petition.officials.rosters.division_join import Seated, join_entries
from petition.officials.rosters.roster import Entry, Roster, gather_refusals

BECAUSE = "imported as a correction"


def correct_from_roster(
    roster: Roster,
    *,
    made_by: str,
    because: str = BECAUSE,
    leave_out: Collection[str] = (),
    dry_run: bool = False,
    actor: str = "cli",
) -> list[Step]:
    """Make a correction of each cell; return what was made, or with ``dry_run`` would be.

    - Raises ImportRefused with all rows that cannot be corrections; nothing is stored then.
    """
    today = utcnow().date()
    _refuse_others(roster)
    with transaction() as session:
        lock_rosters(session)
        seated = join_entries(
            roster.entries, read_district_index(session), {}, leave_out=leave_out
        ).seated
        corrector = Corrector(session, made_by, today, keep=True)
        refusals: list[ImportRefused] = []
        for one in seated:
            try:
                corrector.make(_read_wish(session, one, because, today))
            except ImportRefused as refused:
                refusals.append(refused)
        if refusals:
            raise gather_refusals(refusals, f"{len(refusals)} rows match no post", "")
        finish(corrector, actor, dry_run)
        return corrector.steps


def _refuse_others(roster: Roster) -> None:
    others = [entry for entry in roster.entries if not entry.alone]
    if others or roster.district_offices:
        where = others[0].where if others else roster.district_offices[0].where
        raise where.refuse(
            "it is a public roster", "the CSV for bodies", "import it without --as-correction"
        )


def _read_wish(session: Session, one: Seated, because: str, today: date) -> Wish:
    entry = one.entry
    if entry.person and not entry.is_current(today):
        raise entry.where.refuse(
            "the term does not include today", "who holds the seat now", "leave the row out"
        )
    post = _find_post(session, one, today)
    values: dict[CorrectionField, str | None] = {}
    holder = None if post.is_body else post.find_holder(today)
    if entry.person and not _is_named(holder, entry):
        values[CorrectionField.HOLDER] = entry.person.name
    for office in entry.person.offices if entry.person else entry.offices:
        if office.email:
            values[CorrectionField.EMAIL] = office.email
        if office.address:
            values[CorrectionField.OFFICE] = "\n".join(office.address)
    family_name = entry.person.family_name if entry.person else ""
    return Wish(
        post.id, values, because, str(entry.where), family_name=family_name, until=entry.ends_on
    )


def _find_post(session: Session, one: Seated, today: date) -> Post:
    """Return the post of a row: of several, the one that its person holds."""
    entry = one.entry
    ids = session.scalars(
        select(Post.id)
        .where(Post.division_id == one.area.division_id, Post.role == entry.role, Post.active)
        .order_by(Post.id)
    )
    posts = [read_post(session, post_id) for post_id in ids]
    if entry.person is None:
        meant = [post for post in posts if fold_name(post.title) == fold_name(entry.title or "")]
    else:
        meant = [post for post in posts if _is_named(post.find_holder(today), entry)]
    meant = meant or (posts if len(posts) == 1 else [])
    if len(meant) == 1:
        return meant[0]
    if not posts:
        raise entry.where.refuse(
            "there is no such post yet",
            "a post that a roster has created",
            "import it as a roster first",
        )
    raise entry.where.refuse(
        f"the division has {len(posts)} posts with the role {entry.role.value}",
        "one post, or one held by the named person",
        "use `petition officials correct` for this one",
    )


def _is_named(holder: Official | None, entry: Entry) -> bool:
    named = entry.person
    return bool(holder and named and fold_name(holder.name) == fold_name(named.name))
