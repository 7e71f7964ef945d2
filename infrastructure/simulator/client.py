"""Typed client of the control interface, for tests, the demo and the command line."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from infrastructure.simulator import control_messages as control
from infrastructure.simulator.client_connection import (
    DEFAULT_WAIT_SECONDS,
    ControlConnection,
)
from infrastructure.simulator.configuration import (
    AppConfig,
    PersonConfig,
    PhoneNumberConfig,
    SimulatorConfig,
    TokenConfig,
    WabaConfig,
)
from infrastructure.simulator.faults import FaultKind, FaultRule
from infrastructure.simulator.journal import DeliveryRecord, InboundRecord, ReadMark, SendRecord
from infrastructure.simulator.people import ReceivedMessage
from infrastructure.simulator.player import ScenarioProgress
from infrastructure.simulator.simulator import Grouping


class SimulatorClient(ControlConnection):
    """Controls one simulator. Use it as an async context manager.

    ``person`` arguments are the keys of people. Every method raises SimulatorRefused with the
    reason when the simulator refuses.
    """

    async def health(self) -> control.Health:
        """That it runs, its seed, and failures of its own actions."""
        return await self.get("health", control.Health)

    async def configuration(self) -> SimulatorConfig:
        """What the simulator started from."""
        return await self.get("configuration", SimulatorConfig)

    async def reset(
        self,
        config: SimulatorConfig | None = None,
        *,
        seed: int | None = None,
        keep_callbacks: bool = True,
    ) -> None:
        """Begin anew from the present configuration or another one."""
        wish = control.Reset(config=config, seed=seed, keep_callbacks=keep_callbacks)
        await self.post("reset", wish, control.Health)

    # --- people ------------------------------------------------------------------------------

    async def person(
        self,
        name: str,
        phone: str,
        *,
        key: str = "",
        username: str | None = None,
        has_whatsapp: bool = True,
        online: bool = True,
        read_after_seconds: float | None = None,
    ) -> control.PersonView:
        """Create a person; ``key`` is drawn up if it is empty."""
        config = PersonConfig(
            name=name,
            phone=phone,
            key=key,
            username=username,
            has_whatsapp=has_whatsapp,
            online=online,
            read_after_seconds=read_after_seconds,
        )
        return await self.post("people", config, control.PersonView)

    async def people(self) -> list[control.PersonView]:
        """Everybody."""
        return await self.get("people", list[control.PersonView])

    async def find_person(self, person: str) -> control.PersonView:
        """One person."""
        return await self.get(f"people/{quote(person)}", control.PersonView)

    async def inbox(self, person: str) -> list[ReceivedMessage]:
        """What the business's messages look like on the person's phone, oldest first."""
        return await self.get(f"people/{quote(person)}/inbox", list[ReceivedMessage])

    async def say(
        self,
        person: str,
        text: str,
        *,
        phone_number_id: str | None = None,
        reply_to: str | None = None,
    ) -> str:
        """The person writes; returns the wamid."""
        wish = control.Say(text=text, phone_number_id=phone_number_id, reply_to=reply_to)
        return await self._act(person, "say", wish)

    async def press(
        self, person: str, *, title: str | None = None, choice_id: str | None = None
    ) -> str:
        """The person taps a button or picks a row of the newest message that has it."""
        return await self._act(person, "press", control.Press(choice_id=choice_id, title=title))

    async def send_file(
        self,
        person: str,
        kind: control.FileKind,
        content: bytes,
        mime_type: str,
        *,
        caption: str | None = None,
        filename: str | None = None,
        voice: bool | None = None,
        phone_number_id: str | None = None,
    ) -> str:
        """The person sends a file; returns the wamid."""
        wish = control.SendFile(
            kind=kind,
            content=content,
            mime_type=mime_type,
            caption=caption,
            filename=filename,
            voice=voice,
            phone_number_id=phone_number_id,
        )
        return await self._act(person, "file", wish)

    async def send_location(
        self, person: str, latitude: float, longitude: float, name: str | None = None
    ) -> str:
        """The person shares a place."""
        place: dict[str, object] = {"latitude": latitude, "longitude": longitude}
        if name is not None:
            place["name"] = name
        return await self.send_content(person, "location", place)

    async def react(self, person: str, wamid: str, emoji: str | None) -> str:
        """The person reacts to a message; without emoji the reaction is removed."""
        reaction = {"message_id": wamid}
        if emoji is not None:
            reaction["emoji"] = emoji
        return await self.send_content(person, "reaction", reaction)

    async def send_content(
        self,
        person: str,
        message_type: str,
        content: object,
        *,
        context: dict[str, Any] | None = None,
        phone_number_id: str | None = None,
    ) -> str:
        """The person sends a message of any type."""
        wish = control.SendContent(
            type=message_type, content=content, context=context, phone_number_id=phone_number_id
        )
        return await self._act(person, "content", wish)

    async def read(self, person: str, wamids: Sequence[str] | None = None) -> int:
        """The person opens the chat; returns how many messages were read."""
        wish = control.Read(wamids=list(wamids) if wamids is not None else None)
        return (await self.post(f"people/{quote(person)}/read", wish, control.Counted)).count

    async def change_phone(self, person: str, phone: str) -> control.PersonView:
        """The person moves to another phone number."""
        wish = control.ChangePhone(phone=phone)
        return await self.post(f"people/{quote(person)}/phone", wish, control.PersonView)

    async def change_device(self, person: str) -> control.PersonView:
        """The person moves to another telephone with the same number."""
        return await self.post(f"people/{quote(person)}/device", None, control.PersonView)

    async def set_online(self, person: str, *, online: bool) -> None:
        """Switch the person's phone on or off."""
        wish = control.Presence(online=online)
        await self.post(f"people/{quote(person)}/presence", wish, control.PersonView)

    # --- webhooks ----------------------------------------------------------------------------

    async def set_callback(
        self, url: str, verify_token: str, app_id: str | None = None
    ) -> control.HandshakeView:
        """Point an app to a hub; kept only if the handshake succeeds."""
        wish = control.SetCallback(url=url, verify_token=verify_token, app_id=app_id)
        return await self.post("callback", wish, control.HandshakeView)

    async def inject(
        self,
        sample: dict[str, Any],
        *,
        person: str | None = None,
        phone_number_id: str | None = None,
    ) -> list[int]:
        """Deliver any webhook body with placeholders; returns the ids of its updates."""
        wish = control.Inject(sample=sample, person=person, phone_number_id=phone_number_id)
        return (await self.post("webhooks/inject", wish, control.Injected)).update_ids

    async def post_bytes(
        self, content: bytes, *, signed: str = "right", app_id: str | None = None
    ) -> control.AnswerView:
        """POST a body as it is, ``signed`` right, wrong or missing, and return the answer."""
        wish = {"content": content, "app_id": app_id, "signed": signed}
        return await self.post("webhooks/post", wish, control.AnswerView)

    async def redeliver(
        self, update_ids: Sequence[int] = (), grouping: Grouping = "single"
    ) -> None:
        """Deliver known updates (all, if none is named) again; returns when answered."""
        wish = control.Redeliver(update_ids=list(update_ids), grouping=grouping)
        await self.post("webhooks/redeliver", wish, control.Counted)

    async def webhooks(self) -> control.WebhookList:
        """Every POST, and how far each update has come."""
        return await self.get("webhooks", control.WebhookList)

    async def deliveries(self, after: int = 0) -> list[DeliveryRecord]:
        """Every POST with its answer, oldest first; only those with a greater id than ``after``."""
        return (await self.get("webhooks", control.WebhookList, after=after)).deliveries

    async def outstanding(self) -> int:
        """How many updates wait for their first 200."""
        return (await self.get("webhooks/outstanding", control.Counted)).count

    # --- faults and ground truth -------------------------------------------------------------

    async def fault(
        self, kind: FaultKind, *, times: int | None = 1, **details: Any
    ) -> list[FaultRule]:
        """Let something go wrong; ``details`` are the members of FaultRule."""
        wish = msgspec.convert({"kind": kind, "times": times, **details}, type=FaultRule)
        return await self.post("faults", wish, list[FaultRule])

    async def clear_faults(self) -> None:
        """Let everything work again."""
        await self.delete("faults", list[FaultRule])

    async def sends(self, after: int = 0) -> list[SendRecord]:
        """Every message that was sent to the Graph API, oldest first."""
        return (await self.get("sends", control.SendList, after=after)).sends

    async def reads(self) -> list[ReadMark]:
        """Every read receipt of the business."""
        return (await self.get("reads", control.ReadList)).reads

    async def inbound(self) -> list[InboundRecord]:
        """Every message that people wrote."""
        return (await self.get("inbound", control.InboundList)).inbound

    async def journal(self) -> dict[str, Any]:
        """Everything that the seed and the actions determine."""
        return await self.get("journal", dict[str, Any])

    # --- accounts ----------------------------------------------------------------------------

    async def add_app(self, config: AppConfig) -> None:
        """Create an app, or replace the one of this id."""
        await self.post("apps", config, control.Counted)

    async def add_waba(self, config: WabaConfig) -> None:
        """Create an account, or add numbers and templates to it."""
        await self.post("wabas", config, control.Counted)

    async def add_number(self, waba_id: str, config: PhoneNumberConfig) -> None:
        """Create a sender number in an account."""
        wish = {"waba_id": waba_id, **msgspec.to_builtins(config)}
        await self.post("phone-numbers", wish, control.Counted)

    async def add_token(self, config: TokenConfig) -> None:
        """Create an access token."""
        await self.post("tokens", config, control.Counted)

    async def set_conditions(self, phone_number_id: str, **conditions: Any) -> None:
        """Change the state of a number; members of control_messages.Conditions."""
        wish = msgspec.convert(conditions, type=control.Conditions)
        await self.post(f"phone-numbers/{quote(phone_number_id)}", wish, dict[str, Any])

    async def set_template(self, template_id: str, **state: Any) -> dict[str, Any]:
        """Meta changes a template; members of control_messages.TemplateState."""
        wish = msgspec.convert(state, type=control.TemplateState)
        return await self.post(f"templates/{quote(template_id)}", wish, dict[str, Any])

    # --- scenarios ---------------------------------------------------------------------------

    async def start_scenario(
        self,
        name: str | None = None,
        *,
        text: str | None = None,
        variables: dict[str, str] | None = None,
        phone_number_id: str | None = None,
    ) -> ScenarioProgress:
        """Play a shipped scenario or one given as TOML."""
        wish = control.StartScenario(
            name=name, text=text, variables=variables or {}, phone_number_id=phone_number_id
        )
        return await self.post("scenarios", wish, ScenarioProgress)

    async def scenario(self, run_id: str) -> ScenarioProgress:
        """How far a run has come."""
        return await self.get(f"scenarios/{quote(run_id)}", ScenarioProgress)

    async def wait_for_scenario(self, run_id: str, seconds: float = 60.0) -> ScenarioProgress:
        """Wait until a run has finished or failed."""

        async def ended() -> ScenarioProgress | None:
            progress = await self.scenario(run_id)
            return progress if progress.state != "running" else None

        return await self.wait_for(ended, seconds, f"the end of {run_id}")

    # --- waiting -----------------------------------------------------------------------------

    async def wait_for_sends(
        self, count: int, seconds: float = DEFAULT_WAIT_SECONDS
    ) -> list[SendRecord]:
        """Wait until so many sends were accepted; returns the accepted ones."""

        async def enough() -> list[SendRecord] | None:
            accepted = [send for send in await self.sends() if send.outcome == "accepted"]
            return accepted if len(accepted) >= count else None

        return await self.wait_for(enough, seconds, f"{count} accepted sends")

    async def wait_for_message(
        self, person: str, text: str, seconds: float = DEFAULT_WAIT_SECONDS
    ) -> ReceivedMessage:
        """Wait until a message with this text in it has arrived on the person's phone."""

        async def arrived() -> ReceivedMessage | None:
            found = [each for each in await self.inbox(person) if text in each.text]
            return found[-1] if found else None

        return await self.wait_for(arrived, seconds, f"a message to {person} with {text!r}")

    async def wait_until_delivered(self, seconds: float = DEFAULT_WAIT_SECONDS) -> None:
        """Wait until every update was answered with 200."""

        async def nothing_left() -> bool | None:
            return (await self.outstanding()) == 0 or None

        await self.wait_for(nothing_left, seconds, "all webhooks to be accepted")

    async def _act(self, person: str, action: str, wish: object) -> str:
        return (await self.post(f"people/{quote(person)}/{action}", wish, control.Written)).wamid
