//! Two traces beside each other as one tree: what both have on one line with the difference of their times, and what only one has.
//! Only rows in sight are on the page.

use leptos::{ev, html, prelude::*};
use thalweg_protocol::{
    TraceDifference,
    survey::{DifferenceLine, DifferenceSpan},
};

use super::{
    facts,
    ruler::{in_sight, scroll_to},
    tree::indent,
};
use crate::{
    format,
    kit::measure,
    state::{Shared, app},
    text::{surveys as text, traces},
};

/// Height of a row in pixels; the styles say the same.
const ROW: f64 = 30.0;

#[component]
pub(super) fn PairView() -> impl IntoView {
    let app = app();
    move || {
        let found = app.surveys.difference.get()?;
        Some(view! {
            <div class="pair-view" data-test="pair">
                <div class="pair-head">
                    <div class="pair-names">
                        {name("A", &found, false)}
                        {name("B", &found, true)}
                    </div>
                    <button class="button" data-test="pair-end" on:click=move |_| app.end_difference()>{text::PAIR_END}</button>
                </div>
                <Lines found />
            </div>
        })
    }
}

fn name(sign: &'static str, found: &TraceDifference, second: bool) -> impl IntoView + use<> {
    let trace = if second { &found.after } else { &found.before };
    let title = traces::title(&trace.service, &trace.root);
    view! {
        <p>
            <b class="pair-sign">{sign}</b>
            <span>{title}</span>
            <code>{format::millis(trace.duration_ms)}</code>
            <small title=trace.trace_id.clone()>{facts::short_id(&trace.trace_id)}</small>
        </p>
    }
}

#[component]
fn Lines(found: Shared<TraceDifference>) -> impl IntoView {
    let element = NodeRef::<html::Div>::new();
    let size = measure(element);
    let (scroll_top, chosen) = (RwSignal::new(0.0), RwSignal::new(0_usize));
    let count = found.lines.len();
    let total = found.before.duration_ms.max(found.after.duration_ms) * 1e6;
    let (left_out, only) = (found.left_out, only_in(&found.lines));
    let rows = move || {
        let (first, last) = in_sight(scroll_top.get(), size.get()[1], ROW, count);
        let lines = found.lines[first..last].iter().enumerate();
        lines.map(|(at, of)| line(of, first + at, total, chosen)).collect_view()
    };
    let key = move |event: ev::KeyboardEvent| {
        let page = (size.get_untracked()[1] / ROW) as usize;
        let at = chosen.get_untracked();
        let to = match event.key().as_str() {
            "ArrowDown" => at + 1,
            "ArrowUp" => at.saturating_sub(1),
            "PageDown" => at + page,
            "PageUp" => at.saturating_sub(page),
            "Home" => 0,
            "End" => usize::MAX,
            _ => return,
        };
        event.prevent_default();
        let to = to.min(count.saturating_sub(1));
        chosen.set(to);
        let target = scroll_to(to, ROW, scroll_top.get_untracked(), size.get_untracked()[1]);
        if let (Some(element), Some(target)) = (element.get_untracked(), target) {
            element.set_scroll_top(target as i32);
        }
    };
    view! {
        <p class="pair-said" data-test="pair-said" role="status">{text::pair_all(count, only, left_out)}</p>
        <div
            class="pair-rows"
            role="tree"
            aria-label=text::PAIR
            aria-activedescendant=move || format!("pair-{}", chosen.get())
            tabindex="0"
            node_ref=element
            on:keydown=key
            on:scroll=move |_| {
                if let Some(element) = element.get_untracked() {
                    scroll_top.set(f64::from(element.scroll_top()));
                }
            }
        >
            <div class="pair-all" style:height=format!("{}px", count as f64 * ROW)>{rows}</div>
        </div>
    }
}

/// How many lines only the first, and only the second has.
fn only_in(lines: &[DifferenceLine]) -> [usize; 2] {
    let first = lines.iter().filter(|line| line.after.is_none()).count();
    let second = lines.iter().filter(|line| line.before.is_none()).count();
    [first, second]
}

