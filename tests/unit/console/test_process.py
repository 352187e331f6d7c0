"""The process: ready line, address with token, and its end with its parent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cross_market_connect.console.process import main
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import TIMER
from cross_market_connect.journal.file_store import LOG_PREFIX, LOG_SUFFIX, FileSegmentStore
from cross_market_connect.journal.writer import open_log

SCRIPT = "import sys; from cross_market_connect.console.process import main; sys.exit(main(sys.argv[1]))"


def start(directory: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SCRIPT, str(directory)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ready_address(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    line = json.loads(process.stdout.readline())
    assert line["ready"] is True
    return str(line["url"])


@pytest.mark.slow
def test_it_listens_on_loopback_and_ends_when_standard_input_closes(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        address = urlsplit(ready_address(process))
        assert address.hostname == "127.0.0.1" and address.port
        assert address.query == "" and address.fragment.startswith("token=")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://{address.netloc}/api/state")
        assert refused.value.code == 401
        refused.value.close()
        token = address.fragment.removeprefix("token=")
        request = urllib.request.Request(
            f"http://{address.netloc}/api/state", headers={"authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["snapshot"] is None
        assert process.stdin is not None and process.stderr is not None
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b"", "nothing is said about a token or anything else"


@pytest.mark.slow
def test_it_ends_on_sigterm(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        ready_address(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)


@pytest.mark.slow
def test_a_record_that_it_cannot_decode_ends_it_with_the_reason(tmp_path: Path) -> None:
    log = open_log(FileSegmentStore(tmp_path, LOG_PREFIX, LOG_SUFFIX, False), "test", 4096, 0, 1)
    log.append(TIMER, 0, 1, 1, b"a timer record has no payload")
    log.seal()
    with start(tmp_path) as process:
        ready_address(process)
        assert process.wait(30) == 1
        assert process.stderr is not None and b"InvariantError" in process.stderr.read()
    log.close()


def test_a_missing_directory_is_a_person_s_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such directory"):
        main(tmp_path / "nowhere")


def test_an_address_that_cannot_be_had_is_a_person_s_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a free port"):
        main(tmp_path, 0, "203.0.113.1")
