//! How far a build agrees with what is known: the documented JSON of `thalweg validate --format json`.

use serde::{Deserialize, Serialize};

/// All known answers beside what this build says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Validation {
    /// How many answers were compared.
    pub known: u64,
    /// How many of them agree.
    pub reproduced: u64,
    /// The systems that were simulated, in the order of the table.
    pub cases: Vec<KnownCase>,
    /// Known answers that no flow can ask for yet.
    pub not_expressed: Vec<NotExpressed>,
}

/// A system of which answers are known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct KnownCase {
    /// Its name in filters.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Where the answers are from.
    pub source: String,
    /// The answers.
    pub answers: Vec<KnownAnswer>,
}

/// A known answer beside the simulated one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct KnownAnswer {
    /// What is measured.
    pub what: String,
    /// Unit of the values, empty for plain numbers.
    pub unit: String,
    /// What is known.
    pub exact: f64,
    /// What was simulated; null when nothing came about.
    pub simulated: Option<f64>,
    /// The 99 % interval; both ends are the value when it is not random.
    pub ci99: Option<[f64; 2]>,
    /// How far the exact value may lie outside, because it is known, or can be measured, only so well.
    pub slack: f64,
    /// How often it was simulated: twice when the first interval missed.
    pub looks: u32,
    /// Whether the two agree.
    pub agrees: bool,
    /// Why they do not.
    pub disagreement: Option<String>,
}

/// A known answer that no flow can ask for yet.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NotExpressed {
    /// What is known.
    pub what: String,
    /// Where it is known from.
    pub source: String,
    /// What the model lacks.
    pub why: String,
}
