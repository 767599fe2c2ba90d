//! From the bytes of a file to text.

use crate::limits::MAX_BYTES;
use crate::problem::{Problem, Severity, Span};

/// See [`super::decode`].
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, Box<Problem>> {
    let problem = |at: usize, line: usize, column: usize, code, message: String, help: &str| {
        Box::new(Problem {
            severity: Severity::Error,
            code,
            message,
            span: Span { start: at, end: at, line, column },
            path: String::new(),
            help: Some(help.to_owned()),
            fixes: Vec::new(),
        })
    };
    if bytes.len() > MAX_BYTES {
        let message = format!("the file has {} MiB, more than the 10 MiB that a flow may have", bytes.len() >> 20);
        return Err(problem(0, 1, 1, "too-large", message, "split it into several flows"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = "the file is written in UTF-16".to_owned();
        return Err(problem(0, 1, 1, "not-text", message, "save it as UTF-8"));
    }
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        let message = format!("this is not a text file: byte {at} is NUL");
        return Err(problem(at, 0, 0, "not-text", message, "a flow is a UTF-8 text file in YAML"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..at).unwrap_or_default();
        let line = before.split(|b| *b == b'\n').count();
        let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let column = 1 + String::from_utf8_lossy(before.get(line_start..).unwrap_or_default()).chars().count();
        let message = format!("the file is not UTF-8 text: byte {at} (line {line}) fits no character");
        problem(at, line, column, "not-text", message, "a flow is a UTF-8 text file in YAML; save it as UTF-8")
    })
}
