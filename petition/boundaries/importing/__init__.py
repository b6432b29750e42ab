"""Import a boundary file as a stored set; start with set_import.py.

- ``readers/`` open a zip, a shapefile or a GeoJSON; ``layer_detection`` finds its layer.
- ``areas`` makes areas of the rows, ``division_assignment`` gives each its division id.
"""
