"""A file of 100 MB passes in constant memory: fetched, looked into, encrypted, kept, read back."""

import json
import os
import subprocess
import sys
from pathlib import Path

from domain.ports.media_inspector import FILE_BYTES_MAX
from infrastructure.checkout import CHECKOUT
from tests.media.meta_files import MEDIA_ID, TOKEN, MetaFiles, meta_files

EXTRA_MB_MAX = 64
HEAD = b"\x00\x00\x00\x18ftypisom" + bytes(12)

PROGRAM = """
import json, resource, sys
from pathlib import Path
from uuid import uuid4
from domain.ports.whatsapp import AccessToken
from infrastructure.media.download import FileSource, MediaDownloader
from infrastructure.media.file_cipher import ObjectCipher, STORED_CHUNK_BYTES, chunk_count
from infrastructure.media.object_store import ObjectStore, object_name
from infrastructure.media.scanner import Scanner
from infrastructure.media.workshop import Taken, Workshop

url, folder, token, media_id = sys.argv[1:]
objects = ObjectStore("", Path(folder))
workshop = Workshop(Path(folder), Scanner(None), objects)
downloader = MediaDownloader(graph_version="v26.0", hosts=())
source = FileSource(media_id=media_id, phone_number_id="1", access_token=AccessToken(token),
                    graph_url=url)
tenant, media = uuid4(), uuid4()
with workshop.bench(tenant, media) as bench:
    fetched = downloader.fetch(source, bench.writer())
    kept = bench.keep(Taken(fetched.size, fetched.sha256), declared_type="video/mp4", name=None)

def peak_mb():
    # What a process inherits from its parent counts in the usual figure, and not in this one.
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024

cipher = ObjectCipher(kept.content.file_key, tenant, media, "original")
name = object_name(tenant, media, "original", kept.content.file_key)
last = chunk_count(fetched.size) - 1
for number in range(last + 1):
    start = number * STORED_CHUNK_BYTES
    length = min(STORED_CHUNK_BYTES, fetched.size + (last + 1) * 16 - start)
    sealed = objects.read(name, start, length)
    cipher.open(number, sealed, is_last=number == last)
print(json.dumps({
    "size": fetched.size, "verdict": kept.inspection.verdict.value,
    "own_mb": peak_mb(),
    "sandbox_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
}))
"""


def passed(meta: MetaFiles, folder: Path) -> dict[str, float | str]:
    """What a process of its own needed to take the file in."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, meta.url, str(folder), TOKEN, MEDIA_ID],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float | str] = json.loads(done.stdout)
    return answer


def test_a_file_of_100_mb_needs_little_more_memory_than_a_small_one(tmp_path: Path) -> None:
    with meta_files(HEAD + os.urandom(200_000)) as meta:
        small = passed(meta, tmp_path / "small")
        meta.content = HEAD + os.urandom(FILE_BYTES_MAX - len(HEAD))
        large = passed(meta, tmp_path / "large")
    assert (large["size"], large["verdict"]) == (FILE_BYTES_MAX, "clean")
    extra = {name: float(large[name]) - float(small[name]) for name in ("own_mb", "sandbox_mb")}
    assert sum(max(0.0, each) for each in extra.values()) <= EXTRA_MB_MAX, extra
