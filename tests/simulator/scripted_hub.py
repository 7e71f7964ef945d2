"""A very small hub: asks for consent, asks questions, closes, and replies as a lawyer."""

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from infrastructure.simulator.configuration import DEFAULT_ACCESS_TOKEN, DEFAULT_PHONE_NUMBER_ID
from tests.simulator.recording_hub import Received, RecordingHub

CONSENT = "Sebelum mulai, kami perlu persetujuan Anda untuk menyimpan data. Setuju?"
CLOSING = "Terima kasih, data Anda sudah lengkap. Tim kami akan meninjau."
REPLY = "Selamat sore, Ibu Sri. Kami sudah membaca perjanjian sewa Anda. Salam, Advokat."

Question = tuple[str, tuple[str, ...]]


class ScriptedHub:
    """Answers each inbound message with the next thing to say, once per message id."""

    def __init__(self, graph_url: str, questions: Sequence[Question]) -> None:
        self.answers: list[str] = []
        self._http = httpx.Client(
            base_url=graph_url,
            headers={"Authorization": f"Bearer {DEFAULT_ACCESS_TOKEN}"},
            trust_env=False,
        )
        self._questions = list(questions)
        self._consented = False
        self._asked = 0
        self._known: set[str] = set()
        self._inbox: queue.Queue[Received | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._inbox.put(None)
        self._thread.join()
        self._http.close()

    def take(self, received: Received) -> None:
        self._inbox.put(received)

    def _work(self) -> None:
        while (received := self._inbox.get()) is not None:
            for message in received.messages:
                if message["id"] not in self._known:
                    self._known.add(message["id"])
                    self._react(message)

    def _react(self, message: dict[str, Any]) -> None:
        recipient = f"+{message['from']}"
        if not self._consented:
            if message["type"] != "interactive":
                self._send(recipient, CONSENT, ("Setuju", "Tidak"))
                return
            self._consented = message["interactive"]["button_reply"]["title"] == "Setuju"
        else:
            reply = message.get("interactive", {}).get("button_reply", {})
            self.answers.append(reply.get("title") or message["text"]["body"])
        if self._asked < len(self._questions):
            text, titles = self._questions[self._asked]
            self._asked += 1
            self._send(recipient, text, titles)
        elif len(self.answers) == len(self._questions):
            self._send(recipient, CLOSING, ())
            self._send(recipient, REPLY, ())

    def _send(self, recipient: str, text: str, titles: Sequence[str]) -> None:
        body: dict[str, Any] = {"messaging_product": "whatsapp", "to": recipient}
        if titles:
            buttons = [{"type": "reply", "reply": {"id": t.lower(), "title": t}} for t in titles]
            interactive = {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
            body |= {"type": "interactive", "interactive": interactive}
        else:
            body |= {"type": "text", "text": {"body": text}}
        self._http.post(f"/v26.0/{DEFAULT_PHONE_NUMBER_ID}/messages", json=body).raise_for_status()


@contextmanager
def scripted(
    hub: RecordingHub, graph_url: str, questions: Sequence[Question]
) -> Iterator[ScriptedHub]:
    scripted_hub = ScriptedHub(graph_url, questions)
    scripted_hub.start()
    hub.on_post = scripted_hub.take
    try:
        yield scripted_hub
    finally:
        hub.on_post = None
        scripted_hub.stop()
