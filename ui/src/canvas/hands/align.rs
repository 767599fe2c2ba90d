//! Aligning and distributing boxes. Pure.

use crate::state::Rect;

/// Along which line boxes are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Left edges, at the leftmost.
    Left,
    /// Centres above each other, at the middle of all.
    Centre,
    /// Right edges, at the rightmost.
    Right,
    /// Upper edges, at the uppermost.
    Top,
    /// Middles beside each other, at the middle of all.
    Middle,
    /// Lower edges, at the lowest.
    Bottom,
}

/// In which direction boxes get equal gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distribute {
    /// From left to right.
    Across,
    /// From top to bottom.
    Down,
}

/// Where the boxes stand when they are aligned, in their order.
pub(crate) fn align(boxes: &[Rect], how: Align) -> Vec<[f64; 2]> {
    let Some(all) = boxes.iter().copied().reduce(Rect::union) else { return Vec::new() };
    let place = |r: &Rect| match how {
        Align::Left => [all.x, r.y],
        Align::Centre => [all.x + (all.width - r.width) / 2.0, r.y],
        Align::Right => [all.x + all.width - r.width, r.y],
        Align::Top => [r.x, all.y],
        Align::Middle => [r.x, all.y + (all.height - r.height) / 2.0],
        Align::Bottom => [r.x, all.y + all.height - r.height],
    };
    boxes.iter().map(place).collect()
}

/// Where the boxes stand when the gaps between them are equal, in their order; the outermost stay.
pub(crate) fn distribute(boxes: &[Rect], how: Distribute) -> Vec<[f64; 2]> {
    let mut places: Vec<[f64; 2]> = boxes.iter().map(|r| [r.x, r.y]).collect();
    let axis = match how {
        Distribute::Across => 0,
        Distribute::Down => 1,
    };
    let span = |r: &Rect| if axis == 0 { (r.x, r.width) } else { (r.y, r.height) };
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by(|a, b| {
        let middle = |i: usize| span(&boxes[i]).0 + span(&boxes[i]).1 / 2.0;
        middle(*a).total_cmp(&middle(*b))
    });
    let (Some(first), Some(last)) = (order.first(), order.last()) else { return places };
    if order.len() < 3 {
        return places;
    }
    let (start, end) = (span(&boxes[*first]).0, span(&boxes[*last]).0 + span(&boxes[*last]).1);
    let filled: f64 = boxes.iter().map(|r| span(r).1).sum();
    let gap = (end - start - filled) / (order.len() - 1) as f64;
    let mut at = start;
    for index in order {
        places[index][axis] = at;
        at += span(&boxes[index]).1 + gap;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes() -> Vec<Rect> {
        let rect = |x, y, width| Rect { x, y, width, height: 50.0 };
        vec![rect(300.0, 10.0, 100.0), rect(0.0, 0.0, 100.0), rect(150.0, 90.0, 200.0)]
    }

    #[test]
    fn aligned_boxes_share_a_line() {
        assert_eq!(align(&boxes(), Align::Left), [[0.0, 10.0], [0.0, 0.0], [0.0, 90.0]]);
        assert_eq!(align(&boxes(), Align::Right), [[300.0, 10.0], [300.0, 0.0], [200.0, 90.0]]);
        assert_eq!(align(&boxes(), Align::Centre), [[150.0, 10.0], [150.0, 0.0], [100.0, 90.0]]);
        assert_eq!(align(&boxes(), Align::Top), [[300.0, 0.0], [0.0, 0.0], [150.0, 0.0]]);
        assert_eq!(align(&boxes(), Align::Middle), [[300.0, 45.0], [0.0, 45.0], [150.0, 45.0]]);
        assert_eq!(align(&boxes(), Align::Bottom), [[300.0, 90.0], [0.0, 90.0], [150.0, 90.0]]);
        assert!(align(&[], Align::Left).is_empty());
    }

    #[test]
    fn distributed_boxes_have_equal_gaps_and_the_outermost_stay() {
        assert_eq!(distribute(&boxes(), Distribute::Across), [[300.0, 10.0], [0.0, 0.0], [100.0, 90.0]]);
        assert_eq!(distribute(&boxes(), Distribute::Down), [[300.0, 45.0], [0.0, 0.0], [150.0, 90.0]]);
        let two = &boxes()[..2];
        assert_eq!(distribute(two, Distribute::Across), [[300.0, 10.0], [0.0, 0.0]]);
    }
}
