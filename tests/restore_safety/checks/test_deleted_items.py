import pytest

from restore_safety.checks.deleted_items import check
from restore_safety.models import Severity
from tenants.graph.errors import ErrorKind, GraphError
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, refused

AT = "identity/conditionalAccess/deletedItems"
ELSEWHERE = "99999999-2222-3333-4444-555555555555"
ID = "aaaaaaaa-0000-4000-8000-0000000000ca"
ACCESS = {"id": ID, "displayName": "Lost", "state": "disabled", "conditions": {}}
PLACE = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "id": ID,
    "displayName": "Lost",
    "countriesAndRegions": ["DE"],
}
KINDS = pytest.mark.parametrize(
    ("payload", "key", "path"),
    [
        (ACCESS, "conditionalAccessPolicies", f"{AT}/policies"),
        (PLACE, "namedLocations", f"{AT}/namedLocations"),
    ],
)
KEPT = [(Severity.INFO, "in_deleted_items", ["Lost"])]
UNKNOWN = [(Severity.UNKNOWN, "deleted_items_unknown", ["Lost"])]


def look(payload, key, objects=None, *, errors=None, **facts):
    reader = FakeReader(objects or {}, errors=errors)
    return outline(check(context(checked(payload, key=key), reader=reader, **facts)))


@KINDS
@pytest.mark.parametrize("origin", [{}, {"origin_directory_id": ""}])
def test_what_entra_keeps_with_its_id_is_said(payload, key, path, origin):
    assert look(payload, key, {path: [{"id": ID.upper()}]}, **origin) == KEPT


@KINDS
def test_what_entra_does_not_keep_raises_nothing(payload, key, path):
    assert look(payload, key, {path: [{"id": ELSEWHERE}]}) == []
    assert look(payload, key, {path: [{"id": ID}], key: [payload]}) == []


@KINDS
def test_a_list_that_could_not_be_read_is_unknown(payload, key, path):
    assert look(payload, key, errors={path: refused()}) == UNKNOWN


@KINDS
def test_a_cloud_without_deleted_items_keeps_nothing(payload, key, path):
    gone = GraphError("Not here", kind=ErrorKind.NOT_FOUND, status=404)

    assert look(payload, key, errors={path: gone}) == []


@KINDS
def test_a_backup_of_another_tenant_is_not_looked_for(payload, key, path):
    assert look(payload, key, errors={path: refused()}, origin_directory_id=ELSEWHERE) == []


def test_other_types_have_no_deleted_items():
    assert look(catalog(), "configurationPolicies") == []
