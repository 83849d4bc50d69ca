"""Files as people send them: honest ones of every kind that is taken, and hostile ones."""

from __future__ import annotations

import io
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pikepdf
from openpyxl import Workbook
from PIL import Image

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{main}"/></Types>'
)
WORD = "wordprocessingml.document.main+xml"
SLIDES = "presentationml.presentation.main+xml"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.domain)</script></svg>'
PE = b"MZ\x90\x00\x03" + bytes(55) + b"\x80\x00\x00\x00" + bytes(64) + b"PE\x00\x00" + bytes(400)
ELF = b"\x7fELF\x02\x01\x01" + bytes(400)


def pdf(pages: int = 1, change: Mapping[str, object] | None = None, **options: object) -> bytes:
    """Return a PDF; ``change`` is put into its root."""
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page()
    for name, value in (change or {}).items():
        made.Root[name] = value
    out = io.BytesIO()
    made.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def script_action() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def picture(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (10, 120, 200)).save(out, form, **options)
    return out.getvalue()


def two_page_tiff() -> bytes:
    return picture("TIFF", save_all=True, append_images=[Image.new("L", (30, 20))])


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def huge_png(width: int = 100_000, height: int = 100_000) -> bytes:
    """Return a PNG of a few hundred kilobytes that says it has ten thousand million pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(bytes(10_000_000))) + png_chunk(b"IEND", b"")
    )


def tiff(pages: int = 1, *, width: int = 10, values: int = 1, loops: bool = False) -> bytes:
    """Return the directories of a TIFF without any pixels; ``values`` is what one tag says it holds."""
    made = b"II*\x00" + struct.pack("<I", 8)
    for page in range(pages):
        following = 8 if loops else (0 if page == pages - 1 else 8 + (page + 1) * 42)
        entries = ((256, 4, 1, width), (257, 4, 1, 10), (700, 4, values, 0))
        made += struct.pack("<H", 3) + b"".join(struct.pack("<HHII", *one) for one in entries)
        made += struct.pack("<I", following)
    return made


def locked_document() -> bytes:
    """Return a DOCX whose entries say that they ask for a password."""
    whole = bytearray(document())
    at = whole.find(b"PK\x01\x02")
    while at >= 0:
        whole[at + 8] |= 1
        at = whole.find(b"PK\x01\x02", at + 4)
    return bytes(whole)


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(3200))
    return out.getvalue()


def mp3(tag: bytes = b"", frames: int = 5) -> bytes:
    """Return frames of MPEG-1 layer III at 128 kbit/s and 44.1 kHz: 417 bytes each."""
    head = b"ID3\x04\x00\x00" + bytes([0, 0, len(tag) >> 7, len(tag) & 127]) + tag if tag else b""
    return head + (b"\xff\xfb\x90\x64" + bytes(413)) * frames


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def film(brand: bytes = b"isom", size: int = 1000) -> bytes:
    return box(b"ftyp", brand + bytes(4) + brand) + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", bytes(size))


def heic(width: int = 4032, height: int = 3024) -> bytes:
    sizes = box(b"iprp", box(b"ipco", box(b"ispe", struct.pack(">III", 0, width, height))))
    return box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + box(b"meta", bytes(4) + sizes) + box(b"mdat", bytes(100))


def package(entries: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, body in entries.items():
            file.writestr(name, body)
    return out.getvalue()


def document(
    more: Mapping[str, bytes | str] | None = None, *, main: str = WORD, part: str = "word/document.xml"
) -> bytes:
    types = _TYPES.format(part=part, main=main)
    return package({"[Content_Types].xml": types, part: "<w:document>text</w:document>", **(more or {})})


def workbook() -> bytes:
    book = Workbook()
    book.active.append(["No.", "Amount"])  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ofd() -> bytes:
    return package({"OFD.xml": "<ofd:OFD/>", "Doc_0/Document.xml": "<ofd:Document/>"})


def bomb_document(mebibytes: int = 40) -> bytes:
    """Return a DOCX of a few hundred kilobytes that unpacks to so many megabytes."""
    return document({"word/media/image1.bmp": bytes(mebibytes << 20)})


def lying_document() -> bytes:
    """Return a DOCX whose directory tells a length and a sum of which an entry that unpacks to 20 MB is the start."""
    unpacked = bytes(20 << 20)
    honest = bytearray(document({"word/long.xml": unpacked}))
    told = struct.pack("<I", 100_000), struct.pack("<I", zlib.crc32(unpacked[:100_000]))
    for real, lie in zip(
        (struct.pack("<I", len(unpacked)), struct.pack("<I", zlib.crc32(unpacked))), told, strict=True
    ):
        at = honest.find(real)
        while at >= 0:
            honest[at : at + 4] = lie
            at = honest.find(real, at + 4)
    return bytes(honest)


HONEST: Mapping[str, tuple[str, bytes]] = {
    "decision.pdf": ("application/pdf", pdf()),
    "scan.jpg": ("image/jpeg", picture("JPEG")),
    "with_exif.jpg": (
        "image/jpeg",
        picture("JPEG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    ),
    "progressive.jpeg": ("image/jpeg", picture("JPEG", progressive=True)),
    "screen.png": ("image/png", picture("PNG")),
    "fax.tiff": ("image/tiff", two_page_tiff()),
    "big.tif": ("image/tiff", picture("TIFF", big_tiff=True)),
    "web.webp": ("image/webp", picture("WEBP")),
    "lossless.webp": ("image/webp", picture("WEBP", lossless=True)),
    "phone.heic": ("image/heic", heic()),
    "call.wav": ("audio/wav", sound()),
    "cut_off.wav": ("audio/wav", sound()[:900]),
    "streamed.wav": ("audio/wav", sound()[:4] + bytes(4) + sound()[8:]),
    "call.mp3": ("audio/mpeg", mp3()),
    "tagged.mp3": ("audio/mpeg", mp3(tag=bytes(300))),
    "call.m4a": ("audio/mp4", film(b"M4A ")),
    "visit.mp4": ("video/mp4", film()),
    "visit.mov": ("video/quicktime", film(b"qt  ")),
    "visit.3gp": ("video/3gpp", film(b"3gp5")),
    "note.txt": ("text/plain", "询问笔录：当事人称……\r\n".encode()),
    "gbk.txt": ("text/plain", "询问笔录：当事人称……\r\n".encode("gb18030") * 20_000),
    "windows.txt": ("text/plain", "询问笔录".encode("utf-16")),
    "list.csv": ("text/csv", b"no,amount\r\n1,200\r\n"),
    "MZ.txt": ("text/plain", b"MZ is how some names begin\n"),
    "letter.docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", document()),
    "book.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook()),
    "talk.pptx": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        document(main=SLIDES, part="ppt/presentation.xml"),
    ),
    "with_table.docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        document({"word/embeddings/Book1.xlsx": workbook()}),
    ),
    "notice.ofd": ("application/ofd", ofd()),
}

_JAR = package({"META-INF/MANIFEST.MF": "Main-Class: Evil", "Evil.class": b"\xca\xfe\xba\xbe"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

HOSTILE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "empty.pdf": ("empty", lambda: b""),
    "disguised.pdf": ("executable", lambda: PE),
    "disguised.jpg": ("executable", lambda: ELF),
    "mac.png": ("executable", lambda: b"\xcf\xfa\xed\xfe" + bytes(100)),
    "notes.txt": ("executable", lambda: b"#!/bin/sh\nrm -rf /\n"),
    "start.txt": ("executable", lambda: b"@echo off\r\nformat c:\r\n"),
    "link.pdf": ("executable", lambda: b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(100)),
    "A.class": ("executable", lambda: b"\xca\xfe\xba\xbe\x00\x00\x00\x34"),
    "drawing.svg": ("script", lambda: SVG),
    "drawing.png": ("script", lambda: b"\xef\xbb\xbf \n" + SVG),
    "drawing16.txt": ("script", lambda: SVG.decode().encode("utf-16")),
    "page.txt": ("script", lambda: b"Dear all,\n<html><body onload=alert(1)>"),
    "page.html": ("script", lambda: b"<!DOCTYPE html><p>hello"),
    "data.xml": ("script", lambda: b'<?xml version="1.0"?><a/>'),
    "many.zip": ("archive", lambda: package({"a.txt": "a", "b.txt": "b"})),
    "many.docx": ("archive", lambda: package({"a.txt": "a"})),
    "many.rar": ("archive", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(50)),
    "many.tgz": ("archive", lambda: b"\x1f\x8b\x08" + bytes(50)),
    "tape.tar": ("archive", lambda: bytes(0) + b"a" * 257 + b"ustar" + bytes(300)),
    "bomb.docx": ("bomb", bomb_document),
    "lying.docx": ("broken", lying_document),
    "entries.docx": ("bomb", lambda: document({f"x{number}": "" for number in range(10_001)})),
    "nested.docx": ("bomb", lambda: document({"a.xlsx": document({"b.xlsx": document({"c.xlsx": document()})})})),
    "inner_bomb.docx": ("bomb", lambda: document({"word/embeddings/a.docx": bomb_document(8)})),
    "double.pdf": ("polyglot", lambda: pdf() + _JAR),
    "behind.pdf": ("polyglot", lambda: pdf() + b"\n<script>alert(1)</script>"),
    "gifar.jpg": ("polyglot", lambda: picture("JPEG") + _JAR),
    "behind.png": ("polyglot", lambda: picture("PNG") + b"<?php system('id'); ?>"),
    "page.jpg": ("polyglot", lambda: picture("JPEG", comment=b"<script>alert(1)</script>")),
    "behind.wav": ("polyglot", lambda: sound() + b"something else"),
    "short.wav": ("broken", lambda: sound()[:14]),
    "two.wav": ("polyglot", lambda: sound()[:44] + b"%PDF-1.7 " + sound()[53:]),
    "letter.txt": ("polyglot", lambda: b"Dear Sir,\n%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n"),
    "front.docx": ("polyglot", lambda: document() + b"trailing bytes"),
    "leads_out.docx": ("polyglot", lambda: document({"../../etc/cron.d/x": "x"})),
    "huge.png": ("pixels", huge_png),
    "wide.heic": ("pixels", lambda: heic(60_000, 60_000)),
    "pages.tiff": ("pixels", lambda: tiff(1001)),
    "wide.tiff": ("pixels", lambda: tiff(width=1 << 30)),
    "tags.tiff": ("bomb", lambda: tiff(values=1 << 28)),
    "loop.tiff": ("broken", lambda: tiff(2, loops=True)),
    "flat.png": ("broken", lambda: huge_png(0, 10)),
    "odd.webp": ("broken", lambda: b"RIFF" + struct.pack("<I", 28) + b"WEBPODD " + bytes(20)),
    "plan.docx": ("unknown", lambda: document(main="visio.drawing.main+xml")),
    "types.docx": ("bomb", lambda: document({"[Content_Types].xml": bytes(2 << 20)})),
    "locked.docx": ("old_office", locked_document),
    "macro.docm": ("macros", lambda: document(main="wordprocessingml.macroEnabled.document.main+xml")),
    "macro.docx": ("macros", lambda: document({"word/vbaProject.bin": _OLE})),
    "packed.docx": ("macros", lambda: document({"word/embeddings/o.bin": _OLE + "\1Ole10Native".encode("utf-16-le")})),
    "remote.docx": (
        "macros",
        lambda: document(
            {"word/_rels/settings.xml.rels": '<R Type="x/attachedTemplate" Target="http://e" TargetMode="External"/>'}
        ),
    ),
    "program_in.docx": ("executable", lambda: document({"word/media/image1.png": PE})),
    "old.doc": ("old_office", lambda: _OLE),
    "rich.rtf": ("old_office", lambda: rb"{\rtf1\ansi{\object\objemb}}"),
    "script.pdf": ("active_pdf", lambda: pdf(change={"/OpenAction": script_action()})),
    "locked.pdf": ("locked_pdf", lambda: pdf(encryption=pikepdf.Encryption(owner="o", user="u"))),
    "virus.txt": ("virus", lambda: EICAR),
    "cut.pdf": ("broken", lambda: pdf()[:200]),
    "rubbish.pdf": ("broken", lambda: b"%PDF-1.7\nrubbish\n%%EOF"),
    "cut.png": ("broken", lambda: picture("PNG")[:60]),
    "cut.mp4": ("broken", lambda: film()[:-10]),
    "cut.docx": ("broken", lambda: document()[:-40]),
    "cut.tiff": ("broken", lambda: two_page_tiff()[:20]),
    "picture.gif": ("unknown", lambda: b"GIF89a" + bytes(100)),
    "paper.ps": ("unknown", lambda: b"%!PS-Adobe-3.0\n"),
    "noise.bin": ("unknown", lambda: bytes(range(256)) * 10),
}
