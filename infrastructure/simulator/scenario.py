"""Scripted people: the file format of a dialogue, and how its questions are recognised.

A scenario is a TOML file: a person, the answers the person can give (by topic, found by words in
the question, so that the order of the questions does not matter), and the steps of the dialogue.
"""

from importlib import resources
from string import Template
from typing import Literal

import msgspec

from infrastructure.simulator.configuration import PersonConfig
from infrastructure.simulator.people import ReceivedMessage
from infrastructure.simulator.simulator import choice_in

SCENARIO_FOLDER = "scenarios"
SCENARIO_SUFFIX = ".toml"


class ScenarioInvalid(Exception):
    """A scenario cannot be played; the message says what is wrong with its text."""


class Pattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which message is meant: words in it (case does not matter) and a button that it has.

    Alternatives inside one text are separated by ``|``. All given conditions must hold; an empty
    pattern fits every message.
    """

    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    has_button: str | None = None

    def fits(self, message: ReceivedMessage) -> bool:
        """Whether the message is one of those that are meant."""
        text = message.text.casefold()
        if self.any_of and not any(_found(words, text) for words in self.any_of):
            return False
        if not all(_found(words, text) for words in self.all_of):
            return False
        if any(_found(words, text) for words in self.none_of):
            return False
        return self.has_button is None or choice_in(message, title=self.has_button) is not None

    def described(self) -> str:
        """The pattern in words, for progress and failure messages."""
        parts = []
        if self.any_of:
            parts.append("with one of " + ", ".join(repr(words) for words in self.any_of))
        if self.all_of:
            parts.append("with " + " and ".join(repr(words) for words in self.all_of))
        if self.none_of:
            parts.append("without " + ", ".join(repr(words) for words in self.none_of))
        if self.has_button is not None:
            parts.append(f"with the button {self.has_button!r}")
        return "a message " + ", ".join(parts) if parts else "a message"


def _found(words: str, text: str) -> bool:
    return any(alternative.casefold() in text for alternative in words.split("|"))


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the person answers on a topic: the button ``press`` if it is there, else ``say``."""

    topic: str
    when: Pattern
    say: str
    press: str | None = None
    times: int = 3


class _Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do"):
    """What all steps share: the member ``do`` names the step."""


class Say(_Step, frozen=True, tag="say"):
    """The person writes."""

    text: str

    def described(self) -> str:
        """The step in words."""
        return f"say {self.text!r}"


class Wait(_Step, frozen=True, tag="wait"):
    """The person waits for a message that has not been reacted to yet.

    Questions that arrive meanwhile and do not fit are answered if ``answers`` says so.
    """

    until: Pattern
    timeout_seconds: float = 120.0

    def described(self) -> str:
        """The step in words."""
        return f"wait for {self.until.described()}"


class Press(_Step, frozen=True, tag="press"):
    """The person taps a button of the newest message that has it."""

    title: str

    def described(self) -> str:
        """The step in words."""
        return f"press {self.title!r}"


class AnswerQuestions(_Step, frozen=True, tag="answer"):
    """The person answers whatever is asked, in any order.

    Ends with a message that fits ``until``, or when the person has answered ``at_least``
    questions and nothing new has arrived for ``quiet_seconds``.
    """

    until: Pattern
    at_least: int = 1
    quiet_seconds: float = 20.0
    timeout_seconds: float = 300.0
    fallback: str | None = None

    def described(self) -> str:
        """The step in words."""
        return f"answer questions until {self.until.described()}"


class Read(_Step, frozen=True, tag="read"):
    """The person opens the chat: everything that was delivered is read."""

    def described(self) -> str:
        """The step in words."""
        return "read"


class Pause(_Step, frozen=True, tag="pause"):
    """The person does nothing for a while."""

    seconds: float

    def described(self) -> str:
        """The step in words."""
        return f"pause {self.seconds:g} s"


Step = Say | Wait | Press | AnswerQuestions | Read | Pause


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dialogue. ``typing_seconds`` pass before the person writes or taps anything.

    With ``reads_before_writing`` the person's chat is read before each message, as on a phone.
    """

    version: Literal[1]
    title: str
    language: str
    person: PersonConfig
    steps: tuple[Step, ...]
    answers: tuple[Reply, ...] = ()
    variables: dict[str, str] = {}
    typing_seconds: float = 0.4
    reads_before_writing: bool = True


def parse_scenario(text: str, variables: dict[str, str] | None = None) -> Scenario:
    """A scenario from TOML. ``variables`` override those that the file declares.

    Raises ScenarioInvalid for a text that is no scenario or uses an undeclared variable.
    """
    try:
        declared = msgspec.toml.decode(text, type=Scenario)
        unknown = sorted(set(variables or {}) - set(declared.variables))
        if unknown:
            known = ", ".join(sorted(declared.variables)) or "none"
            raise ScenarioInvalid(
                f"The scenario has no variable {unknown[0]!r}. It declares: {known}."
            )
        escaped = {
            name: msgspec.json.encode(value).decode()[1:-1]
            for name, value in {**declared.variables, **(variables or {})}.items()
        }
        return msgspec.toml.decode(Template(text).substitute(escaped), type=Scenario)
    except KeyError as error:
        raise ScenarioInvalid(
            f"The scenario uses the variable {error} without declaring it under [variables]."
        ) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise ScenarioInvalid(
            f"This is no scenario: {error}. Format: docs/simulator.md."
        ) from error


def scenario_names() -> list[str]:
    """Names of the scenarios that ship with the product."""
    folder = resources.files(__package__) / SCENARIO_FOLDER
    names = [entry.name for entry in folder.iterdir() if entry.name.endswith(SCENARIO_SUFFIX)]
    return sorted(name.removesuffix(SCENARIO_SUFFIX) for name in names)


def shipped_scenario(name: str) -> str:
    """The text of a shipped scenario. Raises ScenarioInvalid for an unknown name."""
    if name not in scenario_names():
        raise ScenarioInvalid(
            f"There is no scenario {name!r}. There are: {', '.join(scenario_names())}."
        )
    folder = resources.files(__package__) / SCENARIO_FOLDER
    return (folder / f"{name}{SCENARIO_SUFFIX}").read_text(encoding="utf-8")
