# SPDX-License-Identifier: MIT
"""Reads the bytes of HTTP/1.1 requests, for oracle.py: strictly, so that there is one reading.

Written from RFC 9110 and RFC 9112 alone. What the RFCs let a server read leniently is refused here,
as the vectors ask for.
"""
import base64
import re

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
LINE = re.compile(rb"(" + TOKEN + rb") ((?:https?://[!-\"$-.0->@-~]+)?/[!-\"$-~]*) HTTP/1\.([01])")
HEADER = re.compile(rb"(" + TOKEN + rb"):[ \t]*(.*?)[ \t]*", re.DOTALL)
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})((?:;[ -~\t]*)?)")
NUMBER = re.compile(rb"[0-9]+")


class Malformed(Exception):
    """The bytes are no request, or not all of one. The argument says why."""


def take_line(data, at):
    end = data.find(b"\r\n", at)
    if end < 0:
        raise Malformed("ends in a line")
    line = data[at:end]
    if re.search(rb"[\r\n\0]", line):
        raise Malformed("a line end or a NUL within a line")
    return line, end + 2


def take_headers(data, at):
    headers = []
    while True:
        line, at = take_line(data, at)
        if not line:
            return headers, at
        found = HEADER.fullmatch(line)
        if found is None:
            raise Malformed("a line that is no header")
        headers.append((found.group(1), found.group(2)))


def take_chunks(data, at):
    body = b""
    while True:
        line, at = take_line(data, at)
        found = CHUNK.fullmatch(line)
        if found is None:
            raise Malformed("no size of a chunk")
        size = int(found.group(1), 16)
        if size == 0:
            return body, *take_headers(data, at)
        if data[at + size:at + size + 2] != b"\r\n":
            raise Malformed("a chunk that does not end where it says")
        body += data[at:at + size]
        at += size + 2


def values(headers, name):
    return [value for each, value in headers if each.lower() == name]


def take_body(data, at, headers, version):
    """The body, the trailers, and where the next message begins."""
    lengths, codings = values(headers, b"content-length"), values(headers, b"transfer-encoding")
    if len(lengths) + len(codings) > 1:
        raise Malformed("more than one way to say where the body ends")
    if codings:
        if codings[0].lower() != b"chunked" or version == 0:
            raise Malformed("a coding that does not say where the body ends")
        return take_chunks(data, at)
    if lengths and not NUMBER.fullmatch(lengths[0]):
        raise Malformed("no length")
    end = at + (int(lengths[0]) if lengths else 0)
    if end > len(data):
        raise Malformed("ends in the body")
    return data[at:end], [], end


def as_json(headers):
    return [[name.decode(), {"base64": base64.b64encode(value).decode()}] for name, value in headers]


def take_request(data, at):
    """A request as a vector has it, and where the next one begins. Its trailers stand apart: they
    are no headers."""
    if data[at:at + 2] == b"\r\n":
        at += 2
    line, at = take_line(data, at)
    found = LINE.fullmatch(line)
    if found is None or found.group(1) != b"POST":
        raise Malformed("no request line of a delivery")
    headers, at = take_headers(data, at)
    version = int(found.group(3))
    if len(values(headers, b"host")) != 1:
        raise Malformed("not one Host")
    body, trailers, at = take_body(data, at, headers, version)
    return {"method": "POST", "url": re.sub(r"^https?://[^/]*", "", found.group(2).decode()),
            "headers": as_json(headers), "trailers": as_json(trailers),
            "body_base64": base64.b64encode(body).decode()}, at


def request_of(data, number):
    """The request of that number on a connection, from 0."""
    at = 0
    for _ in range(number):
        at = take_request(data, at)[1]
    return take_request(data, at)[0]
