//! Event patterns of EventBridge, and SNS filter policies, which are written in the same language (AWS, "Comparison
//! operators for use in event patterns").
//!
//! A pattern has the shape of the event. A leaf is a list of alternatives; different fields must all match, `$or` needs
//! one of its patterns. A list in the event matches when one of its elements does.

use serde_json::{Map, Value};

use super::PatternError;
use super::cidr::Cidr;
use super::glob::Glob;
use super::headers::{equal, same};

/// The longest pattern in characters: 4,096 on a custom event bus of the second kind, 2,048 on others.
const LONGEST: usize = 4096;
/// The greatest number that `numeric` compares with, both ways.
const GREATEST: f64 = 5e9;

/// An event pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPattern(Fields);

#[derive(Debug, Clone, PartialEq, Default)]
struct Fields {
    own: Vec<(String, Field)>,
    /// Of each `$or`, one must match.
    or: Vec<Vec<Fields>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Nested(Fields),
    Leaf(Vec<Test>),
}

/// One alternative of a leaf.
#[derive(Debug, Clone, PartialEq)]
enum Test {
    Exact(Value),
    Text(Text),
    Numeric(Vec<(Order, f64)>),
    Cidr(Cidr),
    Exists(bool),
    ButValues(Vec<Value>),
    ButTexts(Vec<Text>),
}

/// A test of a text.
#[derive(Debug, Clone, PartialEq)]
enum Text {
    Prefix(String),
    Suffix(String),
    IgnoreCase(String),
    PrefixIgnoreCase(String),
    SuffixIgnoreCase(String),
    Wildcard(Glob),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Less,
    LessOrEqual,
    Equal,
    Greater,
    GreaterOrEqual,
}

impl EventPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is too long or does not follow the language, with the keys that lead to what is wrong.
    pub fn parse(pattern: &Value) -> Result<Self, PatternError> {
        let length = pattern.to_string().chars().count();
        if length > LONGEST {
            let message = format!("a pattern of {length} characters; the longest has {LONGEST}");
            return Err(PatternError::in_fields(&[], message, "split it over several rules"));
        }
        let Value::Object(map) = pattern else {
            return Err(PatternError::in_fields(&[], "an event pattern is a map of fields", EXAMPLE));
        };
        fields(&mut Vec::new(), map).map(EventPattern)
    }

    /// Whether an event matches.
    pub fn matches(&self, event: &Value) -> bool {
        event.as_object().is_some_and(|event| self.0.match_map(event))
    }
}

const EXAMPLE: &str = "write fields with lists of alternatives, such as `{ detail-type: [order.placed] }`";

/// Reads `inner` one step further down.
fn below<T>(path: &mut Vec<String>, step: impl Into<String>, inner: impl FnOnce(&mut Vec<String>) -> T) -> T {
    path.push(step.into());
    let read = inner(path);
    path.pop();
    read
}

fn fields(path: &mut Vec<String>, map: &Map<String, Value>) -> Result<Fields, PatternError> {
    if map.is_empty() {
        return Err(PatternError::in_fields(path, "an empty map matches nothing", EXAMPLE));
    }
    let mut fields = Fields::default();
    for (key, value) in map {
        below(path, key, |path| match value {
            Value::Array(list) if key == "$or" => {
                fields.or.push(alternatives(path, list)?);
                Ok(())
            }
            _ if key == "$or" => Err(PatternError::in_fields(path, "`$or` is a list of patterns", EXAMPLE)),
            Value::Object(map) => {
                fields.own.push((key.clone(), Field::Nested(self::fields(path, map)?)));
                Ok(())
            }
            Value::Array(list) => {
                fields.own.push((key.clone(), Field::Leaf(leaf(path, list)?)));
                Ok(())
            }
            _ => {
                let message = format!("`{key}` is compared with a list of alternatives");
                Err(PatternError::in_fields(path, message, format!("write it in brackets: `[{value}]`")))
            }
        })?;
    }
    Ok(fields)
}

fn alternatives(path: &mut Vec<String>, list: &[Value]) -> Result<Vec<Fields>, PatternError> {
    if list.len() < 2 {
        return Err(PatternError::in_fields(path, "`$or` needs at least two patterns", EXAMPLE));
    }
    let each = |(index, item): (usize, &Value)| {
        below(path, index.to_string(), |path| match item {
            Value::Object(map) => fields(path, map),
            _ => Err(PatternError::in_fields(path, "an alternative of `$or` is a map of fields", EXAMPLE)),
        })
    };
    list.iter().enumerate().map(each).collect()
}

