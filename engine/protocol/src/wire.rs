//! How a value becomes bytes and comes back.

use serde::{Serialize, de::DeserializeOwned};

use crate::{ApiError, ErrorCode, Reply};

/// What one call comes back with.
pub type Answer = Result<Reply, ApiError>;

/// As JSON bytes. 64-bit integers are written with all their digits; [`decode`] reads them back whole.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Every type of this crate has string keys and no failing `Serialize`, so this arm is out of reach; an answer that
    // says so is still better than a panic in the middle of the window.
    serde_json::to_vec(value).unwrap_or_else(|error| {
        format!(r#"{{"Err":{{"code":"internal","message":"an answer could not be written: {error}"}}}}"#).into_bytes()
    })
}

/// From JSON bytes.
///
/// # Errors
/// When the bytes are not JSON of this type, as with two faces of different versions.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| {
        ApiError::new(ErrorCode::Internal, format!("a message between window and engine could not be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Event};

    #[test]
    fn sixty_four_bits_come_back_whole() {
        for value in [0, (1 << 53) - 1, (1 << 53) + 1, i64::MAX as u64, u64::MAX] {
            let sent = Command::Echo { value };
            assert_eq!(decode::<Command>(&encode(&sent)).unwrap(), sent);
            let back: Answer = Ok(Reply::Echo { value });
            assert_eq!(decode::<Answer>(&encode(&back)).unwrap(), back);
        }
    }

    #[test]
    fn nonsense_is_an_error_not_a_panic() {
        for bytes in [&b""[..], b"{", b"null", b"\xff\xfe", br#"{"Unknown":{}}"#] {
            assert!(decode::<Command>(bytes).is_err());
            assert!(decode::<Event>(bytes).is_err());
        }
    }
}
