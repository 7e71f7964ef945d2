"""Structs that several threads decode for the first time at the same moment."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys, threading, types
import msgspec
from infrastructure.lasting_memory import know_struct_types

sys.setswitchinterval(1e-6)
FIELDS = "".join(f"    field{number}: 'int | None' = None\\n" for number in range(20))
INNER = "".join(f"class Inner{number}(msgspec.Struct):\\n{FIELDS}" for number in range(20))
OUTER = "".join(f"    inner{number}: 'Inner{number} | None' = None\\n" for number in range(20))
ROUNDS = 40
DATA = b'{"inner0": {"field0": 1}, "inner19": {"field19": 1}}'

modules = []
for number in range(ROUNDS):
    module = types.ModuleType(f"module{number}")
    sys.modules[module.__name__] = module
    exec(f"import msgspec\\n{INNER}class Outer(msgspec.Struct):\\n{OUTER}", module.__dict__)
    modules.append(module)
know_struct_types()
for module in modules:
    begin = threading.Barrier(4)

    def decode():
        begin.wait()
        decoded = msgspec.json.decode(DATA, type=module.Outer)
        assert decoded.inner19.field19 == 1

    threads = [threading.Thread(target=decode) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("every thread decoded")
"""


def test_threads_that_decode_a_struct_for_the_first_time_at_once_do_not_crash() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", SCRIPT],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "every thread decoded\n"
