import pytest

from restore_safety.demo.directory import CONTOSO, FABRIKAM, KIOSKS
from restore_safety.demo.drift import CHANGED, DELETED
from restore_safety.demo.seed import PASSWORD, PEOPLE, seed
from restore_safety.models import BackupSet
from restore_safety.policies.completeness import Completeness
from tenants.access.service import capabilities_of, role_with
from tenants.graph.contracts import CONTRACTS
from tenants.models import ProviderConnection, Tenant, User


@pytest.fixture
def control(db, settings, emulator):
    settings.GRAPH_EMULATOR_URL = emulator.url
    with emulator.control as control:
        yield control


def is_whole(item):
    return Completeness.from_json(item.completeness).is_complete


def state(control):
    return (
        [control.dump_tenant(directory.id) for directory in (CONTOSO, FABRIKAM)],
        list(BackupSet.objects.values_list("pk", "tenant__slug", "item_count")),
        list(User.objects.values_list("username", "password")),
    )


def test_demo_has_people_tenants_and_a_backup(control):
    seed(control)

    roles = {
        (user.username, tenant.slug): role_with(capabilities_of(user, tenant))
        for user in User.objects.all()
        for tenant in Tenant.objects.all()
    }
    assert {held: role.value for held, role in roles.items() if role} == {
        ("operator", "contoso"): "operator",
        ("operator", "fabrikam"): "operator",
        ("auditor", "contoso"): "auditor",
        ("auditor", "fabrikam"): "auditor",
        ("manager", "contoso"): "manager",
        ("manager", "fabrikam"): "manager",
        ("owner", "contoso"): "owner",
        ("owner", "fabrikam"): "owner",
        ("outsider", "northwind"): "owner",
    }
    assert [User.objects.get(username=one.username).check_password(PASSWORD) for one in PEOPLE] == [
        True
    ] * len(PEOPLE)
    assert (
        list(ProviderConnection.objects.values_list("verification", "missing_permissions"))
        == [("verified", [])] * 2
    )
    for tenant in ("contoso", "fabrikam"):
        items = BackupSet.objects.get(tenant__slug=tenant).items
        assert set(items.values_list("contract_key", flat=True)) == CONTRACTS.keys()
        assert [one.name for one in items.all() if not is_whole(one)] == []


def test_contoso_drifts_away_from_its_backup_and_fabrikam_does_not(control):
    seed(control)

    held = control.dump_tenant(CONTOSO.id)
    ids = {body["id"] for bodies in held["objects"].values() for body in bodies}
    assert {CONTOSO.id_of(path, name) for path, name in DELETED} & ids == set()
    assert {CONTOSO.id_of(path, name) for path, name in CHANGED} <= ids
    assert CONTOSO.group(KIOSKS) not in {group["id"] for group in held["groups"]}
    clean = control.dump_tenant(FABRIKAM.id)
    assert FABRIKAM.group(KIOSKS) in {group["id"] for group in clean["groups"]}


def test_seeding_again_keeps_what_is_there(control):
    seed(control)
    before = state(control)

    seed(control)

    assert state(control) == before
