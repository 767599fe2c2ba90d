//! Spans as rows. What the columns do not name is opaque here: `body` and `rest` are the caller's affair.

use crate::Damage;
use crate::bytes::{Reader, put_bytes, put_varint, unzigzag, zigzag};

/// Spans as one sender sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The senders, referred to by [`Span::resource`].
    pub resources: Vec<Resource>,
    /// The instrumentation scopes, referred to by [`Span::scope`].
    pub scopes: Vec<Scope>,
    /// The spans.
    pub spans: Vec<Span>,
}

/// A sender. Two that are equal in everything are one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// The service's name.
    pub service: String,
    /// Its attributes, for conditions.
    pub attributes: Attributes,
    /// Everything known about the sender.
    pub body: Vec<u8>,
}

/// What made spans. Two that are equal in everything are one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Its name, for conditions.
    pub name: String,
    /// Everything known about it.
    pub body: Vec<u8>,
}

impl Resource {
    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.service.len() + self.attributes.0.len() + self.body.len()
    }
}

impl Scope {
    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.body.len()
    }
}

/// One span. `(trace_id, span_id)` is its identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// 16 bytes, not all zero.
    pub trace_id: [u8; 16],
    /// 8 bytes, not all zero.
    pub span_id: [u8; 8],
    /// The parent, which may never arrive.
    pub parent_id: Option<[u8; 8]>,
    /// Index into the batch's resources.
    pub resource: usize,
    /// Index into the batch's scopes.
    pub scope: usize,
    /// The operation.
    pub name: String,
    /// OTLP's number for the span's kind.
    pub kind: u8,
    /// OTLP's number for the status; 2 is an error.
    pub status: u8,
    /// Start, nanoseconds since 1970, any value; 0 is taken as unknown.
    pub start_ns: u64,
    /// End, nanoseconds since 1970, any value, also before the start; 0 is taken as unknown.
    pub end_ns: u64,
    /// Its attributes.
    pub attributes: Attributes,
    /// Everything else.
    pub rest: Vec<u8>,
    /// Whether `rest` holds nothing that a filter asks for: no events, no links, no message of the status.
    pub is_plain: bool,
}

/// The status that is an error.
const ERROR: u8 = 2;

impl Span {
    /// Whether the span counts as an error.
    pub fn is_error(&self) -> bool {
        self.status == ERROR
    }

    /// End minus start; 0 when it ends before it starts.
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.attributes.0.len() + self.rest.len()
    }
}

/// A value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttributeValue<'a> {
    /// Set to nothing.
    Empty,
    /// Text.
    Text(&'a str),
    /// Truth.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Number.
    Double(f64),
    /// A list, a map or bytes, in the caller's encoding.
    Other(&'a [u8]),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum ValueType {
    /// Set to nothing.
    Empty,
    /// Text.
    Text,
    /// Truth.
    Bool,
    /// Whole number.
    Int,
    /// Number.
    Double,
    /// A list, a map or bytes.
    Other,
}

impl ValueType {
    pub(crate) fn from_byte(byte: u8) -> Result<Self, Damage> {
        Ok(match byte {
            0 => Self::Empty,
            1 => Self::Text,
            2 => Self::Bool,
            3 => Self::Int,
            4 => Self::Double,
            5 => Self::Other,
            _ => return Err(Damage("a type of value is unknown")),
        })
    }

    /// The value whose bytes without type these are, [`AttributeValue::payload`]'s inverse.
    pub(crate) fn value(self, payload: &[u8]) -> Result<AttributeValue<'_>, Damage> {
        let mut reader = Reader::new(payload);
        let value = match self {
            Self::Empty => AttributeValue::Empty,
            Self::Text => {
                let text = std::str::from_utf8(payload).map_err(|_| Damage("a text is not UTF-8"))?;
                return Ok(AttributeValue::Text(text));
            }
            Self::Bool => AttributeValue::Bool(reader.byte()? != 0),
            Self::Int => AttributeValue::Int(unzigzag(reader.varint()?)),
            Self::Double => AttributeValue::Double(f64::from_bits(u64::from_le_bytes(reader.array()?))),
            Self::Other => return Ok(AttributeValue::Other(payload)),
        };
        reader.end()?;
        Ok(value)
    }
}

impl AttributeValue<'_> {
    /// What it is.
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Empty => ValueType::Empty,
            Self::Text(_) => ValueType::Text,
            Self::Bool(_) => ValueType::Bool,
            Self::Int(_) => ValueType::Int,
            Self::Double(_) => ValueType::Double,
            Self::Other(_) => ValueType::Other,
        }
    }

    /// Appends its bytes without type and length.
    pub(crate) fn payload(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Empty => {}
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Bool(truth) => out.push(u8::from(truth)),
            Self::Int(number) => put_varint(out, zigzag(number)),
            Self::Double(number) => out.extend_from_slice(&number.to_bits().to_le_bytes()),
            Self::Other(bytes) => out.extend_from_slice(bytes),
        }
    }
}

/// Attributes in the order they came; a key may repeat. One piece of memory, however many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attributes(Vec<u8>);

impl Attributes {
    /// Room for `bytes` of keys and values.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends one.
    pub fn push(&mut self, key: &str, value: AttributeValue<'_>) {
        put_bytes(&mut self.0, key.as_bytes());
        self.0.push(value.value_type() as u8);
        match value {
            AttributeValue::Text(text) => put_bytes(&mut self.0, text.as_bytes()),
            AttributeValue::Other(bytes) => put_bytes(&mut self.0, bytes),
            value => {
                let length_at = self.0.len();
                self.0.push(0);
                value.payload(&mut self.0);
                // At most ten bytes: one byte of length.
                self.0[length_at] = (self.0.len() - length_at - 1) as u8;
            }
        }
    }

    /// Appends one whose value's bytes are known to be right.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn push_payload(&mut self, key: &str, value_type: ValueType, payload: &[u8]) {
        put_bytes(&mut self.0, key.as_bytes());
        self.0.push(value_type as u8);
        put_bytes(&mut self.0, payload);
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, AttributeValue<'_>)> {
        self.payloads().filter_map(|(key, value_type, payload)| Some((key, value_type.value(payload).ok()?)))
    }

    /// The first of this key.
    pub fn get(&self, key: &str) -> Option<AttributeValue<'_>> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// All of them with the bytes of their values.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = (&str, ValueType, &[u8])> {
        let mut reader = Reader::new(&self.0);
        // What is in here was put in by `push` or went through `read`.
        std::iter::from_fn(move || {
            (!reader.is_empty())
                .then(|| {
                    Some((reader.text().ok()?, ValueType::from_byte(reader.byte().ok()?).ok()?, reader.bytes().ok()?))
                })
                .flatten()
        })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// From bytes of somewhere else.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Damage> {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            reader.text()?;
            ValueType::from_byte(reader.byte()?)?.value(reader.bytes()?)?;
        }
        Ok(Self(bytes.to_vec()))
    }
}
