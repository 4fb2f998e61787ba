import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.backups.decoding import (
    DEEPEST_NESTING,
    TooDeeplyNestedError,
    UnreadableFileError,
    decode_json,
)

# What PowerShell's Out-File and Set-Content write, with and without a byte-order mark.
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
]
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(value=st.dictionaries(TEXTS, VALUES, max_size=5), encoding=st.sampled_from(ENCODINGS))
def test_every_encoding_powershell_writes_reads_the_same(value, encoding):
    raw = json.dumps(value, ensure_ascii=False).encode(encoding)

    decoded = decode_json(raw)

    assert decoded.value == value
    assert decoded.decoded_cleanly


def test_a_big_endian_file_with_a_mark_is_read():
    raw = b"\xfe\xff" + '{"name": "Grüße"}'.encode("utf-16-be")

    assert decode_json(raw).value == {"name": "Grüße"}


def test_a_code_page_is_a_guess_and_says_so():
    decoded = decode_json('{"name": "Grüße"}'.encode("cp1252"))

    assert decoded.value == {"name": "Grüße"}
    assert not decoded.decoded_cleanly


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "the file is empty"),
        (b"{", "not valid JSON at line 1, column 2"),
        (b'{"a": 1,}', "not valid JSON at line 1, column 8"),
        (b"\xff\xfe{\x00\x22", "the file is damaged: it is not valid utf-16"),
        (b'{"a": "\x81"}', "the file is in no encoding PowerShell writes"),
        (b'{"a": NaN}', "not valid JSON: NaN is not a number JSON knows"),
        (b'{"a": -Infinity}', "not valid JSON: -Infinity is not a number JSON knows"),
        (b'{"a": 1e999}', "it holds a number too large to keep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON: a number is too long"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the key “c” appears twice in one object"),
        (b'{"a": "\\ud800"}', "it holds a broken or zero character"),
        (b'{"\\u0000": 1}', "it holds a broken or zero character"),
    ],
)
def test_what_is_no_plain_json_is_refused_with_its_reason(raw, reason):
    with pytest.raises(UnreadableFileError) as refused:
        decode_json(raw)

    assert str(refused.value) == reason


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_refused_before_it_is_parsed(opening):
    with pytest.raises(TooDeeplyNestedError):
        decode_json(opening * 200_000)


def test_nesting_up_to_the_limit_is_read():
    raw = b"[" * DEEPEST_NESTING + b"]" * DEEPEST_NESTING

    assert decode_json(raw).decoded_cleanly


def test_brackets_in_text_are_no_nesting():
    value = {"script": "[{" * 10_000 + '\\"', "other": "}" * 500}

    assert decode_json(json.dumps(value).encode()).value == value


def test_an_unclosed_text_full_of_quotes_is_refused_quickly():
    with pytest.raises(UnreadableFileError):
        decode_json(b'["' + b'\\"' * 2_000_000 + b"[" * 200)


def test_a_key_given_twice_is_named_in_text_that_can_be_kept():
    with pytest.raises(UnreadableFileError, match="the key “a\ufffd\\?” appears twice") as refused:
        decode_json(b'{"a\\u0000\\ud800": 1, "a\\u0000\\ud800": 2}')

    assert "\x00" not in str(refused.value)
