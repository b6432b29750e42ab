"""Geocoding: addresses in, points or our errors out; chain.py asks each geocoder in turn."""

from petition.geocoding.geocoder import Address, Geocoder, Location, Precision

__all__ = ["Address", "Geocoder", "Location", "Precision"]
