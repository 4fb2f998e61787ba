"""The verifier against every single alteration, and its parts against what they stand for."""

import ast
import copy
import json
import subprocess
import sys

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restore_safety.restores.receipts.linking import document_of
from restore_safety.restores.receipts.signing import SigningKey, installation_key
from tenants.canonical_json import canonical, carried, digest_of
from tenants.models.audit_hash import hash_of
from tests.restore_safety.restores.receipts.conftest import VERIFIER, report_on, verifier

# The first of them restores something for the receipt that all share.
pytestmark = pytest.mark.django_db

OF_ONE_RECEIPT = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
WRONG_KEY = "The key given with --key is neither a public key nor the fingerprint of one."
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
OTHERS = (None, True, False, 0, 1, -1, 2**53, 10**4000, 1.5, -0.5, "", "x", "\ud800", [], {}, [{}])


@pytest.fixture
def receipt(text_of_a_receipt):
    """The verifier needs the text alone, so these tests share one."""
    return text_of_a_receipt


def leaves(value, path=()):
    """Where every single value stands; what is empty counts as one."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        if isinstance(member, (dict, list)) and member:
            yield from leaves(member, (*path, key))
        else:
            yield (*path, key)


def at(value, path):
    for key in path:
        value = value[key]
    return value


def put(document, path, value):
    """The document with another value there; the two share what is not on the way to it."""
    if not path:
        return value
    altered = copy.copy(document)
    altered[path[0]] = put(document[path[0]], path[1:], value)
    return altered


def varied(value):
    """Other values in its place: of another kind, a little longer, a little shorter."""
    own = [f"{value} ", f"{value}\u0301", str(value).upper(), str(value)[:-1], str(value)]
    if isinstance(value, int) and not isinstance(value, bool):
        own = [value + 1, -value - 1, value + 2**53, float(value), str(value)]
    others = [*own, *OTHERS]
    return [one for one in others if (type(one), one) != (type(value), value)]


def first_of(document):
    text = json.dumps(document) if isinstance(document, dict) else document
    report = report_on(text)
    assert report["verdict"] == "altered"
    return report["findings"][0]


@OF_ONE_RECEIPT
@given(data=st.data())
def test_any_altered_value_is_found_at_its_record(receipt, data):
    document = json.loads(receipt)
    path = data.draw(st.sampled_from(list(leaves(document))))
    value = data.draw(st.sampled_from(varied(at(document, path))))

    sys.set_int_max_str_digits(0)
    try:
        text = json.dumps(put(document, path, value))
    finally:
        sys.set_int_max_str_digits(4300)
    try:
        finding = first_of(text)
    except verifier.UnreadableError:
        assert path == ("schema",)
        return

    place = path[1] + 1 if path[0] == "records" else None
    assert (finding["record"], finding["fault"]) in {
        (place, "altered"),
        (place, "unsigned"),
    }


def test_every_value_of_a_receipt_is_covered(receipt):
    document = json.loads(receipt)

    missed = [
        path
        for path in leaves(document)
        if report_on(json.dumps(put(document, path, "altered")))["verdict"] == "valid"
    ]

    assert len(list(leaves(document))) > 400
    assert missed == []


@OF_ONE_RECEIPT
@given(data=st.data())
def test_any_member_taken_out_or_put_in_is_found_at_its_record(receipt, data):
    document = json.loads(receipt)
    path = data.draw(st.sampled_from([one for one in leaves(document) if one[0] == "records"]))
    cut = data.draw(st.integers(2, len(path)))
    holder = at(document, path[: cut - 1]) if cut > 2 else at(document, path[:2])
    if isinstance(holder, dict):
        if data.draw(st.booleans()):
            holder["more"] = data.draw(VALUES)
        else:
            del holder[path[cut - 1] if cut > 2 else path[2]]
    else:
        holder.append(data.draw(VALUES))

    finding = first_of(document)

    assert (finding["record"], finding["fault"]) == (path[1] + 1, "altered")


def test_each_dropped_record_is_named(receipt):
    document = json.loads(receipt)
    names = [record["name"] for record in document["records"]]
    found = []
    for place in range(len(names)):
        altered = copy.deepcopy(document)
        del altered["records"][place]
        finding = first_of(altered)
        found.append((finding["fault"], finding["record"], finding["name"]))

    assert found == [("missing", number, name) for number, name in enumerate(names, 1)]


@OF_ONE_RECEIPT
@given(data=st.data())
def test_any_repeated_record_is_named(receipt, data):
    document = json.loads(receipt)
    places = st.integers(0, len(document["records"]) - 1)
    place, to = data.draw(places), data.draw(places)
    repeated = document["records"][place]
    document["records"].insert(to, repeated)

    finding = first_of(document)

    assert (finding["fault"], finding["record"]) == ("repeated", repeated["number"])


@OF_ONE_RECEIPT
@given(data=st.data())
def test_any_two_records_that_changed_places_are_named(receipt, data):
    document = json.loads(receipt)
    records = document["records"]
    places = st.integers(0, len(records) - 1)
    one, two = sorted(data.draw(st.lists(places, min_size=2, max_size=2, unique=True)))
    records[one], records[two] = records[two], records[one]

    report = report_on(json.dumps(document))

    moved = [each["record"] for each in report["findings"] if each["fault"] == "moved"]
    assert (report["verdict"], moved) == ("altered", [two + 1, one + 1])


def test_record_written_anew_with_its_own_digest_shows_at_the_next(receipt):
    document = json.loads(receipt)
    record = document["records"][6]
    record["content"] = {"approvals": [{"by": "mallory"}]}
    del record["digest"]
    record["digest"] = verifier.digest_of(record)

    finding = first_of(document)

    assert (finding["fault"], finding["record"], finding["name"]) == ("unlinked", 8, "plan")
    assert "approvals" in finding["sentence"]


def resealed(document, changes):
    """What somebody without the installation's key can make of it: all digests fit again."""
    key = SigningKey(_private=Ed25519PrivateKey.generate())
    contents = [(record["name"], record["content"]) for record in document["records"]]
    changes(dict(contents))
    return "".join(document_of(contents, key)), key.fingerprint


