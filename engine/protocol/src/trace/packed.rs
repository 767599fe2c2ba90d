//! A trace as it crosses to the window: by columns, and every name once. A trace of a hundred thousand spans takes a tenth of the
//! bytes that its rows would take one by one, and is written and read in a tenth of the time.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{RowKind, SpanDetail, TraceRow, TraceSummary, TraceView};

/// All columns have a value for each row, unless they say otherwise.
#[derive(Serialize, Deserialize)]
struct Packed<'a> {
    summary: Cow<'a, TraceSummary>,
    rows_left_out: u64,
    /// What names and services are, each once.
    words: Vec<Cow<'a, str>>,
    /// A sign for each row, see [`KINDS`].
    kinds: String,
    depths: Vec<u32>,
    /// Places in `words`.
    names: Vec<u32>,
    services: Vec<u32>,
    starts: Vec<u64>,
    durations: Vec<u64>,
    own: Vec<u64>,
    descendants: Vec<u64>,
    /// Those that are errors, by their place.
    errors: Vec<u32>,
    /// Those that are on the critical path.
    critical: Vec<Critical<'a>>,
    /// Of the rows that have one, in their order.
    spans: Vec<Cow<'a, SpanDetail>>,
}

/// A row's place, its time on the critical path, and where on it that is.
#[derive(Serialize, Deserialize)]
struct Critical<'a>(u32, u64, Cow<'a, [[u64; 2]]>);

/// The sign of each kind without a span, then with one: a kind alone does not say whether a row has a span.
const KINDS: [(RowKind, [char; 2]); 7] = [
    (RowKind::Internal, ['i', 'I']),
    (RowKind::Server, ['s', 'S']),
    (RowKind::Client, ['c', 'C']),
    (RowKind::Producer, ['p', 'P']),
    (RowKind::Consumer, ['o', 'O']),
    (RowKind::Wait, ['w', 'W']),
    (RowKind::Retry, ['r', 'R']),
];

fn sign(row: &TraceRow) -> char {
    let known = KINDS.iter().find(|(kind, _)| *kind == row.kind);
    known.map_or('i', |(_, signs)| signs[usize::from(row.span.is_some())])
}

fn read_sign(sign: char) -> Option<(RowKind, bool)> {
    KINDS.iter().find_map(|(kind, [without, with])| match sign {
        sign if sign == *without => Some((*kind, false)),
        sign if sign == *with => Some((*kind, true)),
        _ => None,
    })
}

impl<'a> Packed<'a> {
    fn new(view: &'a TraceView) -> Self {
        let rows = &view.rows;
        let mut words: Vec<Cow<'a, str>> = Vec::new();
        let mut places: HashMap<&'a str, u32> = HashMap::new();
        let mut word = |text: &'a str| {
            *places.entry(text).or_insert_with(|| {
                words.push(Cow::Borrowed(text));
                words.len() as u32 - 1
            })
        };
        let (names, services) = rows.iter().map(|row| (word(&row.name), word(&row.service))).unzip();
        let with_place = || rows.iter().enumerate().map(|(place, row)| (place as u32, row));
        let on_path = with_place().filter(|(_, row)| row.critical_nano > 0 || !row.critical.is_empty());
        Packed {
            summary: Cow::Borrowed(&view.summary),
            rows_left_out: view.rows_left_out,
            words,
            kinds: rows.iter().map(sign).collect(),
            depths: rows.iter().map(|row| row.depth).collect(),
            names,
            services,
            starts: rows.iter().map(|row| row.start_nano).collect(),
            durations: rows.iter().map(|row| row.duration_nano).collect(),
            own: rows.iter().map(|row| row.self_nano).collect(),
            descendants: rows.iter().map(|row| row.descendants).collect(),
            errors: with_place().filter(|(_, row)| row.error).map(|(place, _)| place).collect(),
            critical: on_path
                .map(|(place, row)| Critical(place, row.critical_nano, Cow::Borrowed(&row.critical)))
                .collect(),
            spans: rows.iter().filter_map(|row| row.span.as_deref()).map(Cow::Borrowed).collect(),
        }
    }

    /// The rows again; none where the columns do not belong together.
    fn unpacked(self) -> Option<TraceView> {
        let count = self.depths.len();
        let columns = [self.names.len(), self.services.len(), self.starts.len(), self.durations.len(), self.own.len()];
        if columns.iter().chain([&self.descendants.len()]).any(|length| *length != count) {
            return None;
        }
        let mut spans = self.spans.into_iter();
        let mut kinds = self.kinds.chars();
        let mut rows = Vec::with_capacity(count);
        for place in 0..count {
            let (kind, has_span) = read_sign(kinds.next()?)?;
            let word = |place: u32| self.words.get(place as usize).map(|word| word.as_ref().to_owned());
            rows.push(TraceRow {
                kind,
                depth: self.depths[place],
                name: word(self.names[place])?,
                service: word(self.services[place])?,
                start_nano: self.starts[place],
                duration_nano: self.durations[place],
                self_nano: self.own[place],
                critical_nano: 0,
                critical: Vec::new(),
                error: false,
                descendants: self.descendants[place],
                span: if has_span { Some(Box::new(spans.next()?.into_owned())) } else { None },
            });
        }
        for place in self.errors {
            rows.get_mut(place as usize)?.error = true;
        }
        for Critical(place, whole, sections) in self.critical {
            let row = rows.get_mut(place as usize)?;
            (row.critical_nano, row.critical) = (whole, sections.into_owned());
        }
        let is_all = kinds.next().is_none() && spans.next().is_none();
        is_all.then(|| TraceView { summary: self.summary.into_owned(), rows, rows_left_out: self.rows_left_out })
    }
}

