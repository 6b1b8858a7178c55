"""Files that show something: photographs and papers, known by their bytes, never shown in place.

What a file says of itself is not believed: its media type is found out from how it begins, and
what is no picture and no PDF is refused.  It is handed out as a download, so that no browser
ever runs it under our name.
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response

from fleet.errors import Invalid
from store.waybill_facts import NewFile

#: Media type by how the bytes begin.
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)
_RIFF, _WEBP = b"RIFF", b"WEBP"  # a WebP is a RIFF file whose form stands at byte 8
_LONGEST_NAME = 200  # characters; file systems take 255 bytes

#: So that it is saved, not shown; and shown nonetheless it could do nothing.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def media_of(body: bytes) -> str:
    """The media type of a file by its bytes.  Raises ``Invalid``: it is none of those kept."""
    for beginning, media in _BEGINNINGS:
        if body.startswith(beginning):
            return media
    if body.startswith(_RIFF) and body[8:12] == _WEBP:
        return "image/webp"
    raise Invalid("body", "is neither a JPEG, PNG or WebP picture nor a PDF")


def file_of(name: str, body: bytes) -> NewFile:
    """A file to be kept, under its own name without any folder.  Raises ``Invalid``."""
    bare = name.replace("\\", "/").rpartition("/")[2].strip()
    if not bare or len(bare) > _LONGEST_NAME or not bare.isprintable():
        raise Invalid("name", f"printable, at most {_LONGEST_NAME} characters")
    return NewFile(bare, media_of(body), body)


def download(file: NewFile) -> Response:
    """A file to be saved."""
    disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = _HEADERS | {"Content-Disposition": disposition}
    return Response(file.body, headers=headers, media_type=file.media)
