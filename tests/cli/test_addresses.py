"""``petition addresses explain``: what geocoders are asked for, said and not looked up."""

import json

from flask import Flask

from tests.cli.runner import run
from tests.geocoding.test_po_boxes import SPELT
from tests.geocoding.test_roads import fit, spell_all


def test_each_text_is_one_object_a_line(app: Flask) -> None:
    texts = [
        "12 Main St, PO Box 5",
        "RR 2 Box 15",
        "",
        "1234 County Rd 5 Apt 2, Millville, MA 02139",
    ]

    result = run(app, "addresses", "explain", *texts, "--json")

    assert result.exit_code == 0
    assert [json.loads(line) for line in result.output.splitlines()] == [
        {"text": texts[0], "asked": "12 MAIN ST", "treatment": "street"},
        {"text": texts[1], "asked": None, "treatment": "rural-route"},
        {"text": texts[2], "asked": None, "treatment": "postal"},
        {"text": texts[3], "asked": "1234 COUNTY RD 5", "treatment": "street"},
    ]


def test_every_spelling_of_roads_and_boxes_is_explained(app: Flask) -> None:
    roads, boxes = spell_all(), [typed for typed, _ in SPELT]

    result = run(app, "addresses", "explain", "--json", *(road for road, _ in roads), *boxes)

    told = [json.loads(line) for line in result.output.splitlines()]
    for said, (road, number) in zip(told[: len(roads)], roads, strict=True):
        assert said["text"] == road
        assert fit(said["asked"]).endswith(f" {fit(number)}"), road
    assert [said["text"] for said in told[len(roads) :] if said["asked"] is None] == boxes


def test_people_are_told_in_words(app: Flask) -> None:
    result = run(app, "addresses", "explain", "12 Main St, Millville MA", "P.O.B. 5")

    assert result.output.splitlines() == [
        "12 Main St, Millville MA: asked as 12 MAIN ST; in MILLVILLE MA",
        "P.O.B. 5: no geocoder is asked (post-office-box): a post office box; the signer is "
        "asked where they live",
    ]


def test_a_command_without_a_text_is_typed_wrong(app: Flask) -> None:
    assert run(app, "addresses", "explain").exit_code == 2
