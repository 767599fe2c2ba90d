//! The decoders: both wire forms store the same, and nothing makes them panic.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message;
use serde_json::json;
use thalweg_spans::Batch;

mod signals;

use super::accept::{Accepted, decode};
use super::intake::Budget;
use super::refusal::Refusal;
use super::signal::{Signal, Wire};
use crate::limits::{ATTRIBUTES, EVENTS_OR_LINKS, SPANS_PER_REQUEST, VALUE_BYTES};
use crate::otlp::collector::ExportTraceServiceRequest;
use crate::otlp::remarks::Remarks;
use crate::otlp::rows::otlp_from_stored;
use crate::otlp::weigh::Kind;
use crate::otlp::{json_out, weigh};

const BUDGET: usize = 256 << 20;

fn read(body: &[u8], wire: Wire) -> Result<(Batch, Remarks), Refusal> {
    match decode(Signal::Traces, body, wire, &mut Budget::new(BUDGET).share(), BUDGET)? {
        (Accepted::Spans(batch), remarks) => Ok((batch, remarks)),
        (other, _) => panic!("spans become spans, not {other:?}"),
    }
}

fn read_json(body: &serde_json::Value) -> Result<(Batch, Remarks), Refusal> {
    read(body.to_string().as_bytes(), Wire::Json)
}

/// Ids of every kind: usable, zero, too short, too long.
fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![8 => vec(1..4_u8, length), 1 => Just(vec![0; length]), 1 => vec(any::<u8>(), 0..20)]
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(u64::MAX),
        Just(i64::MAX as u64 + 1),
        1_700_000_000_000_000_000..1_700_000_001_000_000_000_u64
    ]
}

fn any_value(floats: impl Strategy<Value = f64> + 'static) -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(None),
        any::<String>().prop_map(|v| Some(Value::StringValue(v))),
        any::<bool>().prop_map(|v| Some(Value::BoolValue(v))),
        any::<i64>().prop_map(|v| Some(Value::IntValue(v))),
        floats.prop_map(|v| Some(Value::DoubleValue(v))),
        vec(any::<u8>(), 0..9).prop_map(|v| Some(Value::BytesValue(v))),
    ]
    .prop_map(|value| AnyValue { value });
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            vec(("[a-z]{0,3}", option::of(inner)), 0..3).prop_map(|pairs| {
                let values = pairs.into_iter().map(|(key, value)| KeyValue { key, value, key_strindex: 0 }).collect();
                Value::KvlistValue(KeyValueList { values })
            }),
        ]
        .prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    // Only finite floats here: the serializer used as a second opinion has no word for the others.
    let pair = ("[a-z.é]{0,6}", option::of(any_value(any::<f64>().prop_filter("finite", |f| f.is_finite()))));
    vec(pair.prop_map(|(key, value)| KeyValue { key, value, key_strindex: 0 }), 0..4)
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (id(16), id(8), prop_oneof![Just(Vec::new()), id(8)]);
    let what = (any::<String>(), -1..8_i32, time(), time(), any::<String>(), any::<u32>());
    let event =
        (time(), "[a-z]{0,5}", attributes(), 0..3_u32).prop_map(|(time_unix_nano, name, attributes, dropped)| Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count: dropped,
        });
    let link = (id(16), id(8), attributes(), any::<u32>()).prop_map(|(trace_id, span_id, attributes, flags)| Link {
        trace_id,
        span_id,
        trace_state: "a=b".into(),
        attributes,
        dropped_attributes_count: 0,
        flags,
    });
    let status = option::of((any::<String>(), 0..4_i32).prop_map(|(message, code)| Status { message, code }));
    (ids, what, attributes(), vec(event, 0..3), vec(link, 0..3), status).prop_map(
        |(
            (trace_id, span_id, parent_span_id),
            (name, kind, start, end, trace_state, flags),
            attributes,
            events,
            links,
            status,
        )| Span {
            trace_id,
            span_id,
            parent_span_id,
            name,
            kind,
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            trace_state,
            flags,
            attributes,
            dropped_attributes_count: 1,
            events,
            dropped_events_count: 2,
            links,
            dropped_links_count: 3,
            status,
        },
    )
}

