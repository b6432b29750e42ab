"""Posts, the officials who hold them, and the offices where they receive mail."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from petition.core.columns import PrimaryKey
from petition.core.database import Base
from petition.models.officials.correction import Correction, CorrectionField, find_correction

if TYPE_CHECKING:
    from sqlalchemy.orm.strategy_options import _AbstractLoad

# The prefix of ids of people whom no public roster names: they are identified by name.
BY_HAND = "csv:"


class PostRole(StrEnum):
    """The kinds of posts; the first five named as in OpenStates and congress-legislators."""

    UPPER = "upper"  # a state's senate
    LOWER = "lower"  # a state's house or assembly
    LEGISLATURE = "legislature"  # the only chamber of Nebraska and of the District of Columbia
    MAYOR = "mayor"
    GOVERNOR = "governor"
    US_REPRESENTATIVE = "rep"
    US_SENATOR = "sen"
    COUNCIL = "council"  # a city's or town's council or board, addressed as a body
    BOARD = "board"  # a county's board or equivalent, addressed as a body


@dataclass(frozen=True, slots=True)
class Addressee:
    """The person or body that a letter is addressed to at a given time, and their addresses.

    - ``title`` is the post, ``name`` its holder (None for a body).
    - ``email`` None: no electronic address is known. ``role``: the post's, see PostRole.
    """

    title: str
    name: str | None
    lines: tuple[str, ...]
    salutation: str
    email: str | None
    role: str = PostRole.BOARD

    @property
    def block(self) -> list[str]:
        """The lines of the address block, as printed."""
        return [*([self.name] if self.name else []), self.title, *self.lines]


class Post(Base):
    """A seat or a body that a division has; a letter goes to the post.

    - ``is_body``: a board or council is addressed as itself and is never vacant; a seat is
      addressed to its holder at the time of sending.
    - ``salutation``: "Dear Members of the Board"; for a seat, the holder's name follows it.
    - ``key`` identifies it in repeated imports; ``role`` is its kind, by which a campaign can
      choose posts: see PostRole.
    - ``source``: the file of the latest roster that covered it, ``checked_on`` the day of that
      import; empty and None before the first one.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("division_id", "key"),
        Index("ix_posts_division_id", "division_id"),
    )

    id: Mapped[PrimaryKey]
    division_id: Mapped[str]
    key: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20), default=PostRole.BOARD, server_default="board")
    title: Mapped[str]
    salutation: Mapped[str]
    is_body: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(200), default="", server_default="")
    checked_on: Mapped[date | None]

    # Always in one order: the address block of a letter is compared with one made from these.
    offices: Mapped[list["Office"]] = relationship(back_populates="post", order_by="Office.id")
    terms: Mapped[list["Term"]] = relationship(back_populates="post", order_by="Term.id")
    corrections: Mapped[list[Correction]] = relationship(
        back_populates="post", order_by="Correction.id"
    )

    def find_listed_holder(self, on: date) -> "Official | None":
        """Return the holder of the seat by the rosters, the latest of several; None if vacant."""
        terms = [term for term in self.terms if term.covers(on)]
        terms.sort(key=lambda term: (term.starts_on or date.min, term.id or 0))
        return terms[-1].official if terms else None

    def find_holder(self, on: date) -> "Official | None":
        """Return the holder of the seat on a day: by a correction, else by the rosters.

        - If a roster contains the corrected person, its record is returned, which has the offices.
        """
        for one in self.corrections:
            if one.field == CorrectionField.HOLDER and one.counts(on):
                return self.find_record(one.official, on) if one.official else None
        return self.find_listed_holder(on)

    def find_record(self, person: "Official", on: date) -> "Official":
        """Return the record of a person in the rosters of this post; else the person as given."""
        listed = self.find_listed_holder(on)
        known = [*(term.official for term in self.terms), *([listed] if listed else [])]
        return next((one for one in reversed(known) if one.is_same(person)), person)

    def address(self, on: date) -> Addressee | None:
        """Return the addressee of a letter that is sent on that day; None if the seat is vacant.

        - An office of the holder takes precedence over one of the post, a correction over both.
        """
        holder = None if self.is_body else self.find_holder(on)
        if holder is None and not self.is_body:
            return None
        office = find_correction(self.corrections, CorrectionField.OFFICE, on, holder)
        email = find_correction(self.corrections, CorrectionField.EMAIL, on, holder)
        return Addressee(
            title=self.title,
            name=holder.name if holder else None,
            lines=office.lines if office else self.list_listed_lines(holder),
            salutation=f"{self.salutation} {holder.family_name}" if holder else self.salutation,
            email=email.value if email else self.find_listed_email(holder),
            role=self.role,
        )

    def list_listed_lines(self, holder: "Official | None") -> tuple[str, ...]:
        """Return the lines of the office of a holder, or of the post, in the rosters."""
        offices = self.list_offices(holder)
        return next((tuple(office.address) for office in offices if office.address), ())

    def find_listed_email(self, holder: "Official | None") -> str | None:
        """Return the e-mail address of a holder, or of the post, in the rosters."""
        return next((office.email for office in self.list_offices(holder) if office.email), None)

    def list_offices(self, holder: "Official | None") -> list["Office"]:
        """Return the offices in the rosters, those of a holder first."""
        return [*(holder.offices if holder else []), *self.offices]


