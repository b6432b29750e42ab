"""Campaign text: Markdown to a small, safe set of HTML, with merge fields and curly quotes."""

from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

from petition.letters.letter_problems import LetterProblem
from petition.letters.merge import FIELD, MergeFieldRefused, check_merge_fields
from petition.letters.printed_text import clean_source

TAGS = set("p br em strong a ul ol li blockquote hr h2 h3 h4 h5 h6".split())
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = {"https", "http", "mailto"}
ADDRESSES = ("https://", "http://", "mailto:")
# Syntax that letters do not support. Raw HTML is off as well, and is printed as text.
SWITCHED_OFF = ("image", "code", "fence", "backticks", "html_block", "html_inline", "reference")


def render_markdown(
    text: str, values: Mapping[str, str], quotes: str, *, headings: bool = True
) -> Markup:
    """Return the HTML of ``text`` with the merge fields of ``values`` put in.

    - ``quotes``: the four characters that replace straight quotes.
    - A value is always text: Markdown, HTML and merge fields in it have no effect.
    - The address of a link is printed after its text; only web and mail addresses are links.
    - The topmost heading is an ``h2``, since the letter's title is the ``h1``, and none skips a
      level. Without ``headings``, as above that title, they are paragraphs in bold.
    - Raises MergeFieldRefused for an unknown field, or one inside the address of a link.
    """
    parser = _open_parser(quotes)
    environment: dict[str, Any] = {"values": values}
    tokens = parse_markdown(text, values, quotes)
    (_shift_headings if headings else _flatten_headings)(tokens)
    html = parser.renderer.render(tokens, parser.options, environment)
    return Markup(  # noqa: S704 - nh3 has cleaned it
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            attribute_filter=_keep_attribute,
            url_schemes=SCHEMES,
            link_rel=None,
        )
    )


def parse_markdown(text: str, values: Mapping[str, str], quotes: str) -> list[Token]:
    """Return the tokens of ``text``, with merge fields and the addresses of links as text.

    - Raises as ``render_markdown`` does.
    """
    text = clean_source(text)
    check_merge_fields(text, values)
    tokens = _open_parser(quotes).parse(text, {"values": values})
    if sum(1 for _ in FIELD.finditer(text)) != _count_fields(tokens):
        raise MergeFieldRefused(LetterProblem.MERGE_FIELD_UNREAD)
    for token in tokens:
        if token.children:
            token.children = _print_addresses(token.children)
    return tokens


@lru_cache(maxsize=8)
def _open_parser(quotes: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True, "quotes": quotes})
    parser.enable(["replacements", "smartquotes"]).disable(list(SWITCHED_OFF))
    parser.inline.ruler.before("escape", "merge_field", _read_field)
    parser.add_render_rule("merge_field", _show_field)
    return parser


def _read_field(state: StateInline, silent: bool) -> bool:
    match = FIELD.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        token = state.push("merge_field", "", 0)
        # The content is the value itself, so that quotes beside it get the right form.
        token.content = state.env["values"][match[1].strip()]
    state.pos = match.end()
    return True


def _show_field(
    self: RendererProtocol,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    return escapeHtml(tokens[index].content)


def _count_fields(tokens: Sequence[Token]) -> int:
    return sum(
        (token.type == "merge_field") + _count_fields(token.children or []) for token in tokens
    )


def _shift_headings(tokens: Sequence[Token]) -> None:
    """Number the headings from ``h2`` on; one level at most deeper than the heading before."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    if headings:
        shift, level = 2 - min(int(token.tag[1]) for token in headings), 1
        for token in headings:
            if token.type == "heading_open":
                level = min(6, level + 1, int(token.tag[1]) + shift)
            token.tag = f"h{level}"


def _flatten_headings(tokens: Sequence[Token]) -> None:
    """Make paragraphs in bold of the headings."""
    for heading, inline, end in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if heading.type == "heading_open":
            heading.type, end.type = "paragraph_open", "paragraph_close"
            heading.tag = end.tag = "p"
            bold, plain = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
            inline.children = [bold, *(inline.children or []), plain]


def _print_addresses(tokens: Sequence[Token]) -> list[Token]:
    """Insert the address of each link after its text, for paper, unless the text is the address."""
    printed: list[Token] = []
    address = text = ""
    for token in tokens:
        if token.type == "link_open":
            address, text = str(token.attrGet("href") or ""), ""
        elif token.type == "link_close":
            shown = address.removeprefix("mailto:")
            if shown not in (text, "") and address.startswith(ADDRESSES):
                printed.append(Token("text", "", 0, content=f" ({shown})"))
        else:
            text += token.content
        printed.append(token)
    return printed


def _keep_attribute(element: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not value.startswith(ADDRESSES):
        return None
    return value
