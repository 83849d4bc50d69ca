"""Why a file is not taken, in words that say what to do. The codes go into the record."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from caseflow.domain.case_files import FileNotTaken
from caseflow.domain.words import Words


class Why(StrEnum):
    """Why a file is not taken: the code that goes into the record."""

    EMPTY = "empty"
    EXECUTABLE = "executable"
    SCRIPT = "script"
    ARCHIVE = "archive"
    BOMB = "bomb"
    POLYGLOT = "polyglot"
    PIXELS = "pixels"
    MACROS = "macros"
    OLD_OFFICE = "old_office"
    ACTIVE_PDF = "active_pdf"
    LOCKED_PDF = "locked_pdf"
    VIRUS = "virus"
    SCAN_FAILED = "scan_failed"
    BROKEN = "broken"
    UNKNOWN = "unknown"


TAKEN: Final = Words(
    "PDF, JPEG, PNG, TIFF, WebP, HEIC, MP3, WAV, M4A, MP4, MOV, plain text, CSV, DOCX, XLSX, PPTX and OFD",
    "PDF、JPEG、PNG、TIFF、WebP、HEIC、MP3、WAV、M4A、MP4、MOV、纯文本、CSV、DOCX、XLSX、PPTX、OFD",
)
_REASONS: Final[Mapping[Why, Words]] = {
    Why.EMPTY: Words(
        "The file is empty: open it, see that something is in it, save it and choose it again.",
        "文件是空的：请打开文件确认其中有内容，保存后重新选择。",
    ),
    Why.EXECUTABLE: Words(
        "The file is a program, whatever its name says: programs are never taken. If it is itself evidence, keep the "
        "medium sealed and add a photograph of it and the record of its seizure.",
        "该文件是可执行程序（与文件名无关），一律不予接收。如程序本身就是证据，请封存载体，并上传其照片和扣押笔录。",
    ),
    Why.SCRIPT: Words(
        "The file holds a web page or drawing (HTML, SVG, XML) that can run a script: print it to PDF, or take a "
        "picture of the screen, and add that.",
        "该文件是可运行脚本的网页或者矢量图（HTML、SVG、XML）：请打印成PDF或者截图后上传。",
    ),
    Why.ARCHIVE: Words(
        "The file is an archive (ZIP, RAR, 7z, gzip ...): unpack it and add the files in it one by one, so that each "
        "is checked and listed.",
        "该文件是压缩包（ZIP、RAR、7z、gzip等）：请解压后将其中的文件逐个上传，以便逐一检查和列明。",
    ),
    Why.BOMB: Words(
        "The file unpacks to far more than it shows (a so-called bomb): it is not opened. Save the document again "
        "from its program, or print it to PDF, and add that.",
        "该文件解压后的体积远超其外观（俗称“压缩炸弹”），不予打开。请用原程序另存该文档，或者打印成PDF后上传。",
    ),
    Why.POLYGLOT: Words(
        "The file is two kinds of file in one, and what looks harmless may hide a program: open it, save or print it "
        "anew as PDF, and add that.",
        "该文件同时是两种格式，看似无害的外表下可能藏有程序：请打开后重新保存或者打印成PDF再上传。",
    ),
    Why.PIXELS: Words(
        "The picture has more pixels than a program can safely open: save it at a smaller size (at most 200 million "
        "pixels, 1,000 pages) and add that.",
        "图片的像素过多，无法安全打开：请缩小后保存（不超过2亿像素、1000页）再上传。",
    ),
    Why.MACROS: Words(
        "The document holds macros or other active content, that is, a program: save it without macros (DOCX, XLSX, "
        "PPTX) or print it to PDF, and add that.",
        "文档含有宏等可执行内容：请另存为不含宏的格式（DOCX、XLSX、PPTX）或者打印成PDF后上传。",
    ),
    Why.OLD_OFFICE: Words(
        "The file is an old or password-protected Office document, in which programs cannot be ruled out: save it as "
        "DOCX, XLSX, PPTX or PDF without a password and add that.",
        "该文件是旧版或者加密的Office文档，无法排除其中含有程序：请另存为无密码的DOCX、XLSX、PPTX或者PDF后上传。",
    ),
    Why.ACTIVE_PDF: Words(
        "The PDF starts a script or a program when it is opened or clicked: print it to a new PDF and add that.",
        "该PDF在打开或者点击时会运行脚本、程序：请重新打印成PDF后上传。",
    ),
    Why.LOCKED_PDF: Words(
        "The PDF asks for a password, so nobody else could read it: save it without a password and add that.",
        "该PDF需要密码才能打开，他人无法阅读：请去除密码后上传。",
    ),
    Why.VIRUS: Words(
        "A virus was found in the file. Nothing was kept. Do not open it, and tell whoever looks after the computers.",
        "文件中发现病毒，未予保存。请勿打开该文件，并告知计算机管理人员。",
    ),
    Why.SCAN_FAILED: Words(
        "The file could not be scanned for viruses, and no file is taken unscanned: try again in a few minutes, and "
        "tell the administrator if it stays so.",
        "无法对文件进行病毒扫描，未经扫描的文件不予接收：请几分钟后重试；如仍不行，请告知系统管理员。",
    ),
    Why.BROKEN: Words(
        "The file is damaged or breaks off: open it in its program, save it anew and choose it again.",
        "文件已损坏或者不完整：请用原程序打开并重新保存后再选择。",
    ),
    Why.UNKNOWN: Words(
        f"This kind of file is not taken. Taken are {TAKEN.en}, told by what is in the file and not by its name: "
        "convert it, or print it to PDF.",
        f"不接收此类文件。可接收{TAKEN.zh}（以内容为准，与文件名无关）：请转换格式，或者打印成PDF。",
    ),
}


def refused(why: Why) -> FileNotTaken:
    """Return the refusal of a file for this reason."""
    return FileNotTaken(why.value, _REASONS[why])