impl Serialize for TraceView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Packed::new(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TraceView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let packed = Packed::deserialize(deserializer)?;
        packed.unpacked().ok_or_else(|| D::Error::custom("the columns of a trace do not belong together"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{decode, encode};

    fn row(kind: RowKind, depth: u32, name: &str, service: &str, span: Option<&str>) -> TraceRow {
        TraceRow {
            kind,
            depth,
            name: name.into(),
            service: service.into(),
            start_nano: u64::from(depth) * 7,
            duration_nano: u64::MAX - u64::from(depth),
            self_nano: 3,
            critical_nano: 0,
            critical: vec![],
            error: false,
            descendants: 1,
            span: span.map(|id| Box::new(SpanDetail { span_id: id.into(), ..SpanDetail::default() })),
        }
    }

    fn view() -> TraceView {
        let mut rows = vec![
            row(RowKind::Server, 0, "place \"order\"", "shop", Some("a")),
            row(RowKind::Producer, 1, "publish", "shop", Some("b")),
            row(RowKind::Wait, 2, "wait in orders", "", None),
            row(RowKind::Consumer, 2, "publish", "payment", Some("c")),
            row(RowKind::Client, 3, "", "payment", Some("d")),
            row(RowKind::Retry, 3, "retry in 1 s", "", None),
            row(RowKind::Internal, 0, "é\n", "other", Some("e")),
        ];
        rows[0].critical = vec![[0, 5], [9, u64::MAX]];
        rows[0].critical_nano = 14;
        rows[4].error = true;
        if let Some(span) = &mut rows[3].span {
            span.attributes = vec![("messaging.system".into(), "kafka".into())];
            span.links = vec![super::super::SpanLink {
                trace_id: "t".into(),
                span_id: "b".into(),
                attributes: vec![("why".into(), "it".into())],
            }];
        }
        let summary = TraceSummary {
            trace_id: "t".into(),
            root: "place \"order\"".into(),
            service: "shop".into(),
            start_unix_nano: u64::MAX,
            duration_ms: 2.5,
            spans: 5,
            errors: 1,
            services: vec!["shop".into(), "payment".into()],
        };
        TraceView { summary, rows, rows_left_out: 9 }
    }

    #[test]
    fn what_is_packed_comes_back_whole() {
        assert_eq!(decode::<TraceView>(&encode(&view())).unwrap(), view());
        let nothing = TraceView { rows: vec![], ..view() };
        assert_eq!(decode::<TraceView>(&encode(&nothing)).unwrap(), nothing);
        // Whatever a kind has by rights.
        let odd = TraceView {
            rows: vec![row(RowKind::Wait, 0, "", "", Some("x")), row(RowKind::Server, 0, "", "", None)],
            ..view()
        };
        assert_eq!(decode::<TraceView>(&encode(&odd)).unwrap(), odd);
    }

    #[test]
    fn a_name_crosses_once_and_a_span_without_details_is_short() {
        let bytes = |rows: usize| {
            let name = "a name of forty letters, give or take...";
            let row =
                TraceRow { duration_nano: 7, ..row(RowKind::Internal, 1, name, "shop", Some("00f067aa0ba902b7")) };
            encode(&TraceView { rows: vec![row; rows], ..view() }).len()
        };
        let a_row = (bytes(1100) - bytes(100)) / 1000;
        assert!(a_row < 60, "{a_row} bytes");
    }

    #[test]
    fn columns_that_do_not_belong_together_are_refused() {
        let text = String::from_utf8(encode(&view())).unwrap();
        for (from, to) in [
            ("\"depths\":[0,", "\"depths\":["),
            ("\"kinds\":\"S", "\"kinds\":\"?"),
            ("\"kinds\":\"S", "\"kinds\":\"s"),
            ("\"names\":[0,", "\"names\":[4000000000,"),
            ("\"errors\":[4", "\"errors\":[7"),
            ("\"critical\":[[0,", "\"critical\":[[7,"),
        ] {
            let broken = text.replacen(from, to, 1);
            assert_ne!(broken, text, "{from}");
            assert!(decode::<TraceView>(broken.as_bytes()).is_err(), "{to}");
        }
    }
}
