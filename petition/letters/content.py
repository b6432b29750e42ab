"""The content of a letter as plain frozen values, which are all that the composer reads.

The same content always gives the same bytes, so nothing in here may depend on the clock, on the
host or on a setting that is read later.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PageSize(StrEnum):
    """The paper size of a letter."""

    LETTER = "Letter"  # 8.5 x 11 in
    A4 = "A4"  # 210 x 297 mm


class RenderPurpose(StrEnum):
    """The purpose of a letter; both are made by the same composer."""

    PRINT = "print"
    PREVIEW = "preview"  # every page has a diagonal watermark


@dataclass(frozen=True, slots=True)
class Mark:
    """An organization's logo for the letterhead, a picture without references."""

    data: bytes
    media_type: str = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class LetterOrganization:
    """The sender of the letter.

    - ``address``: its lines, from the street on.
    - ``mark``: None if it has no logo.
    """

    name: str
    address: tuple[str, ...] = ()
    reply_to: str | None = None
    web: str | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class LetterBill:
    """The bill or ordinance that the letter is about."""

    number: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class LetterDistrict:
    """The district in which the signers live.

    - ``name`` in common use ("Middlesex County"); ``layer`` its kind: ``county``, ``sldu``, ...
    - ``state``: its state's name, or None if ``name`` contains it already.
    """

    name: str
    layer: str
    state: str | None = None

    @property
    def place(self) -> str:
        """The district with its state, for use in a sentence."""
        return f"{self.name}, {self.state}" if self.state else self.name


@dataclass(frozen=True, slots=True)
class LetterAddressee:
    """The post that a letter is addressed to.

    - ``name``: of its holder, or None for a body or a seat whose holder is not known.
    - ``is_post_known``: the post is in the letter's language, else it is in English.
    - ``address``: the office's lines; they and the two names are visible in an envelope's window.
    """

    post: str
    address: tuple[str, ...]
    salutation: str
    name: str | None = None
    is_post_known: bool = True


@dataclass(frozen=True, slots=True)
class LetterContact:
    """The person whom an office may call about the letter."""

    person: str
    telephone: str | None = None


@dataclass(frozen=True, slots=True)
class EarlierLetter:
    """A letter that was sent to the same district before this one."""

    dated: date
    code: str


@dataclass(frozen=True, slots=True)
class Signer:
    """One name in the letter; ``number`` is its rank among all who ever joined in the district."""

    number: int
    name: str
    locality: str


@dataclass(frozen=True, slots=True)
class Comment:
    """The words that one signer chose to publish; ``others``: how many more wrote the same."""

    name: str
    locality: str
    text: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class LetterContent:
    """The whole content of the letter to one post.

    - ``opening``, ``body`` and ``closing`` are Markdown with merge fields. ``opening`` is on the
      cover above the figures; if it is empty, a sentence of our own is printed instead.
    - ``topic`` is the plain text of the "Re:" line and may contain merge fields; None for the
      campaign's title.
    - ``total`` is the district's running total, ``since`` the day of its first signature.
    - ``dated`` is the letter's date, also in the PDF's metadata.
    - ``comments`` are the words that are printed, ``unprinted`` how many more wrote some.
    - ``ask`` is the one sentence that it asks for, "" if the campaign has none; ``position`` says
      whether it supports or opposes the bill: see Stance. ``deadline``: when it is asked for.
    - ``earlier``: the letters before this one, the latest first.
    - ``wants_reply``: how many of the signers would like an answer from the office.
    - ``code`` and ``verify_url`` identify the public page that confirms the letter.
    """

    organization: LetterOrganization
    campaign_title: str
    body: str
    district: LetterDistrict
    addressee: LetterAddressee
    total: int
    since: date
    dated: date
    code: str
    verify_url: str
    signers: tuple[Signer, ...]
    comments: tuple[Comment, ...] = ()
    unprinted: int = 0
    opening: str = ""
    closing: str = ""
    topic: str | None = None
    bill: LetterBill | None = None
    ask: str = ""
    position: str = "ask"
    deadline: date | None = None
    contact: LetterContact | None = None
    earlier: tuple[EarlierLetter, ...] = ()
    wants_reply: int = 0
    language: str = "en"
    page_size: PageSize = PageSize.LETTER

    @property
    def count(self) -> int:
        """The number of names in the letter: it counts only the people whom it names."""
        return len(self.signers)

    @property
    def wrote(self) -> int:
        """How many of the people whom it names added words of their own to be printed."""
        return sum(1 + comment.others for comment in self.comments) + self.unprinted
