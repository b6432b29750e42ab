"""Geocoders behind one protocol: addresses in, our locations or our errors out."""

from petition.geography.geocoders.protocol import Address, Geocoder, Location, Precision

__all__ = ["Address", "Geocoder", "Location", "Precision"]
