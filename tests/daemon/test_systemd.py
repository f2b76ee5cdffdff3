"""The service manager hears that we are ready, and that we are alive."""

import asyncio
import socket

import pytest
from waiting import running

from daemon import systemd


@pytest.fixture
def manager(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield line


def test_words_reach_the_manager(manager):
    systemd.tell("READY=1", "STATUS=watching")
    assert manager.recv(1_000) == b"READY=1\nSTATUS=watching"


async def test_the_watchdog_is_fed_from_the_loop(manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    async with running(systemd.watchdog()):
        for _ in range(3):
            assert await asyncio.to_thread(manager.recv, 1_000) == b"WATCHDOG=1"


def test_without_a_manager_nothing_happens(monkeypatch, tmp_path):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    systemd.tell("READY=1")
