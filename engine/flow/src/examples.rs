//! The documents that a newcomer begins with: a commented starter, and the examples.

/// The examples by name, as `thalweg new --template NAME` writes them.
const EXAMPLES: [(&str, &str); 6] = [
    ("checkout", include_str!("../../../examples/checkout.flow.yaml")),
    ("seo-monitoring", include_str!("../../../examples/seo-monitoring.flow.yaml")),
    ("real-time-bidding", include_str!("../../../examples/real-time-bidding.flow.yaml")),
    ("user-journey", include_str!("../../../examples/user-journey.flow.yaml")),
    ("reporting", include_str!("../../../examples/reporting.flow.yaml")),
    ("integrations", include_str!("../../../examples/integrations.flow.yaml")),
];

/// The examples: name and text.
pub fn examples() -> &'static [(&'static str, &'static str)] {
    &EXAMPLES
}

/// A small flow with a comment on everything that it uses.
pub fn starter() -> &'static str {
    include_str!("starter.flow.yaml")
}
