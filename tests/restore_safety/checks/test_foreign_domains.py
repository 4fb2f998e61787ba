from base64 import b64encode

import pytest

from restore_safety.checks.foreign_domains import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, refused


def encoded(text):
    return b64encode(text.encode()).decode()


ORIGIN = "99999999-2222-3333-4444-555555555555"
OWN = [{"id": "o", "verifiedDomains": [{"name": "Contoso.onmicrosoft.com"}]}]
LEFT = [(Severity.WARNING, "foreign_domain_left", ["Firewall"])]
UNKNOWN = [(Severity.UNKNOWN, "domains_unknown", ["Firewall"])]


def look(value, *, errors=None, origin=ORIGIN):
    reader = FakeReader({"organization": OWN}, errors=errors)
    policy = checked(catalog(value=value), assignments=[])
    return list(check(context(policy, reader=reader, origin_directory_id=origin)))


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("fabrikam.onmicrosoft.com", "fabrikam.onmicrosoft.com"),
        ("admin@Fabrikam.OnMicrosoft.com", "fabrikam.onmicrosoft.com"),
        ("https://x.invalid/?d=fabrikam.mail.onmicrosoft.com/y", "fabrikam.mail.onmicrosoft.com"),
        ("fabrikam.partner.onmicrosoft.cn", "fabrikam.partner.onmicrosoft.cn"),
        (encoded("Connect -Tenant fabrikam.onmicrosoft.com"), "fabrikam.onmicrosoft.com"),
        ("contoso.onmicrosoft.com or fabrikam.onmicrosoft.us", "fabrikam.onmicrosoft.us"),
    ],
)
@pytest.mark.parametrize("origin", [ORIGIN, ""])
def test_a_domain_of_another_tenant_is_a_warning(value, domain, origin):
    issues = look(value, origin=origin)

    assert outline(issues) == LEFT
    assert f"Firewall: {domain}." in issues[0].why


@pytest.mark.parametrize("value", ["on", "contoso.onmicrosoft.com", "onmicrosoft.com", "a.com"])
def test_no_domain_or_one_of_this_tenant_raises_nothing(value):
    assert look(value) == []


def test_a_backup_of_this_tenant_is_not_looked_at():
    found = check(context(checked(catalog(value="fabrikam.onmicrosoft.com"))))

    assert outline(found) == []


def test_domains_that_could_not_be_read_are_unknown():
    errors = {"organization": refused()}

    assert outline(look("fabrikam.onmicrosoft.com", errors=errors)) == UNKNOWN
    assert look("on", errors=errors) == []
