"""What the shape of the project promises: truth needs no framework, every template compiles."""

import pkgutil
import subprocess
import sys

import pytest
from django.conf import settings
from django.template.loader import get_template

import restore_safety.truth

TEMPLATES = sorted(
    file.relative_to(settings.BASE_DIR / "templates").as_posix()
    for file in (settings.BASE_DIR / "templates").rglob("*.html")
)


def test_importing_truth_loads_neither_django_nor_celery():
    modules = sorted(each.name for each in pkgutil.iter_modules(restore_safety.truth.__path__))
    imports = "; ".join(f"import restore_safety.truth.{name}" for name in modules)
    report = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"

    answer = subprocess.run(  # noqa: S603 -- this interpreter, with a line of our own
        [sys.executable, "-c", f"{imports}; {report}"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=True,
        text=True,
    )

    loaded = set(answer.stdout.split())
    assert "restore_safety" in loaded
    assert loaded & {"django", "celery", "guardian", "operations", "tenants", "httpx"} == set()


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_compiles(name):
    assert get_template(name).template.nodelist
