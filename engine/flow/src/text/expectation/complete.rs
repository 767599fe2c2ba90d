//! Completing an expectation while it is written.

use std::ops::Range;

use super::{METRICS, Unit, parse_subject};
use crate::check::can_measure;
use crate::model::{Flow, Metric, Subject};

/// Most offers at once: more are no help.
const MOST: usize = 40;

/// What can stand at the cursor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Completion {
    /// The bytes of the text that an offer replaces.
    pub range: Range<usize>,
    /// What to put there, best first.
    pub offers: Vec<Offer>,
}

/// One thing to put at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The text itself.
    pub text: String,
    /// What it is.
    pub what: OfferKind,
}

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferKind {
    /// What is measured.
    Metric(Metric),
    /// The whole way of an event.
    EndToEnd,
    /// A node.
    Node,
    /// A group of a channel.
    Group,
    /// A comparison.
    Comparison,
    /// A value with its unit.
    Value,
}

/// What can stand at `cursor` (a byte of `text`): metrics first, then where this metric can be measured in this flow,
/// then comparisons, then values of its unit.
pub fn complete(text: &str, cursor: usize, flow: &Flow) -> Completion {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let before = &text[..cursor];
    if let Some(operator) = before.find(['<', '>', '=', '!']) {
        return after_operator(text, operator, cursor);
    }
    if let Some(open) = before.find('(') {
        let Some(close) = before[open..].find(')').map(|at| open + at) else {
            return subjects(text, open, cursor, flow);
        };
        // Behind the parenthesis only a comparison can follow.
        return comparisons(close + 1..cursor);
    }
    let start = before.len() - before.trim_start().len();
    let word = before.trim();
    let is_whole = METRICS.iter().any(|(name, _)| *name == word) && before.ends_with(' ');
    if is_whole {
        return comparisons(before.trim_end().len()..cursor);
    }
    let end = cursor + text[cursor..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len() - cursor);
    let offers = METRICS.iter().filter(|(name, _)| matches(name, word)).map(|(name, metric)| Offer {
        text: metric_start(name, *metric, flow, &text[end..]),
        what: OfferKind::Metric(*metric),
    });
    Completion { range: start..end, offers: offers.collect() }
}

/// A metric with what must follow it: a place where it has one only there.
fn metric_start(name: &str, metric: Metric, flow: &Flow, rest: &str) -> String {
    if rest.trim_start().starts_with(['(', '<', '>', '=', '!']) {
        return name.to_owned();
    }
    // A latency of the whole flow is that of its way from end to end, and says so.
    let of_all = metric == Metric::Recovered || metric.unit() != Unit::Time;
    if of_all && can_measure(flow, metric, &Subject::Flow) { format!("{name} ") } else { format!("{name}(") }
}

fn subjects(text: &str, open: usize, cursor: usize, flow: &Flow) -> Completion {
    let start = open + 1;
    let typed = text[start..cursor].trim();
    let rest = &text[cursor..];
    let stop = rest.find([')', '<', '>', '=', '!']).unwrap_or(rest.len());
    let closed = rest[stop..].starts_with(')');
    let end = cursor + stop + usize::from(closed);
    let Some((_, metric)) = METRICS.iter().find(|(name, _)| *name == text[..open].trim()) else {
        return Completion { range: start..end, offers: Vec::new() };
    };
    let mut known = vec![("end_to_end".to_owned(), OfferKind::EndToEnd)];
    for (id, node) in &flow.nodes {
        known.push((id.clone(), OfferKind::Node));
        if node.kind.is_channel() {
            known.extend(flow.groups(id).into_iter().map(|group| (format!("{id}/{group}"), OfferKind::Group)));
        }
    }
    // What begins with it is meant before what has it inside.
    known.sort_by_key(|(word, _)| !word.to_lowercase().starts_with(&typed.to_lowercase()));
    let fits = |word: &str| parse_subject(word).is_ok_and(|subject| can_measure(flow, *metric, &subject));
    let spaced = if text[end..].starts_with(' ') { "" } else { " " };
    let offers = known
        .into_iter()
        .filter(|(word, _)| matches(word, typed) && fits(word))
        .take(MOST)
        .map(|(word, what)| Offer { text: format!("{word}){spaced}"), what });
    Completion { range: start..end, offers: offers.collect() }
}

fn comparisons(range: Range<usize>) -> Completion {
    let offers = ["<", "<=", ">", ">=", "==", "!="];
    let offers = offers.map(|word| Offer { text: format!(" {word} "), what: OfferKind::Comparison });
    Completion { range, offers: offers.into() }
}

