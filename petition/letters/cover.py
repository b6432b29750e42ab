"""Composes the first page of a letter, which is for one post only."""

from markupsafe import Markup

from petition.letters.content import LetterContent
from petition.letters.layout.qr import draw_qr
from petition.letters.layout.window import Window, WindowLine, fit_window
from petition.letters.letter_templates import fill_template
from petition.letters.markup import render_markdown
from petition.letters.merge import prepare_text
from petition.letters.printed_text import bind_end, clean_line
from petition.letters.words.summary import read_topic, summarize
from petition.letters.words.wording import LetterWording


def compose_cover(content: LetterContent, words: LetterWording, values: dict[str, str]) -> Markup:
    """Return the HTML of the cover."""
    addressee, summary = content.addressee, summarize(content, words)
    url = show_url(content.verify_url)
    opening = prepare_text(content.opening, content)
    return fill_template(
        "cover.html",
        bookmark=clean_line(addressee.name or addressee.post),
        organization=content.organization,
        web=show_url(content.organization.web or ""),
        date=words.date(content.dated),
        window=_fit(content, words),
        words=words,
        subject=_list_subject(content, words, summary.subject),
        summary=summary,
        ask=bind_end(summary.ask),
        opening=render_markdown(opening, values, words.quotes, headings=False),
        verify=words.verify.format(url=url),
        qr=draw_qr(content.verify_url, words.qr.format(url=url)),
        code=content.code,
    )


def show_url(url: str) -> str:
    """Return a URL as it is printed: without its scheme."""
    return url.removeprefix("https://").removeprefix("http://")


def _fit(content: LetterContent, words: LetterWording) -> Window:
    addressee = content.addressee
    english = "" if words.language == "en" else "en"
    return fit_window(
        WindowLine(clean_line(addressee.name)) if addressee.name else None,
        WindowLine(clean_line(addressee.post), "" if addressee.is_post_known else english),
        [WindowLine(clean_line(line), english) for line in addressee.address if line.strip()],
    )


def _list_subject(content: LetterContent, words: LetterWording, subject: str) -> list[str]:
    """Return the lines of the "Re:" block: what is asked, then the bill."""
    bill = content.bill
    if not content.ask:
        named = ", ".join(filter(None, (bill.number, bill.title))) if bill else ""
        return [bind_end(line) for line in (named, read_topic(content, words)) if line]
    about = f"{bill.number}, {bill.title}" if bill and bill.title else ""
    topic = read_topic(content, words) if content.topic else ""
    return [bind_end(line) for line in (subject, about, topic) if line]
