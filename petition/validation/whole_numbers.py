"""Read a whole number from an address or a form."""


def read_whole(typed: str, most: int) -> int | None:
    """Return the number from 0 to ``most`` that ASCII digits write; None for anything else.

    - No sign, white space or separator. No more digits than ``most`` has: Python refuses to read
      thousands of them, and a database raises an error for a number that its column cannot have.
    """
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(most))):
        return None
    number = int(typed)
    return number if number <= most else None
