"""The public pages: campaigns, signing, districts, letters, and a signer's own links."""

from flask import Flask
from werkzeug.routing import BaseConverter

from petition.core.extensions import csrf, get_settings
from petition.models.campaigns.campaign import SLUG_LIMIT
from petition.postal.zip_places import known_postal_code


class SlugConverter(BaseConverter):
    """A campaign's slug in a path."""

    regex = f"[a-z0-9-]{{1,{SLUG_LIMIT}}}"


class WordConverter(BaseConverter):
    """A layer's name or a Census id in a path."""

    regex = "[A-Za-z0-9]{1,12}"


def init_app(app: Flask) -> None:
    """Register the pages."""
    from petition.web.public.pages.letter_text import show_message

    app.add_template_filter(show_message, "prepared_words")
    app.url_map.converters.update(slug=SlugConverter, word=WordConverter)

    from petition.web.public.address_repair import lead_to_page
    from petition.web.public.blueprint import link_pages, public
    from petition.web.public.pages import (  # noqa: F401
        campaigns,
        crawlers,
        district_preview,
        districts,
        embedding,
        group_application,
        groups,
        letters,
        link_preview,
        map,
        notices,
        removals,
    )
    from petition.web.public.pages.about import find_logo
    from petition.web.public.pages.asked_offers import tell_sharing
    from petition.web.public.pages.campaigns import choose_source_offers
    from petition.web.public.pages.map import find_map_pictures
    from petition.web.public.pages.page_addresses import (
        find_district_address,
        find_lasting_address,
        find_preview_address,
    )
    from petition.web.public.pages.recipient_names import (
        join_words,
        name_districts,
        name_receivers,
        needs_street,
    )
    from petition.web.public.sign import (  # noqa: F401
        challenge,
        home_question,
        later_answers,
        residence,
        sign,
        thanks,
        zip_step,
    )
    from petition.web.public.sign.home_question import find_form_ask, find_form_standings
    from petition.web.public.signer import (  # noqa: F401
        leave_group,
        links,
        lost_link,
        preferences,
        unreadable,
    )

    for blueprint in (public, link_pages):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    app.register_error_handler(404, lead_to_page)
    app.add_template_filter(name_receivers, "receivers")
    app.add_template_filter(join_words)
    app.add_template_filter(name_districts, "districts")
    app.add_template_filter(needs_street, "needs_street")
    app.add_template_filter(known_postal_code, "zip_place")
    app.add_template_global(choose_source_offers)
    app.add_template_global(tell_sharing)
    app.add_template_global(find_logo)
    app.add_template_global(find_form_ask)
    app.add_template_global(find_map_pictures)
    app.add_template_global(find_lasting_address, "lasting_address")
    app.add_template_global(find_preview_address, "preview_address")
    app.add_template_global(find_district_address, "district_address")
    app.add_template_global(find_form_standings)
    app.add_template_global(lambda: get_settings().site, "site_facts")