fn leaf(path: &mut Vec<String>, list: &[Value]) -> Result<Vec<Test>, PatternError> {
    if list.is_empty() {
        return Err(PatternError::in_fields(path, "an empty list of alternatives matches nothing", EXAMPLE));
    }
    let each = |(index, item): (usize, &Value)| {
        below(path, index.to_string(), |path| match item {
            Value::Array(_) => {
                Err(PatternError::in_fields(path, "a list stands inside a list of alternatives", EXAMPLE))
            }
            Value::Object(map) => test(path, map),
            value => Ok(Test::Exact(value.clone())),
        })
    };
    list.iter().enumerate().map(each).collect()
}

const OPERATORS: [&str; 8] =
    ["prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "exists", "cidr"];

fn test(path: &mut Vec<String>, map: &Map<String, Value>) -> Result<Test, PatternError> {
    let help = || format!("write exactly one of {}", OPERATORS.join(", "));
    let mut entries = map.iter();
    let (Some((operator, value)), None) = (entries.next(), entries.next()) else {
        return Err(PatternError::in_fields(path, "a comparison has exactly one operator", help()));
    };
    below(path, operator, |path| match operator.as_str() {
        "prefix" | "suffix" | "equals-ignore-case" | "wildcard" => text(path, operator, value).map(Test::Text),
        "anything-but" => anything_but(path, value),
        "numeric" => numeric(path, value).map(Test::Numeric),
        "exists" => match value {
            Value::Bool(wanted) => Ok(Test::Exists(*wanted)),
            _ => Err(PatternError::in_fields(path, "`exists` is true or false", "write `exists: true`")),
        },
        "cidr" => value.as_str().and_then(Cidr::parse).map(Test::Cidr).ok_or_else(|| {
            PatternError::in_fields(
                path,
                format!("{value} is no block of addresses"),
                "write one such as `10.0.0.0/24`",
            )
        }),
        _ => Err(PatternError::in_fields(path, format!("there is no operator `{operator}`"), help())),
    })
}

fn text(path: &[String], operator: &str, value: &Value) -> Result<Text, PatternError> {
    match (operator, value) {
        ("prefix", Value::String(text)) => Ok(Text::Prefix(text.clone())),
        ("suffix", Value::String(text)) => Ok(Text::Suffix(text.clone())),
        ("equals-ignore-case", Value::String(text)) => Ok(Text::IgnoreCase(folded(text))),
        ("wildcard", Value::String(text)) => wildcard(path, text).map(Text::Wildcard),
        ("prefix" | "suffix", Value::Object(map)) => match (map.len(), map.get("equals-ignore-case")) {
            (1, Some(Value::String(text))) if operator == "prefix" => Ok(Text::PrefixIgnoreCase(folded(text))),
            (1, Some(Value::String(text))) => Ok(Text::SuffixIgnoreCase(folded(text))),
            _ => {
                let help = format!("write a text or `{operator}: {{ equals-ignore-case: text }}`");
                Err(PatternError::in_fields(path, format!("`{operator}` compares with a text"), help))
            }
        },
        _ => {
            let message = format!("`{operator}` compares with a text, not with {value}");
            Err(PatternError::in_fields(path, message, format!("write `{operator}: text`")))
        }
    }
}

/// `*` is any run of characters; `\*` and `\\` are themselves; two stars in a row are refused, as by EventBridge.
fn wildcard(path: &[String], text: &str) -> Result<Glob, PatternError> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let part = parts.len() - 1;
        match c {
            '*' if chars.peek() == Some(&'*') => {
                let message = "two `*` in a row mean no more than one";
                return Err(PatternError::in_fields(path, message, "write one `*`, or `\\*` for the character"));
            }
            '*' => parts.push(String::new()),
            '\\' => {
                let Some(c @ ('*' | '\\')) = chars.next() else {
                    let message = "`\\` stands before `*` or `\\` only";
                    return Err(PatternError::in_fields(path, message, "write `\\\\` for the character itself"));
                };
                parts[part].push(c);
            }
            c => parts[part].push(c),
        }
    }
    Ok(Glob::new(parts))
}

fn anything_but(path: &mut Vec<String>, value: &Value) -> Result<Test, PatternError> {
    let help =
        "write a value, a list of texts or of numbers, or a map with prefix, suffix, equals-ignore-case or wildcard";
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => Ok(Test::ButValues(vec![value.clone()])),
        Value::Array(list) => {
            let alike = list.iter().all(Value::is_string) || list.iter().all(Value::is_number);
            if list.is_empty() || !alike {
                let message = "`anything-but` lists texts or numbers, not both";
                return Err(PatternError::in_fields(path, message, help));
            }
            Ok(Test::ButValues(list.clone()))
        }
        Value::Object(map) => {
            let mut entries = map.iter();
            let (Some((operator, value)), None) = (entries.next(), entries.next()) else {
                return Err(PatternError::in_fields(path, "`anything-but` has exactly one operator", help));
            };
            if !matches!(operator.as_str(), "prefix" | "suffix" | "equals-ignore-case" | "wildcard") {
                return Err(PatternError::in_fields(path, format!("`anything-but` has no `{operator}`"), help));
            }
            let texts = below(path, operator, |path| match value {
                Value::Array(list) if !list.is_empty() => {
                    let each = |(i, v): (usize, &Value)| below(path, i.to_string(), |path| text(path, operator, v));
                    list.iter().enumerate().map(each).collect()
                }
                value => text(path, operator, value).map(|text| vec![text]),
            })?;
            Ok(Test::ButTexts(texts))
        }
    }
}

