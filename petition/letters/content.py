"""What a letter says, as plain frozen values: the only thing that the composer reads.

The same content always gives the same bytes, so nothing in here may come from the clock, from the
host or from a setting that is read later.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PageSize(StrEnum):
    """The paper a letter is laid out for."""

    LETTER = "Letter"  # 8.5 x 11 in
    A4 = "A4"  # 210 x 297 mm


class RenderPurpose(StrEnum):
    """What a letter is made for; both go through the same composer."""

    PRINT = "print"
    PREVIEW = "preview"  # every page carries a diagonal watermark


@dataclass(frozen=True, slots=True)
class Mark:
    """An organization's sign for the letterhead: an SVG or PNG that refers to nothing else."""

    data: bytes
    media_type: str = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class LetterOrganization:
    """Who sends the letter.

    - ``address`` is its lines from the street down.
    - ``mark`` None prints the service's own mark.
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
    """Where the signers live.

    - ``name`` as people say it ("Middlesex County"); ``layer`` its kind: ``county``, ``sldu``, ...
    - ``state`` is its state's name, or None where the name says it already.
    """

    name: str
    layer: str
    state: str | None = None

    @property
    def place(self) -> str:
        """The district with its state, as running text names it."""
        return f"{self.name}, {self.state}" if self.state else self.name


@dataclass(frozen=True, slots=True)
class LetterAddressee:
    """The post that a letter goes to.

    - ``name`` is who holds it, or None for a body or a seat whose holder is not known.
    - ``address`` is the office's lines; they and the two names stand in the envelope's window.
    """

    post: str
    address: tuple[str, ...]
    salutation: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """One name of the letter; ``number`` is its place among all who ever joined in the district."""

    number: int
    name: str
    locality: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What one signer chose to publish; ``others``: how many more wrote the same words."""

    name: str
    locality: str
    text: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class LetterContent:
    """All that one post's letter says.

    - ``opening``, ``body`` and ``closing`` are Markdown with merge fields. ``opening`` stands on
      the cover above the figures, in place of a sentence of our own when it is not empty.
    - ``topic`` is the plain text of the "Re:" line and may hold merge fields; None takes the
      campaign's title.
    - ``total`` is the district's running total, ``since`` the day of its first signature.
    - ``dated`` is the letter's date, in the PDF's metadata too.
    - ``comments`` are the words that are printed, ``unprinted`` how many more wrote some.
    - ``code`` and ``verify_url`` lead to the public page that confirms the letter.
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
    language: str = "en"
    page_size: PageSize = PageSize.LETTER

    @property
    def count(self) -> int:
        """How many names the letter carries: it can only count the people it names."""
        return len(self.signers)