fn after_operator(text: &str, operator: usize, cursor: usize) -> Completion {
    let width = text[operator..cursor].chars().take_while(|c| matches!(c, '<' | '>' | '=' | '!')).count();
    let start = operator + width;
    let left = text[..operator].split('(').next().unwrap_or_default().trim();
    let Some((_, metric)) = METRICS.iter().find(|(name, _)| *name == left) else {
        return Completion { range: cursor..cursor, offers: Vec::new() };
    };
    let typed = text[start..cursor].trim();
    let number: String = typed.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let units: &[&str] = match metric.unit() {
        Unit::Time => &["ms", "s", "m"],
        Unit::Rate => &["/s", "/min", "/h"],
        Unit::Share => &["%"],
        Unit::Count => &[],
    };
    let values: Vec<String> = if number.is_empty() {
        let some: &[&str] = match metric.unit() {
            Unit::Time => &["500ms", "2s", "1m"],
            Unit::Rate => &["10/s", "100/s", "1000/s"],
            Unit::Share => &["70%", "90%"],
            Unit::Count => &["0", "100", "1000"],
        };
        some.iter().map(|value| (*value).to_owned()).collect()
    } else {
        units.iter().map(|unit| format!("{number}{unit}")).collect()
    };
    let offers = values
        .into_iter()
        .filter(|value| value.starts_with(typed) && value != typed)
        .map(|value| Offer { text: format!(" {value}"), what: OfferKind::Value });
    Completion { range: start..text.len(), offers: offers.collect() }
}

/// Whether a known word is meant by what was typed: it begins with it, or one of its parts does.
fn matches(word: &str, typed: &str) -> bool {
    let typed = typed.to_lowercase();
    let word = word.to_lowercase();
    word.starts_with(&typed) || word.split(['_', '-', '/']).any(|part| part.starts_with(&typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "thalweg: 1\nname: F\nnodes:\n  shop: { kind: producer, load: { poisson: 1/s }, publishes: [{ to: orders }] }\n  \
                        orders: { kind: queue }\n  payment: { kind: consumer, subscribes: [{ from: orders }], calls: [{ service: card }] }\n  \
                        card: { kind: service }\n";

    /// What is offered where `|` stands, and the text when the first offer is taken.
    fn at_cursor(marked: &str) -> (Vec<String>, String) {
        let cursor = marked.find('|').unwrap();
        let text = marked.replace('|', "");
        let read = crate::read(FLOW);
        let completion = complete(&text, cursor, &read.flow);
        let words = completion.offers.iter().map(|offer| offer.text.trim().to_owned()).collect();
        let mut taken = text.clone();
        if let Some(first) = completion.offers.first() {
            taken.replace_range(completion.range, &first.text);
        }
        (words, taken)
    }

    #[test]
    fn a_sentence_grows_word_by_word() {
        assert_eq!(at_cursor("|").0.len(), METRICS.len());
        assert_eq!(at_cursor("p9|").0, ["p90(", "p95(", "p99(", "p999("]);
        assert_eq!(at_cursor("dead|"), (vec!["dead_letters".into()], "dead_letters ".into()));
        let (subjects, taken) = at_cursor("p99(|");
        assert_eq!(subjects, ["end_to_end)", "orders)", "orders/payment)", "payment)", "card)"]);
        assert_eq!(taken, "p99(end_to_end) ");
        assert_eq!(at_cursor("utilization(|").0, ["payment)", "card)"]);
        assert_eq!(at_cursor("p99(end_to_end)|").1, "p99(end_to_end) < ");
        assert_eq!(at_cursor("lost |").1, "lost < ");
        assert_eq!(at_cursor("p99(end_to_end) < |").0, ["500ms", "2s", "1m"]);
        assert_eq!(at_cursor("p99(end_to_end) < 3|").1, "p99(end_to_end) < 3ms");
        assert_eq!(at_cursor("lost == |").1, "lost == 0");
    }

    #[test]
    fn a_word_in_the_middle_is_replaced_whole() {
        assert_eq!(at_cursor("p99(pay|) < 2s").1, "p99(payment) < 2s");
        assert_eq!(at_cursor("p9|9(payment) < 2s").0[0], "p90");
    }

    #[test]
    fn nothing_is_offered_where_nothing_is_known() {
        assert!(at_cursor("nonsense(|").0.is_empty());
        assert!(at_cursor("nonsense < |").0.is_empty());
        assert!(at_cursor("lost == 0|").0.is_empty());
    }

    #[test]
    fn any_text_can_be_completed() {
        let read = crate::read(FLOW);
        for text in ["", "(", "<", ")(", "p99(ä", "é < ü", "p99)(=", "  lag(orders/"] {
            for cursor in 0..=text.len() + 2 {
                let completion = complete(text, cursor, &read.flow);
                assert!(text.get(completion.range.clone()).is_some(), "{text:?} {cursor} {completion:?}");
            }
        }
    }
}
