"""A PDF that goes to its file page by page, so that memory does not grow with the pages.

reportlab keeps every page until the end. Of a finished page only its place in the file is kept
here, eight bytes an object. The fonts are reportlab's, cut down to the letters in use.

ISO 32000-1: 7.5 file structure, 9.7 composite fonts, 14.4 and 12.2 for the rest.
"""

import zlib
from array import array
from collections.abc import Iterable
from typing import Any, BinaryIO

from reportlab.pdfbase import pdfmetrics

from shop import pdf

_CATALOG, _PAGES = 1, 2
_KIDS = 100  # pages under one node of the tree
_NAMED = 60  # letters in one block of a map; the form allows a hundred


class Letters:
    """A font that holds the letters of some texts and no others."""

    def __init__(self, texts: Iterable[str], name: str = pdf.REGULAR) -> None:
        pdf.register_fonts()
        font: Any = pdfmetrics.getFont(name)
        self.face = font.face
        self.codes = sorted({ord(letter) for text in texts for letter in text})
        # As reportlab numbers the glyphs of a subset: the missing one first, each one once.
        self._glyphs: dict[int, int] = {}
        numbers = {0: 0}
        for code in self.codes:
            original = self.face.charToGlyph.get(code, 0)
            self._glyphs[code] = numbers.setdefault(original, len(numbers))

    def shown(self, text: str) -> str:
        """`text` as the operand of Tj."""
        return "<" + "".join(f"{self._glyphs.get(ord(c), 0):04X}" for c in text) + ">"

    def width(self, text: str, size: float) -> float:
        """Points that `text` takes on one line."""
        return sum(self._width(ord(letter)) for letter in text) * size / 1000

    def embed(self, file: "PdfFile") -> int:
        """Write the font into `file`; its object."""
        face, name = self.face, f"OCOPVN+{self.face.name.decode()}"
        program = face.makeSubset(self.codes)
        font_file = file.stream(program, f"/Length1 {len(program)}")
        box = " ".join(f"{edge:.0f}" for edge in face.bbox)
        descriptor = file.add(
            f"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [{box}]"
            f" /ItalicAngle 0 /Ascent {face.ascent:.0f} /Descent {face.descent:.0f}"
            f" /CapHeight {face.capHeight:.0f} /StemV 80 /FontFile2 {font_file} 0 R >>"
        )
        widths = {glyph: self._width(code) for code, glyph in self._glyphs.items()}
        listed = " ".join(f"{widths.get(glyph, 0):.0f}" for glyph in range(max(widths) + 1))
        descendant = file.add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo"
            " << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
            f" /FontDescriptor {descriptor} 0 R /W [0 [{listed}]] /CIDToGIDMap /Identity >>"
        )
        unicode_map = file.stream(self._to_unicode())
        return file.add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H"
            f" /DescendantFonts [{descendant} 0 R] /ToUnicode {unicode_map} 0 R >>"
        )

    def _width(self, code: int) -> float:
        return float(self.face.charWidths.get(code, self.face.defaultWidth))

    def _to_unicode(self) -> bytes:
        named = [f"<{g:04X}> <{chr(c).encode('utf-16-be').hex()}>" for c, g in self._glyphs.items()]
        lines = [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        ]
        for at in range(0, len(named), _NAMED):
            block = named[at : at + _NAMED]
            lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
        lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
        return "\n".join(lines).encode()


class PdfFile:
    """A PDF of pages of one size (width, height in points), written front to back.

    Objects are added in any order; `resources` names those that every page may use. The file is
    the same for the same content, and asks the printer not to scale it.
    """

    def __init__(self, out: BinaryIO, size: tuple[float, float], title: str) -> None:
        self._out, self._size, self._title = out, size, title
        self._at = 0
        self._places = array("Q", [0, 0])  # of objects 1 and 2, written last
        self._nodes: list[tuple[int, int]] = []  # nodes of the tree and their pages
        self._kids: list[int] = []
        self._node = 0
        self.resources = "<< >>"
        self._write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """The number of an object that is written later, with `add(…, number)`."""
        self._places.append(0)
        return len(self._places)

    def add(self, body: str, number: int | None = None) -> int:
        """Write an object; its number."""
        return self._object(body.encode("latin-1"), number)

    def stream(self, data: bytes, entries: str = "") -> int:
        """Write `data` as a compressed stream with these entries of its dictionary; its number."""
        packed = zlib.compress(data, 6)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode {entries}>>\nstream\n"
        return self._object(head.encode("latin-1") + packed + b"\nendstream")

    def page(self, content: bytes) -> None:
        """Write a page."""
        if not self._kids:
            self._node = self.reserve()
        drawn = self.stream(content)
        body = f"<< /Type /Page /Parent {self._node} 0 R /Contents {drawn} 0 R >>"
        self._kids.append(self.add(body))
        if len(self._kids) == _KIDS:
            self._close_node()

    def finish(self) -> None:
        """Write what ends the file."""
        self._close_node()
        kids = " ".join(f"{node} 0 R" for node, _pages in self._nodes)
        count = sum(pages for _node, pages in self._nodes)
        width, height = self._size
        self.add(
            f"<< /Type /Pages /Kids [{kids}] /Count {count}"
            f" /MediaBox [0 0 {width:.4f} {height:.4f}] /Resources {self.resources} >>",
            _PAGES,
        )
        self.add(
            f"<< /Type /Catalog /Pages {_PAGES} 0 R /Lang (vi-VN)"
            " /ViewerPreferences << /PrintScaling /None >> >>",
            _CATALOG,
        )
        title = ("\ufeff" + self._title).encode("utf-16-be").hex()
        info = self.add(f"<< /Title <{title}> >>")
        self._end(info)

    def _close_node(self) -> None:
        if not self._kids:
            return
        kids = " ".join(f"{kid} 0 R" for kid in self._kids)
        body = f"<< /Type /Pages /Parent {_PAGES} 0 R /Kids [{kids}] /Count {len(self._kids)} >>"
        self.add(body, self._node)
        self._nodes.append((self._node, len(self._kids)))
        self._kids = []

    def _object(self, body: bytes, number: int | None = None) -> int:
        number = number or self.reserve()
        self._places[number - 1] = self._at
        self._write(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        return number

    def _end(self, info: int) -> None:
        start, size = self._at, len(self._places) + 1
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        for at in range(0, len(self._places), 1000):
            piece = self._places[at : at + 1000]
            self._write(b"".join(b"%010d 00000 n \n" % place for place in piece))
        self._write(
            b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
            % (size, _CATALOG, info, start)
        )

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)
