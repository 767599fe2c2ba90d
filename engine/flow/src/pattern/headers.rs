//! Bindings of AMQP headers exchanges.

use serde_json::{Map, Value};

use super::PatternError;

/// Header values and how many of them must match (RabbitMQ, "Headers Exchange"). A value of `null` asks only whether the
/// header is there. Keys that begin with `x-` are looked at by the `-with-x` forms only.
#[derive(Debug, Clone, PartialEq)]
pub struct HeaderPattern {
    all: bool,
    wanted: Vec<(String, Value)>,
}

impl HeaderPattern {
    /// Reads a binding's arguments, such as `{ x-match: any, region: eu }`.
    ///
    /// # Errors
    /// When `x-match` is no known word, or a value is a list or a map.
    pub fn parse(fields: &Value) -> Result<Self, PatternError> {
        let help = "write header values such as `{ x-match: all, region: eu }`";
        let Value::Object(map) = fields else {
            return Err(PatternError::in_fields(&[], "header values are a map", help));
        };
        let (mut all, mut with_x) = (true, false);
        let mut wanted = Vec::new();
        for (key, value) in map {
            let path = [key.clone()];
            if key == "x-match" {
                (all, with_x) = match value.as_str() {
                    Some("all") => (true, false),
                    Some("any") => (false, false),
                    Some("all-with-x") => (true, true),
                    Some("any-with-x") => (false, true),
                    _ => {
                        let help = "write `all`, `any`, `all-with-x` or `any-with-x`";
                        return Err(PatternError::in_fields(&path, format!("`x-match` cannot be {value}"), help));
                    }
                };
            } else if matches!(value, Value::Array(_) | Value::Object(_)) {
                let message = format!("the header `{key}` is compared with one value");
                return Err(PatternError::in_fields(&path, message, help));
            } else {
                wanted.push((key.clone(), value.clone()));
            }
        }
        wanted.retain(|(key, _)| with_x || !key.starts_with("x-"));
        Ok(HeaderPattern { all, wanted })
    }

    /// Whether headers match. No wanted header at all: `all` matches everything, `any` nothing.
    pub fn matches(&self, headers: &Map<String, Value>) -> bool {
        let mut each = self.wanted.iter().map(|(key, wanted)| match (headers.get(key), wanted) {
            (None, _) => false,
            (Some(_), Value::Null) => true,
            (Some(found), wanted) => same(found, wanted),
        });
        if self.all { each.all(|fits| fits) } else { each.any(|fits| fits) }
    }
}

/// Whether two numbers are the same, exactly; both zeros are.
pub(super) fn equal(one: f64, other: f64) -> bool {
    one.partial_cmp(&other).is_some_and(std::cmp::Ordering::is_eq)
}

/// Equal values; numbers by value, as RabbitMQ compares them.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => equal(one, other),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The rules of RabbitMQ's page on exchanges.
    #[test]
    fn all_any_and_presence() {
        let headers = json!({ "region": "eu", "size": 3, "x-rank": 1 });
        let headers = headers.as_object().unwrap();
        for (pattern, matched) in [
            (json!({ "region": "eu", "size": 3 }), true),
            (json!({ "region": "eu", "size": 4 }), false),
            (json!({ "x-match": "any", "region": "us", "size": 3.0 }), true),
            (json!({ "x-match": "any", "region": "us" }), false),
            (json!({ "x-match": "all", "region": null }), true),
            (json!({ "x-match": "all", "tier": null }), false),
            (json!({ "x-match": "all" }), true),
            (json!({ "x-match": "any" }), false),
            (json!({ "x-rank": 2, "region": "eu" }), true),
            (json!({ "x-match": "all-with-x", "x-rank": 2, "region": "eu" }), false),
            (json!({ "x-match": "any-with-x", "x-rank": 1, "region": "us" }), true),
        ] {
            assert_eq!(HeaderPattern::parse(&pattern).unwrap().matches(headers), matched, "{pattern}");
        }
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(HeaderPattern::parse(&json!({ "x-match": "some" })).unwrap_err().path, ["x-match"]);
        assert_eq!(HeaderPattern::parse(&json!({ "a": 1, "b": [1] })).unwrap_err().path, ["b"]);
        assert!(HeaderPattern::parse(&json!(["a"])).is_err());
    }
}
