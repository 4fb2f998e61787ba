"""What the production profile refuses to start on, each in an interpreter of its own."""

import os
import re
import stat
import subprocess
import sys

import pytest
from django.conf import settings

GOOD = {
    "RESTORE_SAFETY_PROFILE": "production",
    "SECRET_KEY": "s" * 50,
    "CREDENTIAL_KEYS": f"{'a' * 32},{'b' * 32}",
    "RECEIPT_SIGNING_KEY": "c2l4LWFuZC10d2VudHktYnl0ZXMtYW5kLXNpeC1tb3I",
    "ALLOWED_HOSTS": "restore.example.com",
    "DATABASE_URL": "postgres://restore:pw@db:5432/restore",
    "BROKER_URL": "redis://queue:6379/0",
}
ASKED = [
    name
    for module in ("environment.py", "settings.py")
    for name in re.findall(
        r'env\.\w+\(\s*"(\w+)"', (settings.BASE_DIR / "restore_safety" / module).read_text()
    )
]
DIRECTORY = {"OIDC_CLIENT_ID": "an-app", "OIDC_CLIENT_SECRET": "of-the-app"}
OPTIONAL = (
    "OIDC_TENANT_ID",
    "OIDC_SERVER_URL",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_NAME",
    "EMAIL_URL",
    "EMAIL_FROM",
    "REAUTHENTICATION_MINUTES",
    "SESSION_HOURS",
    "CSRF_TRUSTED_ORIGINS",
    "TRUSTED_PROXIES",
    "TIME_ZONE",
    "OPERATION_LEASE_SECONDS",
    "LOG_LEVEL",
)


def documented():
    """The variables that the tables of docs/settings.md explain."""
    page = (settings.BASE_DIR / "docs" / "settings.md").read_text()
    cells = re.findall(r"^\| (`[A-Z][^|]*) \|", page, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def start(tmp_path, **given):
    """How an interpreter that reads the settings ends, and the last it says."""
    inherited = {key: value for key, value in os.environ.items() if key not in {*ASKED, *GOOD}}
    answer = subprocess.run(
        [sys.executable, "-c", "import restore_safety.settings"],
        cwd=settings.BASE_DIR,
        env=inherited | {"RESTORE_SAFETY_HOME": str(tmp_path)} | given,
        capture_output=True,
        check=False,
        text=True,
    )
    return answer.returncode, (answer.stderr.strip().splitlines() or [""])[-1]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"BROKER_URL": "rediss://queue:6379/0"},
        {"DATABASE_URL": "postgresql://db/restore"},
        {"DEBUG": "false"},
        {"OIDC_TENANT_ID": "contoso.example"} | DIRECTORY,
        {"EMAIL_URL": "smtp+tls://restore:pw@mail.example:587"},
        {"RECEIPT_SIGNING_KEY": "__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA="},
        {"RECEIPT_SIGNING_KEY": "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA"},
    ],
)
def test_production_starts_on_what_it_needs(tmp_path, change):
    assert start(tmp_path, **GOOD | change) == (0, "")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "s" * 49}, "Give SECRET_KEY at least 50 characters."),
        ({"CREDENTIAL_KEYS": ""}, "Set CREDENTIAL_KEYS"),
        (
            {"CREDENTIAL_KEYS": f"{'a' * 32},{'b' * 31}"},
            "Give each of CREDENTIAL_KEYS at least 32 characters.",
        ),
        ({"RECEIPT_SIGNING_KEY": ""}, "Set RECEIPT_SIGNING_KEY"),
        ({"RECEIPT_SIGNING_KEY": "c2hvcnQ="}, "Give RECEIPT_SIGNING_KEY 32 bytes in base64."),
        ({"RECEIPT_SIGNING_KEY": "not base64"}, "Give RECEIPT_SIGNING_KEY 32 bytes in base64."),
        ({"DEBUG": "true"}, "Turn DEBUG off."),
        ({"DATABASE_URL": ""}, "Set DATABASE_URL to a PostgreSQL"),
        ({"DATABASE_URL": "sqlite:////data/restore.sqlite3"}, "Set DATABASE_URL to a PostgreSQL"),
        ({"DATABASE_URL": "mysql://db/restore"}, "Set DATABASE_URL to a PostgreSQL"),
        ({"BROKER_URL": ""}, "Set BROKER_URL to the Redis"),
        ({"BROKER_URL": "filesystem://"}, "Set BROKER_URL to the Redis"),
        ({"BROKER_URL": "memory://"}, "Set BROKER_URL to the Redis"),
        ({"OIDC_TENANT_ID": "contoso.example"}, "Set OIDC_TENANT_ID (or OIDC_SERVER_URL)"),
        (DIRECTORY | {"OIDC_TENANT_ID": "common"}, "Set OIDC_TENANT_ID to one directory"),
        (DIRECTORY | {"OIDC_SERVER_URL": "http://id.example"}, "Give OIDC_SERVER_URL as https://"),
        ({"REAUTHENTICATION_MINUTES": "0"}, "Give REAUTHENTICATION_MINUTES at least 1 minute."),
        ({"SESSION_HOURS": "0"}, "Give SESSION_HOURS at least 1 hour."),
    ],
)
def test_production_refuses_what_falls_short(tmp_path, change, sentence):
    code, said = start(tmp_path, **GOOD | change)

    assert code == 1
    assert said.startswith(f"django.core.exceptions.ImproperlyConfigured: {sentence}")


