"""The safeguards that were overridden for one restore: shown with it for ever."""

from restore_safety.truth.words import Word


class Override(Word):
    """A safeguard that was overridden when a restore was queued."""

    BREAK_GLASS = (
        "break_glass",
        "Started without approval",
        "The tenant needs approval by another person, and this restore was queued without it.",
    )
    FREEZE = (
        "freeze",
        "Freeze overridden",
        "The tenant's change windows allowed no writes, and this restore was queued all the same.",
    )
