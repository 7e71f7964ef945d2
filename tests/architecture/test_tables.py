"""What exists stands in its table, and what stands in a table exists."""

import ast
import importlib
import inspect
from typing import Any, Final

import pytest

from api.cli import COMMANDS as CLI_COMMANDS
from domain.effects import Effect
from domain.policies import EFFECTS, POLICIES
from infrastructure.checkout import CHECKOUT
from infrastructure.telemetry.metrics import CONTRACT_QUEUES
from jobs.queues import QueueName
from jobs.table import JOBS, WORK_KINDS
from projections import PROJECTIONS
from projections.projection import Projection
from projections.work_items import COMPLETIONS
from tests.architecture.tree import sources


def subclasses(kind: type[Any]) -> set[type[Any]]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(child) for child in found))


def test_every_read_model_stands_in_the_table_once() -> None:
    for source in sources("projections"):
        if "benchmarks" not in source.name:
            importlib.import_module(source.module)
    defined = {
        kind
        for kind in subclasses(Projection)
        if not inspect.isabstract(kind)
        and hasattr(kind, "table")
        and kind.__module__.startswith("projections.")
        and "benchmarks" not in kind.__module__
    }
    assert defined == {type(projection) for projection in PROJECTIONS}
    names = [projection.name for projection in PROJECTIONS]
    assert len(names) == len(set(names)) == len({each.table.name for each in PROJECTIONS})
    assert names == [each.table.name for each in PROJECTIONS]


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_a_read_model_belongs_to_firms_and_has_a_version(projection: Projection) -> None:
    assert "tenant_id" in projection.table.row_type.__struct_fields__
    assert projection.version >= 1
    assert projection.topics is None or projection.topics


def test_every_effect_can_be_carried_out_given_up_and_ended() -> None:
    effects = {each for each in subclasses(Effect) if each.__module__.startswith("domain.")}
    assert set(WORK_KINDS) == {effect.NAME for effect in effects}
    performed = {kind.perform.__module__ for kind in WORK_KINDS.values()}
    assert performed == {
        "jobs.prepare_file",
        "jobs.assess_message",
        "jobs.fetch_media",
        "jobs.suggest_draft",
        "jobs.show_read_receipt",
        "jobs.submit_template",
        "jobs.sync_templates",
        "jobs.plan_broadcast",
        "jobs.release_broadcast",
        "jobs.withdraw_broadcast",
    }
    # Each ends well or badly; a file can also be refused, and a release and a withdrawal of a
    # broadcast end in one way only.
    assert len(COMPLETIONS) == 2 * len(effects) + 1 - 2


def test_every_queue_has_a_worker_and_every_job_a_queue_of_the_contract() -> None:
    assert {entry.queue for entry in JOBS.values()} == set(QueueName)
    assert {entry.contract_queue for entry in JOBS.values()} <= set(CONTRACT_QUEUES)
    for entry in JOBS.values():
        assert callable(entry.function)
        is_long = entry.queue in {QueueName.MEDIA, QueueName.OUTBOUND}
        assert 0 < entry.limit_s <= (240 if is_long else 90)


def test_every_policy_and_effect_that_is_written_stands_in_its_table() -> None:
    listed = {react.__name__ for _, react in (*POLICIES, *EFFECTS)}
    written = {
        definition.name
        for source in sources("domain")
        if source.path.name.startswith("policies")
        for definition in source.tree.body
        if isinstance(definition, ast.FunctionDef)
        and (ast.get_docstring(definition) or "").startswith("Whenever ")
    }
    assert written == listed


FOLDERS_WITHOUT_COMMAND: Final = {"__init__"}


def test_every_module_of_the_command_line_with_an_application_stands_in_its_table() -> None:
    with_application = {
        source.module
        for source in sources("api/cli")
        if any(
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "app"
            for node in source.tree.body
        )
        and source.path.stem not in FOLDERS_WITHOUT_COMMAND
    }
    assert with_application == {entry.module for entry in CLI_COMMANDS.values()}
    assert all(entry.help.endswith(".") for entry in CLI_COMMANDS.values())


def test_the_top_level_of_the_tree_is_the_agreed_one() -> None:
    folders = {
        path.name
        for path in CHECKOUT.iterdir()
        if path.is_dir() and any(path.rglob("*.py")) and not path.name.startswith(".")
    }
    assert folders == {"api", "domain", "infrastructure", "jobs", "projections", "tests"}
