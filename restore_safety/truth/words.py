"""How a closed set of states speaks: each member has its stored value, a label and a meaning."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A stored value together with what people read; the values never change once released."""

    label: str
    sentence: str

    def __new__(cls, value: str, label: str = "", sentence: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.sentence = sentence
        return member
