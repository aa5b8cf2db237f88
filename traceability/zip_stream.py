"""A ZIP that goes to its file entry by entry, so that memory does not grow with the entries.

The list at its end waits in a file too. PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3: the larger
form (ZIP64) where there are more than 65,535 entries or 4 GiB.
"""

import struct
import zlib
from tempfile import TemporaryFile
from typing import BinaryIO

CHUNK_BYTES = 64 * 1024

_STORED, _DEFLATED = 0, 8
_UTF_8_NAMES = 0x0800
_FIRST_DAY = 0x0021  # 1 January 1980: the same content gives the same file
_MOST, _FURTHEST = 0xFFFF, 0xFFFFFFFF


class ZipStream:
    """A ZIP being written to `out`; `finish` ends it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._list = TemporaryFile()  # noqa: SIM115 (closed by finish)
        self._at = self._count = 0

    def add(self, name: str, data: bytes, *, packed: bool = True) -> None:
        """Write one small file. `packed`: it is worth compressing."""
        raw = name.encode()
        body = _deflated(data) if packed else data
        method = _DEFLATED if packed else _STORED
        facts = struct.pack(
            "<HHHHHIIIHH",
            *(20, _UTF_8_NAMES, method, 0, _FIRST_DAY, zlib.crc32(data), len(body), len(data)),
            *(len(raw), 0),
        )
        place = self._at
        if place >= _FURTHEST:
            raise ValueError("the ZIP would be larger than 4 GiB")
        self._write(b"PK\3\4" + facts + raw + body)
        ends = struct.pack("<HHHII", 0, 0, 0, 0, place)
        self._list.write(b"PK\1\2" + struct.pack("<H", 20) + facts + ends + raw)
        self._count += 1

    def finish(self) -> None:
        """Write the list of entries and what ends the file."""
        start, size = self._at, self._list.tell()
        self._list.seek(0)
        while piece := self._list.read(CHUNK_BYTES):
            self._write(piece)
        self._list.close()
        count = self._count
        if count > _MOST or start >= _FURTHEST:
            end = self._at
            self._write(
                b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
            )
            self._write(b"PK\6\7" + struct.pack("<IQI", 0, end, 1))
        few, near = min(count, _MOST), min(start, _FURTHEST)
        self._write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, few, few, size, near, 0))

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()