def test_receipt_signed_anew_is_valid_only_for_who_has_noted_no_key(receipt):
    forged, key = resealed(json.loads(receipt), lambda held: held["approvals"].update(more=1))

    unpinned = report_on(forged)
    pinned = report_on(forged, installation_key().fingerprint)

    assert (unpinned["verdict"], unpinned["key"], unpinned["key_compared"]) == ("valid", key, False)
    assert pinned["verdict"] == "altered"
    assert [finding["fault"] for finding in pinned["findings"]] == ["foreign"]


CONTRADICTIONS = {
    "scope, fingerprint": lambda held: held["scope"]["scope"].update(mode="selected"),
    "restore, fingerprint": lambda held: held["restore"].update(fingerprint="rs1:0"),
    "restore, plan_hash": lambda held: held["restore"].update(plan_hash="sha256:0"),
    "plan, hash": lambda held: held["plan.item:2"].update(decision="skip"),
    "plan, items": lambda held: held["plan"].update(items=4),
    "confirmation, snapshot.plan_hash": lambda held: held["confirmation"]["snapshot"].update(
        plan_hash="sha256:0"
    ),
    "confirmation, snapshot.fingerprint": lambda held: held["confirmation"]["snapshot"].update(
        fingerprint="rs1:0"
    ),
    "evidence.checks, id": lambda held: held["evidence.checks"]["captured"].update(id="another"),
    "result, counts": lambda held: held["item:1"].update(outcome="failed"),
    "result, items": lambda held: held["result"].update(items=2),
    "item:3, backup_item": lambda held: held["item:3"].update(backup_item="another"),
    "item:1, requests": lambda held: held["item:1"]["requests"][0].update(id="another"),
    "result, writes_accepted": lambda held: held["result"].update(writes_accepted=99),
    "event:2, hash": lambda held: held["event:2"]["facts"].update(actor_name="mallory"),
    "audit, hash": lambda held: held["audit"].update(sequence=1),
}