fn a_request() -> impl Strategy<Value = ExportTraceServiceRequest> {
    let resource = option::of((attributes(), option::of("[a-z]{1,4}")).prop_map(|(mut attributes, service)| {
        attributes.extend(service.map(|name| KeyValue {
            key: "service.name".into(),
            value: Some(AnyValue { value: Some(Value::StringValue(name)) }),
            key_strindex: 0,
        }));
        let entity = EntityRef {
            schema_url: "s".into(),
            r#type: "t".into(),
            id_keys: vec!["k".into()],
            description_keys: vec![],
        };
        Resource { attributes, dropped_attributes_count: 4, entity_refs: vec![entity] }
    }));
    let scope = option::of(attributes().prop_map(|attributes| InstrumentationScope {
        name: "lib".into(),
        version: "1".into(),
        attributes,
        dropped_attributes_count: 5,
    }));
    let scope_spans = (scope, vec(span(), 0..4), "[a-z]{0,3}").prop_map(|(scope, spans, schema_url)| ScopeSpans {
        scope,
        spans,
        schema_url,
    });
    let resource_spans = (resource, vec(scope_spans, 0..3), "[a-z]{0,3}")
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url });
    vec(resource_spans, 0..3).prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

proptest! {
    /// The JSON is written by the official crate, whose writing, unlike its reading, is sound.
    #[test]
    fn protobuf_and_json_of_one_request_store_the_same(request in a_request()) {
        let protobuf = read(&request.encode_to_vec(), Wire::Protobuf).unwrap();
        let json = read(&serde_json::to_vec(&request).unwrap(), Wire::Json).unwrap();
        prop_assert_eq!(&protobuf.0, &json.0);
        prop_assert_eq!(protobuf.1.rejected, json.1.rejected);
        let spans: usize = request.resource_spans.iter().flat_map(|r| &r.scope_spans).map(|s| s.spans.len()).sum();
        prop_assert_eq!(weigh::protobuf(Kind::Traces, &request.encode_to_vec()).items, spans);
        prop_assert_eq!(protobuf.0.spans.len() as u64 + protobuf.1.rejected, spans as u64);
    }

    /// What goes out as JSON comes in as the same spans.
    #[test]
    fn our_json_reads_back(request in a_request()) {
        let batch = read(&request.encode_to_vec(), Wire::Protobuf).unwrap().0;
        let data: TracesData = otlp_from_stored(batch.clone()).unwrap();
        let again = read_json(&json_out::traces_data(&data)).unwrap().0;
        let mut spans = [batch, again].map(|batch| {
            let mut spans: Vec<_> = batch
                .spans
                .iter()
                .map(|span| format!("{:?}", (&batch.resources[span.resource], &batch.scopes[span.scope], {
                    let mut span = span.clone();
                    (span.resource, span.scope) = (0, 0);
                    span
                })))
                .collect();
            spans.sort();
            spans
        });
        prop_assert_eq!(std::mem::take(&mut spans[0]), std::mem::take(&mut spans[1]));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        read(&bytes, Wire::Protobuf).ok();
        read(&bytes, Wire::Json).ok();
    }

    #[test]
    fn damaged_requests_never_panic(request in a_request(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        for (mut bytes, wire) in [(request.encode_to_vec(), Wire::Protobuf), (serde_json::to_vec(&request).unwrap(), Wire::Json)] {
            if bytes.is_empty() {
                continue;
            }
            let place = at.index(bytes.len());
            bytes[place] = byte;
            read(&bytes, wire).ok();
            bytes.truncate(cut.index(bytes.len()));
            read(&bytes, wire).ok();
        }
    }
}

/// `examples/trace.json` of the opentelemetry-proto repository: ids in upper case.
#[test]
fn the_official_example_is_read() {
    let (batch, remarks) = read_json(&json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
        "scopeSpans": [{
            "scope": {"name": "my.library", "version": "1.0.0",
                "attributes": [{"key": "my.scope.attribute", "value": {"stringValue": "some scope attribute"}}]},
            "spans": [{
                "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", "parentSpanId": "EEE19B7EC3C1B173",
                "name": "I'm a server span", "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000",
                "kind": 2, "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}]
            }]
        }]
    }]}))
    .unwrap();
    assert_eq!(remarks.message(), None);
    assert_eq!(batch.resources[0].service, "my.service");
    let span = &batch.spans[0];
    assert_eq!(span.trace_id, 0x5B8E_FFF7_9803_8103_D269_B633_813F_C60C_u128.to_be_bytes());
    assert_eq!(span.parent_id, Some(0xEEE1_9B7E_C3C1_B173_u64.to_be_bytes()));
    assert_eq!((span.kind, span.start_ns, span.end_ns), (2, 1_544_712_660_000_000_000, 1_544_712_661_000_000_000));
}

/// The one span of a batch as it goes out again.
fn stored_span(batch: &Batch) -> Span {
    otlp_from_stored(batch.clone()).unwrap().resource_spans.remove(0).scope_spans.remove(0).spans.remove(0)
}

