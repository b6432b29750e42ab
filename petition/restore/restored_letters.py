"""Enter into a restored database the letters that were sent after its backup.

One transaction for each hundred, in the order in which they were reached. A hundred that is missing
in the backup is created again under the code of its letters, with the members that are still there;
a delivery goes through the same states as before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.audit.trail import Detail, record
from petition.core.clock import utcnow
from petition.core.extensions import db, transaction
from petition.counting.milestones import plan_deliveries
from petition.journals.handovers import LetterFacts
from petition.models import (
    Attempt,
    Campaign,
    Delivery,
    District,
    Milestone,
    Phase,
    Post,
    Tally,
)
from petition.restore.delivery_replay import settle_delivery
from petition.restore.handover_records import RestoreReport, SentHandover
from petition.restore.restored_members import carry_members, find_signatures

ACTOR = "replay"
BATCH = 500


def replay_letters(
    sent: Iterable[SentHandover], report: RestoreReport, dry_run: bool = False
) -> None:
    """Settle each letter that was sent; ``report`` receives the results and what is unsure.

    - Idempotent, and safe to run at any time: what the database knows is not changed.
    - ``dry_run``: everything is rolled back.
    """
    unknown = _drop_known(list(sent), report)
    ordered = sorted(unknown, key=lambda one: (*_find_hundred(one), one.facts.post_key))
    signatures = find_signatures({mark for one in unknown for mark in one.facts.members})
    hundreds = [list(letters) for _, letters in groupby(ordered, key=_find_hundred)]
    for batch in [hundreds] if dry_run else [[letters] for letters in hundreds]:
        with transaction() as session:
            for letters in batch:
                _replay_hundred(session, letters, signatures, report)
            if dry_run:
                session.rollback()


def _drop_known(sent: list[SentHandover], report: RestoreReport) -> list[SentHandover]:
    """Return the letters whose hand-over the database has not recorded."""
    seen: set[tuple[str, int]] = set()
    names = [one.name for one in sent]
    for start in range(0, len(names), BATCH):
        rows = db.session.execute(
            select(Delivery.message_id, Attempt.number)
            .join(Attempt, Attempt.delivery_id == Delivery.id)
            .where(
                Delivery.message_id.in_(names[start : start + BATCH]),
                Attempt.phase == Phase.HANDOVER,
            )
        )
        seen.update((row.message_id, row.number) for row in rows)
    db.session.rollback()
    unknown = [one for one in sent if (one.name, one.attempt) not in seen]
    report.known += len(sent) - len(unknown)
    return unknown


def _find_hundred(sent: SentHandover) -> tuple[str, str, str, int]:
    facts = sent.facts
    return facts.campaign, facts.layer, facts.division_id, facts.number


def _replay_hundred(
    session: Session,
    letters: Sequence[SentHandover],
    signatures: Mapping[str, int],
    report: RestoreReport,
) -> None:
    facts = letters[0].facts
    where = f"Letter {facts.code}, hundred {facts.number} of {facts.division_id}"
    campaign = session.scalars(select(Campaign).where(Campaign.slug == facts.campaign)).first()
    district = _find_district(session, facts)
    if campaign is None or district is None:
        missing = "campaign" if campaign is None else "district"
        report.unsure.append(f"{where}: its {missing} is not in this backup")
        return
    _lock_tally(session, campaign, district, facts)
    milestone = _find_milestone(session, campaign, district, facts)
    if milestone is None and not _follows(session, campaign, district, facts):
        report.unsure.append(
            f"{where}: the hundred before it is neither in this database nor in the files"
        )
        return
    if milestone is not None and milestone.sealed_at and milestone.code != facts.code:
        report.unsure.append(f"{where}: this database has sent it again as {milestone.code}")
        return
    if milestone is None:
        milestone = _create_milestone(session, campaign, district, facts, letters[0].at)
        report.raised += 1
    if milestone.code != facts.code:
        report.unsure.append(f"{where}: recreated as {milestone.code}; its old code has no page")
    if milestone.sealed_at is None:
        at = min(one.at for one in letters)
        report.away += carry_members(session, milestone, facts.members, signatures, at)
        milestone.sealed_at = at
        session.flush()
    for one in letters:
        _replay_letter(session, milestone, one, report)


def _replay_letter(
    session: Session, milestone: Milestone, sent: SentHandover, report: RestoreReport
) -> None:
    facts = sent.facts
    post = session.scalars(
        select(Post).where(Post.division_id == facts.post_division, Post.key == facts.post_key)
    ).first()
    if post is None:
        report.unsure.append(
            f"Letter {facts.code}: its post {facts.post_key} is not in this database"
        )
        return
    if settle_delivery(session, milestone, post, sent):
        report.settled += 1
    else:
        report.known += 1


def _find_district(session: Session, facts: LetterFacts) -> District | None:
    return session.scalars(
        select(District)
        .where(District.layer == facts.layer, District.division_id == facts.division_id)
        .order_by(District.in_force.desc(), District.id.desc())
    ).first()


def _lock_tally(
    session: Session, campaign: Campaign, district: District, facts: LetterFacts
) -> None:
    """Lock the tally, as counting does; create it if nobody has been counted yet."""
    tally = session.get(Tally, (campaign.id, district.id), with_for_update=True)
    if tally is None:
        session.add(
            Tally(
                campaign_id=campaign.id,
                district_id=district.id,
                step=facts.step,
                live=0,
                joined=0,
                reached=None,
                updated_at=utcnow(),
            )
        )
        session.flush()


def _find_milestone(
    session: Session, campaign: Campaign, district: District, facts: LetterFacts
) -> Milestone | None:
    return session.scalars(
        select(Milestone)
        .where(
            Milestone.campaign_id == campaign.id,
            Milestone.district_id == district.id,
            Milestone.number == facts.number,
        )
        .with_for_update()
    ).first()


def _follows(session: Session, campaign: Campaign, district: District, facts: LetterFacts) -> bool:
    tally = session.get(Tally, (campaign.id, district.id))
    return tally is not None and (tally.reached or 0) == facts.number - 1


def _create_milestone(
    session: Session, campaign: Campaign, district: District, facts: LetterFacts, at: datetime
) -> Milestone:
    """Create a hundred that is missing in the backup, with deliveries to all of its posts."""
    milestone = Milestone(
        campaign_id=campaign.id,
        district_id=district.id,
        number=facts.number,
        follows=facts.number - 1 or None,
        threshold=facts.threshold,
        code=facts.code,
        reached_at=datetime.fromisoformat(facts.reached_at),
    )
    session.add(milestone)
    session.flush()
    tally = session.get_one(Tally, (campaign.id, district.id))
    tally.reached = facts.number
    session.flush()
    detail: Detail = {
        "number": facts.number,
        "threshold": facts.threshold,
        "handed_over": at.isoformat(),
    }
    record(session, "milestone.replayed", "milestone", milestone.id, actor=ACTOR, detail=detail)
    plan_deliveries(session, [milestone.id], utcnow())
    return milestone
