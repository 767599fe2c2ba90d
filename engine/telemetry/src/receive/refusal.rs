//! Why a request was not served, said in each protocol's own way.

use hyper::StatusCode;
use prost::Message;
use serde_json::json;
use thalweg_door::Barred;
use tonic::Code;

use super::accept::short;

/// Seconds after which a client told to retry may come again.
pub(crate) const RETRY_AFTER_S: u64 = 1;

/// A request that was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) http: StatusCode,
    pub(crate) code: Code,
    pub(crate) message: String,
    /// The same request may succeed later; OTLP clients then send it again.
    pub(crate) retry: bool,
}

impl Refusal {
    fn new(http: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { http, code, message: short(&message.into()), retry: false }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::PermissionDenied, message)
    }

    /// The sender did not show the token that the receiver was given.
    pub(crate) fn unauthenticated() -> Self {
        let message = "this receiver takes requests with its token only: send it as Authorization: Bearer TOKEN";
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthenticated, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::Unimplemented, message)
    }

    pub(crate) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::Unimplemented, "OTLP is sent with POST")
    }

    pub(crate) fn media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument, message)
    }

    /// gRPC asks for `UNIMPLEMENTED` when a compression is not known.
    pub(crate) fn compression(name: &str) -> Self {
        let message = format!("compression “{name}” is not known here: send gzip, zstd or none");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Unimplemented, message)
    }

    /// Not worth a retry: the same request will always be too large.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::ResourceExhausted, message)
    }

    pub(crate) fn slow(message: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, Code::DeadlineExceeded, message)
    }

    pub(crate) fn busy() -> Self {
        let message = "too much is being received at the moment: send it again a little later";
        Self { retry: true, ..Self::new(StatusCode::TOO_MANY_REQUESTS, Code::Unavailable, message) }
    }

    pub(crate) fn not_stored(error: &thalweg_store::StoreError) -> Self {
        let message = format!("nothing was stored: {error}");
        if error.is_passing() {
            Self { retry: true, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message) }
        } else {
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, message)
        }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, message)
    }

    /// Whether the request itself is at fault, so that the answer says what is wrong with it.
    fn is_bad_data(&self) -> bool {
        self.http == StatusCode::BAD_REQUEST
    }

    /// A `google.rpc.Status` in protobuf, with `RetryInfo` where a retry makes sense and `BadRequest` where the data is bad.
    pub(crate) fn protobuf(&self) -> Vec<u8> {
        let mut details = Vec::new();
        if self.retry {
            let delay = prost_types::Duration { seconds: RETRY_AFTER_S.cast_signed(), nanos: 0 };
            details.push(any(RETRY_INFO, &RetryInfo { retry_delay: Some(delay) }));
        }
        if self.is_bad_data() {
            let violation = FieldViolation { field: BODY.to_owned(), description: self.message.clone() };
            details.push(any(BAD_REQUEST, &BadRequest { field_violations: vec![violation] }));
        }
        RpcStatus { code: self.code as i32, message: self.message.clone(), details }.encode_to_vec()
    }

    /// The same in `ProtoJSON`.
    pub(crate) fn json(&self) -> Vec<u8> {
        let mut status = json!({ "code": self.code as i32, "message": self.message });
        if self.retry {
            status["details"] = json!([{ "@type": RETRY_INFO, "retryDelay": format!("{RETRY_AFTER_S}s") }]);
        }
        if self.is_bad_data() {
            let violation = json!({ "field": BODY, "description": self.message });
            status["details"] = json!([{ "@type": BAD_REQUEST, "fieldViolations": [violation] }]);
        }
        status.to_string().into_bytes()
    }

    /// What gRPC's status carries beside code and message; a header, so only where it tells more.
    pub(crate) fn grpc_details(&self) -> Vec<u8> {
        if self.retry || self.is_bad_data() { self.protobuf() } else { Vec::new() }
    }
}

impl From<Barred> for Refusal {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::Hosts => Self::malformed(barred.to_string()),
            Barred::Page => Self::forbidden(format!("{barred}; allow a page's with --allow-origin")),
            Barred::OtherSite | Barred::OtherHost { .. } => Self::forbidden(barred.to_string()),
            Barred::NoToken => Self::unauthenticated(),
        }
    }
}

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

/// What is violated, as far as we say: the place within is in the words.
const BODY: &str = "body";

fn any(type_url: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any { type_url: type_url.to_owned(), value: message.encode_to_vec() }
}

/// `google.rpc.Status` (<https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto>).
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.RetryInfo` (<https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto>).
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

/// `google.rpc.BadRequest` (<https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto>).
#[derive(Clone, PartialEq, prost::Message)]
struct BadRequest {
    #[prost(message, repeated, tag = "1")]
    field_violations: Vec<FieldViolation>,
}

/// `google.rpc.BadRequest.FieldViolation`.
#[derive(Clone, PartialEq, prost::Message)]
struct FieldViolation {
    #[prost(string, tag = "1")]
    field: String,
    #[prost(string, tag = "2")]
    description: String,
}
