"""Webhook bodies in Meta's exact bytes, and their signature.

Sources: WhatsApp Cloud API reference, sections 1.2 (bytes, signature), 1.3 (batching) and
2 (envelope).
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from infrastructure.simulator.journal import Update
from infrastructure.simulator.randomness import Randomness

OBJECT = "whatsapp_business_account"
_MERGEABLE = ("messages", "statuses")


def encode(body: object) -> bytes:
    r"""Compact JSON, non-ASCII as lower-case ``\uXXXX``, ``/`` as ``\/``."""
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def signature(app_secret: str, body: bytes) -> str:
    """Value of ``X-Hub-Signature-256`` over exactly these bytes."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def envelope(
    updates: Sequence[Update], randomness: Randomness, merge_probability: float
) -> dict[str, Any]:
    """One POST for several updates: one entry per account (and time), changes inside.

    Neighbouring updates of the same number and kind are sometimes merged into one ``value``.
    """
    entries: dict[tuple[str, int | None], dict[str, Any]] = {}
    for update in updates:
        entry = entries.get((update.waba_id, update.entry_time))
        if entry is None:
            entry = {"id": update.waba_id}
            if update.entry_time is not None:
                entry["time"] = update.entry_time
            entry["changes"] = []
            entries[update.waba_id, update.entry_time] = entry
        changes: list[dict[str, Any]] = entry["changes"]
        if (
            changes
            and _mergeable(changes[-1], update)
            and randomness.chance(merge_probability, "merge", update.update_id)
        ):
            changes[-1] = {
                "value": _merged(changes[-1]["value"], update.value),
                "field": update.field,
            }
        else:
            changes.append({"value": update.value, "field": update.field})
    return {"object": OBJECT, "entry": list(entries.values())}


def _mergeable(change: dict[str, Any], update: Update) -> bool:
    first, second = change["value"], update.value
    if change["field"] != update.field or not isinstance(first, dict):
        return False
    if first.get("metadata") is None or first.get("metadata") != second.get("metadata"):
        return False
    return any(_holds_only(first, kind) and _holds_only(second, kind) for kind in _MERGEABLE)


def _holds_only(value: dict[str, Any], kind: str) -> bool:
    members = set(value) - {"messaging_product", "metadata", "contacts"}
    return members == {kind} and isinstance(value[kind], list)


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    kind = next(kind for kind in _MERGEABLE if kind in second)
    merged = {
        "messaging_product": first["messaging_product"],
        "metadata": first["metadata"],
    }
    contacts = list(first.get("contacts", []))
    contacts += [contact for contact in second.get("contacts", []) if contact not in contacts]
    if contacts:
        merged["contacts"] = contacts
    merged[kind] = [*first[kind], *second[kind]]
    return merged
