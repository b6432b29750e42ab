"""Geocoding: addresses in, locations or our errors out; chain.py tries the geocoders in order."""

from petition.geocoding.geocoder import Address, Geocoder, Location, Precision

__all__ = ["Address", "Geocoder", "Location", "Precision"]
