"""The catalogue of message templates: review, pausing, deletion, and the webhooks about them.

Source: WhatsApp Cloud API reference, sections 6 and 9.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.configuration import SimulatorConfig, TemplateConfig
from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.faults import Faults
from infrastructure.simulator.journal import Journal
from infrastructure.simulator.randomness import Randomness
from infrastructure.simulator.samples import SampleStore
from infrastructure.simulator.template_rules import (
    check_components,
    check_new_template,
    with_shown_sample,
)

TEMPLATES_MAX = 250
CATEGORY_NOTICE_SECONDS = 24 * 3600.0
EDITABLE_STATUSES = ("APPROVED", "REJECTED", "PAUSED")
TEMPLATE_MISSING = 132001
TEMPLATE_PAUSED = 132015
TEMPLATE_DISABLED = 132016

_TEMPLATE_ID_DIGITS = 16
_LIMIT_REACHED = 2388019
_NOT_EDITABLE = 2388039
_NAME_TAKEN_SUBCODE = 2388024

PublishManagement = Callable[[str, str, dict[str, Any]], None]


class Template(msgspec.Struct, kw_only=True):
    """A message template in one language. ``template_id`` is an integer of 16 digits."""

    template_id: int
    waba_id: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    parameter_format: str
    status: str
    quality: str = "UNKNOWN"
    rejected_reason: str = "NONE"

    def listed(self) -> dict[str, Any]:
        """One element of the list answer."""
        return {
            "id": str(self.template_id),
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": self.parameter_format,
            "components": self.components,
            "quality_score": {"score": self.quality},
            "rejected_reason": self.rejected_reason,
        }


class TemplateCatalogue:
    """All templates of all accounts.

    ``publish`` gets (WABA id, field, value) of each webhook about a template.
    """

    def __init__(
        self,
        config: SimulatorConfig,
        clock: SimulatorClock,
        randomness: Randomness,
        faults: Faults,
        journal: Journal,
        publish: PublishManagement,
        samples: SampleStore,
    ) -> None:
        self._review_seconds = config.template_review_seconds
        self._clock = clock
        self._randomness = randomness
        self._faults = faults
        self._journal = journal
        self._publish = publish
        self._samples = samples
        self._templates: dict[int, Template] = {}
        for waba in config.wabas:
            for template in waba.templates:
                self.add(waba.waba_id, template)

    def add(self, waba_id: str, config: TemplateConfig) -> Template:
        """Create a template in any status, without review and without webhook."""
        drawn = self._randomness.digits(
            _TEMPLATE_ID_DIGITS, "template id", self._journal.next("template")
        )
        template = Template(
            template_id=int(drawn),
            waba_id=waba_id,
            name=config.name,
            language=config.language,
            category=config.category,
            components=config.components,
            parameter_format=config.parameter_format,
            status=config.status,
        )
        self._templates[template.template_id] = template
        return template

    def submit(self, waba_id: str, body: Mapping[str, Any]) -> Template:
        """Create a template as a business does: PENDING, then reviewed."""
        check_new_template(body, self._samples.is_sample_of)
        if self.find(waba_id, str(body["name"]), str(body["language"])) is not None:
            raise GraphError(
                100,
                "There is already content in this language for this template.",
                subcode=_NAME_TAKEN_SUBCODE,
            )
        if len(self.of_waba(waba_id)) >= TEMPLATES_MAX:
            raise GraphError(_LIMIT_REACHED)
        parameter_format = str(body.get("parameter_format", "POSITIONAL")).upper()
        if parameter_format not in ("POSITIONAL", "NAMED"):
            raise GraphError(100, "parameter_format is POSITIONAL or NAMED.")
        template = self.add(
            waba_id,
            TemplateConfig(
                name=str(body["name"]),
                language=str(body["language"]),
                category=body["category"],
                components=with_shown_sample(body["components"]),
                parameter_format="NAMED" if parameter_format == "NAMED" else "POSITIONAL",
                status="PENDING",
            ),
        )
        self._review_later(template)
        return template

    def edit(self, template: Template, body: Mapping[str, Any]) -> None:
        """Replace the components; the template is reviewed again."""
        if template.status not in EDITABLE_STATUSES:
            raise GraphError(_NOT_EDITABLE)
        check_components(body.get("components"), template.category, self._samples.is_sample_of)
        template.components = with_shown_sample(body["components"])
        template.status = "PENDING"
        self._review_later(template)

    def delete(self, waba_id: str, name: str, template_id: str | None) -> None:
        """Delete one language by id, or every language of a name."""
        doomed = [
            template
            for template in self.of_waba(waba_id)
            if template.name == name
            and (template_id is None or str(template.template_id) == template_id)
        ]
        if not doomed:
            raise GraphError(100, f"There is no template {name!r} in this account.")
        for template in doomed:
            del self._templates[template.template_id]
            self._announce(template, "DELETED", "NONE")

    def unpause(self, template: Template) -> None:
        """Make a paused template usable again."""
        if template.status != "PAUSED":
            raise GraphError(100, "Only a paused template can be unpaused.")
        self.set_status(template, "APPROVED", announced_as="REINSTATED")

    def set_status(
        self,
        template: Template,
        status: str,
        *,
        reason: str = "NONE",
        announced_as: str | None = None,
        title: str | None = None,
    ) -> None:
        """Change a template's status as Meta's review does, with its webhook."""
        template.status = status
        template.rejected_reason = reason
        self._announce(template, announced_as or status, reason, title)

    def set_quality(self, template: Template, quality: str) -> None:
        """Change the quality score, with its webhook."""
        value = {
            "previous_quality_score": template.quality,
            "new_quality_score": quality,
            "message_template_id": template.template_id,
            "message_template_name": template.name,
            "message_template_language": template.language,
        }
        template.quality = quality
        self._publish(template.waba_id, "message_template_quality_update", value)

    def announce_category(self, template: Template, category: str) -> None:
        """Change the category with a notice of 24 hours and a webhook at both ends."""
        names = {
            "message_template_id": template.template_id,
            "message_template_name": template.name,
            "message_template_language": template.language,
        }
        due = self._clock.now() + CATEGORY_NOTICE_SECONDS
        # In the notice `new_category` is the present one, as with Meta.
        notice = {
            **names,
            "new_category": template.category,
            "correct_category": category,
            "category_update_timestamp": int(due),
        }
        self._publish(template.waba_id, "template_category_update", notice)

        async def change() -> None:
            value = {
                **names,
                "previous_category": template.category,
                "new_category": category,
            }
            template.category = category
            self._publish(template.waba_id, "template_category_update", value)

        self._clock.at(due, change)

    def get(self, template_id: str) -> Template:
        """The template of this id. Raises GraphError."""
        if not self.has(template_id):
            raise unknown_object(template_id)
        return self._templates[int(template_id)]

    def has(self, template_id: str) -> bool:
        """Whether an id belongs to a template."""
        return template_id.isdecimal() and int(template_id) in self._templates

    def find(self, waba_id: str, name: str, language: str) -> Template | None:
        """The template of this name and language; ``en-US`` and ``en_US`` are the same."""
        wanted = language.replace("-", "_")
        for template in self.of_waba(waba_id):
            if template.name == name and template.language.replace("-", "_") == wanted:
                return template
        return None

    def usable(self, waba_id: str, name: str, language: str) -> Template:
        """The template, if it may be sent. Raises GraphError 132001, 132015 or 132016."""
        template = self.find(waba_id, name, language)
        if template is not None and template.status == "PAUSED":
            raise GraphError(TEMPLATE_PAUSED)
        if template is not None and template.status == "DISABLED":
            raise GraphError(TEMPLATE_DISABLED)
        if template is None or template.status != "APPROVED":
            raise GraphError(
                TEMPLATE_MISSING, f"template name ({name}) does not exist in {language}"
            )
        return template

    def of_waba(self, waba_id: str) -> list[Template]:
        """All templates of an account, oldest first."""
        return [each for each in self._templates.values() if each.waba_id == waba_id]

    def _review_later(self, template: Template) -> None:
        async def review() -> None:
            if template.template_id not in self._templates or template.status != "PENDING":
                return
            if self._faults.take("reject_template") is not None:
                self.set_status(template, "REJECTED", reason="INVALID_FORMAT")
            else:
                self.set_status(template, "APPROVED")

        self._clock.after(self._review_seconds, review)

    def _announce(
        self, template: Template, event: str, reason: str, title: str | None = None
    ) -> None:
        value: dict[str, Any] = {
            "event": event,
            "message_template_id": template.template_id,
            "message_template_name": template.name,
            "message_template_language": template.language,
            "reason": reason,
            "message_template_category": template.category,
        }
        if title is not None:
            value["other_info"] = {"title": title, "description": title.replace("_", " ").lower()}
        self._publish(template.waba_id, "message_template_status_update", value)
