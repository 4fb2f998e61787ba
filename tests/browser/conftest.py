"""The demo as `make demo` serves it, and a Chromium in front of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from restore_safety.demo.headless import OUTSIDE
from restore_safety.demo.processes import DemoInstance, free_port
from restore_safety.demo.seed import PASSWORD
from tenants.emulator.control import EmulatorControl

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 20_000
FADING_MS = 250
WINDOW = {"width": 1360, "height": 900}


@dataclass(frozen=True)
class Demo:
    place: DemoInstance

    @property
    def url(self):
        return self.place.url

    @property
    def control(self):
        return EmulatorControl(self.place.emulator_url)


@contextmanager
def _served(home: Path) -> Iterator[Demo]:
    place = DemoInstance(home=home, port=free_port(), emulator_port=free_port())
    with subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key not in OUTSIDE}
        | place.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            if place.url in line:
                break
        assert process.poll() is None, "the demo did not come up"
        yield Demo(place=place)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    with _served(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture(scope="session")
def demo_apart(tmp_path_factory):
    """A second demo, for tests that leave behind what would be in the way of others."""
    with _served(tmp_path_factory.mktemp("demo-apart")) as demo:
        yield demo


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium, demo):
    context = chromium.new_context(base_url=demo.url, viewport=WINDOW, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context):
    """A tab whose console must stay silent: a refused script or a missing file would speak."""
    complaints = []
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


@pytest.fixture
def sign_in(page):
    def sign_in(username):
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")

    return sign_in


@pytest.fixture(scope="session")
def screenshot():
    """Keeps the page as it is, light and dark, as wide as asked, for a person to look at."""
    home = Path(os.environ.get("RESTORE_SAFETY_HOME", ROOT / ".data"))
    folder = home / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)

    def take(page, name, width=WINDOW["width"]):
        page.set_viewport_size(WINDOW | {"width": width})
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.locator(f"html[data-bs-theme={scheme}]").wait_for(state="attached")
            page.wait_for_timeout(FADING_MS)
            # As tall as the page, or what sticks to the window would end in the middle of it.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(height, WINDOW["height"])})
            page.screenshot(path=folder / f"{name}-{scheme}.png")
            page.set_viewport_size(WINDOW | {"width": width})
        page.set_viewport_size(WINDOW)

    return take
