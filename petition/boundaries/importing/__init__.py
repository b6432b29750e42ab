"""From a boundary file to a stored set; read set_import.py first.

- ``readers/`` open a zip, a shapefile or a GeoJSON; ``layer_detection`` finds whose polygons they
  are.
- ``areas`` makes areas of the rows, ``division_assignment`` gives each its division id.
"""
