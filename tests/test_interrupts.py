"""Ctrl-C while something is done that must not be cut short."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from rushlight.engine.interrupts import undisturbed


@pytest.fixture
def interrupted():
    """A signal arrives 20 ms after the test begins, and raises KeyboardInterrupt."""
    def note(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    timer = threading.Timer(0.02, signal.raise_signal, [signal.SIGINT])
    timer.start()
    yield
    timer.join()
    signal.signal(signal.SIGINT, before)


def test_the_work_ends_before_the_interrupt_is_raised(interrupted):
    done = []

    def work():
        for _ in range(20):
            time.sleep(0.005)
        done.append(True)

    with pytest.raises(KeyboardInterrupt):
        undisturbed(work)
    assert done == [True]


def test_results_and_errors_come_through():
    assert undisturbed(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        undisturbed(lambda: 1 // 0)
    other = []
    thread = threading.Thread(target=lambda: other.append(undisturbed(threading.get_ident)))
    thread.start()
    thread.join()
    assert other == [thread.ident]
