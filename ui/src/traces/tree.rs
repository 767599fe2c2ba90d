//! One trace as it is drawn: which rows are seen, where their bars lie, how one moves from row to row.

use std::collections::{HashMap, HashSet};

use thalweg_protocol::{TraceRow, TraceView, trace::RowKind};

use super::colours::ServiceColours;
use crate::state::Shared;

/// Pixels by which a row stands further right than its parent.
const INDENT: f64 = 14.0;
/// Levels that are indented in full; deeper ones only a little, so that names keep their room.
const FULL_LEVELS: u32 = 9;

/// So many pieces of the critical path are drawn as they are; more are drawn as if the whole had so many hair's breadths.
const FEW_PIECES: usize = 40;
const PIECES: u64 = 400;

/// A trace with what follows from it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) view: Shared<TraceView>,
    /// From the start of the trace to the end of its last row, at least 1.
    pub(super) total_nano: u64,
    pub(super) colours: ServiceColours,
    /// Rows by the span of this trace that they link to.
    linked: HashMap<String, Vec<usize>>,
    /// Of each row, so that none of these takes a walk over the others: the row above that is one level higher, the palette's place of
    /// its service, and how many rows before it have an error; of the last with one behind it.
    parents: Vec<Option<u32>>,
    row_colours: Vec<Option<u8>>,
    errors_before: Vec<u32>,
}

/// Where a bar lies, as shares of the whole width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub(super) left: f64,
    pub(super) width: f64,
}

impl Tree {
    pub(super) fn new(view: Shared<TraceView>) -> Self {
        let total_nano = view.rows.iter().map(|row| row.start_nano.saturating_add(row.duration_nano)).max();
        let colours = ServiceColours::new(&view.summary.services);
        let mut linked: HashMap<String, Vec<usize>> = HashMap::new();
        for (row, span) in view.rows.iter().enumerate().filter_map(|(i, row)| Some((i, row.span.as_deref()?))) {
            for link in span.links.iter().filter(|link| link.trace_id == view.summary.trace_id) {
                linked.entry(link.span_id.clone()).or_default().push(row);
            }
        }
        let parents = parents(&view.rows);
        let row_colours = row_colours(&view.rows, &parents, &colours);
        let errors_before = errors_before(&view.rows);
        let total_nano = total_nano.unwrap_or(0).max(1);
        Tree { view, total_nano, colours, linked, parents, row_colours, errors_before }
    }

    pub(super) fn row(&self, index: usize) -> Option<&TraceRow> {
        self.view.rows.get(index)
    }

    /// What names a row also after the trace grew: the span's id, or when and how deep it waits.
    pub(super) fn key(&self, index: usize) -> Option<String> {
        let row = self.row(index)?;
        Some(match &row.span {
            Some(span) => span.span_id.clone(),
            None => format!("{:?} {} {}", row.kind, row.start_nano, row.depth),
        })
    }

    /// The row of a key.
    pub(super) fn index_of(&self, key: &str) -> Option<usize> {
        (0..self.view.rows.len()).find(|index| match self.view.rows[*index].span.as_deref() {
            Some(span) => span.span_id == key,
            None => self.key(*index).as_deref() == Some(key),
        })
    }

    /// The rows that are seen, from top to bottom: all but those below a collapsed one.
    pub(super) fn visible(&self, collapsed: &HashSet<String>) -> Vec<u32> {
        let mut seen = Vec::with_capacity(self.view.rows.len());
        let mut next = 0;
        while let Some(row) = self.view.rows.get(next) {
            seen.push(next as u32);
            let hides = row.span.as_ref().is_some_and(|span| collapsed.contains(&span.span_id));
            next += 1 + if hides { self.descendants(next) } else { 0 };
        }
        seen
    }

    /// How many of the following rows belong to this one; never more than there are.
    pub(super) fn descendants(&self, index: usize) -> usize {
        let left = self.view.rows.len().saturating_sub(index + 1);
        self.row(index).map_or(0, |row| usize::try_from(row.descendants).unwrap_or(usize::MAX).min(left))
    }

