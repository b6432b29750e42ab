"""Cells of CSV files that people open in spreadsheets."""

# Text that a spreadsheet would take as a formula is written behind an apostrophe.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def protect_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes as a formula; ``unprotect_cell`` undoes it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def unprotect_cell(text: str) -> str:
    """Return a cell without the apostrophe that ``protect_cell`` wrote."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
