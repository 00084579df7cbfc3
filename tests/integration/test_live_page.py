"""What a person does on the live page of the executor, in a real Chromium, with keys on."""

import json
import os
import shutil
import subprocess
import uuid

import httpx2
import pytest

from docs.images.browser import Browser
from services.executor.local.stack import LocalStack
from tests.conftest import BASE_ONLY, batch, wait_until

pytestmark = pytest.mark.skipif(
    not shutil.which(os.environ.get("CHROMIUM", "chromium")), reason="Chromium is not installed"
)
KEYS = {"trainer": "key-of-trainer", "evaluation": "key-of-evaluation"}
HOSTILE = (
    "def f(x):\n    return x\n"
    "# </script><script>document.title = 'hacked'</script><img src=x onerror=\"document.title = 'hacked'\">\n"
    "# \u202e reversed \u202c, 'quoted', $HOME `id`\nEND_OF_REQUEST\n"
)
RIGHT = "def f(x):\n    return x + 1\n"


@pytest.fixture(scope="module")
def url():
    settings = {**BASE_ONLY, "EXECUTOR_TOKENS": json.dumps(KEYS)}
    with LocalStack(workers=1, settings=settings) as stack:
        yield stack.url


@pytest.fixture(scope="module")
def execution(url):
    """The id of an execution of the trainer, with a program that tries to act on the page."""
    with client(url) as http:
        answer = http.post(
            "/v1/executions", json=batch(HOSTILE, RIGHT + f"# {uuid.uuid4().hex}", run="nightly")
        ).json()
        wait_until(lambda: answer["id"] in http.get("/v1/executions").text)
    return answer["id"]


@pytest.fixture
def browser(tmp_path):
    driven = Browser(str(tmp_path))
    yield driven
    driven.close()


def client(url):
    return httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {KEYS['trainer']}"}, timeout=60)


def enter_key(browser, caller):
    wait_until(lambda: browser.evaluate("!document.getElementById('key').hidden"))
    browser.evaluate(f"document.querySelector('#key input').value = {KEYS[caller]!r}")
    browser.evaluate("document.querySelector('#key button').click()")


def text_of(browser, selector):
    return browser.evaluate(
        f"[...document.querySelectorAll({selector!r})].map(part => part.innerText).join('\\n')"
    )


def test_with_a_key_a_person_gets_from_a_failure_to_its_program_and_judges_it_again(url, execution, browser):
    browser.open(f"{url}/", 400, 800)
    assert browser.evaluate("document.getElementById('own').hidden"), "nothing is shown without a key"
    enter_key(browser, "trainer")
    wait_until(lambda: "runtime_error" in text_of(browser, "#failures"))
    assert browser.evaluate("document.documentElement.scrollWidth") <= 400
    browser.evaluate("document.querySelector('#failures a').click()")
    wait_until(lambda: "END_OF_REQUEST" in text_of(browser, "#p0 pre"))
    shown = browser.evaluate("document.querySelector('#p0 pre').textContent")
    assert shown == HOSTILE.replace("\u202e", "⟨U+202E⟩").replace("\u202c", "⟨U+202C⟩")
    assert browser.evaluate("document.title") == "Execution"
    assert browser.evaluate("document.querySelectorAll('main script, main img').length") == 0
    assert browser.evaluate("document.documentElement.scrollWidth") <= 400
    assert "passed" in browser.evaluate(
        "document.querySelector('.matrix tbody tr:last-child td:last-child').className"
    )

    command = browser.evaluate("curl(shownExecution.request)")
    assert KEYS["trainer"] not in command
    ended = subprocess.run(
        ["bash", "-c", command],
        env={**os.environ, "ACECODER_TOKEN": KEYS["trainer"]},
        capture_output=True,
        check=True,
    )
    again = json.loads(ended.stdout)["results"]
    assert [result["pass_rate"] for result in again] == [0.0, 1.0]
    assert not any(result["cached"] for result in again)


def test_another_key_does_not_get_the_execution(url, execution, browser):
    browser.open(f"{url}/execution#{execution}", 1200, 900)
    enter_key(browser, "evaluation")
    wait_until(lambda: "No such execution of this key is kept" in text_of(browser, "main"))
    assert "f(x)" not in text_of(browser, "body")


def test_a_script_without_the_nonce_does_not_run(url, execution, browser):
    browser.open(f"{url}/t/{KEYS['trainer']}/execution#{execution}", 1200, 900)
    wait_until(lambda: "END_OF_REQUEST" in text_of(browser, "#p0 pre"))
    browser.evaluate("document.body.append(make('script', 'document.title = 1'))")
    assert browser.evaluate("document.title") == "Execution"
    refused = browser.evaluate("fetch('https://example.com/').then(() => false, () => true)")
    assert refused


def test_a_run_is_cancelled_by_two_presses(url, browser):
    sleeps = [f"import time\ntime.sleep(5)\ndef f(x): return x + 1\n# {uuid.uuid4().hex}" for _ in range(40)]
    with client(url) as http:
        job = http.post(
            "/v1/executions", json=batch(*sleeps, run="bulk"), headers={"Prefer": "respond-async"}
        ).json()
        browser.open(f"{url}/t/{KEYS['trainer']}/", 400, 800)
        wait_until(lambda: "bulk" in text_of(browser, "#runs"))
        browser.evaluate("document.querySelector('#runs button').click()")
        wait_until(lambda: "yes, give up" in text_of(browser, "#runs button.danger"))
        assert http.get("/v1/runs").json()[0]["run"] == "bulk", "one press cancels nothing"
        browser.evaluate("document.querySelector('#runs button.danger').click()")
        wait_until(lambda: http.get(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled")
        wait_until(lambda: "No request of this key is in progress" in text_of(browser, "#own"))