def queueing(held):
    return next(
        each for each in held.values() if each.get("facts", {}).get("action") == "restore.queued"
    )


def unanchored(held):
    """As the trail was before it kept digests."""
    for content in held.values():
        facts = content.get("facts", {})
        if facts.get("action") == "restore.ended":
            facts["action"] = "probe.written"
        facts.get("detail", {}).pop("snapshot", None)


def rehashed(held):
    """The events with hashes that fit them and each other."""
    before = None
    for name, content in held.items():
        if name.startswith("event:"):
            facts = content["facts"]
            if before and facts["sequence"] == before[0] + 1:
                facts["previous_hash"] = before[1]
            content["hash"] = hash_of(facts)
            before = facts["sequence"], content["hash"]
    held["audit"]["hash"] = before[1]


def every_item_created(held):
    for name, content in held.items():
        if name.startswith("item:"):
            content.update(outcome="created", verification="verified", reason="written")
    held["result"]["counts"] = [
        {"outcome": "created", "verification": "verified", "reason": "written", "count": 3}
    ]


# What hangs together in the file, and not with the events in it.
FORGERIES = {
    "restore, reason": lambda held: held["restore"].update(reason="CHG-APPROVED"),
    "restore, kind": lambda held: held["restore"].update(kind="dry_run"),
    "restore, requested_by": lambda held: held["restore"].update(requested_by="manager"),
    "restore, queued_at": lambda held: held["restore"].update(
        queued_at="2026-01-01T00:00:00.000000+00:00"
    ),
    "confirmation, snapshot": lambda held: held["confirmation"]["snapshot"].update(
        actor_id="2", actor_name="manager"
    ),
    "restore, status": lambda held: held["restore"].update(status="failed"),
    "restore, ended_at": lambda held: held["restore"].update(ended_at=None),
    "restore, pre_restore_set": lambda held: held["restore"].update(pre_restore_set=""),
    "result, outcomes": every_item_created,
    "result, items_digest": lambda held: held["item:1"].update(target_object_id="another"),
}


@pytest.mark.parametrize("told", FORGERIES)
def test_what_the_events_of_the_receipt_do_not_say_is_named_by_field(receipt, told):
    forged, _ = resealed(json.loads(receipt), FORGERIES[told])

    report = report_on(forged)

    found = [f"{finding['name']}, {finding['field']}" for finding in report["findings"]]
    assert (report["verdict"], report["not_anchored"]) == ("altered", [])
    assert told in found
    assert {name.split(", ")[0] for name in found} <= {"restore", "confirmation", "result"}


@pytest.mark.parametrize("told", ["restore, reason", "restore, kind", "restore, status"])
def test_receipt_without_digests_still_has_to_say_what_its_events_say(receipt, told):
    def changes(held):
        unanchored(held)
        rehashed(held)
        FORGERIES[told](held)

    forged, _ = resealed(json.loads(receipt), changes)

    report = report_on(forged)

    assert report["not_anchored"] == ["confirmation", "result"]
    assert told in [f"{finding['name']}, {finding['field']}" for finding in report["findings"]]


def test_receipt_without_digests_is_valid_and_says_that_it_is_not_anchored(receipt):
    def changes(held):
        unanchored(held)
        rehashed(held)

    old, _ = resealed(json.loads(receipt), changes)

    report = report_on(old)

    assert (report["verdict"], report["findings"]) == ("valid", [])
    assert report["not_anchored"] == ["confirmation", "result"]


def test_anchored_queueing_asks_for_the_event_of_the_end(receipt):
    def changes(held):
        for content in held.values():
            if content.get("facts", {}).get("action") == "restore.ended":
                content["facts"]["action"] = "probe.written"
        rehashed(held)

    forged, _ = resealed(json.loads(receipt), changes)

    assert [
        (finding["name"], finding["sentence"]) for finding in report_on(forged)["findings"]
    ] == [("result", "No event of the receipt says what the restore came to.")]


