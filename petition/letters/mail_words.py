"""The text of the e-mail with a letter: the ask, the count, the towns, and the letter's whole text.

It is stored with the letter, so that it agrees with the PDF.
"""

from petition.letters.content import LetterContent
from petition.letters.letter_wording import find_wording
from petition.letters.merge import prepare_text, read_merge_values
from petition.letters.plain_text import RULE, write_plain
from petition.letters.printed_text import clean_line
from petition.letters.words.places import say_place
from petition.letters.words.summary import summarize


def write_mail(content: LetterContent) -> dict[str, str]:
    """Return the ``subject``, the ``salutation`` and the ``text`` between it and the signature.

    - It names no signer.
    - Raises MergeFieldRefused for a merge field that does not exist.
    """
    words = find_wording(content.language)
    values, summary = read_merge_values(content, words), summarize(content, words)
    of = say_place(content.district.name, words.language).of

    def plain(text: str) -> str:
        return write_plain(prepare_text(text, content), values, words.quotes)

    end = plain(content.closing) or words.respectfully
    parts = (
        summary.ask,
        summary.deadline,
        plain(content.opening),
        summary.mail_count,
        "\n".join(f"{label}: {text}" for label, text in summary.details),
        words.count_replies(content.wants_reply),
        RULE,
        f"{words.letter_text}: {clean_line(content.campaign_title)}",
        plain(content.body),
        f"{end}\n\n{words.count_residents(content.count, of)}",
        RULE,
    )
    return {
        "subject": summary.subject,
        "salutation": f"{summary.salutation}{words.salutation_end}",
        "text": "\n\n".join(part for part in parts if part).replace("\u00a0", " "),
    }
