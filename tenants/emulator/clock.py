"""The wall clock, and moments as Graph spells them."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def graph_time(moment: datetime) -> str:
    """Seven decimals, as .NET writes them: clients that cut at six must be found out."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"