def test_embedded_profile_keeps_the_keys_it_made(tmp_path):
    start(tmp_path)
    made = {file.name: file.read_text() for file in tmp_path.glob("*.secret")}
    start(tmp_path)

    assert set(made) == {
        "secret_key.secret",
        "credential_keys.secret",
        "receipt_signing_key.secret",
    }
    assert {file.name: file.read_text() for file in tmp_path.glob("*.secret")} == made
    assert {file.stat().st_mode & 0o077 for file in tmp_path.glob("*.secret")} == {0}


def test_embedded_profile_starts_on_nothing(tmp_path):
    assert start(tmp_path) == (0, "")


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIAL_KEYS", "RECEIPT_SIGNING_KEY"])
def test_composition_asks_for_the_secrets_the_page_names(name):
    composition = (settings.BASE_DIR / "docker-compose.yml").read_text()

    assert f"    {name}: ${{{name}:?" in composition
    assert name in documented()


@pytest.mark.parametrize("name", OPTIONAL)
def test_composition_passes_on_what_the_page_names(name):
    composition = (settings.BASE_DIR / "docker-compose.yml").read_text()

    assert f"    {name}: ${{{name}:-" in composition
    assert name in documented()
    assert name in ASKED


def test_page_names_every_setting_and_no_other():
    secrets = {"SECRET_KEY", "CREDENTIAL_KEYS", "RECEIPT_SIGNING_KEY"}

    assert documented() == {*ASKED} | secrets


def test_image_is_built_on_values_production_takes(tmp_path):
    line = re.search(
        r"RUN (SECRET_KEY=.*?)python manage\.py collectstatic",
        (settings.BASE_DIR / "Dockerfile").read_text(),
        re.DOTALL,
    )
    given = dict(re.findall(r"(\w+)=(\S+)", line[1])) | {"RESTORE_SAFETY_HOME": str(tmp_path)}

    assert start(tmp_path, RESTORE_SAFETY_PROFILE="production", **given) == (0, "")


def test_cookies_of_production_travel_over_tls_alone(tmp_path):
    told = (
        "from restore_safety import settings as s; "
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, "
        "s.SESSION_COOKIE_SAMESITE, s.SESSION_COOKIE_AGE, s.MAIL_IS_SENT, s.MAILERS)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", told],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "RESTORE_SAFETY_HOME": str(tmp_path)}
        | GOOD
        | {"SESSION_HOURS": "8"},
        capture_output=True,
        check=True,
        text=True,
    )

    assert answer.stdout.strip() == "True True True Lax 28800 False {}"


def test_home_that_is_made_is_closed_to_other_accounts(tmp_path):
    home = tmp_path / "home"

    assert start(tmp_path, RESTORE_SAFETY_HOME=str(home)) == (0, "")
    assert stat.S_IMODE(home.stat().st_mode) == stat.S_IRWXU
