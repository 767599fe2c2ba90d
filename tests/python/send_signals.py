"""Sends log records and metrics with everything they can hold through the official Python SDK.

Usage: send_signals.py grpc|http none|gzip ENDPOINT

Prints what was sent, as the SDK has it. Exits with 1 unless the receiver said yes to all of it.
"""

import json
import logging
import sys

import grpc
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import LogRecordExportResult, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

RESOURCE = Resource({"service.name": "python-shop", "host.cores": 2})
LARGEST = 9223372036854775807


class Watched:
    """An exporter whose every answer must be yes."""

    def __init__(self, exporter, success):
        self.exporter = exporter
        self.success = success

    def __getattr__(self, name):
        return getattr(self.exporter, name)

    def export(self, *arguments, **named):
        result = self.exporter.export(*arguments, **named)
        if result is not self.success:
            sys.exit(f"the receiver did not say yes: {result}")
        return result


def send_logs(exporter):
    """One record through Python's own logging, within a span; one event by hand."""
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(Watched(exporter, LogRecordExportResult.SUCCESS)))
    logger = logging.getLogger("shop")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(LoggingHandler(logger_provider=provider))
    with TracerProvider().get_tracer("shop").start_as_current_span("place order") as span:
        context = span.get_span_context()
        logger.warning("grüße <b>&\"'\u202e", extra={"order": LARGEST})
    provider.get_logger("events", "1.0").emit(
        LogRecord(
            timestamp=1_700_000_000_123_456_789,
            severity_number=SeverityNumber.ERROR,
            severity_text="bad",
            body={"kind": "archive", "sizes": [1, 2.5, True]},
            event_name="order.archived",
            attributes={"yes": True, "texts": ["a", ""]},
        )
    )
    provider.shutdown()
    return {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
        "text": "grüße <b>&\"'\u202e",
    }


def send_metrics(exporter):
    """One instrument of each kind."""
    exponential = View(instrument_name="sizes", aggregation=ExponentialBucketHistogramAggregation())
    watched = Watched(exporter, MetricExportResult.SUCCESS)
    reader = PeriodicExportingMetricReader(watched, export_interval_millis=float("inf"))
    provider = MeterProvider(resource=RESOURCE, metric_readers=[reader], views=[exponential])
    meter = provider.get_meter("shop", "0.9")
    placed = meter.create_counter("orders.placed", "{order}", "Orders that were placed")
    with TracerProvider().get_tracer("shop").start_as_current_span("place order") as span:
        context = span.get_span_context()
        placed.add(5, {"region": "eu"})
        placed.add(2, {"region": "us"})
    meter.create_up_down_counter("orders.open").add(-3)
    meter.create_gauge("temperature", "Cel").set(21.5)
    waited = meter.create_histogram("waited", "s", explicit_bucket_boundaries_advisory=[1.0, 2.0])
    sizes = meter.create_histogram("sizes", "By")
    for value in (0.5, 1.5, 1.5, 7.0):
        waited.record(value)
        sizes.record(value)
    provider.force_flush()
    provider.shutdown()
    return {"exemplar_trace_id": trace.format_trace_id(context.trace_id)}


def main():
    protocol, compression, endpoint = sys.argv[1:4]
    gzip = compression == "gzip"
    if protocol == "grpc":
        how = {"insecure": True, "compression": grpc.Compression.Gzip if gzip else grpc.Compression.NoCompression}
        logs, metrics = GrpcLogs(endpoint=endpoint, **how), GrpcMetrics(endpoint=endpoint, **how)
    else:
        how = {"compression": Compression.Gzip if gzip else Compression.NoCompression}
        logs = HttpLogs(endpoint=f"{endpoint}/v1/logs", **how)
        metrics = HttpMetrics(endpoint=f"{endpoint}/v1/metrics", **how)
    sent = send_logs(logs)
    sent.update(send_metrics(metrics))
    print(json.dumps(sent))


main()
