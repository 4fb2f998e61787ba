import pytest

from tenants.access.service import AccessDeniedError
from tenants.connections.write_gate import set_write_gate
from tenants.models import AuditEvent


def actions():
    return list(
        AuditEvent.objects.filter(action__startswith="write_gate.").values_list("action", flat=True)
    )


def test_closing_holds_and_is_audited(manager, tenant):
    assert set_write_gate(actor=manager, tenant=tenant, enabled=False) is True

    tenant.refresh_from_db()
    assert (tenant.writes_enabled, actions()) == (False, ["write_gate.closed"])


def test_second_caller_changes_nothing(manager, tenant):
    set_write_gate(actor=manager, tenant=tenant, enabled=False)

    assert set_write_gate(actor=manager, tenant=tenant, enabled=False) is False

    assert actions() == ["write_gate.closed"]


def test_opening_again_is_audited(manager, tenant):
    set_write_gate(actor=manager, tenant=tenant, enabled=False)

    assert set_write_gate(actor=manager, tenant=tenant, enabled=True) is True

    assert actions() == ["write_gate.opened", "write_gate.closed"]


def test_operator_may_not_touch_the_gate(operator, tenant):
    with pytest.raises(AccessDeniedError):
        set_write_gate(actor=operator, tenant=tenant, enabled=False)

    tenant.refresh_from_db()
    assert (tenant.writes_enabled, actions()) == (True, [])
