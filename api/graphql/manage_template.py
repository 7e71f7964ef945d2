"""Submitting templates to Meta's review, and deleting them there."""

from typing import Any

import strawberry

from api.graphql.commands import Cause, CommandPayload, Given, Intention, Names, carry_out
from api.graphql.context import Info, RequestContext
from api.graphql.enums import value_of
from api.graphql.ids import identifier_of
from api.graphql.sending_rules import known_template
from api.graphql.template_enums import TemplateButtonKind, TemplateCategory, TemplateHeaderFormat
from domain.errors import InvalidInput, NotFound, VersionConflict
from domain.identity import derived_id, template_id_of
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateComponents,
    TemplateHeader,
)
from domain.template_components import TemplateCategory as DomainCategory
from domain.template_rules import TemplateWording, faults_of
from domain.template_submission import DeleteTemplate, SubmitTemplate
from infrastructure.unique_ids import new_id
from projections.sender_directory import sender_by_id

_NAMES: Names = {}


@strawberry.input(description="What stands above the words of a template.")
class TemplateHeaderWordsInput:
    """A line of words, a file or a place."""

    format: TemplateHeaderFormat = strawberry.field(description="What stands there.")
    text: str = strawberry.field(default="", description="The line, for TEXT.")
    example: str = strawberry.field(
        default="",
        description="A value of its variable, or the handle that "
        "`POST /media/template-samples` gave.",
    )


@strawberry.input(description="A button of a template.")
class TemplateButtonWordsInput:
    """What it says and does."""

    kind: TemplateButtonKind = strawberry.field(description="What it does.")
    text: str = strawberry.field(default="", description="What stands on it.")
    url: str = strawberry.field(default="", description="The address; {{1}} only at its end.")
    phone_number: str = strawberry.field(default="", description="The number that it calls.")
    example: str = strawberry.field(
        default="", description="A whole address, or a code, for Meta's reviewers."
    )


@strawberry.input(description="Submit a template, or other words of one, to Meta's review.")
class SubmitTemplateInput:
    """The template as the firm wants it to be."""

    sender_number_id: strawberry.ID = strawberry.field(
        description="A number of the account that the template is for."
    )
    name: str = strawberry.field(description="Its name: a-z, 0-9 and _.")
    language: str = strawberry.field(description="Its language, for example id or en_US.")
    category: TemplateCategory = strawberry.field(description="MARKETING or UTILITY.")
    body: str = strawberry.field(description="The words, with variables in {{ }}.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    is_named: bool = strawberry.field(
        default=False, description="Whether variables are words instead of numbers."
    )
    examples: list[str] = strawberry.field(
        default_factory=list, description="Values of the variables in their order, for reviewers."
    )
    header: TemplateHeaderWordsInput | None = strawberry.field(
        default=None, description="What stands above the words."
    )
    footer: str = strawberry.field(default="", description="The small line below the words.")
    buttons: list[TemplateButtonWordsInput] = strawberry.field(
        default_factory=list, description="The buttons, in order."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the template that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Delete one language of a template at Meta.")
class DeleteTemplateInput:
    """Which template."""

    template_id: strawberry.ID = strawberry.field(description="The template.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the template that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `submitTemplate`. Meta's answer follows in the list.")
class SubmitTemplatePayload(CommandPayload):
    """That it is on its way."""


@strawberry.type(description="The answer to `deleteTemplate`. Meta's answer follows in the list.")
class DeleteTemplatePayload(CommandPayload):
    """That it is on its way."""


async def submit_template(info: Info, given: SubmitTemplateInput) -> SubmitTemplatePayload:
    """Check the template by Meta's rules, and have it submitted."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(
            given.sender_number_id, "SenderNumber", field=("input", "senderNumberId")
        )
        query = sender_by_id(context.tenant_id, key)
        read_models = context.services.read_models
        number = read_models.ask(context.tenant_id, lambda reading: reading.first(query))
        if number is None:
            raise NotFound("There is no sender number with this id.")
        template_id = template_id_of(context.tenant_id, number.waba_id, given.name, given.language)
        if is_new:
            _require_version(known_template(context, template_id).version, given.expected_version)
        origin = (str(context.member.member_id), given.idempotency_key)
        command = SubmitTemplate(
            submission_id=derived_id(key, "submit-template", *origin),
            tenant_id=context.tenant_id,
            template_id=template_id,
            waba_id=number.waba_id,
            wording=_checked(_wording(given)),
        )
        return Intention(command, Cause(new_id()))

    done = await carry_out(info, _given("submitTemplate", given), intend, _NAMES)
    return SubmitTemplatePayload(**done.common)


async def delete_template(info: Info, given: DeleteTemplateInput) -> DeleteTemplatePayload:
    """Have a template deleted at Meta."""

    def intend(context: RequestContext, is_new: bool) -> Intention:
        key = identifier_of(given.template_id, "Template", field=("input", "templateId"))
        template = known_template(context, key)
        if not template.exists:
            raise NotFound("There is no template with this id.")
        if is_new:
            _require_version(template.version, given.expected_version)
        origin = (str(context.member.member_id), given.idempotency_key)
        command = DeleteTemplate(
            submission_id=derived_id(key, "delete-template", *origin),
            tenant_id=context.tenant_id,
            template_id=template.template_id,
            waba_id=template.waba_id,
            name=template.name,
            language=template.language,
        )
        return Intention(command, Cause(new_id()))

    done = await carry_out(info, _given("deleteTemplate", given), intend, _NAMES)
    return DeleteTemplatePayload(**done.common)


def _require_version(current: int, expected: int | None) -> None:
    if expected not in {None, current}:
        raise VersionConflict(expected_version=expected or 0, current_version=current)


def _given(name: str, given: SubmitTemplateInput | DeleteTemplateInput) -> Given:
    body: dict[str, Any] = strawberry.asdict(given)
    body = {key: value for key, value in body.items() if key != "client_mutation_id"}
    return Given(
        name=name,
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body=_plain(body),
    )


def _plain(value: Any) -> Any:
    """The input as plain data: enumerations by their values."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return getattr(value, "value", value)


def _checked(wording: TemplateWording) -> TemplateWording:
    """Raise InvalidInput for what Meta would refuse, by its place in the input."""
    for fault in faults_of(wording):
        raise InvalidInput(fault.words, field=("input", *map(_camel, fault.place)))
    return wording


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _wording(given: SubmitTemplateInput) -> TemplateWording:
    header = given.header
    return TemplateWording(
        name=given.name,
        language=given.language,
        category=DomainCategory(value_of(given.category)),
        parameter_format=ParameterFormat.NAMED if given.is_named else ParameterFormat.POSITIONAL,
        components=TemplateComponents(
            body=given.body,
            examples=tuple(given.examples),
            footer=given.footer,
            header=None
            if header is None
            else TemplateHeader(
                format=HeaderFormat(value_of(header.format)),
                text=header.text,
                example=header.example,
            ),
            buttons=tuple(
                TemplateButton(
                    kind=ButtonKind(value_of(button.kind)),
                    text=button.text,
                    url=button.url,
                    phone_number=button.phone_number,
                    example=button.example,
                )
                for button in given.buttons
            ),
        ),
    )
