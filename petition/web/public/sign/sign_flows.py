"""The page flows of signing: on our own pages, and inside a frame on another website."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from petition.models import Campaign
from petition.web.public.pages.campaigns import render_campaign

ShowForm = Callable[[Campaign, Mapping[str, str] | None, Mapping[str, str] | None], str]


@dataclass(frozen=True, slots=True)
class Way:
    """The pages of one flow.

    - ``show_form`` renders the form with what was typed and its errors. ``ask``, ``thanks`` and
      ``answers`` are endpoints; ``base`` is the base template of pages that both flows share,
      ``thanks_page`` the template of the thanks.
    """

    show_form: ShowForm
    ask: str
    thanks: str
    answers: str
    base: str
    thanks_page: str


PAGES = Way(
    render_campaign,
    ask="links.ask",
    thanks="public.thanks",
    answers="public.answer_later",
    base="public/base.html",
    thanks_page="public/thanks.html",
)
