"""Reads a file of OTLP JSON lines with the official protobuf types, strictly: an unknown field is an error.

Usage: read_lines.py FILE

Prints an array with `trace_id`, `span_id`, `name`, `kind`, `attributes` of every span.
"""

import base64
import gzip
import json
import sys

from google.protobuf.json_format import Parse
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

IDS = {"traceId", "spanId", "parentSpanId"}


def as_protobuf_json(value):
    """OTLP writes ids in hexadecimal, protobuf's own JSON in base64; all else is the same."""
    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(item)).decode() if key in IDS else as_protobuf_json(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [as_protobuf_json(item) for item in value]
    return value


def lines(path):
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rt", encoding="utf-8") if packed else open(path, encoding="utf-8") as file:
        yield from file


def spans(path):
    for line in lines(path):
        data = Parse(json.dumps(as_protobuf_json(json.loads(line))), TracesData())
        for resource_spans in data.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    yield {
                        "trace_id": span.trace_id.hex(),
                        "span_id": span.span_id.hex(),
                        "name": span.name,
                        "kind": span.kind,
                        "attributes": sorted(attribute.key for attribute in span.attributes),
                        "status": span.status.code,
                    }


print(json.dumps(list(spans(sys.argv[1]))))
