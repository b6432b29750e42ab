"""Pictures of a campaign's page: from our own host, with words for whoever does not see them."""

from pathlib import Path

import pytest
from flask import Flask
from PIL import ExifTags, Image, ImageFile

from petition.campaigns.campaign_pictures import remove_picture, save_picture
from petition.core.errors import ImportRefused, NotFound
from tests.cli.runner import read_error, run
from tests.ground import SLUG
from tests.pictures import make_picture
from tests.web.public_world import CAMPAIGN, make_world, open_page

PNG = make_picture()
JPEG = make_picture("JPEG")
ISSUES = "Why now.\n\n## The jail\n\nOne.\n\n### Its cameras\n\nTwo.\n\n## The roads\n\nThree."


def place() -> Image.Exif:
    """Return the EXIF of a telephone's picture with the place where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (42.0, 22.0, 12.0)})
    return exif


def show(app: Flask, section: int) -> str:
    """Return the page's text from the picture of a section to the next section."""
    page = open_page(app, CAMPAIGN).text
    return page.partition(f"/pictures/{section}")[2].partition('<div class="issue')[0]


def test_a_campaign_and_each_section_have_a_picture_with_its_words(app: Flask) -> None:
    make_world(app, issues=ISSUES)
    with app.app_context():
        assert save_picture(SLUG, 0, "square.png", PNG, "The square at night")
        assert save_picture(SLUG, 2, "roads.jpg", JPEG, 'A road "with" <cameras>')
        assert not save_picture(SLUG, 2, "roads.png", PNG, "A road")

    page = open_page(app, CAMPAIGN).text
    picture = open_page(app, f"{CAMPAIGN}/pictures/2")

    assert f'src="{CAMPAIGN}/pictures/0" alt="The square at night"' in page
    assert "The roads" in show(app, 2) and 'alt="A road"' in show(app, 2)
    assert "The jail" in page and "/pictures/1" not in page
    assert (picture.data, picture.content_type) == (PNG, "image/png")
    assert not picture.headers.getlist("Set-Cookie")


@pytest.mark.parametrize("fills", [False, True], ids=["", "where Pillow fills what is missing"])
def test_what_is_no_picture_is_refused_with_the_reason(
    app: Flask, monkeypatch: pytest.MonkeyPatch, fills: bool
) -> None:
    """WeasyPrint has Pillow fill what is missing, in each process that imports it."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", fills)
    make_world(app)
    refused = {
        "program.png": (b"MZ\x90\x00" + bytes(20), "Words", "not a PNG, JPEG or WebP picture"),
        "drawing.svg": (b"<svg><script/></svg>", "Words", "not a PNG, JPEG or WebP picture"),
        "half.png": (
            make_picture(size=(400, 400))[:-40],
            "Words",
            "part of it is missing or damaged",
        ),
        "half.jpg": (
            make_picture("JPEG", size=(400, 400))[:-40],
            "Words",
            "part of it is missing or damaged",
        ),
        "half.webp": (
            make_picture("WEBP", size=(400, 400))[:-40],
            "Words",
            "part of it is missing or damaged",
        ),
        "start.jpg": (b"\xff\xd8\xff" + bytes(20), "Words", "not a PNG, JPEG or WebP picture"),
        "gif.png": (make_picture("GIF"), "Words", "not a PNG, JPEG or WebP picture"),
        "bomb.png": (make_picture(size=(20_000, 20_000)), "Words", "more than 16,000,000 pixels"),
        "home.jpg": (make_picture("JPEG", exif=place()), "Words", "where it was taken"),
        "large.png": (PNG + bytes(100_000), "Words", "a picture has at most 100,000"),
        "silent.png": (PNG, " \u200b", "describe in --alt what it shows"),
        "long.png": (PNG, "a" * 251, "--alt has 251 characters"),
    }

    with app.app_context():
        for name, (content, alt, words) in refused.items():
            with pytest.raises(ImportRefused, match=words):
                save_picture(SLUG, 0, name, content, alt)
        with pytest.raises(NotFound):
            save_picture("no-such", 0, "square.png", PNG, "Words")

    assert "/pictures/" not in open_page(app, CAMPAIGN).text
    assert open_page(app, f"{CAMPAIGN}/pictures/0").status_code == 404


def test_a_picture_is_removed_and_a_drafts_is_not_shown(app: Flask) -> None:
    make_world(app, state="draft")
    with app.app_context():
        save_picture(SLUG, 0, "square.png", PNG, "The square")
        assert open_page(app, f"{CAMPAIGN}/pictures/0").status_code == 404
        assert remove_picture(SLUG, 0)
        assert not remove_picture(SLUG, 0)


def test_the_command_adds_replaces_and_removes(app: Flask, tmp_path: Path) -> None:
    make_world(app)
    file = tmp_path / "square.png"
    file.write_bytes(PNG)
    add = ("campaigns", "picture", SLUG, str(file))

    assert "Added the picture of the campaign." in run(app, *add, "--alt", "The square").output
    assert "Replaced" in run(app, *add, "--alt", "Again", "--section", "0").output
    assert run(app, "campaigns", "picture", SLUG).exit_code == 2
    assert "describe in --alt" in read_error(run(app, *add))
    assert "Removed the picture" in run(app, "campaigns", "picture", SLUG, "--remove").output
