//! Which fields the document has, as tables: what they are called, how they are filled in, what holds without them.
//!
//! A test holds the tables against the document's JSON Schema: no field of the format is missing here. How a field is
//! shown and written is not here.

#[cfg(test)]
mod complete;
mod forms;
mod lists;
mod maps;
mod nodes;
mod sections;

use thalweg_flow::BrokerKind;

use crate::text::{Word, field as t};

pub(super) use forms::{Choice, Form, Shape};
pub(super) use lists::{EntryList, LISTS};
pub(super) use maps::{needed, others};
pub(super) use nodes::{COMMON, sections};
pub(super) use sections::{BROKER, EVENT, FLOW, SCENARIO};

/// A heading with its fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    pub(super) heading: Word,
    pub(super) fields: &'static [Field],
}

/// One line of the inspector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// Path below what the panel shows.
    pub(super) path: &'static str,
    pub(super) label: Word,
    pub(super) input: Input,
    /// What holds when it is not written and no broker supplies a value.
    pub(super) absent: Absent,
    /// The unit or meaning, after the value.
    pub(super) hint: Word,
    /// Whether it is shown only on demand, while it is not written.
    rare: bool,
    /// The brokers at which it is not rare.
    of: &'static [BrokerKind],
    /// A key beside it that it takes the place of.
    pub(super) instead_of: &'static str,
}

/// What holds when a field is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// A value of the format.
    Value(&'static str),
    /// What is then so, in words.
    Means(Word),
    /// It is never absent: what it belongs to cannot be without it.
    Never,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// A line of text, taken as it is.
    Text,
    /// A value, mostly with a unit.
    Value(Unit),
    /// Several of them, with commas.
    Values(Unit),
    /// One of some words.
    Words(&'static [&'static str]),
    /// Yes or no.
    Switch,
    /// One of several forms with their own values.
    Choice(Choice),
    /// A name that the flow has.
    Name(Names),
    /// A text, or a map in braces.
    Free(Word),
}

/// In what a value is measured: what may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Time,
    Rate,
    Size,
    Share,
    Number,
    /// A word of its own.
    Word,
    /// A time, a word, or a number.
    Any,
}

/// What names are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Where events may go.
    Channels,
    /// What may be subscribed to.
    Sources,
    /// What may be called.
    Called,
    /// What an exchange or bus may route to.
    Targets,
    /// What a store may project to.
    Projected,
    /// Declared brokers and kinds of brokers.
    Brokers,
    /// Event types.
    Events,
    /// The steps of the workflow that is shown.
    Steps,
}

impl Unit {
    /// What may be typed.
    pub(super) fn accepts(self) -> Word {
        match self {
            Unit::Time => t::A_TIME,
            Unit::Rate => t::A_RATE,
            Unit::Size => t::A_SIZE,
            Unit::Share => t::A_SHARE,
            Unit::Number => t::A_NUMBER,
            Unit::Word | Unit::Any => t::NOTHING,
        }
    }
}

impl Field {
    const fn new(path: &'static str, label: Word, input: Input) -> Self {
        Field {
            path,
            label,
            input,
            absent: Absent::Means(t::NOT_SET),
            hint: t::NOTHING,
            rare: false,
            of: &[],
            instead_of: "",
        }
    }

    /// A value of the format that holds without it.
    const fn or(self, value: &'static str) -> Self {
        Field { absent: Absent::Value(value), ..self }
    }

    /// What is so without it.
    const fn means(self, what: Word) -> Self {
        Field { absent: Absent::Means(what), ..self }
    }

    const fn hint(self, hint: Word) -> Self {
        Field { hint, ..self }
    }

    const fn rare(self) -> Self {
        Field { rare: true, ..self }
    }

    /// Rare at all brokers but these.
    const fn of(self, of: &'static [BrokerKind]) -> Self {
        Field { rare: true, of, ..self }
    }

    /// Its thing cannot be without it.
    const fn must(self) -> Self {
        Field { absent: Absent::Never, ..self }
    }

    const fn instead_of(self, other: &'static str) -> Self {
        Field { instead_of: other, ..self }
    }

    /// The same field at the place itself.
    pub(super) fn here(self) -> Self {
        Field { path: "", ..self }
    }

    /// Whether it is shown only on demand at a broker.
    pub(super) fn is_rare(&self, broker: BrokerKind) -> bool {
        self.rare && !self.of.contains(&broker)
    }

    /// Whether it may be cleared.
    pub(super) fn may_go(&self) -> bool {
        self.absent != Absent::Never
    }

    /// Whether two fields are the same setting, though of different kinds of nodes.
    pub(super) fn is_like(&self, other: &Field) -> bool {
        self.path == other.path && self.input == other.input
    }

    /// What may be typed; empty where the field offers what there is.
    pub(super) fn accepts(&self) -> Word {
        match self.input {
            Input::Value(unit) => unit.accepts(),
            Input::Values(Unit::Time) => t::SOME_TIMES,
            Input::Values(_) => t::SOME_WORDS,
            Input::Free(what) => what,
            _ => t::NOTHING,
        }
    }
}

const fn text(path: &'static str, label: Word) -> Field {
    Field::new(path, label, Input::Text)
}

const fn time(path: &'static str, label: Word) -> Field {
    Field::new(path, label, Input::Value(Unit::Time))
}

const fn rate(path: &'static str, label: Word) -> Field {
    Field::new(path, label, Input::Value(Unit::Rate)).means(t::NO_LIMIT)
}

const fn size(path: &'static str, label: Word) -> Field {
    Field::new(path, label, Input::Value(Unit::Size)).means(t::NO_LIMIT)
}

const fn share(path: &'static str, label: Word) -> Field {
    Field::new(path, label, Input::Value(Unit::Share))
}

const fn number(path: &'static str, label: Word) -> Field {
    Field::new(path, label, Input::Value(Unit::Number))
}

const fn words(path: &'static str, label: Word, words: &'static [&'static str]) -> Field {
    Field::new(path, label, Input::Words(words))
}

const fn name(path: &'static str, label: Word, names: Names) -> Field {
    Field::new(path, label, Input::Name(names))
}

const fn choice(path: &'static str, label: Word, choice: Choice) -> Field {
    Field::new(path, label, Input::Choice(choice))
}

/// How long something takes.
const fn distribution(path: &'static str, label: Word) -> Field {
    choice(path, label, Choice::Distribution).means(t::NO_TIME)
}