    /// The row above that is one level higher.
    pub(super) fn parent(&self, index: usize) -> Option<usize> {
        self.parents.get(index).copied().flatten().map(|parent| parent as usize)
    }

    /// Whether a row below this one has an error: what a collapsed row must not hide.
    pub(super) fn has_error_below(&self, index: usize) -> bool {
        let before = |index: usize| self.errors_before.get(index).copied().unwrap_or_default();
        before(index + 1 + self.descendants(index)) > before(index + 1)
    }

    /// Where a row's bar lies.
    pub(super) fn bar(&self, row: &TraceRow) -> Bar {
        self.bar_of(row.start_nano, row.duration_nano)
    }

    /// Where a stretch of time lies.
    pub(super) fn bar_of(&self, start_nano: u64, duration_nano: u64) -> Bar {
        let share = |nano: u64| nano as f64 / self.total_nano as f64;
        let left = share(start_nano.min(self.total_nano));
        Bar { left, width: share(duration_nano).min(1.0 - left) }
    }

    /// The palette's place for a row: its service's; time between attempts has that of the span it belongs to, time in a
    /// channel has none.
    pub(super) fn colour(&self, index: usize) -> Option<u8> {
        self.row_colours.get(index).copied().flatten()
    }

    /// Where a row is on the critical path. A long row may be on it in thousands of pieces: those nearer to each other than a hair's
    /// breadth are one.
    pub(super) fn critical(&self, index: usize) -> Vec<Bar> {
        let Some(row) = self.row(index) else { return Vec::new() };
        let hair = if row.critical.len() > FEW_PIECES { self.total_nano / PIECES } else { 0 };
        let mut pieces: Vec<[u64; 2]> = Vec::new();
        for [start, length] in &row.critical {
            let end = start.saturating_add(*length);
            match pieces.last_mut() {
                Some([_, until]) if start.saturating_sub(*until) < hair => *until = end.max(*until),
                _ => pieces.push([*start, end]),
            }
        }
        pieces.into_iter().map(|[start, end]| self.bar_of(start, end.saturating_sub(start))).collect()
    }

    /// The rows whose spans link to a span of this trace.
    pub(super) fn linking_to(&self, span_id: &str) -> Vec<usize> {
        self.linked.get(span_id).cloned().unwrap_or_default()
    }

    /// The wait before a span: the row just above it, when that is one on its level.
    pub(super) fn wait_before(&self, index: usize) -> Option<&TraceRow> {
        let (row, before) = (self.row(index)?, self.row(index.checked_sub(1)?)?);
        (row.span.is_some() && before.kind == RowKind::Wait && before.depth == row.depth).then_some(before)
    }
}

/// The row above each that is one level higher.
fn parents(rows: &[TraceRow]) -> Vec<Option<u32>> {
    // Those that the next row may be below, each deeper than the one before.
    let mut above: Vec<(u32, u32)> = Vec::new();
    let parent = |(index, row): (usize, &TraceRow)| {
        while above.last().is_some_and(|(depth, _)| *depth >= row.depth) {
            above.pop();
        }
        let parent = above.last().map(|(_, index)| *index);
        above.push((row.depth, index as u32));
        parent
    };
    rows.iter().enumerate().map(parent).collect()
}

/// Time between attempts has the colour of the span it belongs to, time in a channel has none.
fn row_colours(rows: &[TraceRow], parents: &[Option<u32>], colours: &ServiceColours) -> Vec<Option<u8>> {
    let known: HashMap<&str, u8> = colours.all().iter().map(|(service, colour)| (service.as_str(), *colour)).collect();
    let of = |row: &TraceRow| known.get(row.service.as_str()).copied();
    let colour = |(row, parent): (&TraceRow, &Option<u32>)| match row.kind {
        RowKind::Wait => None,
        RowKind::Retry => parent.and_then(|parent| rows.get(parent as usize)).and_then(of),
        _ => of(row),
    };
    rows.iter().zip(parents).map(colour).collect()
}

