"""What counts as a GUID: the form Graph writes, and none of the others that Python reads."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.guids import GUID_IN_TEXT, is_guid

GUID = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"


@given(st.uuids(), st.sampled_from([str.lower, str.upper, str.title]))
def test_every_guid_is_one_in_any_case(made, written):
    assert is_guid(written(str(made)))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "All",
        GUID.replace("-", ""),
        f"{{{GUID}}}",
        f"urn:uuid:{GUID}",
        f"{GUID}\n",
        f" {GUID}",
        GUID[:-1],
        f"{GUID[:-1]}g",
        GUID.replace("-", "_"),
        # Hyphens elsewhere, and digits of another script: Python's reader takes both.
        "6b8f1c1e0-d7b-4c57-9d55-0a6a3d0f1b2c",
        GUID.replace("1", "\N{ARABIC-INDIC DIGIT ONE}"),
        None,
        1,
        uuid.UUID(GUID),
    ],
)
def test_anything_else_is_none(value):
    assert not is_guid(value)


@given(st.from_regex(r"[0-9a-gA-F-]{36}", fullmatch=True) | st.text(max_size=40))
def test_the_pattern_finds_what_is_one(text):
    assert is_guid(text) == bool(re.fullmatch(GUID_IN_TEXT, text))
