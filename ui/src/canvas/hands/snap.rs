//! Where a dragged box comes to rest: in line with others, with equal gaps, else on the grid. Pure.
//!
//! Of both directions on their own: the nearest of the lines through other boxes' edges and centres, and of the places
//! that make the gaps between neighbours equal. A guide is drawn for every line that the box then lies on.

use crate::state::Rect;

/// Distance of the grid that boxes snap to, in canvas units: half of that between the dots.
pub(crate) const GRID: f64 = 11.0;
/// How near a box must come to snap, in pixels of the screen.
pub(crate) const REACH: f64 = 7.0;
/// Neighbours further away than this have no gap worth keeping, in canvas units.
const FAR: f64 = 600.0;
/// Equal as far as eyes can tell, in canvas units.
const SAME: f64 = 0.6;

/// A line that is shown while a box lies on it, in canvas units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Guide {
    /// Where it begins.
    pub(crate) from: [f64; 2],
    /// Where it ends.
    pub(crate) to: [f64; 2],
    /// It measures a gap.
    pub(crate) gap: bool,
}

/// Where a box comes to rest.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Snapped {
    /// How far it is moved from where the hand holds it.
    pub(crate) by: [f64; 2],
    /// What is shown.
    pub(crate) guides: Vec<Guide>,
}

/// A box seen along one axis.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Its begin and end along the axis.
    along: [f64; 2],
    /// Its begin and end across it.
    across: [f64; 2],
}

/// Boxes that others snap to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snap {
    /// All of them along both axes.
    spans: [Vec<Span>; 2],
    /// Edges and centres along both axes, sorted, each with its box.
    lines: [Vec<(f64, u32)>; 2],
}

impl Span {
    fn of(rect: Rect, axis: usize) -> Span {
        let (x, y) = ([rect.x, rect.x + rect.width], [rect.y, rect.y + rect.height]);
        if axis == 0 { Span { along: x, across: y } } else { Span { along: y, across: x } }
    }

    fn lines(&self) -> [f64; 3] {
        [self.along[0], f64::midpoint(self.along[0], self.along[1]), self.along[1]]
    }

    fn beside(&self, other: &Span) -> bool {
        self.across[0] < other.across[1] && other.across[0] < self.across[1]
    }
}

impl Snap {
    /// For boxes that stay while another one is moved.
    pub(crate) fn new(others: impl Iterator<Item = Rect>) -> Snap {
        let mut snap = Snap::default();
        for (index, rect) in others.enumerate() {
            for axis in 0..2 {
                let span = Span::of(rect, axis);
                snap.lines[axis].extend(span.lines().map(|line| (line, index as u32)));
                snap.spans[axis].push(span);
            }
        }
        for lines in &mut snap.lines {
            lines.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        snap
    }

    /// Where a box comes to rest that a hand holds at `moved`. `reach` is in canvas units; `free` axes do not snap.
    pub(crate) fn at(&self, moved: Rect, reach: f64, free: [bool; 2]) -> Snapped {
        let mut by = [0.0, 0.0];
        let mut is_in_line = [false, false];
        for axis in (0..2).filter(|axis| !free[*axis]) {
            let span = Span::of(moved, axis);
            let found = self.nearest_line(axis, &span, reach).into_iter().chain(self.nearest_gap(axis, &span, reach));
            if let Some(shift) = found.min_by(|a, b| a.abs().total_cmp(&b.abs())) {
                by[axis] = shift;
                is_in_line[axis] = true;
            } else {
                let grid = (span.along[0] / GRID).round() * GRID - span.along[0];
                by[axis] = if grid.abs() <= reach { grid } else { 0.0 };
            }
        }
        let rest = Rect { x: moved.x + by[0], y: moved.y + by[1], ..moved };
        let mut guides = Vec::new();
        for axis in (0..2).filter(|axis| is_in_line[*axis]) {
            self.guides(axis, &Span::of(rest, axis), &mut guides);
        }
        Snapped { by, guides }
    }

    /// The shift to the nearest line of another box.
    fn nearest_line(&self, axis: usize, span: &Span, reach: f64) -> Option<f64> {
        let lines = &self.lines[axis];
        let shifts = span.lines().into_iter().flat_map(|own| {
            let at = lines.partition_point(|(line, _)| *line < own);
            let near = lines.get(at).into_iter().chain(at.checked_sub(1).and_then(|before| lines.get(before)));
            near.map(move |(line, _)| line - own)
        });
        shifts.filter(|shift| shift.abs() <= reach).min_by(|a, b| a.abs().total_cmp(&b.abs()))
    }

    /// The nearest boxes before and behind one, in its row or column.
    fn neighbours(&self, axis: usize, span: &Span) -> [Option<Span>; 2] {
        let middle = span.lines()[1];
        let beside = || self.spans[axis].iter().copied().filter(|other| other.beside(span));
        let before = beside().filter(|o| o.lines()[1] < middle).max_by(|a, b| a.along[1].total_cmp(&b.along[1]));
        let behind = beside().filter(|o| o.lines()[1] > middle).min_by(|a, b| a.along[0].total_cmp(&b.along[0]));
        let near = |o: &Span| (o.along[0] - span.along[1]).max(span.along[0] - o.along[1]) < FAR;
        [before.filter(near), behind.filter(near)]
    }

    /// The shift that makes the gaps equal: between both neighbours, or as wide as the next gap before or behind.
    fn nearest_gap(&self, axis: usize, span: &Span, reach: f64) -> Option<f64> {
        let [before, behind] = self.neighbours(axis, span);
        let size = span.along[1] - span.along[0];
        let between = before.zip(behind).map(|(a, b)| f64::midpoint(a.along[1], b.along[0] - size) - span.along[0]);
        let after = before.and_then(|a| {
            let gap = a.along[0] - self.neighbours(axis, &a)[0]?.along[1];
            (gap > 0.0).then_some(a.along[1] + gap - span.along[0])
        });
        let ahead = behind.and_then(|b| {
            let gap = self.neighbours(axis, &b)[1]?.along[0] - b.along[1];
            (gap > 0.0).then_some(b.along[0] - gap - span.along[1])
        });
        let all = [between, after, ahead].into_iter().flatten().filter(|shift| shift.abs() <= reach);
        all.min_by(|a, b| a.abs().total_cmp(&b.abs()))
    }

    /// The guides of a box at rest: lines through what is in line with it, and equal gaps.
    fn guides(&self, axis: usize, span: &Span, guides: &mut Vec<Guide>) {
        let point = |along: f64, across: f64| if axis == 0 { [along, across] } else { [across, along] };
        let mut count = guides.len();
        for own in span.lines() {
            let lines = &self.lines[axis];
            let start = lines.partition_point(|(line, _)| *line < own - SAME);
            let same = lines[start..].iter().take_while(|(line, _)| *line <= own + SAME);
            let all = same.filter_map(|(_, index)| self.spans[axis].get(*index as usize)).map(|other| other.across);
            let reached = all.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]);
            if let Some([low, high]) = reached {
                let (low, high) = (low.min(span.across[0]), high.max(span.across[1]));
                guides.push(Guide { from: point(own, low), to: point(own, high), gap: false });
            }
        }
        // In line with the edges is in line with the centre, too, when both have one size: two lines are enough.
        if guides.len() - count == 3 {
            guides.remove(count + 1);
        }
        count = guides.len();
        let across = |a: &Span, b: &Span| f64::midpoint(a.across[0].max(b.across[0]), a.across[1].min(b.across[1]));
        let gap = |a: &Span, b: &Span| Guide {
            from: point(a.along[1], across(a, b)),
            to: point(b.along[0], across(a, b)),
            gap: true,
        };
        let [before, behind] = self.neighbours(axis, span);
        let mut pairs = Vec::new();
        if let (Some(a), Some(b)) = (before, behind) {
            pairs.push(((a, *span), (*span, b)));
        }
        if let Some(a) = before
            && let Some(first) = self.neighbours(axis, &a)[0]
        {
            pairs.push(((first, a), (a, *span)));
        }
        if let Some(b) = behind
            && let Some(last) = self.neighbours(axis, &b)[1]
        {
            pairs.push(((*span, b), (b, last)));
        }
        for ((a, b), (c, d)) in pairs {
            let (one, two) = (b.along[0] - a.along[1], d.along[0] - c.along[1]);
            if one > 0.0 && (one - two).abs() <= SAME {
                guides.extend([gap(&a, &b), gap(&c, &d)]);
            }
        }
        // A gap that two pairs measure is drawn once.
        let mut at = count;
        while at < guides.len() {
            if guides[count..at].contains(&guides[at]) {
                guides.remove(at);
            } else {
                at += 1;
            }
        }
    }
}

