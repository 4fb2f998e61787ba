"""What checks, mapping and search ask the directory, answered from rows alone."""

from uuid import uuid4

import pytest

from restore_safety.directory.describing import described, spelt
from restore_safety.directory.lookup import DirectorySnapshot
from restore_safety.directory.reading import _count_in
from restore_safety.directory.search import MOST_FOUND, found_by
from restore_safety.models import DirectoryKind, DirectoryObject, DirectorySync, folded
from tenants.graph.batching import BatchAnswer
from tests.restore_safety.factories import DirectoryObjectFactory, DirectorySyncFactory

GROUP, FILTER = DirectoryKind.GROUP, DirectoryKind.FILTER


@pytest.fixture
def have(tenant, connection):
    """`have(name, kind=…)`: an object of the tenant's directory."""

    def have(name, **values):
        return DirectoryObjectFactory(tenant=tenant, name=name, **values)

    return have


def test_name_is_found_by_id_in_any_case(have, tenant):
    row = have("Pilot")

    snapshot = DirectorySnapshot.of(tenant)

    assert snapshot.name_of(GROUP, row.object_id.upper()) == "Pilot"
    assert snapshot.name_of(GROUP, str(uuid4())) == ""
    assert snapshot.name_of(FILTER, row.object_id) == ""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Pilot", ["Pilot"]),
        ("pilot ", ["pilot "]),
        ("PILOT", ["Pilot", "pilot ", "pilot"]),
        ("Cafe\u0301", ["Café"]),
        ("STRASSE", ["Straße"]),
        ("Nothing", []),
    ],
)
def test_exact_name_wins_and_case_and_blanks_are_overlooked_only_without_one(
    have, tenant, asked, found
):
    ids = {name: have(name).object_id for name in ("Pilot", "pilot ", "pilot", "Café", "Straße")}

    answered = DirectorySnapshot.of(tenant).ids_named(GROUP, asked)

    assert answered == sorted(ids[name] for name in found)


def test_name_that_two_objects_have_is_answered_with_both(have, tenant):
    ids = sorted(have("Pilot").object_id for _ in range(2))

    assert DirectorySnapshot.of(tenant).ids_named(GROUP, "Pilot") == ids


def test_size_is_known_or_it_is_not(have, tenant):
    counted, empty = have("A", detail={"members": 7}), have("B", detail={"members": 0})
    unknown = have("C")

    snapshot = DirectorySnapshot.of(tenant)

    sizes = [snapshot.size_of_group(one.object_id.upper()) for one in (counted, empty, unknown)]
    assert sizes == [7, 0, None]
    assert snapshot.size_of_group(str(uuid4())) is None


def test_completeness_and_time_are_those_of_the_kind(have, tenant):
    have("Pilot")
    sync = DirectorySync.objects.get()
    DirectorySyncFactory(tenant=tenant, kind=FILTER, is_complete=False)

    snapshot = DirectorySnapshot.of(tenant)

    assert [snapshot.is_complete(kind) for kind in (GROUP, FILTER, DirectoryKind.APP)] == [
        True,
        False,
        False,
    ]
    assert snapshot.synchronised_at(GROUP) == sync.synchronised_at
    assert snapshot.synchronised_at(DirectoryKind.APP) is None


def test_rows_of_another_directory_do_not_count(have, tenant, connection):
    row = have("Pilot")
    connection.directory_id = uuid4()
    connection.save()

    snapshot = DirectorySnapshot.of(tenant)

    assert snapshot.name_of(GROUP, row.object_id) == ""
    assert snapshot.ids_named(GROUP, "Pilot") == []
    assert not snapshot.is_complete(GROUP)
    assert snapshot.synchronised_at(GROUP) is None
    assert found_by(tenant=tenant, kind=GROUP, text="").choices == ()


