import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from tenants.graph.contracts import CONTRACTS, Restorability

pytestmark = pytest.mark.django_db


def test_every_policy_type_is_listed_with_its_restorability(sign_in, auditor):
    page = sign_in(auditor).get(reverse("policy-types")).content.decode()

    for one in CONTRACTS.values():
        assert f'<code class="small text-body-secondary">{one.key}</code>' in page
        assert one.restorability_reason.replace("'", "&#x27;") in page


def test_the_command_prints_every_contract_as_json(capsys):
    call_command("contracts", "--json")

    document = json.loads(capsys.readouterr().out)

    assert [one["key"] for one in document["contracts"]] == list(CONTRACTS)
    for one in document["contracts"]:
        assert one["types"]
        is_full = one["restorability"] == Restorability.FULL
        assert is_full != bool(one["reason"])


def test_the_command_prints_a_line_a_contract(capsys):
    call_command("contracts")

    assert len(capsys.readouterr().out.splitlines()) == len(CONTRACTS)
