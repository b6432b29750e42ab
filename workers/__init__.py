"""Background workers: ``pipeline`` is the whole service on one page; read that first."""
