//! Frames around the channels of one broker. A frame never holds a box that is not the broker's: where one lies between,
//! there are several frames of the same name.

use std::collections::HashSet;

use thalweg_flow::NodeId;

use crate::state::Rect;

/// Room around the boxes: left and right, above (for the label), below; together with a box less than a row of the layout.
const SIDE: f64 = 18.0;
const ABOVE: f64 = 21.0;
const BELOW: f64 = 10.0;

/// The frames of `members` among all boxes.
pub(super) fn frames(all: &[(&str, Rect)], members: &[NodeId]) -> Vec<Rect> {
    let members: HashSet<&str> = members.iter().map(String::as_str).collect();
    let foreign: Vec<Rect> = all.iter().filter(|(id, _)| !members.contains(id)).map(|(_, rect)| *rect).collect();
    let mut boxes: Vec<Rect> = all.iter().filter(|(id, _)| members.contains(id)).map(|(_, rect)| *rect).collect();
    // Columns first: channels stand below each other more often than anything else.
    boxes.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let free = |rect: Rect| !foreign.iter().any(|other| framed(rect).touches(*other));
    let mut groups: Vec<Rect> = Vec::new();
    for rect in boxes {
        match groups.last_mut() {
            Some(last) if (rect.x - last.x).abs() < 40.0 && free(last.union(rect)) => *last = last.union(rect),
            _ => groups.push(rect),
        }
    }
    // Then columns with columns, as long as nothing foreign comes between.
    let mut at = 0;
    while at < groups.len() {
        match (at + 1..groups.len()).find(|other| free(groups[at].union(groups[*other]))) {
            Some(other) => {
                groups[at] = groups[at].union(groups.swap_remove(other));
            }
            None => at += 1,
        }
    }
    groups.into_iter().map(framed).collect()
}

fn framed(rect: Rect) -> Rect {
    Rect { x: rect.x - SIDE, y: rect.y - ABOVE, width: rect.width + 2.0 * SIDE, height: rect.height + ABOVE + BELOW }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f64, y: f64) -> Rect {
        Rect { x, y, width: 150.0, height: 54.0 }
    }

    #[test]
    fn a_column_is_one_frame() {
        let all = [("a", rect(0.0, 0.0)), ("b", rect(0.0, 100.0)), ("x", rect(260.0, 50.0))];
        let found = frames(&all, &["a".into(), "b".into()]);
        assert_eq!(found, [Rect { x: -18.0, y: -21.0, width: 186.0, height: 185.0 }]);
    }

    #[test]
    fn no_frame_holds_a_foreign_box() {
        let all = [("a", rect(0.0, 0.0)), ("x", rect(260.0, 0.0)), ("b", rect(520.0, 0.0)), ("c", rect(520.0, 100.0))];
        let members: Vec<NodeId> = ["a", "b", "c"].map(String::from).to_vec();
        let found = frames(&all, &members);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|frame| !frame.touches(rect(260.0, 0.0))));
    }
}
