import pytest

from tenants.printable import printable


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Windows: Firewall (日本語, العربية)", "Windows: Firewall (日本語, العربية)"),
        ("report\u202egnp.exe", "report\ufffdgnp.exe"),
        ("a\u2066b\u2069c\x07", "a\ufffdb\ufffdc\ufffd"),
        ("line one\nline two\tend", "line one\nline two\tend"),
    ],
)
def test_what_would_turn_the_text_around_is_seen_instead(text, read):
    assert printable(text) == read
