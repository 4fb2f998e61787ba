from dataclasses import replace

import pytest

from restore_safety.checks.tenant_origin import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import DIRECTORY, refused

ELSEWHERE = "99999999-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        (DIRECTORY, []),
        ("", [(Severity.WARNING, "origin_unknown", [])]),
        (ELSEWHERE, [(Severity.WARNING, "tenant_mismatch", [])]),
    ],
)
def test_the_origin_of_the_backup_is_weighed(origin, found):
    assert outline(check(context(checked(), origin_directory_id=origin))) == found


@pytest.mark.parametrize(
    ("organization", "found"),
    [
        ({"id": DIRECTORY.upper()}, []),
        ({"id": ELSEWHERE}, [(Severity.BLOCKER, "connected_elsewhere", [])]),
        ({}, [(Severity.BLOCKER, "connected_elsewhere", [])]),
        (refused(), [(Severity.UNKNOWN, "directory_unconfirmed", [])]),
    ],
)
def test_the_connection_has_to_reach_the_tenants_own_directory(organization, found):
    looked = replace(context(checked()), organization=organization)

    assert outline(check(looked)) == found