/// One attribute value in JSON, as it is stored.
fn value_from(json: &serde_json::Value) -> Result<Option<AnyValue>, Refusal> {
    let span =
        json!({"traceId": "01".repeat(16), "spanId": "01".repeat(8), "attributes": [{"key": "k", "value": json}]});
    let (batch, _) = read_json(&json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))?;
    Ok(stored_span(&batch).attributes.remove(0).value)
}

#[test]
fn every_form_of_a_value_is_read() {
    let stored = |value| AnyValue { value: Some(value) };
    for (json, value) in [
        (json!({"intValue": "-9223372036854775808"}), Value::IntValue(i64::MIN)),
        (json!({"intValue": 7}), Value::IntValue(7)),
        (json!({"intValue": 7.0}), Value::IntValue(7)),
        (json!({"doubleValue": 1}), Value::DoubleValue(1.0)),
        (json!({"doubleValue": "1.5e3"}), Value::DoubleValue(1500.0)),
        (json!({"doubleValue": "-Infinity"}), Value::DoubleValue(f64::NEG_INFINITY)),
        (json!({"bytesValue": "+/8="}), Value::BytesValue(vec![0xfb, 0xff])),
        (json!({"bytesValue": "-_8"}), Value::BytesValue(vec![0xfb, 0xff])),
        (json!({"stringValue": "", "intValue": null, "unknown": {"a": [1]}}), Value::StringValue(String::new())),
        (json!({"arrayValue": {}}), Value::ArrayValue(ArrayValue::default())),
        (
            json!({"kvlistValue": {"values": [{"key": "a"}]}}),
            Value::KvlistValue(KeyValueList {
                values: vec![KeyValue { key: "a".into(), value: None, key_strindex: 0 }],
            }),
        ),
    ] {
        assert_eq!(value_from(&json), Ok(Some(stored(value))), "{json}");
    }
    assert_eq!(value_from(&json!({})), Ok(Some(AnyValue { value: None })));
    assert_eq!(value_from(&json!(null)), Ok(None));
    let Ok(Some(AnyValue { value: Some(Value::DoubleValue(nan)) })) = value_from(&json!({"doubleValue": "NaN"})) else {
        panic!("NaN is a number of sorts")
    };
    assert!(nan.is_nan());
}

#[test]
fn what_is_no_value_is_refused_with_its_place() {
    for json in [
        json!({"intValue": "7x"}),
        json!({"intValue": "+7"}),
        json!({"intValue": 1.5}),
        json!({"intValue": "9223372036854775808"}),
        json!({"doubleValue": "inf"}),
        json!({"boolValue": "true"}),
        json!({"bytesValue": "*"}),
        json!({"stringValue": 7}),
    ] {
        let refusal = value_from(&json).unwrap_err();
        assert!(refusal.message.contains("at line 1 column"), "{json}: {}", refusal.message);
    }
    let names = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"kind": "SPAN_KIND_SERVER"}]}]}]});
    assert!(read_json(&names).is_err(), "enum names must not be used (OTLP)");
}

#[test]
fn an_object_that_is_no_request_is_accepted_with_a_warning() {
    assert_eq!(read_json(&json!({})).unwrap().1.message(), None);
    let message = read_json(&json!({"resource_spans": []})).unwrap().1.message().unwrap();
    assert_eq!(message, "the object has no resourceSpans, so nothing was stored");
}

fn good_span() -> Span {
    Span { trace_id: vec![1; 16], span_id: vec![1; 8], ..Span::default() }
}

fn request_of(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }
        .encode_to_vec()
}

fn nested(depth: usize) -> AnyValue {
    (1..depth).fold(AnyValue { value: Some(Value::BoolValue(true)) }, |inner, _| AnyValue {
        value: Some(Value::ArrayValue(ArrayValue { values: vec![inner] })),
    })
}

fn attribute(value: AnyValue) -> KeyValue {
    KeyValue { key: "k".into(), value: Some(value), key_strindex: 0 }
}

