"""The built page in a real browser, fed by a stand-in for the engine through the real console process."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from cross_market_connect.console.app import STATIC_DIRECTORY

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = "import sys; from cross_market_connect.console.process import main; sys.exit(main(sys.argv[1]))"
BROWSER_FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ENDED = ("complete", "cancelled", "unwound", "residual", "refused")
PATIENCE_MS = 30_000

pytestmark = pytest.mark.needs("chromium")


class Started:
    """A program that says on its first line that it is ready, and ends when its standard input closes."""

    def __init__(self, stack: ExitStack, arguments: list[str]) -> None:
        command = [sys.executable, *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        stack.callback(self.stop)
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the page is, access token included."""
    assert (STATIC_DIRECTORY / "index.html").is_file(), "the page is not built: make web"
    directory = str(tmp_path_factory.mktemp("engine"))
    with ExitStack() as stack:
        Started(stack, ["-m", "tests.e2e.stand_in_engine", directory])
        yield str(Started(stack, ["-c", CONSOLE, directory]).ready["url"])


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    running = playwright.chromium.launch(executable_path=found, args=BROWSER_FLAGS)
    yield running
    running.close()


class Watched:
    """A page with everything that it complains about and every address that it asks for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda socket: self.asked.add(urlsplit(socket.url).netloc))
        page.goto(address)

    def has_behaved(self) -> None:
        """Nothing was complained about, and nothing was fetched from anywhere else."""
        assert self.complaints == []
        assert self.asked == {urlsplit(self.address).netloc}


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield Watched(context.new_page(), address)
    context.close()


def test_both_books_move(watched: Watched) -> None:
    ladders = watched.page.locator(".ladder")
    expect(ladders).to_have_count(2, timeout=PATIENCE_MS)
    for index in range(2):
        ladder = ladders.nth(index)
        expect(ladder.locator(".pill")).not_to_be_empty(timeout=PATIENCE_MS)
        expect(ladder.locator(".ladder-row")).to_have_count(20)
        before = ladder.inner_text()
        assert len([line for line in before.splitlines() if line.replace(".", "").isdigit()]) >= 40, "prices and sizes"
        expect(ladder).not_to_have_text(before, timeout=PATIENCE_MS, use_inner_text=True)
    expect(watched.page.locator(".ladder", has_text="modelled")).to_have_count(1)
    watched.has_behaved()


def test_a_spread_order_appears_ends_and_tells_its_story(watched: Watched) -> None:
    page = watched.page
    ended = page.locator(", ".join(f'tr[data-order][data-state="{state}"]' for state in ENDED)).first
    expect(ended).to_be_visible(timeout=PATIENCE_MS)
    number = ended.get_attribute("data-order")
    # Others may have come before it by now.
    page.locator(f'tr[data-order="{number}"]').focus()
    page.keyboard.press("Enter")
    story = page.get_by_role("dialog")
    expect(story).to_contain_text(f"#{number}")
    for event in ("trigger", "alignment", "new", "receipt", "spread_order"):
        expect(story.locator(f'[data-event="{event}"]').first).to_be_visible(timeout=PATIENCE_MS)
    assert "{" not in story.inner_text(), "every placeholder has its field"
    page.keyboard.press("Escape")
    expect(story).to_have_count(0)
    watched.has_behaved()


def test_a_repair_shows_its_steps_and_its_alerts(watched: Watched) -> None:
    page = watched.page
    expect(page.locator('tr[data-state="unwound"]').first).to_contain_text("re-order → unwind", timeout=PATIENCE_MS)
    expect(page.locator('.alert[data-level="critical"]').first).to_be_visible(timeout=PATIENCE_MS)
    watched.has_behaved()


def test_the_language_switches_is_kept_and_swaps_rise_and_fall(watched: Watched) -> None:
    page = watched.page
    colour = "getComputedStyle(document.documentElement).getPropertyValue('--rise')"
    expect(page.locator("html")).to_have_attribute("lang", "en")
    rise_in_english = page.evaluate(colour)
    page.get_by_role("button", name="切换到中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator(".orders h2")).to_have_text("套利单")
    assert page.evaluate(colour) != rise_in_english
    page.reload()
    expect(page.locator(".orders h2")).to_have_text("套利单")
    expect(page.get_by_role("button", name="Switch to English")).to_be_visible()
    watched.has_behaved()


def test_the_token_leaves_the_address_and_strangers_see_a_form(
    watched: Watched, browser: Browser, address: str
) -> None:
    expect(watched.page.locator(".ladder")).to_have_count(2, timeout=PATIENCE_MS)
    assert "token" not in watched.page.url
    context = browser.new_context(locale="en-GB")
    stranger = Watched(context.new_page(), address.split("#")[0])
    expect(stranger.page.get_by_label("Access token")).to_be_visible(timeout=PATIENCE_MS)
    expect(stranger.page.locator(".ladder")).to_have_count(0)
    stranger.has_behaved()
    stranger.page.get_by_label("Access token").fill(address.split("token=")[1])
    stranger.page.keyboard.press("Enter")
    expect(stranger.page.locator(".ladder")).to_have_count(2, timeout=PATIENCE_MS)
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900), (1920, 1080)])
def test_nothing_needs_scrolling_to_be_seen(watched: Watched, width: int, height: int) -> None:
    page = watched.page
    page.set_viewport_size({"width": width, "height": height})
    expect(page.locator("tr[data-order]").first).to_be_visible(timeout=PATIENCE_MS)
    overflow = (
        "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    )
    assert page.evaluate(overflow) == [0, 0]
    for selector in (".ladder:nth-child(2) .ladder-foot", ".feed", ".orders", ".page-foot", ".clock"):
        box = page.locator(selector).bounding_box()
        assert box is not None and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, selector
    table = page.locator(".orders .scroll")
    assert table.evaluate("element => element.scrollWidth - element.clientWidth") == 0


def test_the_page_of_the_demonstration(browser: Browser, tmp_path: Path) -> None:
    """The real engine and venues instead of the stand-in: both pairs' books move, a spread order appears and ends."""
    command = [sys.executable, "-m", "cross_market_connect.cli", "demo", "--duration", "120", "--seed", "7"]
    with subprocess.Popen(
        [*command, "--directory", str(tmp_path / "engine"), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as demonstration:
        assert demonstration.stderr is not None
        told = next(line for line in demonstration.stderr if line.startswith("page: "))
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
        watched = Watched(context.new_page(), told.removeprefix("page: ").strip())
        ladders = watched.page.locator(".ladder")
        expect(ladders).to_have_count(2, timeout=PATIENCE_MS)
        for index in range(2):
            expect(ladders.nth(index).locator(".pill")).to_have_text("live", timeout=PATIENCE_MS)
            before = ladders.nth(index).inner_text()
            expect(ladders.nth(index)).not_to_have_text(before, timeout=PATIENCE_MS, use_inner_text=True)
        pairs = watched.page.locator(".spread-tabs button")
        expect(pairs).to_have_count(2)
        pairs.filter(has_text="gold").click()
        for symbol in ("XSGE.AU2106", "XCEC.GCM1"):
            gold = watched.page.locator(f'.ladder[data-symbol="{symbol}"]')
            expect(gold).to_contain_text("modelled")
            before = gold.inner_text()
            expect(gold).not_to_have_text(before, timeout=PATIENCE_MS, use_inner_text=True)
        expect(watched.page.locator(".spread-card")).to_contain_text("CNY/gram")
        feed = watched.page.locator(".connections tr", has_text="xcec_quotes")
        expect(feed.locator("td").nth(2), "the gap that no line fills").not_to_have_text("0", timeout=PATIENCE_MS)
        test_a_spread_order_appears_ends_and_tells_its_story(watched)
        context.close()
        demonstration.send_signal(signal.SIGINT)  # it was long enough
        output, errors = demonstration.communicate(timeout=90)
    assert demonstration.returncode == 0, errors
    assert json.loads(output.splitlines()[-1])["naked_units_at_end"] == 0


def test_old_numbers_are_marked_as_old(browser: Browser, tmp_path: Path) -> None:
    with ExitStack() as stack:
        engine = Started(stack, ["-m", "tests.e2e.stand_in_engine", str(tmp_path)])
        console = Started(stack, ["-c", CONSOLE, str(tmp_path)])
        context = browser.new_context(locale="en-GB")
        stack.callback(context.close)
        watched = Watched(context.new_page(), str(console.ready["url"]))
        expect(watched.page.locator(".ladder").first).to_be_visible(timeout=PATIENCE_MS)
        engine.stop()
        expect(watched.page.get_by_role("alert")).to_contain_text("stopped writing", timeout=PATIENCE_MS)
        expect(watched.page.locator(".desk")).to_have_attribute("data-current", "false")
        watched.has_behaved()
        console.stop()
        expect(watched.page.get_by_role("alert")).to_contain_text("Connection to the console lost", timeout=PATIENCE_MS)
