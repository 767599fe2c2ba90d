//! Boxes on their way from where they stood to where they stand now.

use std::collections::HashMap;

use thalweg_flow::NodeId;

use super::Shared;

/// Boxes that are still drawn elsewhere than the document puts them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settling {
    /// Where they came from: left and top.
    pub(crate) from: Shared<HashMap<NodeId, [f64; 2]>>,
    /// How much of the time has passed, from 0 to 1.
    pub(crate) share: f64,
}

impl Settling {
    /// How long it takes, in milliseconds.
    pub(crate) const MS: f64 = 260.0;

    /// Where a box is drawn that stands at a place.
    pub(crate) fn place(&self, id: &str, to: [f64; 2]) -> [f64; 2] {
        let Some(from) = self.from.get(id) else { return to };
        // Fast at first, then ever slower.
        let left = (1.0 - self.share.clamp(0.0, 1.0)).powi(3);
        [to[0] + (from[0] - to[0]) * left, to[1] + (from[1] - to[1]) * left]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_goes_from_where_it_was_to_where_it_is() {
        let from = Shared::new(HashMap::from([("a".to_owned(), [0.0, 100.0])]));
        let at = |share| Settling { from: from.clone(), share }.place("a", [200.0, 0.0]);
        assert_eq!((at(0.0), at(1.0), at(2.0)), ([0.0, 100.0], [200.0, 0.0], [200.0, 0.0]));
        assert!(at(0.5)[0] > 100.0 && at(0.5)[0] < 200.0);
        assert_eq!(Settling { from, share: 0.0 }.place("b", [5.0, 6.0]), [5.0, 6.0]);
    }
}
