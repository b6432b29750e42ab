"""Invented groups that support the demonstration's campaigns, with logos that are drawn here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from petition.partners.organizations import OrganizationForm, join_campaign, save_organization

SIZE = (320, 128)


@dataclass(frozen=True, slots=True)
class InventedGroup:
    """A group: ``logo`` is the text of its logo, in lines, and ``color`` its ground.

    - ``campaigns``: what it supports, each with what it asks signers for, by purpose.
    """

    slug: str
    name: str
    locality: str
    about: str
    at: tuple[float, float]
    logo: str
    color: str
    campaigns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


GROUPS = (
    InventedGroup(
        "bay-readers",
        "Bay Readers",
        "Oakland",
        "Neighbors who read together and look after their libraries.",
        (37.81, -122.26),
        "Bay\nReaders",
        "#7a1f3d",
        {"library-hours": {"updates": "E-mail me about library events in my town.", "contact": ""}},
    ),
    InventedGroup(
        "east-bay-privacy",
        "East Bay Privacy Circle",
        "Oakland",
        "Hosts evening talks about cameras, phones and the law.",
        (37.80, -122.27),
        "East Bay\nPrivacy",
        "#0b5a78",
        {"face-surveillance": {"updates": "E-mail me when I can help in my town.", "contact": ""}},
    ),
    InventedGroup(
        "cambridge-watch",
        "Cambridge Street Watch",
        "Cambridge",
        "Counts cameras, and asks who is watching.",
        (42.37, -71.11),
        "Street\nWatch",
        "#3c4a1e",
        {"face-surveillance": {"contact": ""}},
    ),
    InventedGroup(
        "lakeside-law",
        "Lakeside Legal Clinic",
        "Chicago",
        "Free legal advice for people who were identified by mistake.",
        (41.92, -87.65),
        "Lakeside\nLegal",
        "#4a2b6b",
        {"face-surveillance": {}},
    ),
)


def save_groups() -> None:
    """Store the groups; those that are stored already are brought up to date."""
    for group in GROUPS:
        save_organization(
            OrganizationForm(
                slug=group.slug,
                name=group.name,
                url=f"https://{group.slug}.example",
                locality=group.locality,
                about=group.about,
                at=group.at,
                logo_name=f"{group.slug}.png",
                logo=draw_logo(group.logo, group.color),
            )
        )


def join_groups() -> None:
    """Have the groups support their campaigns, which are stored."""
    for group in GROUPS:
        for slug, offers in group.campaigns.items():
            join_campaign(group.slug, slug, offers)


def draw_logo(words: str, color: str) -> bytes:
    """Return a logo of two short lines on a colored ground, as a PNG of a few kilobytes."""
    image = Image.new("RGB", SIZE, color)
    pen = ImageDraw.Draw(image)
    data = (files("font_source_serif_pro") / "files" / "SourceSerifPro-Semibold.otf").read_bytes()
    font = ImageFont.truetype(BytesIO(data), 46, layout_engine=ImageFont.Layout.BASIC)
    pen.multiline_text((24, SIZE[1] / 2), words, "#ffffff", font, anchor="lm", spacing=2)
    pen.ellipse((262, 78, 290, 106), fill="#ffffff")
    stored = BytesIO()
    image.quantize(16, dither=Image.Dither.NONE).save(stored, "PNG", optimize=True)
    return stored.getvalue()
