"""From an address to its districts; read locate.py first, it is the stage."""
