"""The people of every test: two workspaces, their tenants, and who is what in them."""

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.conf import settings as loaded
from django.core.cache import cache
from django.db import connection as database
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from hypothesis import settings as hypothesis_settings

from restore_safety.execution import reconcile
from tenants.access.service import bootstrap_role
from tenants.clock import DatabaseClock
from tenants.emulator.control import start_emulator
from tenants.models.capabilities import Role
from tests.audit_guards import guards_lifted
from tests.factories import (
    MembershipFactory,
    ProviderConnectionFactory,
    TenantFactory,
    UserFactory,
    WorkspaceFactory,
)
from tests.migrated_database import Copied, keep, template
from tests.sign_ins import signed_in
from tests.strict_bodies import faults_of

# A busy machine is no defect, and a landing does not depend on the luck of the draw.
hypothesis_settings.register_profile("here", deadline=None)
hypothesis_settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "here")

TESTS = Path(__file__).parent
# What goes through every type of policy, every address and person, every point at which a worker
# may die; what carries whole restores out; and what starts processes of its own.
DEEP = (
    "access/",
    "cases/",
    "docs/test_contract_answers.py",
    "docs/test_contract_effects.py",
    "journeys/",
    "mutants/test_altering.py",
    "restore_safety/api/test_fuzz.py",
    "restore_safety/api/test_reading.py",
    "restore_safety/backups/formats/",
    "restore_safety/backups/test_memory.py",
    "restore_safety/demo/",
    "restore_safety/documentation/test_command.py",
    "restore_safety/drafts/test_machine.py",
    "restore_safety/execution/test_approval_requests.py",
    "restore_safety/execution/test_crash",
    "restore_safety/execution/test_database_lost.py",
    "restore_safety/execution/test_doubts.py",
    "restore_safety/execution/test_drift_matrix.py",
    "restore_safety/execution/test_ending.py",
    "restore_safety/execution/test_engine_bugs.py",
    "restore_safety/execution/test_late_applies.py",
    "restore_safety/execution/test_multi_admin_approval.py",
    "restore_safety/execution/test_outages.py",
    "restore_safety/execution/test_safety_snapshot.py",
    "restore_safety/execution/test_scheduled.py",
    "restore_safety/execution/test_undo",
    "restore_safety/execution/test_writer.py",
    "restore_safety/policies/test_real_policies.py",
    "restore_safety/policies/test_scale.py",
    "restore_safety/restores/receipts/",
    "restore_safety/restores/test_follow_ups.py",
    "restore_safety/restores/test_one_answer.py",
    "restore_safety/restores/test_record_views.py",
    "restore_safety/test_false_greens.py",
    "restore_safety/test_settings.py",
    "restore_safety/truth/test_attention_enumerated.py",
    "restore_safety/wizard/test_asking.py",
    "restore_safety/wizard/test_evidence_states.py",
    "restore_safety/wizard/test_hand_made.py",
    "restore_safety/wizard/test_midway.py",
    "restore_safety/wizard/test_refused_gates.py",
    "restore_safety/wizard/test_steps.py",
    "tenants/audit/test_actions.py",
    "tenants/audit/test_coverage.py",
    "tenants/audit/test_migration.py",
    "tenants/change_windows/test_spans.py",
    "test_isolation.py",
    "test_production_image.py",
    "test_secrets.py",
)


