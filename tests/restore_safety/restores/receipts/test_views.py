"""The page of a receipt and its two files, over HTTP."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from restore_safety.restores.receipts.signing import installation_key
from tenants.models import AuditEvent
from tests.restore_safety.execution import conftest as execution
from tests.restore_safety.factories_runs import RestoreRunFactory
from tests.restore_safety.restores.receipts import conftest as receipts

scene = execution.scene
ended = receipts.ended


def address(name, run):
    return reverse(f"restores:{name}", args=[run.pk])


def issued():
    return list(
        AuditEvent.objects.filter(action="restore.receipt_issued").values_list(
            "actor__username", "address"
        )
    )


@pytest.mark.parametrize("person", ["auditor", "operator"])
def test_who_may_view_the_restore_downloads_its_receipt(request, sign_in, ended, person):
    browser = sign_in(request.getfixturevalue(person))

    answer = browser.get(address("run-receipt-file", ended), REMOTE_ADDR="192.0.2.7")

    report = receipts.report_on(answer.getvalue().decode(), installation_key().fingerprint)
    assert (report["verdict"], report["restore"]) == ("valid", str(ended.pk))
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="restore-{str(ended.pk)[:8]}-receipt.json"'
    )
    assert issued() == [(person, "192.0.2.7")]


@pytest.mark.parametrize("name", ["run-receipt", "run-receipt-file"])
def test_receipt_of_another_tenant_does_not_exist(sign_in, outsider, tenant, name):
    run = RestoreRunFactory(tenant=tenant)

    assert sign_in(outsider).get(address(name, run)).status_code == 404
    assert issued() == []


def test_restore_that_has_not_ended_says_why_there_is_no_receipt(sign_in, auditor, tenant):
    run = RestoreRunFactory(tenant=tenant, running=True)
    browser = sign_in(auditor)

    answer = browser.get(address("run-receipt-file", run))
    said = [str(each) for each in get_messages(answer.wsgi_request)]
    page = browser.get(address("run-receipt", run))

    reason = "The restore has not ended. A receipt holds its result, so it is issued after the end."
    assert (answer.status_code, answer.url) == (302, address("run-receipt", run))
    assert said == [f"No receipt was issued. {reason}"]
    assert page.context["page"].obstacle == reason
    assert reason in page.text
    assert address("run-receipt-file", run) not in page.text
    assert issued() == []


def test_page_shows_the_key_to_pin_and_the_way_to_both_files(sign_in, auditor, tenant):
    run = RestoreRunFactory(tenant=tenant)

    page = sign_in(auditor).get(address("run-receipt", run))

    key = installation_key()
    assert page.text.count("Not anchored: it") == 2
    assert key.fingerprint in page.text
    assert key.public in page.text
    assert address("run-receipt-file", run) in page.text
    assert reverse("restores:receipt-verifier") in page.text
    assert page.context["page"].command == (
        f"python3 verify_receipt.py restore-{str(run.pk)[:8]}-receipt.json --key KEY_YOU_NOTED"
    )
    assert issued() == []


def test_page_takes_a_fixed_number_of_queries(sign_in, auditor, tenant, django_assert_num_queries):
    run = RestoreRunFactory(tenant=tenant)
    browser = sign_in(auditor)
    browser.get(address("run-receipt", run))

    with django_assert_num_queries(6):
        browser.get(address("run-receipt", run))


def test_restore_leads_to_its_receipt(sign_in, auditor, tenant):
    run = RestoreRunFactory(tenant=tenant)

    assert address("run-receipt", run) in sign_in(auditor).get(address("run-detail", run)).text


def test_verifier_is_downloaded_as_it_is_kept(sign_in, outsider):
    answer = sign_in(outsider).get(reverse("restores:receipt-verifier"))

    assert answer.getvalue() == receipts.VERIFIER.read_bytes()
    assert answer["Content-Disposition"] == 'attachment; filename="verify_receipt.py"'
