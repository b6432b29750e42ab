"""From a boundary file to a stored set; read files.py first.

- ``readers/`` open a zip, a shapefile or a GeoJSON; ``layers`` finds whose polygons they are.
- ``reading`` makes areas of the rows, ``identifying`` gives each its division id.
"""
