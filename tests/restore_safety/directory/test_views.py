"""The page of a tenant's directory: what it shows, and whom it lets synchronise."""

from uuid import uuid4

import pytest
from django.urls import reverse

from operations.models import OperationRun
from restore_safety.directory.sync import SYNC_KIND
from restore_safety.models import DirectoryKind, DirectorySync
from tenants.models.capabilities import Capability
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories import DirectoryObjectFactory, DirectorySyncFactory


@pytest.fixture
def reached(connection):
    connection.set_secret("entered")
    connection.save()
    return connection


@pytest.fixture
def have(tenant, reached):
    def have(name, **values):
        return DirectoryObjectFactory(tenant=tenant, name=name, **values)

    return have


@pytest.fixture
def page_of(sign_in, tenant):
    """`page_of(person, "?q=…")`: the page as the person gets it."""

    def page_of(person, query=""):
        address = reverse("directory:object-list", args=[tenant.slug])
        return sign_in(person).get(f"{address}{query}")

    return page_of


def names_in(answer):
    return [row.record.name for row in answer.context["table"].paginated_rows]


def test_page_lists_objects_by_name_with_kind_details_and_id(have, page_of, auditor):
    row = have("Pilot", detail={"type": "security", "members": 1840})
    have("Corporate", kind=DirectoryKind.FILTER, detail={"platform": "iOS"})

    answer = page_of(auditor)

    assert names_in(answer) == ["Corporate", "Pilot"]
    for shown in ("Security group, 1,840 members", row.object_id, "Assignment filter", "iOS"):
        assert shown in answer.text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=pil", ["Pilot"]),
        ("?kind=filter", ["Corporate"]),
        ("?kind=filter&q=pil", []),
        ("?sort=-name", ["Pilot", "Corporate"]),
        ("?sort=kind", ["Corporate", "Pilot"]),
        ("?kind=nothing", ["Corporate", "Pilot"]),
        ("?page=99", ["Corporate", "Pilot"]),
    ],
)
def test_list_is_narrowed_and_ordered_by_the_address(have, page_of, auditor, query, names):
    have("Pilot")
    have("Corporate", kind=DirectoryKind.FILTER)

    assert names_in(page_of(auditor, query)) == names


def test_page_says_of_each_kind_when_it_was_read_and_what_is_missing(have, page_of, auditor):
    have("Pilot")
    DirectorySync.objects.update(note="The number of members is known of 0 of 1 groups.")
    DirectorySyncFactory(
        tenant=DirectorySync.objects.get().tenant,
        kind=DirectoryKind.APP,
        synchronised_at=None,
        is_complete=False,
        problem="The read failed (403): no.",
    )

    answer = page_of(auditor)

    lines = {line.kind: line for line in answer.context["page"].kinds}
    assert [line.kind for line in answer.context["page"].kinds] == list(DirectoryKind)
    assert (lines["group"].count, lines["group"].state.value) == (1, "complete")
    assert (lines["app"].state.value, lines["user"].state.value) == ("failed", "never")
    assert "The read failed (403): no." in answer.text
    assert "known of 0 of 1 groups" in answer.text


def test_entries_of_another_directory_are_neither_shown_nor_counted(
    have, page_of, auditor, reached
):
    have("Pilot")
    reached.directory_id = uuid4()
    reached.save()

    answer = page_of(auditor)

    assert names_in(answer) == []
    assert "Read from another directory" in answer.text
    assert {line.count for line in answer.context["page"].kinds} == {0}


def test_directory_that_was_never_read_says_so(page_of, auditor, reached):
    assert "The directory was not read yet" in page_of(auditor).text


def test_who_may_not_synchronise_sees_why(page_of, auditor, operator, reached):
    denied, allowed = page_of(auditor), page_of(operator)

    assert denied.context["page"].sync_denial == Capability.CAPTURE_BACKUP.denial
    assert allowed.context["page"].sync_denial == ""
    assert reverse("directory:sync", args=["contoso"]) in allowed.text
    assert reverse("directory:sync", args=["contoso"]) not in denied.text


def test_tenant_without_a_connection_cannot_be_synchronised(page_of, operator):
    assert "no provider connection" in page_of(operator).context["page"].sync_denial


def test_synchronisation_under_way_is_shown_and_not_started_twice(
    page_of, operator, reached, tenant
):
    run = OperationRunFactory(tenant=tenant, kind=SYNC_KIND, exclusive_key=SYNC_KIND, running=True)

    answer = page_of(operator)

    assert answer.context["page"].sync_denial == "A synchronisation is under way."
    assert run.get_absolute_url() in answer.text


def test_synchronise_queues_an_operation_and_leads_to_it(sign_in, operator, tenant, reached):
    answer = sign_in(operator).post(reverse("directory:sync", args=[tenant.slug]))

    run = OperationRun.objects.get()
    assert (answer.status_code, answer.url) == (302, run.get_absolute_url())
    assert (run.kind, run.tenant, run.subject) == (SYNC_KIND, tenant, "")


def test_number_of_queries_does_not_grow_with_the_directory(
    have, page_of, auditor, django_assert_max_num_queries
):
    for number in range(30):
        have(f"Group {number:02}")
    for kind in DirectoryKind:
        have(f"Of {kind}", kind=kind)

    page_of(auditor)
    with django_assert_max_num_queries(45) as made:  # signing in among them
        page_of(auditor)
    few = len(made)
    for number in range(30):
        have(f"More {number:02}")
    with django_assert_max_num_queries(few):
        page_of(auditor)


def test_search_answers_json_and_to_htmx_options(have, sign_in, auditor, tenant):
    row = have("Pilot <ring>", detail={"type": "security", "members": 2})
    address = reverse("directory:search", args=[tenant.slug])
    browser = sign_in(auditor)

    told = browser.get(address, {"kind": "group", "q": "pilot"})
    drawn = browser.get(address, {"kind": "group", "q": "pilot"}, headers={"HX-Request": "true"})

    assert told.json() == {
        "objects": [
            {
                "kind": "group",
                "id": row.object_id,
                "name": "Pilot <ring>",
                "detail": "Security group, 2 members",
            }
        ],
        "has_more": False,
        "is_complete": True,
    }
    assert f'<option value="Pilot &lt;ring&gt; ({row.object_id})"' in drawn.text
    assert "Pilot &lt;ring&gt;" in drawn.text
    assert "HX-Request" in told["Vary"]


def test_search_of_a_kind_there_is_not_is_refused(sign_in, auditor, tenant):
    address = reverse("directory:search", args=[tenant.slug])

    assert sign_in(auditor).get(address, {"kind": "planet"}).status_code == 400


def test_tenant_s_page_leads_to_its_directory(sign_in, auditor, tenant):
    page = sign_in(auditor).get(tenant.get_absolute_url())

    assert reverse("directory:object-list", args=[tenant.slug]) in page.text
