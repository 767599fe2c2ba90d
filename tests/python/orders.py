"""A shop over RabbitMQ, instrumented as its users would do it: OpenTelemetry's instrumentation of pika, nothing by hand.

orders.py AMQP_URI OTLP_ENDPOINT ORDERS: the shop sends orders, payment handles them and sends payments, or gives every tenth up to
a queue of dead letters; the warehouse handles payments. Each is a service with a provider and a connection of its own.
"""

import sys
import time

import pika
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.pika import PikaInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span

uri, endpoint, orders = sys.argv[1], sys.argv[2], int(sys.argv[3])
queues = ["orders", "payments", "orders-dlq"]


class Service:
    def __init__(self, name):
        resource = Resource.create({"service.name": name, "service.instance.id": name + "-1"})
        self.provider = TracerProvider(resource=resource)
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint + "/v1/traces")))
        self.tracer = self.provider.get_tracer("orders")
        self.connection = pika.BlockingConnection(pika.URLParameters(uri))
        self.channel = self.connection.channel()
        PikaInstrumentor.instrument_channel(self.channel, tracer_provider=self.provider)

    def send(self, queue, body):
        self.channel.basic_publish("", queue, body)

    def close(self):
        self.connection.close()
        self.provider.shutdown()


shop, payment, warehouse = Service("shop"), Service("payment"), Service("warehouse")
for queue in queues:
    shop.channel.queue_declare(queue)
    shop.channel.queue_purge(queue)
done = {"payment": 0, "warehouse": 0}


def pay(channel, method, _properties, body):
    with payment.tracer.start_as_current_span("SELECT accounts", kind=SpanKind.CLIENT) as span:
        span.set_attributes({"db.system": "postgresql", "db.name": "accounts"})
        time.sleep(0.002)
    if int(body) % 10 == 0:
        get_current_span().set_status(Status(StatusCode.ERROR, "card declined"))
        payment.send("orders-dlq", body)
    else:
        payment.send("payments", body)
    channel.basic_ack(method.delivery_tag)
    done["payment"] += 1


def pack(channel, method, _properties, _body):
    time.sleep(0.001)
    channel.basic_ack(method.delivery_tag)
    done["warehouse"] += 1


payment.channel.basic_consume("orders", pay)
warehouse.channel.basic_consume("payments", pack)
for number in range(orders):
    with shop.tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER):
        shop.send("orders", str(number).encode())
    payment.connection.process_data_events(0)
    warehouse.connection.process_data_events(0)
paid = orders - (orders + 9) // 10
deadline = time.monotonic() + 60
while (done["payment"] < orders or done["warehouse"] < paid) and time.monotonic() < deadline:
    payment.connection.process_data_events(0.05)
    warehouse.connection.process_data_events(0.05)
for service in (shop, payment, warehouse):
    service.close()
if done != {"payment": orders, "warehouse": paid}:
    sys.exit(f"not everything was handled: {done}")
