"""Where the Census Bureau keeps its files."""

from typing import Any

import pytest

from petition.boundaries.fetching.tiger import name_census_file
from petition.core.errors import ImportRefused
from petition.postal.us_states import BY_CODE

MA = BY_CODE["MA"]


@pytest.mark.parametrize(
    ("layer", "options", "path"),
    [
        ("sldu", {}, "TIGER2024/SLDU/tl_2024_25_sldu.zip"),
        ("sldl", {"year": 2022}, "TIGER2022/SLDL/tl_2022_25_sldl.zip"),
        ("place", {}, "TIGER2024/PLACE/tl_2024_25_place.zip"),
        ("cousub", {}, "TIGER2024/COUSUB/tl_2024_25_cousub.zip"),
        ("county", {}, "TIGER2024/COUNTY/tl_2024_us_county.zip"),
        ("cd", {}, "TIGER2024/CD/tl_2024_25_cd119.zip"),
        ("cd", {"year": 2023}, "TIGER2023/CD/tl_2023_25_cd118.zip"),
        ("cd", {"year": 2022}, "TIGER2022/CD/tl_2022_us_cd116.zip"),
        ("zcta", {}, "TIGER2024/ZCTA520/tl_2024_us_zcta520.zip"),
        ("zcta", {"year": 2019}, "TIGER2019/ZCTA5/tl_2019_us_zcta510.zip"),
        ("sldu", {"generalized": True}, "GENZ2024/shp/cb_2024_25_sldu_500k.zip"),
        ("county", {"generalized": True}, "GENZ2024/shp/cb_2024_us_county_500k.zip"),
        ("cd", {"generalized": True}, "GENZ2024/shp/cb_2024_us_cd119_500k.zip"),
        ("zcta", {"generalized": True}, "GENZ2020/shp/cb_2020_us_zcta520_500k.zip"),
    ],
)
def test_a_file_is_named_as_the_bureau_names_it(
    layer: str, options: dict[str, Any], path: str
) -> None:
    found = name_census_file(layer, MA, **options)

    assert found.path == path
    assert found.name == path.rpartition("/")[2]
    assert found.national == ("_us_" in path)


def test_a_national_file_needs_no_state_and_another_does() -> None:
    assert name_census_file("county", None).national
    with pytest.raises(ImportRefused, match="name the state, as in --state MA"):
        name_census_file("sldu", None)


def test_a_year_without_files_is_refused() -> None:
    with pytest.raises(ImportRefused, match="--year 2001"):
        name_census_file("county", None, 2001)
