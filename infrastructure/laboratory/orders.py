"""Orders for failpoints: what a hub that runs in the laboratory is to suffer, and where."""

from pathlib import Path

from infrastructure.failpoints import FAILPOINTS


class Orders:
    """The folder that the processes of one hub look into. Each order is carried out once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder

    def kill_at(self, failpoint: str) -> None:
        """Whoever comes to the failpoint first dies there."""
        self._write(failpoint, "kill")

    def hold_at(self, failpoint: str, seconds: float) -> None:
        """Whoever comes to the failpoint first stands still for that long."""
        self._write(failpoint, f"hold {seconds:g}")

    def is_taken(self, failpoint: str) -> bool:
        """Whether somebody has come to the failpoint since the order was given."""
        return not (self.folder / failpoint).exists()

    def standing(self) -> list[str]:
        """The failpoints of orders that nobody has met yet."""
        return [failpoint for failpoint in FAILPOINTS if not self.is_taken(failpoint)]

    def withdraw(self, failpoint: str) -> None:
        """Take an order back that nobody has met."""
        (self.folder / failpoint).unlink(missing_ok=True)

    def _write(self, failpoint: str, words: str) -> None:
        if failpoint not in FAILPOINTS:
            raise ValueError(f"There is no failpoint {failpoint!r}; see FAILPOINTS.")
        draft = self.folder / f"{failpoint}.draft"
        draft.write_text(words, "ascii")
        draft.replace(self.folder / failpoint)