/// How many rows before each have an error, and in the end how many there are.
fn errors_before(rows: &[TraceRow]) -> Vec<u32> {
    let counted = rows.iter().scan(0, |errors, row| {
        *errors += u32::from(row.error);
        Some(*errors)
    });
    std::iter::once(0).chain(counted).collect()
}

/// How far right a row of this depth begins, in pixels.
pub(super) fn indent(depth: u32) -> f64 {
    let deeper = depth.saturating_sub(FULL_LEVELS).min(16);
    f64::from(depth.min(FULL_LEVELS)) * INDENT + f64::from(deeper) * 2.0
}

/// What tests call a row.
pub(super) fn kind_mark(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Wait => "wait",
        RowKind::Retry => "retry",
        _ => "span",
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::{TraceSummary, trace::SpanDetail};

    use super::*;

    fn row(kind: RowKind, depth: u32, start: u64, duration: u64, descendants: u64, id: &str) -> TraceRow {
        let span = (!id.is_empty()).then(|| {
            Box::new(SpanDetail {
                span_id: id.into(),
                parent_span_id: String::new(),
                status_message: String::new(),
                attributes: vec![],
                resource: vec![],
                scope: String::new(),
                events: vec![],
                links: vec![],
            })
        });
        TraceRow {
            kind,
            depth,
            name: id.into(),
            service: if id.is_empty() { String::new() } else { format!("s{depth}") },
            start_nano: start,
            duration_nano: duration,
            self_nano: 0,
            critical_nano: 0,
            critical: Vec::new(),
            error: id == "d",
            descendants,
            span,
        }
    }

    /// a ─ b ─ (wait) ─ c ─ d, (retry) below c; e
    fn tree() -> Tree {
        let summary = TraceSummary {
            trace_id: "t".into(),
            root: "a".into(),
            service: "s0".into(),
            start_unix_nano: 0,
            duration_ms: 0.0,
            spans: 5,
            errors: 1,
            services: vec!["s0".into(), "s1".into(), "s2".into(), "s3".into()],
        };
        let rows = vec![
            row(RowKind::Server, 0, 0, 100, 5, "a"),
            row(RowKind::Producer, 1, 10, 5, 0, "b"),
            row(RowKind::Wait, 1, 15, 25, 0, ""),
            row(RowKind::Consumer, 1, 40, 60, 2, "c"),
            row(RowKind::Client, 2, 50, 10, 0, "d"),
            row(RowKind::Retry, 2, 100, 100, 0, ""),
            row(RowKind::Internal, 0, 190, 10, 0, "e"),
        ];
        Tree::new(Shared::new(TraceView { summary, rows, rows_left_out: 0 }))
    }

    fn collapsed(ids: &[&str]) -> HashSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn collapsing_hides_what_is_below_and_nothing_else() {
        let tree = tree();
        assert_eq!(tree.visible(&collapsed(&[])), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(tree.visible(&collapsed(&["c"])), [0, 1, 2, 3, 6]);
        assert_eq!(tree.visible(&collapsed(&["a", "c"])), [0, 6]);
        assert_eq!(tree.visible(&collapsed(&["gone"])).len(), 7);
    }

    #[test]
    fn counts_that_lie_do_no_harm() {
        let mut view = (*tree().view).clone();
        view.rows[0].descendants = u64::MAX;
        view.rows[6].duration_nano = u64::MAX;
        let tree = Tree::new(Shared::new(view));
        assert_eq!(tree.visible(&collapsed(&["a"])), [0]);
        assert!(tree.has_error_below(0) && !tree.has_error_below(6));
        assert!(tree.bar(&tree.view.rows[6]).width <= 1.0);
        let nothing = TraceView { summary: tree.view.summary.clone(), rows: vec![], rows_left_out: 3 };
        let empty = Tree::new(Shared::new(nothing));
        assert!(empty.visible(&collapsed(&["a"])).is_empty());
        assert_eq!((empty.key(0), empty.parent(0), empty.total_nano), (None, None, 1));
    }

    #[test]
    fn keys_find_their_row_again() {
        let tree = tree();
        for index in 0..tree.view.rows.len() {
            assert_eq!(tree.key(index).and_then(|key| tree.index_of(&key)), Some(index));
        }
        assert_eq!(tree.index_of("gone"), None);
    }

    #[test]
    fn parents_errors_and_waits() {
        let tree = tree();
        assert_eq!(
            (0..7).map(|i| tree.parent(i)).collect::<Vec<_>>(),
            [None, Some(0), Some(0), Some(0), Some(3), Some(3), None]
        );
        assert!(tree.has_error_below(3) && !tree.has_error_below(4));
        assert_eq!(tree.wait_before(3).map(|row| row.duration_nano), Some(25));
        assert!(tree.wait_before(4).is_none() && tree.wait_before(0).is_none());
    }

    #[test]
    fn what_is_known_of_rows_is_what_a_walk_over_them_finds() {
        let mut state = 11_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut rows = vec![row(RowKind::Server, 0, 0, 100, 0, "a")];
        for _ in 0..400 {
            let depth = random(u64::from(rows[rows.len() - 1].depth) + 2) as u32;
            let kind = if random(5) == 0 { RowKind::Retry } else { RowKind::Internal };
            let mut next = row(kind, depth, random(100), 1, random(7), if kind == RowKind::Retry { "" } else { "x" });
            next.error = random(9) == 0;
            rows.push(next);
        }
        let tree = Tree::new(Shared::new(TraceView { rows: rows.clone(), ..(*tree().view).clone() }));
        for (index, row) in rows.iter().enumerate() {
            let parent = rows[..index].iter().rposition(|other| other.depth < row.depth);
            assert_eq!(tree.parent(index), parent, "{index}");
            let below = &rows[index + 1..=index + tree.descendants(index)];
            assert_eq!(tree.has_error_below(index), below.iter().any(|row| row.error), "{index}");
            let owner = if row.kind == RowKind::Retry { parent.map(|parent| &rows[parent]) } else { Some(row) };
            assert_eq!(tree.colour(index), owner.and_then(|owner| tree.colours.of(&owner.service)), "{index}");
        }
    }

    #[test]
    fn a_fragmented_critical_path_is_drawn_in_few_pieces() {
        let mut view = (*tree().view).clone();
        view.rows.truncate(1);
        view.rows[0].duration_nano = 1_000_000;
        view.rows[0].critical = vec![[0, 10], [500, 10]];
        let few = Tree::new(Shared::new(view.clone()));
        assert_eq!(few.critical(0), [few.bar_of(0, 10), few.bar_of(500, 10)]);
        // Two thousand pieces in the first half, one at the end.
        view.rows[0].critical = (0..2000).map(|piece| [piece * 250, 100]).chain([[999_000, 1000]]).collect();
        let many = Tree::new(Shared::new(view));
        assert_eq!(many.critical(0), [many.bar_of(0, 499_850), many.bar_of(999_000, 1000)]);
        assert!(many.critical(1).is_empty());
    }

    #[test]
    fn bars_and_colours() {
        let tree = tree();
        assert_eq!(tree.bar(&tree.view.rows[3]), Bar { left: 0.2, width: 0.3 });
        assert_eq!(tree.colour(2), None);
        assert_eq!(tree.colour(5), tree.colour(3), "a retry belongs to the span above it");
        assert_ne!(tree.colour(3), tree.colour(4));
    }

    #[test]
    fn deep_rows_keep_room_for_their_names() {
        assert_eq!((indent(0), indent(2)), (0.0, 28.0));
        assert!(indent(50_000) < 170.0 && indent(10) > indent(9));
    }
}
