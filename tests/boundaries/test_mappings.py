"""Mappings of GEOIDs to division ids, as OpenStates and Open Civic Data write them."""

from pathlib import Path

import pytest

from petition.boundaries.divisions.mappings.mapping import IdMapping
from petition.boundaries.divisions.mappings.mapping_files import read_mapping
from petition.core.errors import ImportRefused

MA = "ocd-division/country:us/state:ma"
OPENSTATES = f"""
name: Massachusetts
os-id-prefix: "{MA}"
id-mappings:
  sldu: {{}}
  sldl:
    key: DISTRICT
    sld-match: 'sldl-25(\\d+[A-Z]?)'
  cd:
    os-id-prefix: "ocd-division/country:us/district:dc/ward:"
    sld-match: 'cd-250(\\d)'
  custom:
    - os-id: "{MA}/sldu:hampden"
      sld-id: sldu-25D03
    - os-id: "{MA}/sldl:1st_barnstable"
      sld-id: sldl-25001
    - os-id: "{MA}/sldu:gone"
    - os-id: "{MA}/sldu:past"
      sld-id: sldu-25D99
      expired: 2013-01-03
"""
CIVICDATA = f"""id,name,census_geoid,validThrough
{MA}/county:middlesex,Middlesex County,place-25017,
{MA}/place:arlington,Arlington town,place-2501701600,
{MA}/place:boston,Boston city,place-2507000,
{MA}/cd:7,7th,cd-2507,
{MA}/cd:10,10th,cd-2510,2013-01-03
{MA}/cd:11,11th,cd-2511,2013
{MA}/cd:9,9th,cd-2509,2999-12-31
"""


def read(folder: Path, name: str, text: str) -> IdMapping:
    path = folder / name
    path.write_text(text, "utf-8")
    return read_mapping(path)


@pytest.mark.parametrize(
    ("layer", "geoid", "expected"),
    [
        ("sldu", "25D03", f"{MA}/sldu:hampden"),
        ("sldl", "25001", f"{MA}/sldl:1st_barnstable"),  # a pair comes before the pattern
        ("sldl", "25012", f"{MA}/sldl:12"),
        ("sldl", "2501B", f"{MA}/sldl:1b"),
        ("sldl", "25000", None),  # nothing is left of it
        ("cd", "2507", "ocd-division/country:us/district:dc/ward:7"),
        ("sldu", "25D04", None),
        ("sldu", "25D99", None),  # expired
        ("county", "25017", None),
    ],
)
def test_openstates_pairs_come_first_and_patterns_second(
    tmp_path: Path, layer: str, geoid: str, expected: str | None
) -> None:
    assert read(tmp_path, "ma.yml", OPENSTATES).find(layer, geoid) == expected


def test_an_openstates_prefix_of_another_type_is_used(tmp_path: Path) -> None:
    text = (
        f"os-id-prefix: {MA}\n"
        "id-mappings: {sldu: {sld-prefix: ward, sld-match: 'ward-250*([1-9])'}}"
    )

    assert read(tmp_path, "x.yaml", text).find("sldu", "25003") == f"{MA}/ward:3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not a YAML file"),
        ("a: 1", "no id-mappings"),
        ("id-mappings: {sldl: {sld-match: 'x(1)'}}", "sldl has no os-id-prefix"),
        (f"os-id-prefix: {MA}\nid-mappings: {{sldl: {{sld-match: '(('}}}}", "expected a pattern"),
        (f"os-id-prefix: {MA}\nid-mappings: {{sldl: {{sld-match: 'x'}}}}", "with one group"),
        (f"os-id-prefix: {MA}\nid-mappings: {{sldl: {{sld-match: 5}}}}", "expected a text"),
        (
            f"os-id-prefix: {MA}\nid-mappings: {{sldl: {{sld-match: '({'a?' * 60})'}}}}",
            "at most 100 characters",
        ),
        ("id-mappings: {custom: 7}", "custom is not a list"),
        ("id-mappings: {custom: [{sld-id: sldu-25D01, os-id: x}]}", "pair 1: os-id is 'x'"),
        (
            f"id-mappings: {{custom: [{{sld-id: a, os-id: '{MA}/sldu:b'}},"
            f" {{sld-id: a, os-id: '{MA}/sldu:c'}}]}}",
            "pair 2: a is",
        ),
    ],
)
def test_another_yaml_is_refused_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        read(tmp_path, "ma.yml", text)


@pytest.mark.timeout(10)
def test_a_pattern_that_never_ends_ends(tmp_path: Path) -> None:
    text = f"os-id-prefix: {MA}\nid-mappings: {{sldl: {{sld-match: '^((?:[\\w-]+)+)!$'}}}}"

    mapping = read(tmp_path, "ma.yml", text)

    assert mapping.find("sldl", "250012345678") is None
    assert mapping.find("sldl", "2500" * 50) is None


@pytest.mark.parametrize(
    ("layer", "geoid", "expected"),
    [
        ("county", "25017", f"{MA}/county:middlesex"),
        ("cousub", "2501701600", f"{MA}/place:arlington"),
        ("cousub", "2502507000", f"{MA}/place:boston"),  # as the place that the city is
        ("place", "2507000", f"{MA}/place:boston"),
        ("cd", "2507", f"{MA}/cd:7"),
        ("cd", "2509", f"{MA}/cd:9"),
        ("cd", "2510", None),
        ("cd", "2511", None),
        ("sldu", "25D03", None),
    ],
)
def test_civic_data_joins_on_the_census_geoid(
    tmp_path: Path, layer: str, geoid: str, expected: str | None
) -> None:
    assert read(tmp_path, "places.csv", f"\ufeff{CIVICDATA}").find(layer, geoid) == expected


def test_the_geoids_of_a_year_are_read_too(tmp_path: Path) -> None:
    text = f"id,census_geoid_12,census_geoid_14\n{MA}/sldu:5,sldu-25001,sldu-25005\n"

    mapping = read(tmp_path, "us_sldu.csv", text)

    assert mapping.find("sldu", "25005") == f"{MA}/sldu:5"
    assert mapping.find("sldu", "25001") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"id,name\n{MA}/sldu:5,Five\n", "names alone do not identify a district.*OpenStates"),
        ("", "expected id and census_geoid"),
        ("id,census_geoid\nMiddlesex,place-25017\n", "row 2 has the id 'Middlesex'"),
        (f"id,census_geoid\n{MA}/a:b,x\n{MA}/a:c,x\n", "row 3: x is"),
    ],
)
def test_another_csv_is_refused_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ImportRefused, match=words):
        read(tmp_path, "places.csv", text)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="expected a mapping of division ids"):
        read(tmp_path, "ma.json", "{}")
    (tmp_path / "ma.csv").write_bytes(b"id,census_geoid\n\xff")
    with pytest.raises(ImportRefused, match="not readable text in UTF-8"):
        read_mapping(tmp_path / "ma.csv")
