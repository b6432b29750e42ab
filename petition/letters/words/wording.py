"""The fixed words of letters, in each language that a campaign may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

# A singular and a plural form.
Forms = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LetterWording:
    """The words around a campaign's text, and the formats of dates and numbers in its language.

    - Braces are filled by ``str.format`` with our own values, never with a person's text.
      ``{of}`` and ``{within}`` are a district with its preposition: see PlaceWords.
    - ``stances``: the subject, by Stance.
    """

    language: str
    months: tuple[str, ...]
    date_pattern: str
    grouped_from: int
    quotes: str
    layers: Mapping[str, str]
    re: str
    salutation_end: str
    page: str
    check: str
    title: str
    residents: Forms
    stances: Mapping[str, Forms]
    plain_subject: str
    deadline: str
    fact_names: Forms
    fact_total: str
    fact_wrote: Forms
    fact_places: str
    lead_first: Forms
    lead_further: Forms
    mail_first: Forms
    mail_further: Forms
    towns: str
    towns_more: str
    earlier: str
    contact: str
    replies: str
    wants_reply: Forms
    respectfully: str
    signers_below: str
    signers_appendix: str
    sent_by: str
    verify_heading: str
    verify: str
    qr: str
    open_letter: str
    signed_by: str
    signed_note: str
    summary_note: str
    appendix: str
    where: str
    comments: str
    comments_same: Forms
    comments_more: Forms
    comments_only: Forms
    letter_text: str
    preview: str

    def date(self, day: date) -> str:
        """Return the day in the format of a letter's date."""
        return self.date_pattern.format(
            day=day.day, month=self.months[day.month - 1], year=day.year
        )

    def number(self, value: int) -> str:
        """Return the number in digits, in groups of three from ``grouped_from`` on."""
        return f"{value:,}" if value >= self.grouped_from else str(value)

    def count_residents(self, value: int, of: str) -> str:
        """Return so many residents of a place; ``of``: the place with its preposition."""
        return self.residents[value != 1].format(n=self.number(value), of=of)

    def count_same(self, value: int) -> str:
        """Return how many more people wrote the same words; empty for 0."""
        return self.comments_same[value != 1].format(n=self.number(value)) if value else ""

    def count_unprinted(self, value: int, printed: bool) -> str:
        """Return how many wrote words that the letter does not print; empty for 0.

        - ``printed``: whether the letter prints any other words.
        """
        forms = self.comments_more if printed else self.comments_only
        return forms[value != 1].format(n=self.number(value)) if value else ""

    def count_replies(self, value: int) -> str:
        """Return how many would like an answer, and where their addresses are; empty for 0."""
        return self.wants_reply[value != 1].format(n=self.number(value)) if value else ""

    def list_towns(self, towns: Sequence[tuple[str, int]], shown: int = 6) -> str:
        """Return towns with their counts: up to ``shown`` + 1 of them, else ``shown`` and the rest.

        - Empty without towns.
        """
        if len(towns) <= shown + 1:
            shown = len(towns)
        named = [f"{town}\u00a0({self.number(count)})" for town, count in towns[:shown]]
        if rest := towns[shown:]:
            people = self.number(sum(count for _, count in rest))
            named.append(self.towns_more.format(towns=self.number(len(rest)), n=people))
        return ", ".join(named)
