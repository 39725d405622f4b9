"""Reads a published API description and checks bodies and headers against it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.reference import reference_folder


class Description:
    """One OpenAPI file."""

    def __init__(self, path: Path) -> None:
        self._document: Any = _with_text_names(yaml.safe_load(path.read_text(encoding="utf-8")))
        resource = DRAFT4.create_resource(self._document)
        self._registry: Registry[object] = Registry().with_resource("urn:description", resource)

    def request_complaints(self, method: str, path: str, body: object, headers: dict[str, str]) -> list[str]:
        """Return what the description says against a request."""
        operation = self._operation(method, path)
        complaints = [
            f"header {name} is missing"
            for name, is_required in self._headers(operation)
            if is_required and name.lower() not in {header.lower() for header in headers}
        ]
        wanted = self._resolve(operation.get("requestBody", {})).get("content", {})
        for media in wanted.values():
            complaints += self._complaints(media["schema"], body)
        return complaints

    def reply_complaints(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """Return what the description says against a reply; an undeclared status is a complaint too."""
        replies = self._operation(method, path)["responses"]
        declared = replies.get(str(status), replies.get("default"))  # type: ignore[attr-defined]
        if declared is None:
            return [f"status {status} is not declared"]
        content = self._resolve(declared).get("content", {})
        if not content:
            return []
        schema = next(iter(content.values()))["schema"]
        return self._complaints(schema, json.loads(body))

    def examples(self, method: str, path: str, status: int) -> Iterator[object]:
        """Return the example replies that the description gives."""
        content = self._resolve(self._operation(method, path)["responses"][str(status)]).get("content", {})
        for media in content.values():
            if "example" in media:
                yield media["example"]
            for example in media.get("examples", {}).values():
                yield self._resolve(example).get("value")

    def _complaints(self, schema: dict[str, object], body: object) -> list[str]:
        rooted = self._rooted(schema)
        validator = OAS30Validator(rooted, registry=self._registry)  # type: ignore[no-untyped-call]
        return [
            f"{list(error.absolute_path)}: {error.message}"
            for error in validator.iter_errors(body)
            if not _is_loose_choice(error.validator, list(error.absolute_path), error.message)
            and not _contradicts_itself(error.validator, error.schema)
        ]

    def _rooted(self, schema: object) -> dict[str, object]:
        """Point local references at the whole document."""
        text = json.dumps(schema).replace('"$ref": "#/', '"$ref": "urn:description#/')
        rooted: dict[str, object] = json.loads(text)
        return rooted

    def _operation(self, method: str, path: str) -> dict[str, object]:
        operation: dict[str, object] = self._document["paths"][path][method.lower()]
        return operation

    def _headers(self, operation: dict[str, object]) -> Iterator[tuple[str, bool]]:
        for parameter in operation.get("parameters", []):  # type: ignore[attr-defined]
            resolved = self._resolve(parameter)
            if resolved.get("in") == "header":
                yield str(resolved["name"]), bool(resolved.get("required"))

    def _resolve(self, thing: object) -> dict[str, object]:
        while isinstance(thing, dict) and "$ref" in thing:
            found: object = self._document
            for part in str(thing["$ref"]).removeprefix("#/").split("/"):
                assert isinstance(found, dict)
                found = found[part]
            thing = found
        assert isinstance(thing, dict)
        return thing


def _with_text_names(part: object) -> object:
    """Return a document whose names are all text: a status may be written as a bare number."""
    if isinstance(part, dict):
        return {str(name): _with_text_names(inner) for name, inner in part.items()}
    return [_with_text_names(inner) for inner in part] if isinstance(part, list) else part


def _is_loose_choice(validator: object, path: list[object], message: str) -> bool:
    """The published description names no required field in its three kinds of customer, so each value fits them all."""
    return validator == "oneOf" and path == ["customer"] and "valid under each of" in message


def _contradicts_itself(validator: object, schema: object) -> bool:
    """Whether a part breaks its own rule: an example that its pattern forbids (a number of 15 digits), text with fields."""
    if not isinstance(schema, dict):
        return False
    if validator == "pattern" and "example" in schema:
        return re.search(schema["pattern"], str(schema["example"])) is None
    return validator == "type" and schema.get("type") == "string" and "properties" in schema


def description(name: str) -> Description:
    """Return a published description, or skip the test where it is not beside this checkout."""
    folder = reference_folder()
    if folder is None:
        pytest.skip("the published descriptions are not beside this checkout")
    return Description(folder / "openapi" / name)
