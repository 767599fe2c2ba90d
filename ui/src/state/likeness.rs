//! Which trace is like another: what a simulated one is set beside.

use thalweg_protocol::{TraceSummary, TraceView};
use thalweg_spans::filter::{Expr, Field, Op, Value};

/// The condition of a filter that finds simulated traces: every resource of one says so.
pub(crate) const SIMULATED: &str = "resource.thalweg.simulated = true";

/// Whether a trace was simulated.
pub(crate) fn is_simulated(view: &TraceView) -> bool {
    let mut spans = view.rows.iter().filter_map(|row| row.span.as_deref());
    spans.any(|span| span.resource.iter().any(|(key, value)| key == "thalweg.simulated" && value == "true"))
}

/// A filter that finds traces of the other sort, with a service of this one.
pub(crate) fn of_other_sort(shown: &TraceSummary, is_simulated: bool) -> String {
    let of_service = |service: &String| Expr::Compare(Field::Service, Op::Equal, Value::Text(service.clone()));
    let services = Expr::any(shown.services.iter().map(of_service));
    let sort = if is_simulated { format!("not {SIMULATED}") } else { SIMULATED.to_owned() };
    match services {
        Expr::Or(_) => format!("{sort} and ({services})"),
        _ => format!("{sort} and {services}"),
    }
}

/// The trace that is most like another: with most services in common, of those the one whose duration is nearest, as a factor. None
/// without a service in common, since nothing in them could be compared.
pub(crate) fn likest<'a>(
    shown: &TraceSummary,
    among: impl IntoIterator<Item = &'a TraceSummary>,
) -> Option<&'a TraceSummary> {
    let common =
        |other: &TraceSummary| other.services.iter().filter(|service| shown.services.contains(service)).count();
    let apart = |other: &TraceSummary| {
        let [a, b] = [shown.duration_ms, other.duration_ms].map(|ms| ms.max(1e-6).ln());
        (a - b).abs()
    };
    let others = among.into_iter().filter(|other| other.trace_id != shown.trace_id && common(other) > 0);
    others.min_by(|a, b| common(b).cmp(&common(a)).then(apart(a).total_cmp(&apart(b))))
}

#[cfg(test)]
mod tests {
    use thalweg_spans::filter::parse;

    use super::*;

    fn trace(id: &str, services: &[&str], ms: f64) -> TraceSummary {
        TraceSummary {
            trace_id: id.into(),
            root: "produce".into(),
            service: services[0].into(),
            start_unix_nano: 0,
            duration_ms: ms,
            spans: 1,
            errors: 0,
            services: services.iter().map(|service| (*service).to_owned()).collect(),
        }
    }

    #[test]
    fn the_likest_shares_most_services_and_is_about_as_long() {
        let shown = trace("shown", &["shop", "payment"], 100.0);
        let others = [
            trace("shown", &["shop", "payment"], 100.0),
            trace("half", &["shop"], 100.0),
            trace("quick", &["shop", "payment"], 10.0),
            trace("near", &["payment", "shop", "mailer"], 300.0),
            trace("strange", &["other"], 100.0),
        ];
        assert_eq!(likest(&shown, &others).map(|trace| trace.trace_id.as_str()), Some("near"));
        assert_eq!(likest(&shown, &others[..2]).map(|trace| trace.trace_id.as_str()), Some("half"));
        assert_eq!(likest(&shown, &others[4..]), None);
        assert_eq!(likest(&shown, &others[..1]), None, "it is not its own like");
    }

    #[test]
    fn the_other_sort_is_asked_for_in_the_filter_language() {
        let shown = trace("t", &["shop", "card \"x\""], 1.0);
        for is_simulated in [false, true] {
            let filter = of_other_sort(&shown, is_simulated);
            let Ok(Expr::And(parts)) = parse(&filter) else { panic!("{filter}") };
            assert_eq!(parts.len(), 2, "{filter}");
            assert_eq!(matches!(parts[0], Expr::Not(_)), is_simulated);
            assert!(matches!(&parts[1], Expr::Or(services) if services.len() == 2), "{filter}");
        }
        assert!(parse(&of_other_sort(&trace("t", &["shop"], 1.0), false)).is_ok());
    }
}
