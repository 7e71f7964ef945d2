"""No hostile file is shown, harmless ones are, and every failure of the scanner means no."""

import io
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from domain.ports.media_inspector import ScannerUnavailable, Verdict
from infrastructure.checkout import CHECKOUT
from infrastructure.media import sandbox
from infrastructure.media.clamd import Clamd, ClamdAddressInvalid
from infrastructure.media.inspection.inspector import inspect
from infrastructure.media.inspection.known_bad import EICAR, KnownBadSearch
from infrastructure.media.scan_check.harmless_samples import HARMLESS
from infrastructure.media.scan_check.hostile_samples import HOSTILE
from infrastructure.media.scan_check.sample import Sample, pdf, picture, zipped
from infrastructure.media.scanner import Scanner
from tests.media.files import encrypted_file

HOSTILE_SAMPLES = [
    pytest.param(sample, id=f"{group}: {sample.title}")
    for group, samples in HOSTILE.items()
    for sample in samples
]


@pytest.mark.parametrize("sample", HOSTILE_SAMPLES)
def test_a_hostile_file_is_not_clean(sample: Sample) -> None:
    content = sample.make()
    found = inspect(
        io.BytesIO(content), len(content), declared_type=sample.declared_type, name=sample.name
    )
    assert found.verdict is not Verdict.CLEAN
    assert found.reason


@pytest.mark.parametrize("sample", [pytest.param(one, id=one.title) for one in HARMLESS])
def test_a_harmless_file_is_clean(sample: Sample) -> None:
    content = sample.make()
    found = inspect(
        io.BytesIO(content), len(content), declared_type=sample.declared_type, name=sample.name
    )
    assert found.is_clean, found


def look(content: bytes, clamd: Clamd | None, **facts: str | None) -> sandbox.Looked:
    told = {"declared_type": None, "name": None} | facts
    with encrypted_file(content) as file:
        return Scanner(clamd).inspect(file, declared_type=told["declared_type"], name=told["name"])


def test_the_test_virus_is_found_across_any_cut() -> None:
    for cut in range(1, len(EICAR)):
        search = KnownBadSearch()
        search.take(b"x" * 10 + EICAR[:cut])
        with pytest.raises(Exception, match="eicar"):
            search.take(EICAR[cut:] + b"y")


def test_the_sandbox_gives_the_verdict_and_pictures_of_a_clean_file() -> None:
    looked = look(picture("PNG", 2000, 1000), None, declared_type="image/png", name="bukti.png")
    assert looked.inspection.is_clean
    assert looked.inspection.content_type == "image/png"
    assert [(one.name, one.width, one.height) for one in looked.previews] == [
        ("thumbnail", 512, 256)
    ]
    assert looked.previews[0].content.startswith(b"\xff\xd8\xff")


def test_the_sandbox_draws_the_pages_of_a_pdf() -> None:
    looked = look(pdf(), None, declared_type="application/pdf", name=None)
    assert [one.name for one in looked.previews] == ["page-1"]


def test_the_sandbox_makes_no_pictures_of_what_is_not_clean() -> None:
    looked = look(zipped(("a.txt", EICAR)), None, declared_type=None, name=None)
    assert looked.inspection.verdict is Verdict.INFECTED
    assert looked.previews == ()


def test_a_scan_that_takes_too_long_means_no() -> None:
    with encrypted_file(b"halo") as file:
        looked = sandbox.look_into(
            file.file,
            file_key=file.file_key,
            tenant_id=file.tenant_id,
            media_id=file.media_id,
            size=file.size,
            declared_type=None,
            name=None,
            with_previews=False,
            deadline_s=0.0,
        )
    assert (looked.inspection.verdict, looked.inspection.reason) == (
        Verdict.UNSCANNABLE,
        "scan_failed",
    )


def test_a_file_that_was_changed_on_disk_means_no() -> None:
    with encrypted_file(b"halo") as file:
        file.file.seek(0)
        file.file.write(b"\x00")
        file.file.flush()
        looked = Scanner(None).inspect(file, declared_type=None, name=None)
    assert looked.inspection.verdict is Verdict.UNSCANNABLE


def test_the_process_that_looks_can_open_neither_files_nor_connections() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from infrastructure.media.inspection import process\n"
        "import socket\n"
        "process._load_what_is_needed(); process._lock_up(int(sys.argv[2]))\n"
        "reading, writing = lambda: open('/etc/hostname'), lambda: open('/tmp/x', 'w')\n"
        "for attempt in (reading, writing, socket.socket):\n"
        "    try:\n        attempt(); print('opened')\n"
        "    except OSError: print('refused')\n"
    )
    with Path("/dev/null").open("rb") as third:
        done = subprocess.run(
            [sys.executable, "-I", "-c", code, str(CHECKOUT), str(third.fileno())],
            capture_output=True,
            text=True,
            check=True,
            pass_fds=(third.fileno(),),
        )
    assert done.stdout.split() == ["refused"] * 3


@contextmanager
def clamd_that_says(*answers: bytes) -> Iterator[str]:
    """A clamd on the loopback that gives its answers in turn, each to one connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    read = bytearray()
                    while not read.endswith((b"zPING\0", b"\0\0\0\0")):
                        data = connection.recv(65536)
                        if not data:
                            break
                        read += data
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def test_a_file_is_clean_only_if_clamd_says_so_too() -> None:
    with clamd_that_says(b"stream: OK\0") as address:
        looked = look(b"halo", Clamd(address), declared_type=None, name=None)
    assert looked.inspection.is_clean
    assert looked.inspection.scanners == ("embedded", "clamd")


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", Verdict.INFECTED, "virus_found"),
        (
            b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
            Verdict.UNSCANNABLE,
            "over_scanner_limits",
        ),
        (b"INSTREAM size limit exceeded. ERROR\0", Verdict.UNSCANNABLE, "over_scanner_limits"),
    ],
)
def test_what_clamd_finds_is_not_shown(answer: bytes, verdict: Verdict, reason: str) -> None:
    with clamd_that_says(answer) as address:
        looked = look(picture("PNG"), Clamd(address), declared_type=None, name=None)
    assert (looked.inspection.verdict, looked.inspection.reason) == (verdict, reason)
    assert looked.previews == ()


@pytest.mark.parametrize("answer", [b"", b"UNKNOWN COMMAND\0", b"stream: ERROR\0"])
def test_a_clamd_that_gives_no_verdict_is_unavailable(answer: bytes) -> None:
    with clamd_that_says(answer) as address, pytest.raises(ScannerUnavailable):
        look(b"halo", Clamd(address), declared_type=None, name=None)


def test_a_clamd_that_is_away_is_unavailable(free_port: int) -> None:
    scanner = Scanner(Clamd(f"127.0.0.1:{free_port}"))
    with pytest.raises(ScannerUnavailable):
        scanner.require_ready()


def test_a_clamd_that_answers_is_ready() -> None:
    with clamd_that_says(b"PONG\0") as address:
        Scanner(Clamd(address)).require_ready()


@pytest.mark.parametrize("address", ["", "clamd", "unix:", "host:port"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(ClamdAddressInvalid):
        Clamd(address)
