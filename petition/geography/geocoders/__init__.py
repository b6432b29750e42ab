"""Geocoders behind one protocol: addresses in, our locations or our errors out."""

from petition.geocoding.geocoder import Address, Geocoder, Location, Precision

__all__ = ["Address", "Geocoder", "Location", "Precision"]