fn numeric(path: &[String], value: &Value) -> Result<Vec<(Order, f64)>, PatternError> {
    let wrong =
        |message: String| PatternError::in_fields(path, message, "write comparisons such as `[\">\", 0, \"<=\", 5]`");
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    if list.is_empty() || list.len() % 2 == 1 || list.len() > 4 {
        return Err(wrong("`numeric` is a list of one or two comparisons".to_owned()));
    }
    let pair = |pair: &[Value]| {
        let order = match pair[0].as_str() {
            Some("<") => Order::Less,
            Some("<=") => Order::LessOrEqual,
            Some("=") => Order::Equal,
            Some(">") => Order::Greater,
            Some(">=") => Order::GreaterOrEqual,
            _ => return Err(wrong(format!("{} is none of <, <=, =, >, >=", pair[0]))),
        };
        match pair[1].as_f64().filter(|number| number.abs() <= GREATEST) {
            Some(number) => Ok((order, number)),
            None => Err(wrong(format!("{} is no number from -5e9 to 5e9", pair[1]))),
        }
    };
    list.chunks(2).map(pair).collect()
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

impl Fields {
    fn match_map(&self, event: &Map<String, Value>) -> bool {
        self.own.iter().all(|(key, field)| field.match_value(event.get(key)))
            && self.or.iter().all(|patterns| patterns.iter().any(|fields| fields.match_map(event)))
    }

    /// What is not there at all matches only what asks for it not to be there.
    fn match_nothing(&self) -> bool {
        self.match_map(&Map::new())
    }
}

impl Field {
    fn match_value(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Field::Nested(fields), Some(Value::Object(map))) => fields.match_map(map),
            (Field::Nested(fields), Some(Value::Array(list))) if list.iter().any(Value::is_object) => {
                list.iter().filter_map(Value::as_object).any(|map| fields.match_map(map))
            }
            (Field::Nested(fields), _) => fields.match_nothing(),
            // `exists` is about leaves: a map is none, nor is a list without elements.
            (Field::Leaf(tests), None | Some(Value::Object(_))) => {
                tests.iter().any(|test| *test == Test::Exists(false))
            }
            (Field::Leaf(tests), Some(Value::Array(list))) => {
                let mut leaves = list.iter().filter(|v| !v.is_object() && !v.is_array()).peekable();
                if leaves.peek().is_none() {
                    return tests.iter().any(|test| *test == Test::Exists(false));
                }
                leaves.any(|value| tests.iter().any(|test| test.holds(value)))
            }
            (Field::Leaf(tests), Some(value)) => tests.iter().any(|test| test.holds(value)),
        }
    }
}

impl Test {
    /// Whether a value that is there passes.
    fn holds(&self, value: &Value) -> bool {
        match self {
            Test::Exact(wanted) => same(value, wanted),
            Test::Text(text) => value.as_str().is_some_and(|value| text.holds(value)),
            Test::Numeric(comparisons) => value.as_f64().is_some_and(|value| {
                comparisons.iter().all(|(order, bound)| match order {
                    Order::Less => value < *bound,
                    Order::LessOrEqual => value <= *bound,
                    Order::Equal => equal(value, *bound),
                    Order::Greater => value > *bound,
                    Order::GreaterOrEqual => value >= *bound,
                })
            }),
            Test::Cidr(cidr) => value.as_str().is_some_and(|address| cidr.contains(address)),
            Test::Exists(wanted) => *wanted,
            Test::ButValues(values) => !values.iter().any(|unwanted| same(value, unwanted)),
            Test::ButTexts(texts) => !value.as_str().is_some_and(|value| texts.iter().any(|text| text.holds(value))),
        }
    }
}

impl Text {
    fn holds(&self, value: &str) -> bool {
        match self {
            Text::Prefix(prefix) => value.starts_with(prefix),
            Text::Suffix(suffix) => value.ends_with(suffix),
            Text::IgnoreCase(text) => folded(value) == *text,
            Text::PrefixIgnoreCase(prefix) => folded(value).starts_with(prefix),
            Text::SuffixIgnoreCase(suffix) => folded(value).ends_with(suffix),
            Text::Wildcard(glob) => glob.matches(value),
        }
    }
}

#[cfg(test)]
mod tests;