def test_receipt_without_its_queueing_is_named(receipt):
    def changes(held):
        queueing(held)["facts"]["subject"] = "restore_run:another"
        rehashed(held)

    forged, _ = resealed(json.loads(receipt), changes)

    report = report_on(forged)

    assert report["not_anchored"] == ["confirmation"]
    assert [finding["sentence"] for finding in report["findings"]] == [
        "No event of the receipt says that the restore was queued."
    ]


@pytest.mark.parametrize("told", CONTRADICTIONS)
def test_records_that_contradict_each_other_are_named_by_field(receipt, told):
    forged, _ = resealed(json.loads(receipt), CONTRADICTIONS[told])

    report = report_on(forged)

    found = [f"{finding['name']}, {finding['field']}" for finding in report["findings"]]
    assert (report["verdict"], found) == ("altered", [told])


def test_whole_numbers_beyond_a_double_are_carried_as_text():
    key = installation_key()
    text = "".join(document_of([("receipt", {"big": 2**80, "list": [-(2**60)]})], key))

    record = verifier.read(text.encode())["records"][0]

    assert record["content"] == {
        "big": {"$integer": str(2**80)},
        "list": [{"$integer": str(-(2**60))}],
    }
    assert (
        verifier.digest_of({k: v for k, v in record.items() if k != "digest"}) == (record["digest"])
    )


def test_fractions_have_no_place_in_a_receipt():
    with pytest.raises(TypeError, match="float has no place in a receipt"):
        carried({"share": 0.5})


# Its parts, against what they stand for


@given(value=VALUES)
def test_canonical_form_is_that_of_the_product(value):
    assert verifier.canonical(value) == canonical(value)
    assert verifier.digest_of(value) == digest_of(value)


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
def test_signature_of_the_library_is_accepted(seed, message):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)

    assert verifier.is_signed(key=key, message=message, signature=signature)
    assert not verifier.is_signed(key=key, message=message + b"x", signature=signature)


