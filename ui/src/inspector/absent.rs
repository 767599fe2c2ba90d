//! What holds where nothing is written, and who says so: the broker's own default with its source, or the format's.

use leptos::prelude::*;
use thalweg_flow::defaults::Source;

use super::{
    place::{Held, Place},
    spec::{Absent, Field},
};
use crate::{state::App, text::field as t};

/// What a field without a value says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Standing {
    /// What holds.
    pub(super) value: String,
    /// Whether that is a value, not a phrase.
    pub(super) is_value: bool,
    /// How well the source is founded: a class of the mark; none without a source.
    pub(super) mark: Option<&'static str>,
    /// Who says so, in a sentence.
    pub(super) because: String,
}

/// What a place without a value says; reactive.
pub(super) fn standing(app: App, place: Place, field: Field) -> Memo<Standing> {
    Memo::new(move |_| {
        if place.held(app) == Held::Several {
            return Standing { value: t::SEVERAL.to_string(), ..Standing::default() };
        }
        let own = match field.absent {
            Absent::Value(value) => Standing {
                value: value.to_owned(),
                is_value: true,
                because: t::of_format(value),
                ..Standing::default()
            },
            Absent::Never => Standing::default(),
            Absent::Means(what) => Standing { value: what.to_string(), ..Standing::default() },
        };
        let Some(supplied) = place.supplied(app) else { return own };
        let (broker, value) = (supplied.entry.broker.name(), supplied.entry.value.to_string());
        let source = supplied.entry.source.to_string();
        let mark = Some(mark(supplied.entry.source));
        if supplied.holds {
            Standing { because: t::supplied(broker, &value, &source), value, is_value: true, mark }
        } else {
            Standing { because: t::usual(broker, &value, &source), mark, ..own }
        }
    })
}

fn mark(source: Source) -> &'static str {
    match source {
        Source::Vendor(_) => "source vendor",
        Source::Measured(_) => "source measured",
        Source::Assumption(_) => "source assumed",
    }
}

/// The words behind a field that holds nothing, with the mark of their source.
pub(super) fn footnote(standing: Memo<Standing>, test: String) -> impl IntoView {
    move || {
        let Standing { is_value, mark, .. } = standing.get();
        let test = test.clone();
        view! {
            {is_value.then_some(t::DEFAULT.now())}
            {mark.map(|class| view! { <b class=class data-test=test></b> })}
        }
    }
}
