"""Make the corrections of one transaction, post by post.

- An address belongs to the holder at the time of the correction, or with ``for_post`` to the post.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from petition.core.clock import utcnow
from petition.core.errors import NotFound, UserError
from petition.models import Correction, CorrectionField, Official, Post
from petition.models.officials.post import BY_HAND, fold_name, load_addressing
from petition.officials.corrections.roster_comparison import read_roster_value
from petition.officials.post_problems import PostProblem
from petition.officials.rosters.holders import find_family_name
from petition.officials.rosters.roster import RosterPerson

REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Wish:
    """The corrections that an operator requests for a post.

    - ``values``: the right value of each field (see Correction.value); None: nobody, or none.
    - ``for_post``: addresses are the post's own, whoever holds it.
    - ``until``: the last day on which it counts; None: no end.
    """

    post_id: int
    values: Mapping[CorrectionField, str | None]
    because: str
    source: str
    family_name: str = ""
    for_post: bool = False
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One correction that is made, or in a dry run would be.

    - ``whose``: the person an address belongs to, with their id in the source; None: the post.
    - ``replaces``: the id of the correction that it replaces; None: there is none.
    """

    post_id: int
    post: str
    field: CorrectionField
    value: str | None
    whose: str | None
    whose_source: str | None
    roster_says: str | None
    replaces: int | None


@dataclass(slots=True)
class Corrector:
    """The corrections of one transaction; ``keep``: do not replace one with the same value."""

    session: Session
    made_by: str
    today: date
    keep: bool = False
    steps: list[Step] = field(default_factory=list)

    def make(self, wish: Wish) -> None:
        """Make the corrections of one post; raises UserError where one cannot be made."""
        post = read_post(self.session, wish.post_id)
        if wish.until is not None and wish.until < self.today:
            raise UserError(PostProblem.IS_PAST, until=wish.until)
        holder = None if post.is_body else post.find_holder(self.today)
        if CorrectionField.HOLDER in wish.values:
            holder = self._find_person(post, wish)
            self._add_correction(post, wish, CorrectionField.HOLDER, holder)
        for contact in (CorrectionField.EMAIL, CorrectionField.OFFICE):
            if contact in wish.values:
                whose = None if wish.for_post else holder
                if whose is None and not post.is_body and not wish.for_post:
                    raise UserError(PostProblem.NO_HOLDER, post=post.title)
                self._add_correction(post, wish, contact, whose)

    def _add_correction(
        self, post: Post, wish: Wish, which: CorrectionField, official: Official | None
    ) -> None:
        value = wish.values[which]
        current = _list_current(post, which, official)
        same = any((one.value, one.until) == (value, wish.until) for one in current)
        if self.keep and same:
            return
        whose = official if which != CorrectionField.HOLDER else None
        says = read_roster_value(post, which, whose, self.today)
        self.steps.append(
            Step(
                post_id=post.id,
                post=post.title,
                field=which,
                value=value,
                whose=whose.name if whose else None,
                whose_source=whose.source_id if whose else None,
                roster_says=says,
                replaces=current[-1].id if current else None,
            )
        )
        for one in current:
            end_correction(one, self.made_by, REPLACED)
        self.session.flush()  # the old one must be withdrawn before the new one is inserted
        made = Correction(
            post=post,
            official=official,
            field=which,
            value=value,
            roster_said=says,
            because=wish.because,
            source=wish.source,
            until=wish.until,
            made_by=self.made_by,
            made_at=utcnow(),
        )
        self.session.add(made)
        self.session.flush()

    def _find_person(self, post: Post, wish: Wish) -> Official | None:
        """Return the official with that name: one listed for the post, else one created by hand."""
        if post.is_body:
            raise UserError(PostProblem.IS_BODY, post=post.title)
        name = wish.values[CorrectionField.HOLDER]
        if name is None:
            return None
        listed = [term.official for term in post.terms]
        known = [one for one in listed if fold_name(one.name) == fold_name(name)]
        if known:
            return known[-1]
        return self._get_or_create(f"{BY_HAND}{post.division_id}:{post.role}:{name}", name, wish)

    def _get_or_create(self, source_id: str, name: str, wish: Wish) -> Official:
        found = self.session.scalar(select(Official).where(Official.source_id == source_id))
        if found is None:
            person = RosterPerson(source_id, name, "", wish.family_name)
            found = Official(
                source_id=source_id, name=name, family_name=find_family_name(person), offices=[]
            )
            self.session.add(found)
            self.session.flush()
        elif wish.family_name:
            found.family_name = wish.family_name
        return found


def read_post(session: Session, post_id: int) -> Post:
    """Return a post with everything its address depends on; raises NotFound."""
    post = session.scalar(select(Post).where(Post.id == post_id).options(*load_addressing()))
    if post is None:
        raise NotFound(PostProblem.NUMBER_UNKNOWN, post_id=post_id)
    return post


def _list_current(
    post: Post, which: CorrectionField, official: Official | None
) -> list[Correction]:
    """Return the corrections that a new one would replace."""
    return [
        one
        for one in post.corrections
        if one.withdrawn_at is None
        and one.field == which
        and (which == CorrectionField.HOLDER or _is_same(one.official, official))
    ]


def _is_same(left: Official | None, right: Official | None) -> bool:
    return left is right if left is None or right is None else left.is_same(right)


def end_correction(correction: Correction, by: str, because: str) -> None:
    """Withdraw a correction."""
    correction.withdrawn_at = utcnow()
    correction.withdrawn_by, correction.withdrawn_because = by, because
