//! The links of a span, both ways: what it came from and what follows from it, in this trace and in others.

use std::collections::HashSet;

use leptos::prelude::*;
use thalweg_protocol::{CrossLinks, trace::SpanDetail};

use super::{details::pairs, facts, sheet::Sheet, tree::Tree};
use crate::{
    state::LinksOf,
    text::{topology as words, traces as text},
};

/// One link as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    /// Whether the other one links here, and so follows from this one.
    comes_in: bool,
    trace_id: String,
    span_id: String,
    name: String,
    service: String,
    attributes: Vec<(String, String)>,
}

/// Links under their heading; nothing when there is none.
pub(super) fn links(sheet: Sheet, tree: &Tree, span: &SpanDetail) -> impl IntoView + use<> {
    let of = LinksOf { trace_id: tree.view.summary.trace_id.clone(), rows: tree.view.rows.len() };
    let near = within(tree, span);
    sheet.app.fetch_links(of.clone());
    let span_id = span.span_id.clone();
    let known = sheet.app.observing.links;
    move || {
        let (all, cut) = known.with(|known| {
            let far = known.as_ref().filter(|(known, _)| known.trace_id == of.trace_id).map(|(_, links)| &**links);
            (joined(&near, far, &span_id), far.is_some_and(|far| far.cut))
        });
        if all.is_empty() {
            return None;
        }
        let more = cut.then(|| view! { <p class="says">{words::MORE_LINKS}</p> });
        let lines = all.into_iter().map(|shown| line(sheet, &of.trace_id, shown)).collect_view();
        Some(view! {
            <h3 class="heading">{text::LINKS}</h3>
            <div data-test="links">{lines}</div>
            {more}
        })
    }
}

/// What the trace itself knows: where the span links to, and which of its spans link here.
fn within(tree: &Tree, span: &SpanDetail) -> Vec<Shown> {
    let trace_id = &tree.view.summary.trace_id;
    let named = |row: Option<&thalweg_protocol::TraceRow>| {
        row.map(|row| (row.name.clone(), row.service.clone())).unwrap_or_default()
    };
    let out = span.links.iter().map(|link| {
        let here = (link.trace_id == *trace_id).then(|| tree.index_of(&link.span_id).and_then(|at| tree.row(at)));
        let (name, service) = named(here.flatten());
        Shown {
            comes_in: false,
            trace_id: link.trace_id.clone(),
            span_id: link.span_id.clone(),
            name,
            service,
            attributes: link.attributes.clone(),
        }
    });
    let back = tree.linking_to(&span.span_id).into_iter().filter_map(|at| {
        let row = tree.row(at)?;
        let (name, service) = named(Some(row));
        let span_id = row.span.as_ref()?.span_id.clone();
        Some(Shown { comes_in: true, trace_id: trace_id.clone(), span_id, name, service, attributes: Vec::new() })
    });
    out.chain(back).collect()
}

/// With what is known of other traces: their names, and their links to here. Each is told once.
fn joined(near: &[Shown], far: Option<&CrossLinks>, span_id: &str) -> Vec<Shown> {
    let mut all = near.to_vec();
    let of_span = far.into_iter().flat_map(|far| &far.links).filter(|link| link.span_id == span_id);
    for link in of_span {
        let is_same = |shown: &&mut Shown| {
            shown.comes_in == link.comes_in
                && shown.trace_id == link.other.trace_id
                && shown.span_id == link.other.span_id
        };
        if let Some(shown) = all.iter_mut().find(is_same) {
            shown.name.clone_from(&link.name);
            shown.service.clone_from(&link.service);
        } else {
            all.push(Shown {
                comes_in: link.comes_in,
                trace_id: link.other.trace_id.clone(),
                span_id: link.other.span_id.clone(),
                name: link.name.clone(),
                service: link.service.clone(),
                attributes: Vec::new(),
            });
        }
    }
    let mut seen = HashSet::new();
    all.retain(|shown| seen.insert((shown.comes_in, shown.trace_id.clone(), shown.span_id.clone())));
    // What it came from, then what follows.
    all.sort_by_key(|shown| shown.comes_in);
    all
}

fn line(sheet: Sheet, trace_id: &str, shown: Shown) -> impl IntoView + use<> {
    let here = shown.trace_id == trace_id;
    let is_known = !shown.name.is_empty() || !shown.service.is_empty();
    let name = match (is_known, shown.name.is_empty()) {
        (true, false) => shown.name.clone(),
        (true, true) => text::NO_NAME.now().to_owned(),
        (false, _) if here => shown.span_id.clone(),
        (false, _) => format!("{} / {}", facts::short_id(&shown.trace_id), shown.span_id),
    };
    let service = match (is_known, here) {
        (true, _) => shown.service.clone(),
        (false, true) => text::SAME_TRACE.now().to_owned(),
        (false, false) => words::NOT_STORED.now().to_owned(),
    };
    let (arrow, says) = if shown.comes_in { ("→", words::LEADS_TO) } else { ("←", words::COMES_FROM) };
    let place = if here { text::SAME_TRACE } else { words::ELSEWHERE };
    let label = format!("{} {name}, {service}, {}", says.now(), place.now());
    let title = format!("{label}\n{}", shown.trace_id);
    let test = if shown.comes_in { "link-in" } else { "link-out" };
    let (to, span) = (shown.trace_id, shown.span_id);
    view! {
        <div class="event">
            <button
                class="link"
                data-test=test
                title=title
                aria-label=label
                on:click=move |_| sheet.follow(&to, &span)
            >
                {arrow} " " {name}
            </button>
            <code>{service}</code>
        </div>
        <div class="nested">{pairs(shown.attributes)}</div>
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::{CrossLink, SpanPlace};

    use super::*;

    fn shown(comes_in: bool, trace: &str, span: &str, name: &str) -> Shown {
        Shown {
            comes_in,
            trace_id: trace.into(),
            span_id: span.into(),
            name: name.into(),
            service: String::new(),
            attributes: vec![],
        }
    }

    fn far(span: &str, comes_in: bool, trace: &str, other: &str, name: &str) -> CrossLink {
        CrossLink {
            span_id: span.into(),
            comes_in,
            other: SpanPlace { trace_id: trace.into(), span_id: other.into() },
            service: String::new(),
            name: name.into(),
            stored: !name.is_empty(),
        }
    }

    #[test]
    fn other_traces_name_their_ends_and_add_what_links_here() {
        let near = [shown(true, "t", "2", "below"), shown(false, "u", "9", ""), shown(false, "u", "9", "")];
        let links = vec![
            far("1", false, "u", "9", "publish"),
            far("1", true, "v", "7", "handle"),
            far("other", true, "v", "8", "not of this span"),
        ];
        let all = joined(&near, Some(&CrossLinks { links, cut: false }), "1");
        let expected =
            [shown(false, "u", "9", "publish"), shown(true, "t", "2", "below"), shown(true, "v", "7", "handle")];
        assert_eq!(all, expected);
        assert_eq!(joined(&near, None, "1").len(), 2);
    }
}