#[test]
fn nesting_is_bounded_in_every_place() {
    for (depth, kept) in [(1, true), (31, true), (32, true), (33, false), (40, false)] {
        let list = vec![attribute(nested(depth))];
        let in_span = Span { attributes: list.clone(), ..good_span() };
        let in_event = Span { events: vec![Event { attributes: list.clone(), ..Event::default() }], ..good_span() };
        let in_link = Span { links: vec![Link { attributes: list, ..Link::default() }], ..good_span() };
        for span in [in_span, in_event, in_link] {
            let (batch, remarks) = read(&request_of(vec![span]), Wire::Protobuf).unwrap();
            assert_eq!((batch.spans.len(), remarks.rejected), (usize::from(kept), u64::from(!kept)), "depth {depth}");
        }
    }
    // Beyond what the decoders themselves read, the whole request is malformed; JSON too.
    for depth in [101, 5_000] {
        let mut bytes = Vec::new();
        for _ in 0..depth {
            // AnyValue.array_value { ArrayValue.values { … } }, from the inside out.
            for tag in [0x0a, 0x2a] {
                let mut outer = vec![tag];
                prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
                outer.append(&mut bytes);
                bytes = outer;
            }
        }
        for tag in [0x12, 0x4a, 0x12, 0x12, 0x0a] {
            let mut outer = vec![tag];
            prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
            outer.append(&mut bytes);
            bytes = outer;
        }
        assert!(read(&bytes, Wire::Protobuf).is_err(), "depth {depth}");
        let json = format!("{}{}", r#"{"resourceSpans":["#, r#"{"arrayValue":{"values":["#.repeat(depth));
        assert!(read(json.as_bytes(), Wire::Json).is_err());
    }
}

#[test]
fn what_is_too_much_is_cut_counted_and_told() {
    let text = "é".repeat(VALUE_BYTES);
    let span = Span {
        attributes: (0..=ATTRIBUTES).map(|_| attribute(AnyValue { value: None })).collect(),
        events: vec![Event {
            attributes: vec![attribute(AnyValue { value: Some(Value::StringValue(text)) })],
            ..Event::default()
        }],
        links: vec![Link::default(); EVENTS_OR_LINKS + 2],
        ..good_span()
    };
    let (batch, remarks) = read(&request_of(vec![span]), Wire::Protobuf).unwrap();
    let kept = stored_span(&batch);
    assert_eq!((kept.attributes.len(), kept.dropped_attributes_count), (ATTRIBUTES, 1));
    assert_eq!((kept.links.len(), kept.dropped_links_count), (EVENTS_OR_LINKS, 2));
    let Some(AnyValue { value: Some(Value::StringValue(text)) }) = &kept.events[0].attributes[0].value else {
        panic!()
    };
    assert_eq!(text.len(), VALUE_BYTES);
    insta::assert_snapshot!(remarks.message().unwrap(), @"1 values longer than 64 KiB were cut; 3 attributes, events or links beyond 1024 attributes and 10000 events or links were dropped");
}

#[test]
fn unusable_spans_are_refused_one_by_one() {
    let with = |trace_id: &[u8], span_id: &[u8], parent: &[u8]| Span {
        trace_id: trace_id.to_vec(),
        span_id: span_id.to_vec(),
        parent_span_id: parent.to_vec(),
        ..Span::default()
    };
    let spans = vec![
        with(&[1; 16], &[1; 8], &[]),
        with(&[1; 16], &[2; 8], &[0; 8]),
        with(&[], &[1; 8], &[]),
        with(&[0; 16], &[1; 8], &[]),
        with(&[1; 15], &[1; 8], &[]),
        with(&[1; 16], &[0; 8], &[]),
        with(&[1; 16], &[1; 9], &[]),
        with(&[1; 16], &[1; 8], &[1; 3]),
    ];
    let (batch, remarks) = read(&request_of(spans), Wire::Protobuf).unwrap();
    assert_eq!(
        batch.spans.iter().map(|span| (span.span_id, span.parent_id)).collect::<Vec<_>>(),
        [([1; 8], None), ([2; 8], None)]
    );
    assert_eq!(remarks.rejected, 6);
    insta::assert_snapshot!(remarks.message().unwrap(), @"6 spans refused: parent span id of 3 bytes instead of 8 (1), span id is all zero (1), span id of 9 bytes instead of 8 (1), trace id is all zero (1), trace id of 0 bytes instead of 16 (1), and others");
}

#[test]
fn a_bomb_of_empty_attributes_is_weighed_before_it_is_decoded() {
    // Two bytes each, eighty decoded.
    let span = Span { attributes: vec![KeyValue::default(); 3_000_000], ..good_span() };
    let body = request_of(vec![span]);
    assert!(body.len() < 7 << 20);
    let status = |body: &[u8], wire| read(body, wire).map_or_else(|refusal| refusal.http.as_u16(), |_| 200);
    assert_eq!(status(&body, Wire::Protobuf), 413);

    let many = request_of(vec![Span::default(); SPANS_PER_REQUEST + 1]);
    assert_eq!(status(&many, Wire::Protobuf), 413);
    let json =
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}{{}}]}}]}}]}}"#, "{},".repeat(SPANS_PER_REQUEST));
    assert_eq!(status(json.as_bytes(), Wire::Json), 413);
}
