"""Holds whole exchanges against a published description: address, query, headers, bodies, both directions."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.contract.description import Description
from tests.doubles.service import Exchange


def complaints_about(exchanges: Iterable[Exchange], book: Description, prefix: str) -> list[tuple[str, str]]:
    """Return every complaint, with the operation; `prefix` is what the description's paths leave out."""
    return [(name, complaint) for exchange in exchanges for name, complaint in _complaints(exchange, book, prefix)]


def operation_of(exchange: Exchange, book: Description, prefix: str) -> tuple[str, str]:
    """Return method and path of the operation that was called, as the description writes them."""
    method, path = exchange.request.method.lower(), urlsplit(exchange.request.url).path
    for template, operations in book._document["paths"].items():
        if method in operations and re.fullmatch(_pattern(prefix + template), path):
            return method, template
    raise AssertionError(f"{method} {path} is in no description")


def _complaints(exchange: Exchange, book: Description, prefix: str) -> Iterator[tuple[str, str]]:
    method, template = operation_of(exchange, book, prefix)
    sent, reply = exchange.request, exchange.reply
    name = f"{method} {template}"
    for complaint in _about_parameters(exchange, book, method, template, prefix):
        yield name, complaint
    if sent.body:
        for complaint in book.request_complaints(method, template, json.loads(sent.body), sent.headers):
            yield name, complaint
    for complaint in book.reply_complaints(method, template, reply.status, reply.body):
        yield name, complaint


def _about_parameters(exchange: Exchange, book: Description, method: str, template: str, prefix: str) -> Iterator[str]:
    address = urlsplit(exchange.request.url)
    found = re.fullmatch(_pattern(prefix + template), address.path)
    assert found is not None
    names = re.findall(r"{([^}]+)}", template)
    query = dict(parse_qsl(address.query))
    places: dict[str, Mapping[str, str]] = {
        "path": {name: unquote(value) for name, value in zip(names, found.groups(), strict=True)},
        "query": query,
        "header": {name.lower(): value for name, value in exchange.request.headers.items()},
    }
    item = book._document["paths"][template]
    declared = [book._resolve(one) for one in [*item.get("parameters", []), *item[method].get("parameters", [])]]
    for parameter in declared:
        name, place = str(parameter["name"]), str(parameter["in"])
        value = places[place].get(name.lower() if place == "header" else name)
        if value is None:
            if parameter.get("required"):
                yield f"{place} {name} is missing"
        else:
            schema: dict[str, Any] = dict(parameter["schema"])  # type: ignore[call-overload]
            meant = int(value) if schema.get("type") == "integer" and value.isdigit() else value
            yield from (f"{place} {name}: {complaint}" for complaint in book._complaints(schema, meant))
    known = {str(one["name"]) for one in declared if one["in"] == "query"}
    yield from (f"query {name} is not declared" for name in query if name not in known)


def _pattern(template: str) -> str:
    return re.sub(r"\\{[^}]+\\}", "([^/]+)", re.escape(template))
