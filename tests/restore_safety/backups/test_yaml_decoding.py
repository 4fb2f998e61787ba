import pytest
import yaml

from restore_safety.backups import yaml_decoding
from restore_safety.backups.decoding import TooDeeplyNestedError, UnreadableFileError
from restore_safety.backups.yaml_decoding import decode_yaml
from tests.restore_safety.backups.policies import catalog


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_what_a_tool_writes_reads_back_in_every_encoding(encoding):
    policy = catalog(name="Über 日本", description="12:30", version=None, flag=True, empty=[])
    text = yaml.dump(policy, sort_keys=False, default_flow_style=False, allow_unicode=True)

    decoded = decode_yaml(text.encode(encoding))

    assert decoded.value == policy
    assert decoded.decoded_cleanly


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2024-01-02", "2024-01-02"),
        ("a: 2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("a: 12:30:00", "12:30:00"),
        ("a: 08:00:00.0000000", "08:00:00.0000000"),
        ("a: '12'", "12"),
        ("a: 12", 12),
        ("a: 1.5", 1.5),
        ("a: yes", True),
        ("a: ~", None),
        ("a:", None),
        ("a: =", "="),
        ("a: |\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_times_stay_text_and_plain_values_are_read(text, value):
    assert decode_yaml(text.encode()).value == {"a": value}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1\nb: *x", "it uses YAML anchors, which no backup tool writes"),
        ("a: &x 1", "it uses YAML anchors, which no backup tool writes"),
        ("a: !!python/name:os.system x", "it uses YAML tags, which no backup tool writes"),
        ("a: !secret x", "it uses YAML tags, which no backup tool writes"),
        ("a: !!binary aGk=", "it uses YAML tags, which no backup tool writes"),
        ("<<: {a: 1}", "it merges YAML objects, which no backup tool writes"),
        ("a: 1\na: 2", "the key “a” appears twice in one object"),
        ("1: a\n'1': b", "the key “1” appears twice in one object"),
        ("? [a]\n: b", "a key of an object is not text"),
        ("--- a\n--- b", "it holds several YAML documents"),
        ("a: .inf", "it holds a number too large to keep"),
        (f"a: {'9' * 5000}", "it holds a number that cannot be read"),
        ("a: [\n]x", "not valid YAML at line 2, column 2"),
        ("a: \x01", "not valid YAML: it holds a character YAML does not"),
        ("a: b\x00", "not valid YAML: it holds a character YAML does not"),
        ('a: "\\0"', "it holds a broken or zero character"),
        ("", "the file is empty"),
    ],
)
def test_everything_but_plain_data_is_refused_with_the_reason(text, reason):
    with pytest.raises(UnreadableFileError) as refused:
        decode_yaml(text.encode())

    assert str(refused.value) == reason


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 1000])
def test_a_nest_of_any_depth_is_refused_without_being_built(text):
    with pytest.raises(TooDeeplyNestedError):
        decode_yaml(text.encode())


def test_more_values_than_any_policy_holds_are_refused(monkeypatch):
    monkeypatch.setattr(yaml_decoding, "MOST_VALUES", 1000)

    with pytest.raises(UnreadableFileError, match="more than 1,000,000 values"):
        decode_yaml(b"[" + b"1," * 1001 + b"]")