def library_says(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@given(
    seed=st.binary(min_size=32, max_size=32),
    message=st.binary(max_size=50),
    bit=st.integers(0, 96 * 8 - 1),
)
def test_one_other_bit_is_judged_as_the_library_judges_it(seed, message, bit):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    whole = bytearray(private.public_key().public_bytes_raw() + private.sign(message))
    whole[bit // 8] ^= 1 << bit % 8
    key, signature = bytes(whole[:32]), bytes(whole[32:])

    answer = verifier.is_signed(key=key, message=message, signature=signature)

    assert (answer, library_says(key, message, signature)) == (False, False)


def test_second_spelling_of_a_signature_is_refused():
    private = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
    key, signature = private.public_key().public_bytes_raw(), private.sign(b"x")
    order = 2**252 + 27742317777372353535851937790883648493
    again = int.from_bytes(signature[32:], "little") + order

    other = signature[:32] + again.to_bytes(32, "little")

    assert not verifier.is_signed(key=key, message=b"x", signature=other)
    assert not library_says(key, b"x", other)


@given(document=st.dictionaries(st.sampled_from(["schema", "records", "count", "head"]), VALUES))
def test_any_json_is_judged(document):
    try:
        verdict = report_on(json.dumps(document))["verdict"]
    except verifier.UnreadableError:
        return
    assert verdict == "altered"


# The file on its own


@pytest.fixture
def alone(tmp_path, receipt):
    """An empty folder with the verifier and a receipt, and how to run the one on the other."""
    (tmp_path / "verify_receipt.py").write_bytes(VERIFIER.read_bytes())
    (tmp_path / "receipt.json").write_text(receipt)

    def run(*arguments, name="receipt.json"):
        answer = subprocess.run(
            [sys.executable, "-I", "verify_receipt.py", name, *arguments],
            cwd=tmp_path,
            env={},
            capture_output=True,
            check=False,
            text=True,
        )
        assert answer.stderr == ""
        return answer.returncode, answer.stdout

    return run


def test_verifier_alone_says_valid_and_what_the_key_is(alone, receipt):
    code, said = alone()

    lines = said.splitlines()
    restore = json.loads(receipt)["records"][1]["content"]["id"]
    issued_at = json.loads(receipt)["records"][0]["content"]["issued_at"]
    count = json.loads(receipt)["count"]
    assert (code, lines[0]) == (0, "VALID")
    assert lines[1:3] == [
        f"Restore {restore}, issued {issued_at}, {count} records.",
        f"Key {installation_key().fingerprint}",
    ]
    assert lines[3].startswith("No key was given: the signature only proves that the file agrees")


@pytest.mark.parametrize("noted", ["public", "fingerprint"])
def test_verifier_alone_compares_the_key(alone, noted):
    own = getattr(installation_key(), noted)
    other = getattr(SigningKey(_private=Ed25519PrivateKey.generate()), noted)

    code, said = alone("--key", own)
    foreign, refused = alone("--key", other)

    assert (code, said.splitlines()[0], "No key was given" in said) == (0, "VALID", False)
    assert (foreign, refused.splitlines()[:2]) == (
        1,
        ["ALTERED", "The receipt, key: It was signed with another key than the one given."],
    )


def test_verifier_alone_names_the_altered_record(alone, tmp_path, receipt):
    (tmp_path / "other.json").write_text(receipt.replace('"policy":"Passwords"', '"policy":"P"'))

    code, said = alone(name="other.json")
    as_json, report = alone("--json", name="other.json")

    number, name = next(
        (each["number"], each["name"])
        for each in json.loads(receipt)["records"]
        if each["content"].get("policy") == "Passwords"
    )
    assert (code, as_json) == (1, 1)
    assert said.splitlines()[:2] == [
        "ALTERED",
        f"Record {number} ({name}): Its digest does not fit what it holds.",
    ]
    assert json.loads(report)["findings"] == [
        {
            "fault": "altered",
            "record": number,
            "name": name,
            "field": "",
            "sentence": "Its digest does not fit what it holds.",
        }
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is not one JSON document."),
        (b"\xff\xfe", "The file is not one JSON document."),
        (b"[" * 100_000, "The file is not one JSON document."),
        (b"[]", "The file is JSON, but not a receipt."),
        (b'{"schema":"restore-safety/restore-items/1"}', "The file is JSON, but not a receipt."),
        (
            b'{"schema":"restore-safety/receipt/2","records":[]}',
            "The receipt is of the schema restore-safety/receipt/2, newer than this.",
        ),
    ],
)
def test_verifier_alone_says_what_it_cannot_read(alone, tmp_path, content, sentence):
    (tmp_path / "other").write_bytes(content)

    assert alone(name="other") == (2, f"UNREADABLE\n{sentence}\n")


def test_verifier_alone_says_what_it_was_asked_wrongly(alone):
    assert alone(name="nowhere") == (2, "UNREADABLE\nThe file cannot be opened.\n")
    assert alone("--key", "ed25519:12") == (
        2,
        f"UNREADABLE\n{WRONG_KEY}\n",
    )


def test_nothing_of_the_file_moves_the_terminal(alone, tmp_path, receipt):
    document = json.loads(receipt)
    document["records"][1]["content"]["id"] = "\x1b[2J\u202evalid\n"
    document["records"][3]["name"] = "\x1b]0;valid\x07\nVALID"
    (tmp_path / "other.json").write_text(json.dumps(document))

    code, said = alone(name="other.json")

    assert code == 1
    assert said.replace("\n", "").isprintable()
    assert said.isascii()
    assert [line for line in said.splitlines() if line == "VALID"] == []


def test_verifier_imports_the_standard_library_alone():
    tree = ast.parse(VERIFIER.read_text())
    named = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert named
    assert named - sys.stdlib_module_names == set()
    assert {"ctypes", "socket", "urllib", "subprocess", "importlib"} & named == set()