class Official(Base):
    """A person in public office."""

    __tablename__ = "officials"

    id: Mapped[PrimaryKey]
    source_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")

    offices: Mapped[list["Office"]] = relationship(back_populates="official", order_by="Office.id")

    def is_same(self, other: "Official") -> bool:
        """Return whether two records in one post are of the same person.

        - By the id of the source; a person whom no public roster names is compared by name.
        """
        if self is other or self.source_id == other.source_id:
            return True
        by_hand = self.source_id.startswith(BY_HAND) or other.source_id.startswith(BY_HAND)
        return by_hand and fold_name(self.name) == fold_name(other.name)


def fold_name(name: str) -> str:
    """Return a name in the form for comparison: in lower case, with single spaces."""
    return " ".join(name.casefold().split())


class Term(Base):
    """An official's time in a post; None means no limit on that side.

    - ``listed``: the latest roster of the post names the official. A term that is over is ended
      while the official is still listed; one of an official who is not listed is former.
    """

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("post_id", "official_id", "starts_on"),)

    id: Mapped[PrimaryKey]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    official_id: Mapped[int] = mapped_column(ForeignKey("officials.id"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())

    post: Mapped[Post] = relationship(back_populates="terms")
    official: Mapped[Official] = relationship()

    def covers(self, on: date) -> bool:
        """Return whether the term includes that day; its last day is included."""
        return (self.starts_on is None or self.starts_on <= on) and (
            self.ends_on is None or on <= self.ends_on
        )


class Office(Base):
    """The place where a post or an official receives mail, e-mail or fax.

    - ``address``: lines without the name; ``classification`` as in OpenStates (capitol, district,
      primary).
    - ``form``: the page of a form for messages, if a roster names one.
    - It belongs to a post or to an official, never to both: ``ck_offices_one_owner``.
    """

    __tablename__ = "offices"
    __table_args__ = (
        CheckConstraint("(post_id IS NULL) <> (official_id IS NULL)", name="one_owner"),
    )

    id: Mapped[PrimaryKey]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"), index=True)
    official_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"), index=True)
    classification: Mapped[str] = mapped_column(String(20), default="primary")
    email: Mapped[str | None]
    voice: Mapped[str | None]
    fax: Mapped[str | None]
    form: Mapped[str | None]
    address: Mapped[list[str]] = mapped_column(JSON, default=list)

    post: Mapped[Post | None] = relationship(back_populates="offices")
    official: Mapped[Official | None] = relationship(back_populates="offices")


def load_addressing() -> "tuple[_AbstractLoad, ...]":
    """Return the options of a query for posts that load all data needed to address them."""
    return (
        selectinload(Post.offices),
        selectinload(Post.terms).selectinload(Term.official).selectinload(Official.offices),
        selectinload(Post.corrections).selectinload(Correction.official),
    )
