"""Sends one trace with everything a span can hold through the official Python SDK.

Usage: send.py grpc|http none|gzip ENDPOINT [TIMES]

Prints what was sent as OTLP JSON, as the official encoder sees it. Exits with 1 unless the receiver said yes.
"""

import base64
import json
import sys

import grpc
from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags


def record():
    """One trace of three spans from two scopes."""
    memory = InMemorySpanExporter()
    resource = Resource({"service.name": "python-shop", "service.version": "1.2.3", "host.cores": 2})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    shop = provider.get_tracer("shop", "0.9")
    bank = provider.get_tracer("bank", "2.0")
    elsewhere = SpanContext(0x0102030405060708090A0B0C0D0E0F10, 0x1112131415161718, True, TraceFlags(1))

    with shop.start_as_current_span("place order ✓", kind=SpanKind.SERVER) as root:
        root.set_attribute("text", "grüße <b>&\"'\u202e")
        root.set_attribute("large", 9223372036854775807)
        root.set_attribute("small", -9223372036854775808)
        root.set_attribute("share", 0.1)
        root.set_attribute("yes", True)
        root.set_attribute("texts", ["a", "", "c"])
        root.set_attribute("numbers", [1, 2, 3])
        root.add_event("validated", {"items": 3})
        root.add_event("validated", {"items": 3, "again": True})
        with bank.start_as_current_span("charge", kind=SpanKind.CLIENT, links=[Link(elsewhere, {"why": "retry"})]) as charge:
            charge.set_status(Status(StatusCode.ERROR, "card declined"))
            charge.record_exception(ValueError("declined"))
        with shop.start_as_current_span("orders publish", kind=SpanKind.PRODUCER) as publish:
            publish.set_attribute("messaging.destination.name", "orders")
    return memory.get_finished_spans()


def as_otlp_json(spans):
    """The official encoder's message, with ids as hexadecimal: OTLP's one deviation from protobuf's JSON."""

    def with_hex_ids(value):
        if isinstance(value, list):
            return [with_hex_ids(item) for item in value]
        if not isinstance(value, dict):
            return value
        ids = ("traceId", "spanId", "parentSpanId")
        return {
            key: base64.b64decode(item).hex() if key in ids else with_hex_ids(item) for key, item in value.items()
        }

    return with_hex_ids(MessageToDict(encode_spans(spans), use_integers_for_enums=True))


def exporter(protocol, compression, endpoint):
    """The official exporter for a protocol."""
    gzip = compression == "gzip"
    if protocol == "grpc":
        wanted = grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression
        return GrpcExporter(endpoint=endpoint, insecure=True, compression=wanted)
    wanted = Compression.Gzip if gzip else Compression.NoCompression
    return HttpExporter(endpoint=f"{endpoint}/v1/traces", compression=wanted)


def main():
    protocol, compression, endpoint = sys.argv[1:4]
    times = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    spans = record()
    sender = exporter(protocol, compression, endpoint)
    for _ in range(times):
        if sender.export(spans) is not SpanExportResult.SUCCESS:
            sys.exit(1)
    sender.shutdown()
    print(json.dumps(as_otlp_json(spans)))


main()
