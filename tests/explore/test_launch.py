"""The command `explore` as a process: where it listens, how it ends, and what it says if something is lacking."""

import contextlib
import http.client
import re
import signal
import socket
import subprocess
import sys
import time
from unittest import mock

import pytest

from explored_process import running
from partialpool import datasets
from partialpool.errors import MissingDependencyError, RequestError
from partialpool.explore import launch
from shell import partialpool

WAIT = 20.0  # seconds


def ended(process, sign=signal.SIGINT):
    """The exit code after a signal, and what was still said."""
    process.send_signal(sign)
    code = process.wait(WAIT)
    return code, process.stdout.read(), process.stderr.read()


def asked(address, method="GET", body=None):
    host, path = re.fullmatch(r"http://([^/]+)(/.*)", address).groups()
    with contextlib.closing(http.client.HTTPConnection(host, timeout=WAIT)) as connection:
        connection.request(method, path, body, {"Origin": f"http://{host}"} if body else {})
        reply = connection.getresponse()
        return reply.status, reply.read()


def test_ctrl_c_ends_it_cleanly():
    with running() as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{43}/", address)
        assert asked(address)[0] == 200
        code, said, complained = ended(process)
        assert (code, complained) == (0, "")
        assert "Ctrl-C ends it." in said
        with pytest.raises(ConnectionRefusedError):
            asked(address)


def test_ctrl_c_ends_it_while_a_fit_is_made(tmp_path):
    lines = "\n".join(f"s{i},{i % 7},{20 + i % 300}" for i in range(60_000))
    (tmp_path / "large.csv").write_text(f"shop,y,n\n{lines}\n")
    with running(str(tmp_path / "large.csv")) as (process, address):
        asked(address + "start", "POST", "null")
        host = re.search(r"127[^/]*", address)[0]
        path = address.split(host)[1] + "fit"
        connection = http.client.HTTPConnection(host, timeout=WAIT)
        question = (
            '{"table": 1, "layout": "proportions", "columns": {"successes": "y", "trials": "n"}, "group": ["shop"], '
            '"drop": false, "commas": false, "prior": "bda", "level": 0.95, "pooling": "partial", "find": "", '
            '"sort": "", "down": false, "start": 0}'
        )
        connection.request("POST", path, question, {"Origin": f"http://{host}"})
        time.sleep(0.2)
        start = time.monotonic()
        code, _, complained = ended(process)
        connection.close()
        assert (code, complained) == (0, "")
        assert time.monotonic() - start < 10


@pytest.mark.parametrize("sign", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_copies_of_what_was_dropped_are_deleted_however_it_ends(tmp_path, sign):
    with running(TMPDIR=str(tmp_path)) as (process, address):
        rats = datasets.path("rat_tumors").read_bytes()
        assert asked(address + "table?name=rats.csv", "POST", rats)[0] == 200
        assert list(tmp_path.rglob("rats.csv"))
        folder = next(tmp_path.glob("partialpool-*"))
        assert folder.stat().st_mode & 0o077 == 0  # nobody else can read it
        assert ended(process, getattr(signal, sign))[::2] == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with launch.interruptible():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(("name", "said"), [("none.csv", "there is no file"), ("rats.xlsx", "is not a kind of file")])
def test_a_file_that_cannot_be_read_is_refused_at_the_shell(tmp_path, name, said):
    (tmp_path / "rats.xlsx").touch()
    done = partialpool("explore", "--no-open", tmp_path / name)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_it_listens_on_this_machine_alone():
    with launch.bound(0) as place:
        assert place.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        done = partialpool("explore", "--no-open", "--port", str(number))
    assert done.returncode == 2
    assert f"port {number} cannot be had" in done.stderr
    assert "leave out --port" in done.stderr


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none_is_refused(port):
    done = partialpool("explore", "--no-open", f"--port={port}")
    assert (done.returncode, "whole number from 0 to 65535" in done.stderr) == (2, True)


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), 1e9])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(RequestError, match="--limit"):
        launch.serve(None, port=0, limit=limit, browser=False, say=print, complain=print)


@pytest.mark.parametrize("module", ["uvicorn", "starlette.applications"])
def test_without_the_extra_it_says_how_to_install_it(module):
    gone = [name for name in sys.modules if name.startswith("partialpool.explore.server")]
    with mock.patch.dict(sys.modules, {module: None}):
        for name in gone:
            sys.modules.pop(name)
        with pytest.raises(MissingDependencyError, match=r'pip install "partialpool\[explore\]"'):
            launch.serve(None, port=0, limit=50.0, browser=False, say=print, complain=print)


def test_the_browser_is_opened_by_an_address_that_works_once(monkeypatch):
    opened = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(launch.webbrowser, "open", opened.append)
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
    said = []
    launch.serve(None, port=0, limit=50.0, browser=True, say=said.append, complain=print)
    end = time.monotonic() + WAIT
    while not opened:  # a thread of its own opens it
        assert time.monotonic() < end
        time.sleep(0.01)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/open/[\w-]{43}", opened[0])
    assert opened[0].rsplit("/")[-1] not in said[0]


def test_no_browser_is_opened_without_a_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(launch.sys, "platform", "linux")
    monkeypatch.setattr(launch.webbrowser, "open", lambda address: pytest.fail("a browser was opened"))
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
    launch.serve(None, port=0, limit=50.0, browser=True, say=lambda said: None, complain=print)


def test_the_command_has_help_and_loads_no_server_without_need():
    done = partialpool("help", "explore")
    assert "--no-open" in done.stdout
    script = (
        "import sys; from partialpool.cli import main; main(['explore', '--help']); sys.exit('uvicorn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0