def test_each_kind_is_loaded_in_one_query_once(have, tenant, django_assert_num_queries):
    rows = [have(f"Group {number}") for number in range(5)]
    have("Corporate", kind=FILTER)

    with django_assert_num_queries(3):
        snapshot = DirectorySnapshot.of(tenant)
        for row in rows:
            snapshot.name_of(GROUP, row.object_id)
            snapshot.ids_named(GROUP, row.name)
            snapshot.size_of_group(row.object_id)
            snapshot.ids_named(FILTER, row.name)


def test_search_answers_the_best_first_and_no_more_than_a_few(have, tenant):
    for name in ("The pilots", "Pilot ring", "pilot", "Else"):
        have(name)
    for number in range(MOST_FOUND):
        have(f"Zone of pilots {number:02}")

    found = found_by(tenant=tenant, kind=GROUP, text=" PILOT ")

    assert [one.name for one in found.choices[:3]] == ["pilot", "Pilot ring", "The pilots"]
    assert (len(found.choices), found.has_more, found.is_complete) == (MOST_FOUND, True, True)


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "\x00", "a" * 5000])
def test_search_takes_whatever_is_typed_as_text(have, tenant, text):
    have("Pilot")

    found = found_by(tenant=tenant, kind=GROUP, text=text)

    assert len(found.choices) == (0 if text.strip("\x00") else 1)


def test_search_finds_an_id_and_says_what_was_not_read(have, tenant):
    row = have("Pilot")

    found = found_by(tenant=tenant, kind=None, text=row.object_id.upper())

    assert [one.object_id for one in found.choices] == [row.object_id]
    assert not found.is_complete


def test_query_set_keeps_to_tenant_kind_and_name(have, tenant, other_tenant):
    row = have("Pilot ")
    have("pilot", kind=FILTER)

    rows = DirectoryObject.objects

    assert rows.in_tenant(tenant).of_kind(GROUP).named("PILOT").get() == row
    assert not rows.in_tenant(other_tenant).exists()
    assert rows.searched("ilo").count() == 2


def test_folding_is_the_same_whatever_way_a_name_is_written():
    written = ("Café", "CAFE\u0301", " café ", "ﬁne".replace("ﬁne", "Café"))

    assert {folded(name) for name in written} == {"café"}
    assert folded(folded("İstanbul")) == folded("İstanbul")


@pytest.mark.parametrize(
    ("text", "count"),
    [("7", 7), ("0", 0), ("MTg0MA==", 1840), ("Nw==", 7), ("", None), ("many", None), ("-1", None)],
)
def test_count_is_read_plain_or_encoded(text, count):
    assert _count_in(BatchAnswer(status=200, body={}, text=text)) == count


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        (GROUP, {"type": "security", "members": 1}, "Security group, 1 member"),
        (
            GROUP,
            {"type": "microsoft365", "is_dynamic": True, "members": 1840},
            "Microsoft 365 group, dynamic membership, 1,840 members",
        ),
        (GROUP, {"type": "security"}, "Security group, number of members not known"),
        (
            FILTER,
            {"platform": "windows10AndLater", "type": "devices"},
            "Windows 10 and later, Devices",
        ),
        (DirectoryKind.ROLE, {"is_built_in": True}, "Built in"),
        (DirectoryKind.ROLE, {"is_built_in": False}, ""),
        (DirectoryKind.NAMED_LOCATION, {"is_trusted": True}, "Trusted"),
        (DirectoryKind.USER, {"user_principal_name": "ada@x"}, "ada@x"),
    ],
)
def test_what_is_kept_is_told_in_words(kind, detail, said):
    assert described(DirectoryObject(kind=kind, detail=detail)) == said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("windows81TrustedRootCertificate", "Windows 8.1 trusted root certificate"),
        ("macOSDmgApp", "macOS dmg app"),
        ("iosStoreApp", "iOS store app"),
        ("win32LobApp", "Win32 line-of-business app"),
        ("ipNamedLocation", "IP named location"),
        ("", ""),
    ],
)
def test_types_of_graph_are_spelt_out(name, words):
    assert spelt(name) == words