/// A drag along the longer of its two directions only.
pub(crate) fn along_one_axis([dx, dy]: [f64; 2]) -> [f64; 2] {
    if dx.abs() >= dy.abs() { [dx, 0.0] } else { [0.0, dy] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f64, y: f64) -> Rect {
        Rect { x, y, width: 150.0, height: 54.0 }
    }

    fn snap(others: &[Rect], moved: Rect) -> Snapped {
        Snap::new(others.iter().copied()).at(moved, 7.0, [false, false])
    }

    #[test]
    fn a_box_comes_into_line_with_another() {
        let snapped = snap(&[rect(0.0, 0.0)], rect(263.0, 5.0));
        assert_eq!(snapped.by, [1.0, -5.0]);
        // On the grid sideways (no guide); with both edges of the other in height.
        assert_eq!(snapped.guides.len(), 2);
        assert_eq!(snapped.guides[0], Guide { from: [0.0, 0.0], to: [414.0, 0.0], gap: false });
    }

    #[test]
    fn centres_of_different_sizes_align() {
        let small = Rect { x: 304.0, y: 200.0, width: 100.0, height: 54.0 };
        let snapped = snap(&[rect(277.0, 0.0)], small);
        assert_eq!(snapped.by[0], -2.0);
        let line = snapped.guides[0];
        assert_eq!((line.from, line.to), ([352.0, 0.0], [352.0, 252.0]));
    }

    #[test]
    fn gaps_become_equal() {
        // Between two.
        let snapped = snap(&[rect(0.0, 0.0), rect(503.0, 0.0)], rect(255.0, 2.0));
        assert_eq!(snapped.by, [-3.5, -2.0]);
        assert_eq!(snapped.guides.iter().filter(|g| g.gap).count(), 2);
        // Behind two.
        let snapped = snap(&[rect(0.0, 0.0), rect(203.0, 0.0)], rect(409.0, 0.0));
        assert_eq!(snapped.by[0], -3.0);
    }

    #[test]
    fn far_away_only_the_grid_holds_and_free_axes_hold_nothing() {
        assert_eq!(snap(&[], rect(24.0, 46.0)).by, [-2.0, -2.0]);
        let snap = Snap::new([rect(0.0, 0.0)].into_iter());
        assert_eq!(snap.at(rect(3.0, 103.0), 7.0, [true, true]), Snapped::default());
        assert_eq!(snap.at(rect(3.0, 105.0), 2.0, [false, false]).by, [0.0, 0.0]);
    }

    #[test]
    fn shift_keeps_one_axis() {
        assert_eq!((along_one_axis([5.0, -3.0]), along_one_axis([1.0, -3.0])), ([5.0, 0.0], [0.0, -3.0]));
    }
}
