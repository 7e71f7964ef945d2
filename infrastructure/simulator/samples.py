"""Samples for the headers of templates: upload sessions of the apps, and the handles they end with.

Source: Meta's pages "Resumable Upload API" and "Application Uploads" of the Graph API reference.
"""

import base64

import msgspec

from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.journal import Journal
from infrastructure.simulator.randomness import Randomness

SESSION_PREFIX = "upload:"
FORMATS_BY_TYPE = {
    "image/jpeg": "IMAGE",
    "image/jpg": "IMAGE",
    "image/png": "IMAGE",
    "video/mp4": "VIDEO",
    "application/pdf": "DOCUMENT",
}
LENGTH_MAX = 100 * 1024 * 1024

_SIGNATURE_LENGTH = 20
_HANDLE_LENGTH = 40


class UploadSession(msgspec.Struct, kw_only=True):
    """A file that is being uploaded for an app: `length` bytes announced, `received` so far."""

    session_id: str
    signature: str
    app_id: str
    length: int
    file_type: str
    received: int = 0

    @property
    def full_id(self) -> str:
        """The id as Meta gives it: with its signature, as path and query."""
        return f"{self.session_id}?sig={self.signature}"


class SampleStore:
    """All upload sessions and handles of the simulated Meta; of the files only the sizes."""

    def __init__(self, clock: SimulatorClock, randomness: Randomness, journal: Journal) -> None:
        self._clock = clock
        self._randomness = randomness
        self._journal = journal
        self._sessions: dict[str, UploadSession] = {}
        self._formats_by_handle: dict[str, str] = {}

    def begin(self, app_id: str, length: str, file_type: str) -> UploadSession:
        """Open a session for a file. Raises GraphError for a size or type that is not taken."""
        if not length.isdecimal() or not 0 < int(length) <= LENGTH_MAX:
            raise GraphError(100, f"file_length lies between 1 and {LENGTH_MAX}.")
        if file_type not in FORMATS_BY_TYPE:
            raise GraphError(100, f"file_type is one of: {', '.join(FORMATS_BY_TYPE)}.")
        number = self._journal.next("upload session")
        drawn = self._randomness.hexadecimal(32, "upload session", number).lower()
        name = base64.b64encode(f"1:attachment:{drawn}?".encode()).decode()
        session = UploadSession(
            session_id=SESSION_PREFIX + name,
            signature=self._randomness.url_safe(_SIGNATURE_LENGTH, "upload signature", number),
            app_id=app_id,
            length=int(length),
            file_type=file_type,
        )
        self._sessions[session.session_id] = session
        return session

    def session(self, session_id: str, signature: str, app_id: str) -> UploadSession:
        """The session of this id and signature. Raises GraphError unless it is one of the app."""
        session = self._sessions.get(session_id)
        if session is None or (session.signature, session.app_id) != (signature, app_id):
            raise unknown_object(session_id)
        return session

    def require_place(self, session: UploadSession, offset: str) -> None:
        """Raise GraphError unless the bytes that come next begin where the last ones ended."""
        if not offset.isdecimal() or int(offset) != session.received:
            raise GraphError(
                100, f"The file_offset must be {session.received}, as GET of the session tells."
            )

    def take(self, session: UploadSession, size: int) -> None:
        """Count bytes that came in. Raises GraphError for more of them than were announced."""
        if session.received + size > session.length:
            raise GraphError(100, f"The file has more bytes than its file_length {session.length}.")
        session.received += size

    def finish(self, session: UploadSession) -> str:
        """The handle of a file that is whole. Raises GraphError while bytes are missing."""
        if session.received < session.length:
            raise GraphError(
                100, f"The file is not whole: {session.received} of {session.length} bytes came."
            )
        named = base64.b64encode(session.file_type.encode()).decode()
        drawn = self._randomness.url_safe(_HANDLE_LENGTH, "sample handle", session.session_id)
        handle = f"4::{named}:AR{drawn}:e:{int(self._clock.now())}:{session.app_id}"
        self._formats_by_handle[handle] = FORMATS_BY_TYPE[session.file_type]
        return handle

    def is_sample_of(self, header_format: str, handle: str) -> bool:
        """Whether a handle was given here, for a file that fits the format of a header."""
        return self._formats_by_handle.get(handle) == header_format