def pytest_configure(config):
    """Processes of tests that run side by side have a queue each, or one takes the other's work."""
    number = getattr(config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw")
    redis, _, database = loaded.CELERY_BROKER_URL.rpartition("/")
    if redis.startswith("redis"):
        loaded.CELERY_BROKER_URL = f"{redis}/{int(database) + int(number)}"


def pytest_ignore_collect(collection_path, config):
    """Where no deep test is asked for, their modules are not even read."""
    is_asked_for = config.option.markexpr != "not deep"
    return None if is_asked_for else _is_deep(collection_path) or None


def pytest_collection_modifyitems(items):
    """Workers are given tests by name: of two that share one, a worker would run one."""
    twice = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twice:
        msg = f"Give each test a name of its own: {', '.join(twice)}"
        raise pytest.UsageError(msg)
    for item in items:
        if _is_deep(item.path):
            item.add_marker("deep")


def _is_deep(path):
    return path.is_relative_to(TESTS) and str(path.relative_to(TESTS)).startswith(DEEP)


@pytest.fixture(autouse=True)
def clocks_that_part(monkeypatch):
    """The tests' clocks run ahead of the emulator's, which stays with the machine's."""
    monkeypatch.setattr(reconcile, "CLOCKS_APART", timedelta(days=1))


@pytest.fixture(autouse=True)
def _quick_and_apart(settings, tmp_path_factory):
    """Cheap passwords, no search for static files, and uploads apart from the installation's."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each browser of a test would read every static file anew; none of them asks for one.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    uploads = tmp_path_factory.getbasetemp() / "uploads"
    uploads.mkdir(exist_ok=True)
    settings.FILE_UPLOAD_TEMP_DIR = uploads
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": uploads},
        }
    }


@pytest.fixture(autouse=True)
def _nothing_counted_yet(settings):
    """What one test counted against a limit is not held against the next."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    cache.clear()


@pytest.fixture(autouse=True)
def _database_keeps_the_time_of_this_machine(monkeypatch):
    """No test asks the database for its time unawares: how many queries a page makes is counted."""
    monkeypatch.setattr("tenants.clock._clock", DatabaseClock(read=lambda: None))


@pytest.fixture(autouse=True)
def _sent_bodies_are_of_their_type(request, monkeypatch):
    """Fail the test in which the product sent a body that the published types do not allow."""
    found = []
    send = httpx.Client.send

    def watched(client, sent, **options):
        # The product traces each of its requests; the tests' own clients do not.
        is_graph = sent.url.path.startswith(("/beta/", "/v1.0/"))
        is_read = sent.method == "GET" or sent.url.path.endswith(("$batch", "getByIds"))
        if is_graph and "client-request-id" in sent.headers and not is_read:
            faults = faults_of(sent.url.path, sent.content or None)
            found.extend(f"{sent.method} {sent.url.path}: {fault}" for fault in faults)
        return send(client, sent, **options)

    monkeypatch.setattr(httpx.Client, "send", watched)
    yield
    if found and request.node.get_closest_marker("sends_invalid_bodies") is None:
        pytest.fail("Bodies of no published type were sent:\n" + "\n".join(found))


@pytest.fixture(autouse=True, scope="session")
def _tables_can_be_emptied():
    """After a test that commits all tables are emptied: the trail's guards step aside for that."""
    empty = BaseDatabaseOperations.execute_sql_flush

    def without_guards(operations, statements):
        with guards_lifted(operations.connection):
            empty(operations, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", without_guards)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """Begin with the migrated database that an earlier session kept."""
    with pytest.MonkeyPatch.context() as patch:
        if database.vendor == "sqlite" and template().exists():
            patch.setattr(database, "creation", Copied(database))
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    if database.vendor == "sqlite" and not template().exists():
        with django_db_blocker.unblock():
            keep(database)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """One emulator for all tests of a process; each test seeds directories of its own on it."""
    process = start_emulator(tmp_path_factory.mktemp("emulator") / "state.sqlite3")
    yield process
    process.stop()


@pytest.fixture(scope="session")
def control(emulator):
    with emulator.control as control:
        yield control


@pytest.fixture
def workspace(db):
    return WorkspaceFactory(name="Contoso Services", slug="contoso-services")


@pytest.fixture
def other_workspace(db):
    return WorkspaceFactory(name="Fabrikam Services", slug="fabrikam-services")


@pytest.fixture
def tenant(workspace):
    return TenantFactory(workspace=workspace, name="Contoso", slug="contoso")


@pytest.fixture
def other_tenant(other_workspace):
    """A tenant of the other workspace, to which only the outsider belongs."""
    return TenantFactory(workspace=other_workspace, name="Fabrikam", slug="fabrikam")


@pytest.fixture
def connection(tenant):
    return ProviderConnectionFactory(tenant=tenant)


@pytest.fixture
def auditor(tenant):
    return _person("auditor", tenant, Role.AUDITOR)


@pytest.fixture
def operator(tenant):
    return _person("operator", tenant, Role.OPERATOR)


@pytest.fixture
def manager(tenant):
    return _person("manager", tenant, Role.MANAGER)


@pytest.fixture
def owner(tenant):
    return _person("owner", tenant, Role.OWNER)


@pytest.fixture
def member(workspace):
    """Belongs to the workspace, with no role on any tenant."""
    return MembershipFactory(workspace=workspace, user=UserFactory(username="member")).user


@pytest.fixture
def outsider(other_tenant):
    """Owner in the other workspace, unknown in this one."""
    return _person("outsider", other_tenant, Role.OWNER)


@pytest.fixture
def sign_in():
    """A browser of the person's own: `sign_in(operator).get(…)`."""

    def browser_of(user):
        return signed_in(Client(), user)

    return browser_of


def _person(username, tenant, role):
    user = UserFactory(username=username)
    bootstrap_role(user=user, tenant=tenant, role=role)
    return user