fn line(line: &DifferenceLine, place: usize, total: f64, chosen: RwSignal<usize>) -> impl IntoView + use<> {
    let name = if line.name.is_empty() { traces::NO_NAME.now().to_owned() } else { line.name.clone() };
    let (class, says) = verdict(line);
    let title = name.clone();
    view! {
        <div
            id=format!("pair-{place}")
            class=format!("pair-row {class}")
            class:on=move || chosen.get() == place
            role="treeitem"
            attr:aria-level=(line.depth + 1).to_string()
            aria-selected=move || (chosen.get() == place).to_string()
            data-test="pair-row"
            data-verdict=class
            style:transform=format!("translateY({}px)", place as f64 * ROW)
            on:click=move |_| chosen.set(place)
        >
            <span class="pair-name" style:padding-left=format!("{}px", 8.0 + indent(line.depth)) title=title>
                {name}
                <small>{line.service.clone()}</small>
            </span>
            <span class="pair-bars" aria-hidden="true">
                {bar(line.before.as_ref(), total, "first")}
                {bar(line.after.as_ref(), total, "second")}
            </span>
            <code>{length(line.before.as_ref()).unwrap_or_else(|| "–".into())}</code>
            <code>{length(line.after.as_ref()).unwrap_or_else(|| "–".into())}</code>
            <code class="pair-verdict">{says}</code>
        </div>
    }
}

fn bar(span: Option<&DifferenceSpan>, total: f64, class: &'static str) -> Option<impl IntoView + use<>> {
    let span = span?;
    let share = |nanos: u64| (nanos as f64 / total.max(1.0) * 100.0).clamp(0.0, 100.0);
    Some(view! {
        <i
            class=class
            class:failed=span.error
            style:left=format!("{:.2}%", share(span.start_nano))
            style:width=format!("{:.2}%", share(span.duration_nano))
        ></i>
    })
}

fn length(span: Option<&DifferenceSpan>) -> Option<String> {
    let span = span?;
    let failed = if span.error { "! " } else { "" };
    Some(format!("{failed}{}", format::nanos(span.duration_nano)))
}

/// How a line is, in a class and in words.
fn verdict(line: &DifferenceLine) -> (&'static str, String) {
    match (&line.before, &line.after) {
        (Some(before), Some(after)) => {
            let (a, b) = (before.duration_nano, after.duration_nano);
            let by = format::nanos(a.abs_diff(b));
            match a.cmp(&b) {
                std::cmp::Ordering::Less => ("slower", format!("+{by}")),
                std::cmp::Ordering::Greater => ("quicker", format!("−{by}")),
                std::cmp::Ordering::Equal => ("same", "=".to_owned()),
            }
        }
        (Some(_), None) => ("only-first", text::only_in("A")),
        (None, _) => ("only-second", text::only_in("B")),
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::trace::RowKind;

    use super::*;

    fn of(before: Option<u64>, after: Option<u64>) -> DifferenceLine {
        let span =
            |nanos| DifferenceSpan { span_id: String::new(), start_nano: 0, duration_nano: nanos, error: nanos == 7 };
        DifferenceLine {
            depth: 0,
            service: "shop".into(),
            name: "buy".into(),
            kind: RowKind::Internal,
            before: before.map(span),
            after: after.map(span),
        }
    }

    #[test]
    fn lines_say_what_differs() {
        let verdicts = [(Some(5), Some(9)), (Some(9), Some(5)), (Some(5), Some(5)), (Some(5), None), (None, Some(5))];
        let said: Vec<_> = verdicts.into_iter().map(|(a, b)| verdict(&of(a, b))).collect();
        let classes: Vec<_> = said.iter().map(|(class, _)| *class).collect();
        assert_eq!(classes, ["slower", "quicker", "same", "only-first", "only-second"]);
        assert_eq!((said[0].1.as_str(), said[1].1.as_str()), ("+4 ns", "−4 ns"));
        assert_eq!(length(of(Some(7), None).before.as_ref()).as_deref(), Some("! 7 ns"));
        assert_eq!(only_in(&[of(Some(1), None), of(None, Some(1)), of(Some(1), Some(1))]), [1, 1]);
    }
}
