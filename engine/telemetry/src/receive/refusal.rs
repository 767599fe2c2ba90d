//! Why a request was not served, said in each protocol's own way.

use hyper::StatusCode;
use prost::Message;
use serde_json::json;
use tonic::Code;

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
        Self { http, code, message: message.into(), retry: false }
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::PermissionDenied, message)
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
        let message = format!("compression “{name}” is not known here: send gzip or none");
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

    /// A `google.rpc.Status` in protobuf, with `RetryInfo` where a retry makes sense.
    pub(crate) fn protobuf(&self) -> Vec<u8> {
        let details = if self.retry { vec![retry_info()] } else { Vec::new() };
        RpcStatus { code: self.code as i32, message: self.message.clone(), details }.encode_to_vec()
    }

    /// The same in `ProtoJSON`.
    pub(crate) fn json(&self) -> Vec<u8> {
        let mut status = json!({ "code": self.code as i32, "message": self.message });
        if self.retry {
            status["details"] = json!([{ "@type": RETRY_INFO, "retryDelay": format!("{RETRY_AFTER_S}s") }]);
        }
        status.to_string().into_bytes()
    }
}

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

fn retry_info() -> prost_types::Any {
    let delay = prost_types::Duration { seconds: RETRY_AFTER_S.cast_signed(), nanos: 0 };
    prost_types::Any { type_url: RETRY_INFO.to_owned(), value: RetryInfo { retry_delay: Some(delay) }.encode_to_vec() }
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
