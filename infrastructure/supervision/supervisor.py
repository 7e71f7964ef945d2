"""The supervisor of `hub up`: keeps all processes of a hub running until it is told to stop.

It imports little on purpose: it stays for as long as the hub runs, and its memory counts.
"""

import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import MutableMapping, Sequence
from types import FrameType
from typing import Final

from infrastructure.supervision.child import Child, ChildCommand, hub_command
from infrastructure.supervision.courtesy import BACKGROUND, PATIENT
from infrastructure.supervision.readiness import answers_ready

PROCESSES: Final = (
    hub_command("serve", "serve"),
    hub_command("follow", "follow", niceness=PATIENT),
    hub_command("outbound", "work", "--queue", "outbound"),
    hub_command("assist", "work", "--queue", "assist", niceness=BACKGROUND),
    hub_command("media", "work", "--queue", "media", niceness=BACKGROUND),
    hub_command("bulk", "work", "--queue", "bulk", niceness=BACKGROUND),
    hub_command("schedule", "schedule", niceness=BACKGROUND),
    hub_command("deliver", "deliver", niceness=BACKGROUND),
)
"""The processes of a hub on one machine."""

STOP_TIMEOUT_S: Final = 6.0
"""Processes that have not ended this long after SIGTERM are killed; a stop takes 10 s at most."""

_READINESS_POLL_S: Final = 0.25


class Supervisor:
    """Runs commands as children, with their output labelled on our own."""

    def __init__(self, environment: MutableMapping[str, str]) -> None:
        self._environment = environment
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._stop_requests = 0
        self._label_width = 0

    def run_once(self, command: ChildCommand) -> int:
        """Runs one command to its end. Returns its exit status."""
        child = Child(command, self._environment)
        self._label_width = max(self._label_width, len(command.label))
        child.start()
        self._selector.register(child.output, selectors.EVENT_READ, child)
        while True:
            self._forward_output(1.0)
            status = self._reap(child)
            if status is not None:
                return status

    def run(self, commands: Sequence[ChildCommand], host: str, port: int) -> None:
        """Keeps the commands running until SIGTERM or SIGINT, then stops them all.

        Says once when the server on `host` and `port` is ready.
        """
        self._children = [Child(command, self._environment) for command in commands]
        self._label_width = max(len(child.label) for child in self._children)
        wake_up = self._catch_signals()
        is_ready = False
        next_look = 0.0
        while not self._stop_requests:
            for child in self._children:
                self._keep_running(child)
            if not is_ready and time.monotonic() >= next_look:
                is_ready = answers_ready(host, port)
                next_look = time.monotonic() + _READINESS_POLL_S
                if is_ready:
                    self.say(f"ready: http://{host}:{port}/graphql")
            self._forward_output(self._patience_s(is_ready=is_ready), wake_up)
        self._stop(wake_up)

    def say(self, text: str) -> None:
        """Writes a line of our own between those of the children."""
        self._write("hub", [text.encode()])

    def _catch_signals(self) -> socket.socket:
        wake_up, woken = socket.socketpair()
        for end in (wake_up, woken):
            end.setblocking(False)
        self._woken = woken
        signal.set_wakeup_fd(woken.fileno())
        signal.signal(signal.SIGCHLD, _nothing)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)
        self._selector.register(wake_up, selectors.EVENT_READ)
        return wake_up

    def _request_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1

    def _keep_running(self, child: Child) -> None:
        status = self._reap(child)
        if status is not None:
            pause_s = max(0.0, child.next_start - time.monotonic())
            self.say(f"{child.label} ended ({_reason(status)}); it starts again in {pause_s:.1f} s")
        if not child.is_running and time.monotonic() >= child.next_start:
            child.start()
            self._selector.register(child.output, selectors.EVENT_READ, child)
        child.give_way()

    def _reap(self, child: Child) -> int | None:
        if not child.has_ended:
            return None
        while lines := child.read_lines():
            self._write(child.label, lines)
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        return child.reap()

    def _patience_s(self, *, is_ready: bool) -> float | None:
        due = [child.next_start for child in self._children if not child.is_running]
        patience_s = max(0.0, min(due) - time.monotonic()) if due else None
        if is_ready and all(child.is_courteous for child in self._children):
            return patience_s
        return _READINESS_POLL_S if patience_s is None else min(patience_s, _READINESS_POLL_S)

    def _forward_output(
        self, patience_s: float | None, wake_up: socket.socket | None = None
    ) -> None:
        for key, _ in self._selector.select(patience_s):
            if isinstance(key.data, Child):
                self._write(key.data.label, key.data.read_lines())
                if key.data.is_output_over:
                    self._selector.unregister(key.fileobj)
            elif wake_up is not None:
                wake_up.recv(512)

    def _stop(self, wake_up: socket.socket) -> None:
        self.say("stopping")
        for child in self._children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        is_killed = False
        while any(child.is_running for child in self._children):
            self._forward_output(0.1, wake_up)
            for child in self._children:
                self._reap(child)
            if not is_killed and (time.monotonic() > deadline or self._stop_requests > 1):
                is_killed = True
                for child in self._children:
                    if child.is_running:
                        self.say(f"{child.label} does not end; killing it")
                        child.send(signal.SIGKILL)

    def _write(self, label: str, lines: list[bytes]) -> None:
        if not lines:
            return
        prefix = f"{label.ljust(self._label_width)} | ".encode()
        try:
            sys.stdout.buffer.write(b"".join(prefix + line + b"\n" for line in lines))
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # nobody reads any more: go on silently until told to stop
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Lets a signal wake the loop up."""


def _reason(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    return signal.Signals(-status).name
