//! OTLP's wire forms and what they become. Only these modules name OTLP's types.
//!
//! Both wire forms are read into the generated protobuf structs, checked and cut to size there ([`admit`]), and become the
//! store's plain rows ([`rows`]); so protobuf and JSON cannot differ in what they store.

pub(crate) mod admit;
pub(crate) mod from_model;
pub(crate) mod json_in;
pub(crate) mod json_out;
pub(crate) mod log_rows;
pub(crate) mod point_rows;
pub(crate) mod remarks;
pub(crate) mod rows;
pub(crate) mod weigh;

pub(crate) use opentelemetry_proto::tonic::collector::logs::v1 as logs_collector;
pub(crate) use opentelemetry_proto::tonic::collector::metrics::v1 as metrics_collector;
pub(crate) use opentelemetry_proto::tonic::collector::trace::v1 as collector;
pub(crate) use opentelemetry_proto::tonic::common::v1 as common;
pub(crate) use opentelemetry_proto::tonic::logs::v1 as logs;
pub(crate) use opentelemetry_proto::tonic::metrics::v1 as metrics;
pub(crate) use opentelemetry_proto::tonic::resource::v1 as resource;
pub(crate) use opentelemetry_proto::tonic::trace::v1 as trace;
