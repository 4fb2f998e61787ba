from dataclasses import replace

from restore_safety.checks.findings import FoundIssue
from restore_safety.checks.registry import CHECKS, run_checks
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import WHOLE, catalog, refused


def issue(severity):
    return FoundIssue(severity=severity, code=severity, title="t", why="w", remedy="r")


def test_the_heaviest_finding_comes_first():
    checks = {
        "one": lambda context: [issue(Severity.INFO), issue(Severity.WARNING)],
        "two": lambda context: [issue(Severity.UNKNOWN), issue(Severity.BLOCKER)],
    }

    found = run_checks(context(), checks)

    assert [one.severity for one in found] == [
        Severity.BLOCKER,
        Severity.UNKNOWN,
        Severity.WARNING,
        Severity.INFO,
    ]


def test_a_check_that_breaks_off_is_unknown_and_the_others_go_on():
    def broken(context):
        yield issue(Severity.INFO)
        raise refused("the payload says hunter2")

    found = run_checks(context(), {"names": broken, "two": lambda context: [issue("warning")]})

    assert outline(found) == [
        (Severity.UNKNOWN, "check_not_carried_out", []),
        (Severity.WARNING, "warning", []),
    ]
    assert "hunter2" not in str(found)


def test_a_malformed_policy_is_unknown_by_name_and_the_others_are_checked():
    odd = checked(catalog("Odd"), assignments=[{"target": "hunter2"}])
    masked = checked(assignments=[], completeness=replace(WHOLE, secrets_masked=("key",)))

    found = run_checks(context(odd, masked))

    assert outline(found) == [
        (Severity.BLOCKER, "masked_secrets", ["Firewall"]),
        (Severity.UNKNOWN, "policy_malformed", ["Odd"]),
    ]
    assert "missing groups" in found[1].why
    assert "hunter2" not in str(found)


def test_a_policy_that_could_not_be_matched_is_left_out_of_the_checks_and_named():
    whole = context(checked(assignments=[]))
    unmatched = replace(whole, policies=(replace(whole.policies[0], match=None),))

    found = run_checks(unmatched)

    assert outline(found) == [(Severity.UNKNOWN, "policy_malformed", ["Firewall"])]


def test_of_a_whole_policy_of_this_very_tenant_only_its_creation_is_said():
    found = run_checks(context(checked(assignments=[])))

    assert outline(found) == [(Severity.INFO, "created_anew", ["Firewall"])]


def test_every_check_module_is_registered():
    import importlib  # noqa: PLC0415 -- only this test looks at the package
    import pkgutil  # noqa: PLC0415

    import restore_safety.checks as package  # noqa: PLC0415

    found = {
        module.check
        for info in pkgutil.iter_modules(package.__path__)
        if hasattr(module := importlib.import_module(f"{package.__name__}.{info.name}"), "check")
    }

    assert set(CHECKS.values()) == found
