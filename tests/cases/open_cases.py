"""Cases that are open: what the product does instead of the right answer."""

OPEN: dict[str, dict[str, str]] = {}
