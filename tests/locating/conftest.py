"""The counties and boundary sets of tests/boundaries, for what is looked up in them."""

from tests.boundaries.conftest import (  # noqa: F401
    all_counties,
    counties,
    make_county_set,
    nation,
    put_in_force,
)
