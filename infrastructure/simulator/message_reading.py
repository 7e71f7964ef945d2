"""What a person sees of a message that the business sent: its text and what can be tapped."""

from collections.abc import Mapping
from typing import Any

from infrastructure.simulator.template_rules import quick_replies, rendered_text
from infrastructure.simulator.templates import Template

_SILENT_TYPES = frozenset({"reaction"})


def is_shown(message_type: str) -> bool:
    """Whether the message is a bubble of its own in the person's chat."""
    return message_type not in _SILENT_TYPES


def readable_text(body: Mapping[str, Any], template: Template | None) -> str:
    """Everything that can be read, in the order in which it stands."""
    kind = str(body.get("type", "text"))
    content = body.get(kind)
    if not isinstance(content, Mapping):
        return ""
    if template is not None:
        return rendered_text(template.components, _components(content))
    if kind == "text":
        return str(content.get("body", ""))
    if kind == "interactive":
        parts = [content.get(part) for part in ("header", "body", "footer")]
        texts = [part.get("text") for part in parts if isinstance(part, Mapping)]
        return "\n".join(str(text) for text in texts if text)
    if kind == "location":
        return "\n".join(str(content[m]) for m in ("name", "address") if content.get(m))
    return str(content.get("caption") or "")


def choices(body: Mapping[str, Any], template: Template | None) -> dict[str, str]:
    """Id and title of each button or list row of a message that passed the checks."""
    if template is not None:
        return quick_replies(template.components, _components(body["template"]))
    interactive = body.get("interactive")
    if not isinstance(interactive, Mapping):
        return {}
    offered: list[Mapping[str, Any]] = []
    if interactive.get("type") == "button":
        offered = [button["reply"] for button in interactive["action"]["buttons"]]
    elif interactive.get("type") == "list":
        sections = interactive["action"]["sections"]
        offered = [row for section in sections for row in section["rows"]]
    return {str(each["id"]): str(each["title"]) for each in offered}


def _components(sent: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    components = sent.get("components") or []
    return [each for each in components if isinstance(each, Mapping)]
