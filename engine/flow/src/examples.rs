//! Flows that ship with the program: the starter of `thalweg new` and the examples.

/// A short flow with comments, to begin from.
pub fn starter() -> &'static str {
    include_str!("starter.flow.yaml")
}

/// The examples by name, each with its whole text, in the order in which they should be shown.
pub fn examples() -> &'static [(&'static str, &'static str)] {
    &[("checkout", include_str!("../../../examples/checkout.flow.yaml"))]
}
