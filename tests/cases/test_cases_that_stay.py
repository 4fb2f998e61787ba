"""What is right and must stay right."""

import pytest

from tests.cases.makers import CATALOG, as_held, catalog, choice, compliance


def test_only_what_was_selected_is_written(walk):
    lock, rule = catalog("Lock"), compliance("Compliance")
    walk.hold({CATALOG: [as_held(lock, settings=[{"settingInstance": choice(value="0")}])]})
    walk.import_policies(lock, rule)

    walk.restore(only={"Compliance"})

    assert walk.results == {"Compliance": ("created", "verified")}
    assert {path.split("/")[1] for _, path in walk.writes()} == {"deviceCompliancePolicies"}
