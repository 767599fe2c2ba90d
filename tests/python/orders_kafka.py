"""The shop of orders.py over Kafka: OpenTelemetry's instrumentation of confluent-kafka, nothing by hand.

orders_kafka.py BOOTSTRAP_SERVERS OTLP_ENDPOINT ORDERS: the shop sends orders, payment handles them and sends payments, or gives every
tenth up to a topic of dead letters; the warehouse handles payments. Each is a service with a provider, clients and a thread of its own.
"""

import sys
import threading
import time

from confluent_kafka import Consumer, Producer
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.confluent_kafka import ConfluentKafkaInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span

servers, endpoint, orders = sys.argv[1], sys.argv[2], int(sys.argv[3])
paid = orders - (orders + 9) // 10
deadline = time.monotonic() + 60


class Service(threading.Thread):
    def __init__(self, name, topic=None, handles=0):
        super().__init__(name=name)
        resource = Resource.create({"service.name": name, "service.instance.id": name + "-1"})
        self.provider = TracerProvider(resource=resource)
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint + "/v1/traces")))
        self.tracer = self.provider.get_tracer("orders")
        self.topic, self.handles, self.done = topic, handles, 0

    def run(self):
        instrumentor = ConfluentKafkaInstrumentor()
        producer = Producer({"bootstrap.servers": servers})
        self.producer = instrumentor.instrument_producer(producer, tracer_provider=self.provider)
        self.work()
        self.producer.flush(30)
        self.provider.shutdown()

    def work(self):
        consumer = Consumer({"bootstrap.servers": servers, "group.id": self.name, "auto.offset.reset": "earliest"})
        consumer.subscribe([self.topic])
        consumer = ConfluentKafkaInstrumentor().instrument_consumer(consumer, tracer_provider=self.provider)
        while self.done < self.handles and time.monotonic() < deadline:
            record = consumer.poll(0.2)
            if record is None:
                continue
            if record.error():
                raise SystemExit(f"{self.name}: {record.error()}")
            self.handle(record.value())
            self.done += 1
        consumer.close()


class Shop(Service):
    def work(self):
        for number in range(orders):
            with self.tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER):
                self.producer.produce("orders", value=str(number).encode())
            self.done += 1


class Payment(Service):
    def handle(self, value):
        with self.tracer.start_as_current_span("SELECT accounts", kind=SpanKind.CLIENT) as span:
            span.set_attributes({"db.system": "postgresql", "db.name": "accounts"})
            time.sleep(0.002)
        if int(value) % 10 == 0:
            get_current_span().set_status(Status(StatusCode.ERROR, "card declined"))
            self.producer.produce("orders-dlq", value=value)
        else:
            self.producer.produce("payments", value=value)


class Warehouse(Service):
    def handle(self, _value):
        time.sleep(0.001)


services = [Shop("shop", handles=orders), Payment("payment", "orders", orders), Warehouse("warehouse", "payments", paid)]
for service in services:
    service.start()
for service in services:
    service.join()
left = {service.name: service.handles - service.done for service in services if service.done != service.handles}
if left:
    sys.exit(f"not everything was handled: {left}")
