"""Forms that bring a file along (RFC 7578), out of bytes that are bounded already."""

from email import message_from_bytes
from email.message import Message

FIELDS_MOST = 40


class OddForm(ValueError):
    """No browser sends a form like this."""


def fields_and_file(content_type: str, body: bytes) -> tuple[dict[str, str], bytes]:
    """Return a form's fields as text and its one file, empty if there is none; raise OddForm."""
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + _boundary(content_type), FIELDS_MOST + 1)
    if first or not parts or not parts.pop().startswith(b"--"):
        raise OddForm("not whole")
    fields: dict[str, str] = {}
    file = b""
    for part in parts:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = message_from_bytes(head)
        name = headers.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise OddForm("no name")
        if headers.get_filename() is None:
            fields[name] = content.decode("utf-8", "replace")
        else:
            file = content
    return fields, file


def _boundary(content_type: str) -> bytes:
    headers = Message()
    headers["content-type"] = content_type
    boundary = headers.get_boundary()
    if headers.get_content_type() != "multipart/form-data" or not boundary or not boundary.isascii():
        raise OddForm("no boundary")
    return boundary.encode()
