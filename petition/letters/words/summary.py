"""The summary of a letter: its subject, its ask, its numbers.

The cover and the e-mail say the same, from the same content.
"""

from dataclasses import dataclass

from petition.letters.content import LetterContent
from petition.letters.merge import fill_merge_fields, read_merge_values
from petition.letters.printed_text import clean_line, shorten_line
from petition.letters.signer_markup import rank_towns
from petition.letters.words.places import PlaceWords, say_place
from petition.letters.words.wording import Forms, LetterWording

_EARLIER_SHOWN = 3
_ASK_LIMIT = 240  # characters, as a campaign's file may have
_TITLE_LIMIT = 100  # characters: two lines of the cover, and what a mail program shows


@dataclass(frozen=True, slots=True)
class LetterSummary:
    """The lines, each "" where there is nothing to say.

    - ``subject``: one line. ``count``: a sentence on who signed, and ``mail_count`` that of the
      e-mail, which has the letter under it.
    - ``facts``: pairs of a figure and its meaning. ``details``: pairs of a label and its text.
    """

    subject: str
    salutation: str
    ask: str
    deadline: str
    count: str
    mail_count: str
    facts: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]


def summarize(content: LetterContent, words: LetterWording) -> LetterSummary:
    """Return the summary of a letter in its language.

    - Raises MergeFieldRefused for a topic with a merge field that does not exist.
    """
    place = say_place(content.district.name, words.language)
    asked_by = content.deadline if content.ask and _is_ahead(content) else None
    return LetterSummary(
        subject=_write_subject(content, words, place),
        salutation=clean_line(content.addressee.salutation).rstrip(" ,:"),
        ask=shorten_line(content.ask, _ASK_LIMIT),
        deadline=words.deadline.format(date=words.date(asked_by)) if asked_by else "",
        count=_write_count(content, words, words.lead_first, words.lead_further),
        mail_count=_write_count(content, words, words.mail_first, words.mail_further),
        facts=_list_facts(content, words, place),
        details=_list_details(content, words),
    )


def read_topic(content: LetterContent, words: LetterWording) -> str:
    """Return what the letter is about: its topic, else the campaign's title."""
    values = read_merge_values(content, words)
    return fill_merge_fields(content.topic or content.campaign_title, values)


def _is_ahead(content: LetterContent) -> bool:
    return content.deadline is not None and content.deadline >= content.dated


def _write_subject(content: LetterContent, words: LetterWording, place: PlaceWords) -> str:
    residents = words.count_residents(content.total, place.of)
    if not content.ask:
        return words.plain_subject.format(residents=residents, topic=read_topic(content, words))
    bill = content.bill.number if content.bill else ""
    title = shorten_line(content.campaign_title, _TITLE_LIMIT)
    pattern = words.stances[content.position][content.total != 1]
    return pattern.format(residents=residents, title=title, bill=bill)


def _write_count(content: LetterContent, words: LetterWording, first: Forms, further: Forms) -> str:
    place = say_place(content.district.name, words.language, content.district.state)
    of = f"{place.of}," if content.district.state else place.of
    residents = words.count_residents(max(content.total, content.count), of)
    if content.total <= content.count:
        return first[content.count != 1].format(residents=residents)
    count = words.number(content.count)
    return further[content.count != 1].format(residents=residents, count=count)


def _list_facts(
    content: LetterContent, words: LetterWording, place: PlaceWords
) -> tuple[tuple[str, str], ...]:
    def number(value: int) -> str:
        return words.number(value)

    facts = [(number(content.count), words.fact_names[content.count != 1])]
    if content.total > content.count:
        facts.append((number(content.total), words.fact_total.format(within=place.within)))
    if content.wrote:
        facts.append((number(content.wrote), words.fact_wrote[content.wrote != 1]))
    towns = len(rank_towns(content.signers))
    if towns > 1:
        facts.append((number(towns), words.fact_places))
    return tuple(facts)


def _list_details(content: LetterContent, words: LetterWording) -> tuple[tuple[str, str], ...]:
    earlier = [f"{words.date(one.dated)} ({one.code})" for one in content.earlier[:_EARLIER_SHOWN]]
    contact = content.contact
    told = (contact.person, contact.telephone or "") if contact else ()
    person = ", ".join(filter(None, map(clean_line, told)))
    details = (
        (words.towns, words.list_towns(rank_towns(content.signers))),
        (words.earlier, "; ".join(earlier)),
        (words.contact, person),
        (words.replies, content.organization.reply_to or ""),
    )
    return tuple(detail for detail in details if detail[1])
