"""Update posts, officials and terms from a roster, in one transaction.

- Each seat is joined to its district before anything is written; one that cannot be joined stops
  the import.
- A person who is no longer in the roster becomes former. A roster that would leave more than a
  quarter of a chamber's held seats vacant that way is refused, unless it is declared complete or
  partial.
- Held deliveries of the posts that changed become due at once.
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import date

from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.errors import ImportRefused
from petition.core.extensions import transaction
from petition.models import Post
from petition.models.officials.post import BY_HAND
from petition.officials.corrections.roster_comparison import compare_corrections
from petition.officials.district_index import read_district_index
from petition.officials.import_lock import lock_rosters, make_held_due
from petition.officials.post_status import PostStatus, judge_post
from petition.officials.rosters.division_join import Joined, join_entries
from petition.officials.rosters.import_report import ImportReport
from petition.officials.rosters.label_matching import Labels
from petition.officials.rosters.roster import Roster
from petition.officials.rosters.roster_posts import RosterPosts, count_letters, find_scopes
from petition.officials.rosters.roster_store import RosterWriter

MOST_LOST = 1 / 4
LONGEST_SOURCE = 200  # characters of the name of a file


def import_roster(
    roster: Roster,
    labels: Labels | None = None,
    *,
    complete: bool = False,
    partial: bool = False,
    leave_out: Collection[str] = (),
    skip_unjoined: bool = False,
    dry_run: bool = False,
    actor: str = "cli",
    roster_id: int = 0,
    confirm: Callable[[Session, ImportReport], None] | None = None,
) -> ImportReport:
    """Store a roster; return what that changed.

    - ``complete``: any number of seats may become vacant. ``partial``: the roster only updates and
      adds, and nobody becomes former.
    - ``leave_out``, ``skip_unjoined``: seats to leave out, see join_entries.
    - ``dry_run``: nothing is stored. ``roster_id``: the number of the uploaded file, in the event.
    - ``confirm``: called in the transaction of the import; what it raises is raised, and nothing is
      stored.
    - Raises ImportRefused; nothing is stored then.
    """
    today = utcnow().date()
    with transaction() as session:
        lock_rosters(session)
        index = read_district_index(session)
        joined = join_entries(
            roster.entries, index, labels or {}, leave_out=leave_out, skip_unjoined=skip_unjoined
        )
        seated = joined.seated
        roster_posts = RosterPosts(session, index)
        roster_posts.open(find_scopes(seated), count_letters(seated))
        before = [post for post in roster_posts.chambers if _is_held(post, today)]
        writer = RosterWriter(session, roster_posts, today, partial)
        persons = (one.entry.person for one in seated)
        writer.store_officials({person.source_id: person for person in persons if person})
        writer.store_seats(seated)
        unknown = writer.store_district_offices(roster.district_offices)
        if not partial:
            writer.end_unlisted(joined.retained)
        writer.end_other_chambers()
        if not complete:
            _refuse_large_loss(roster_posts, before, today)
        session.flush()
        report = _build_report(writer, dry_run, roster, joined)
        report.passed_over += unknown
        _note_source(writer, roster, today)
        of_posts = {post.id for post in {*roster_posts.chambers, *writer.touched}}
        report.corrections = compare_corrections(session, today, of_posts)
        if dry_run:
            session.rollback()
        else:
            make_held_due(session, {post.id for post in writer.touched | roster_posts.reworded})
            detail = _count(report)
            record(session, "officials.imported", "roster", roster_id, actor=actor, detail=detail)
            if confirm is not None:
                confirm(session, report)
    return report


def _note_source(writer: RosterWriter, roster: Roster, today: date) -> None:
    """Store which file covered a post, and when; a partial roster covers those that it names."""
    covered: set[Post] = set(writer.bodies)
    if writer.partial:
        covered.update(*writer.seated.values())
    else:
        covered.update(writer.roster_posts.chambers)
    source = roster.name_files()[:LONGEST_SOURCE]
    for post in covered:
        post.source, post.checked_on = source, today


def _is_held(post: Post, today: date) -> bool:
    return not post.is_body and post.find_listed_holder(today) is not None


def _refuse_large_loss(roster_posts: RosterPosts, before: Collection[Post], today: date) -> None:
    held = Counter(roster_posts.chambers[post] for post in before)
    lost = Counter(roster_posts.chambers[post] for post in before if not _is_held(post, today))
    for chamber, number in lost.items():
        if number > held[chamber] * MOST_LOST:
            raise ImportRefused(
                f"{number} of the {held[chamber]} seats held in {chamber} would become empty; "
                "expected a roster that still names at least three quarters of their holders; if "
                "the file is only part of the roster, add --partial; if they have really all "
                "left, add --complete. Nothing was imported."
            )


def _build_report(
    writer: RosterWriter, dry_run: bool, roster: Roster, joined: Joined
) -> ImportReport:
    report = ImportReport(
        dry_run,
        new_posts=len(writer.roster_posts.added),
        new_officials=len(writer.new),
        updated=writer.count_updated(),
        passed_over=roster.passed_over,
        without_place=len(joined.passed),
        notes=list(roster.notes),
        left_out=joined.left_out,
        skipped=joined.skipped,
        unnamed=joined.unnamed,
        former=[f"{term.official.name}, {term.post.title}" for term in writer.former],
    )
    for term in writer.former:
        by_hand = term.official.source_id.startswith(BY_HAND)
        if by_hand != (term.post in writer.roster_posts.alone):
            (report.undone if by_hand else report.fleeting).append(term.post.title)
    for post in writer.roster_posts.chambers:
        if post.is_body or not post.active:
            continue
        report.seats += 1
        status = judge_post(post, writer.today)
        report.held += status is PostStatus.HELD
        if status is not PostStatus.HELD:
            (report.ended if status is PostStatus.ENDED else report.vacant).append(post.title)
    return report


def _count(report: ImportReport) -> Detail:
    return {
        "posts": report.new_posts,
        "officials": report.new_officials,
        "updated": report.updated,
        "former": len(report.former),
        "vacant": len(report.vacant),
    }
