"""The image for production starts with what it carries: neither the emulator nor the demo."""

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.restore_safety.test_settings import GOOD

PRODUCTION = GOOD | {"SECRET_KEY": "a-long-one-of-many-letters-that-signs-nothing-anywhere"}
ROOT = Path(__file__).parents[1]
# Python runs a module of this name before anything else.
MISSING = """
import sys

class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing)
"""
IMPORT_EVERYTHING = """
import json
from importlib import import_module
from pkgutil import walk_packages

import django

django.setup()
names = [
    module.name
    for app in ("tenants", "operations", "restore_safety")
    for module in walk_packages(import_module(app).__path__, app + ".")
]
for name in names:
    import_module(name)
print(json.dumps(names))
"""


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def ignored(folder, names):
    """Those of the names that .dockerignore keeps out of an image."""
    within = Path(folder).relative_to(ROOT)
    patterns = (ROOT / ".dockerignore").read_text().replace("**/", "*").split()
    return [name for name in names if any(fnmatch(str(within / name), one) for one in patterns)]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The folder that the image runs in, as the Dockerfile fills it."""
    place = tmp_path_factory.mktemp("image")
    stage = (ROOT / "Dockerfile").read_text().rpartition("FROM ")[2]
    for source, target in re.findall(r"^COPY (\w\S*) (\S+)$", stage, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place / target, ignore=ignored)
        else:
            shutil.copy(ROOT / source, place / target)
    return place


@pytest.fixture(scope="module")
def start(image, tmp_path_factory):
    """Starts an interpreter in the image that finds no package but those it installs."""
    pins = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    installed = set(map(canonical, pins))
    missing = {
        module
        for module, owners in packages_distributions().items()
        if installed.isdisjoint(map(canonical, owners))
    }
    assert missing >= {"starlette", "trustme", "uvicorn", "pytest"}
    first = tmp_path_factory.mktemp("first")
    (first / "sitecustomize.py").write_text(MISSING.format(names=sorted(missing)))

    def start(*command, **given):
        home = tmp_path_factory.mktemp("home")
        return subprocess.run(
            [sys.executable, *command],
            cwd=image,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(first)}
            | {"RESTORE_SAFETY_HOME": str(home)}
            | {"DJANGO_SETTINGS_MODULE": "restore_safety.settings"}
            | given,
            capture_output=True,
            check=False,
            text=True,
        )

    return start


def test_the_image_carries_neither_the_emulator_nor_the_demo(image):
    carried = {path.relative_to(image).as_posix() for path in image.glob("*/*")}

    assert {"tenants/graph", "restore_safety/wsgi.py"} <= carried
    assert carried.isdisjoint({"tenants/emulator", "restore_safety/demo"})


def test_every_module_of_the_image_imports(start):
    answer = start("-c", IMPORT_EVERYTHING, **PRODUCTION)

    assert answer.returncode == 0, answer.stderr
    named = set(json.loads(answer.stdout))
    assert {"restore_safety.wsgi", "restore_safety.celery", "restore_safety.urls"} <= named
    assert "operations.management.commands.recover" in named


def test_the_image_passes_the_deployment_check(start):
    answer = start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert answer.returncode == 0, answer.stderr


def test_the_image_says_that_the_demo_is_not_part_of_it(start):
    answer = start("manage.py", "demo")

    assert answer.returncode == 1
    assert answer.stderr.startswith("CommandError: The demo is not part of this installation: ")
