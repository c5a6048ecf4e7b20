"""The end of what an examiner writes to its standard error: it is ours, and may be long."""

from __future__ import annotations

_BYTES = 1_500


class ErrorTail:
    """Keeps the last bytes of many pieces."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def add(self, piece: bytes) -> None:
        """One more piece."""
        self._kept += piece
        del self._kept[:-_BYTES]

    @property
    def text(self) -> str:
        """What is kept, for people."""
        return bytes(self._kept).decode(errors="replace").strip()
