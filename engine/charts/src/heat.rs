//! Heat maps: how many values fell between two bounds in a stretch of time, as cells whose colour says it.

use crate::{Hue, Unit, scale::Scale};

/// Values between two bounds in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// From this second of the axis.
    pub from_s: f64,
    /// To this one.
    pub until_s: f64,
    /// Above this value; none is an open end.
    pub low: Option<f64>,
    /// Up to this value; none is an open end.
    pub high: Option<f64>,
    /// How many.
    pub count: u64,
}

/// The cells of a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// None lies over another; those without a value are left out.
    pub cells: Vec<Cell>,
    /// The colour of the fullest.
    pub hue: Hue,
}

/// How the bounds of cells are spread over the height of a lane: those with finite ends in the middle, what is beyond them in a strip
/// above and one below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeatAxis {
    /// The least finite bound that has a place of its own.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    is_log: bool,
    /// Whether there are values below `low` and above `high`, each of which then has a strip.
    under: bool,
    over: bool,
}

/// Share of a lane's height that a strip takes.
const STRIP: f64 = 0.09;
/// The faintest colour of a cell that has values.
const FAINTEST: f64 = 0.22;
/// Bounds so far apart, greatest to least, are shown better by powers of ten.
const WIDE: f64 = 50.0;
/// Most powers of ten that a logarithmic axis shows; what is smaller lies in the strip below.
const MOST_DECADES: f64 = 9.0;
/// Most bounds that are written at their places.
const MOST_BOUNDS: usize = 24;
/// Fewest values that tell of an axis how it goes.
const FEWEST_TICKS: usize = 3;
/// Share of a lane's height by which the pointer may miss a cell that has none of its own.
const REACH: f64 = 0.015;
/// Steps of the legend.
const STEPS: u32 = 5;

impl Heat {
    /// The fullest cell's count.
    pub fn most(&self) -> u64 {
        self.cells.iter().map(|cell| cell.count).max().unwrap_or(0)
    }

    /// Finite bounds, lowest first, each once.
    fn bounds(&self) -> Vec<f64> {
        let ends = self.cells.iter().flat_map(|cell| [cell.low, cell.high]).flatten().filter(|end| end.is_finite());
        let mut bounds: Vec<f64> = ends.collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        bounds
    }

    /// Whether powers of ten show the values better: nothing below 0, and bounds that lie far apart.
    pub fn is_wide(&self) -> bool {
        let bounds = self.bounds();
        let least = bounds.iter().copied().find(|bound| *bound > 0.0);
        let (Some(least), Some(greatest)) = (least, bounds.last()) else { return false };
        bounds.first().is_some_and(|first| *first >= 0.0) && *greatest > least * WIDE
    }

    /// Its value axis.
    pub fn axis(&self, scale: Scale) -> HeatAxis {
        let bounds = self.bounds();
        let greatest = bounds.last().copied().unwrap_or(1.0);
        let floor = if greatest > 0.0 { greatest / 10_f64.powf(MOST_DECADES) } else { 0.0 };
        let positive = bounds.iter().copied().find(|bound| *bound > 0.0 && *bound >= floor);
        let (low, is_log) = match (scale, positive) {
            (Scale::Log, Some(least)) if least < greatest => (least, true),
            _ => (bounds.first().copied().unwrap_or(0.0), false),
        };
        HeatAxis {
            low,
            high: greatest,
            is_log,
            under: self.cells.iter().any(|cell| cell.low.is_none_or(|end| end < low)),
            over: self.cells.iter().any(|cell| cell.high.is_none()),
        }
    }

    /// Values that are written at the axis, lowest first: the bounds themselves where they are few, else powers of ten, round
    /// values between them, or even steps.
    pub fn ticks(&self, axis: HeatAxis) -> Vec<f64> {
        let bounds: Vec<f64> = self.bounds().into_iter().filter(|bound| *bound >= axis.low).collect();
        if bounds.len() <= MOST_BOUNDS {
            return bounds;
        }
        if !axis.is_log {
            return (0..=4).map(|step| axis.low + (axis.high - axis.low) * f64::from(step) / 4.0).collect();
        }
        let (from, to) = (axis.low.log10().floor() as i32, axis.high.log10().ceil() as i32);
        let round = |factors: &[f64]| -> Vec<f64> {
            let values = (from..=to).flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power)));
            values.filter(|value| (axis.low..=axis.high).contains(value)).collect()
        };
        // Between 120 and 900 there is no power of ten.
        let finer: [&[f64]; 3] = [&[1.0], &[1.0, 2.0, 5.0], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]];
        let enough = finer.into_iter().map(round).find(|values| values.len() >= FEWEST_TICKS);
        let even = |step: u32| (axis.low * (axis.high / axis.low).powf(f64::from(step) / 4.0)).min(axis.high);
        enough.unwrap_or_else(|| (0..=4).map(even).collect())
    }

    /// The cell at a moment and a height, from 0 at the ground to 1 at the top. One without a height, as what counts as zero, is
    /// drawn as a hair over its neighbours, and comes before them.
    pub fn cell_at(&self, axis: HeatAxis, second: f64, share: f64) -> Option<&Cell> {
        let is_now = |cell: &&Cell| cell.from_s <= second && second < cell.until_s;
        let miss = |cell: &Cell| {
            let (low, high) = axis.span(cell);
            if high > low { f64::INFINITY } else { (share - low).abs() }
        };
        let is_there = |cell: &&Cell| {
            let (low, high) = axis.span(cell);
            low <= share && share <= high
        };
        let hairs = self.cells.iter().filter(is_now).filter(|cell| miss(cell) <= REACH);
        let nearest = hairs.min_by(|a, b| miss(a).total_cmp(&miss(b)));
        nearest.or_else(|| self.cells.iter().filter(is_now).find(is_there))
    }

    /// The cells of a moment, lowest first.
    pub fn at(&self, second: f64) -> Vec<&Cell> {
        let mut cells: Vec<&Cell> =
            self.cells.iter().filter(|cell| cell.from_s <= second && second < cell.until_s).collect();
        cells.sort_by(|a, b| order(a.low, b.low, f64::NEG_INFINITY).then(order(a.high, b.high, f64::INFINITY)));
        cells
    }
}

/// How two ends lie, an open one standing for `open`.
fn order(a: Option<f64>, b: Option<f64>, open: f64) -> std::cmp::Ordering {
    a.unwrap_or(open).total_cmp(&b.unwrap_or(open))
}

impl Cell {
    /// Its bounds in words: `1 s – 2 s`, `> 4 s`, `≤ 1 s`.
    pub fn between(&self, unit: Unit) -> String {
        match (self.low, self.high) {
            // What counts as zero lies between zero from below and from above.
            (Some(low), Some(high)) if low >= high => unit.say(high),
            (Some(low), Some(high)) => format!("{} – {}", unit.say(low), unit.say(high)),
            (Some(low), None) => format!("> {}", unit.say(low)),
            (None, Some(high)) => format!("≤ {}", unit.say(high)),
            (None, None) => "−∞ – ∞".to_owned(),
        }
    }
}

impl HeatAxis {
    fn ground(self) -> f64 {
        if self.under { STRIP } else { 0.0 }
    }

    fn top(self) -> f64 {
        if self.over { 1.0 - STRIP } else { 1.0 }
    }

    /// Where a value lies, from 0 at the ground to 1 at the top.
    pub fn share(self, value: f64) -> f64 {
        let within = if self.is_log {
            if value > self.low { (value / self.low).log10() / (self.high / self.low).log10() } else { 0.0 }
        } else {
            (value - self.low) / (self.high - self.low)
        };
        let within = if within.is_nan() { 0.0 } else { within };
        let place = self.ground() + within.clamp(0.0, 1.0) * (self.top() - self.ground());
        if self.over && value > self.high {
            f64::midpoint(self.top(), 1.0)
        } else if self.under && value < self.low {
            self.ground() / 2.0
        } else {
            place
        }
    }

    /// Lower and upper edge of a cell, as shares of the height.
    pub fn span(self, cell: &Cell) -> (f64, f64) {
        let low = cell.low.filter(|low| *low >= self.low).map_or(0.0, |low| self.share(low.min(self.high)));
        let high = match cell.high {
            Some(high) if high < self.low => self.ground(),
            Some(high) => self.share(high.min(self.high)),
            None => 1.0,
        };
        (low, high.max(low))
    }

    /// Whether it goes by powers of ten.
    pub fn is_log(self) -> bool {
        self.is_log
    }
}

/// How strong the colour of a cell is, from 0 to 1, where the fullest one has `most` values: by the logarithm, so that single
/// values are seen beside thousands.
pub fn strength(count: u64, most: u64) -> f64 {
    let share = (count as f64).ln_1p() / (most.max(1) as f64).ln_1p();
    FAINTEST + (1.0 - FAINTEST) * share.clamp(0.0, 1.0)
}

/// Counts whose colours a legend shows, from 1 to that of the fullest cell.
pub fn legend(most: u64) -> Vec<u64> {
    if most == 0 {
        return Vec::new();
    }
    let step = |i: u32| (most as f64).powf(f64::from(i) / f64::from(STEPS - 1)).round() as u64;
    let mut counts: Vec<u64> = (0..STEPS).map(|i| if i + 1 == STEPS { most } else { step(i) }).collect();
    counts.dedup();
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(low: Option<f64>, high: Option<f64>) -> Cell {
        Cell { from_s: 0.0, until_s: 1.0, low, high, count: 1 }
    }

    fn heat(ends: &[(Option<f64>, Option<f64>)]) -> Heat {
        Heat { cells: ends.iter().map(|(low, high)| cell(*low, *high)).collect(), hue: Hue::Accent }
    }

    #[test]
    fn bounds_stand_at_their_own_places_between_strips_for_what_is_open() {
        let heat = heat(&[(None, Some(1.0)), (Some(1.0), Some(2.0)), (Some(2.0), Some(5.0)), (Some(5.0), None)]);
        let axis = heat.axis(Scale::Linear);
        assert_eq!((axis.low, axis.high), (1.0, 5.0));
        let spans: Vec<_> = heat.cells.iter().map(|cell| axis.span(cell)).collect();
        let middle = 1.0 - 2.0 * STRIP;
        assert_eq!((spans[0], spans[3]), ((0.0, STRIP), (1.0 - STRIP, 1.0)));
        assert!((spans[1].1 - (STRIP + middle / 4.0)).abs() < 1e-12 && spans[1].1 == spans[2].0, "{spans:?}");
        assert_eq!(heat.ticks(axis), [1.0, 2.0, 5.0]);
        // What is measured beyond a bound lies in its strip.
        assert!(axis.share(9.0) > 1.0 - STRIP && axis.share(0.5) < STRIP);
    }

    #[test]
    fn a_logarithmic_axis_gives_each_power_of_ten_the_same_room_and_zero_a_strip() {
        let heat = heat(&[(Some(0.0), Some(1.0)), (Some(1.0), Some(10.0)), (Some(10.0), Some(100.0))]);
        assert!(heat.is_wide());
        let axis = heat.axis(Scale::Log);
        assert_eq!((axis.low, axis.high, axis.is_log()), (1.0, 100.0, true));
        assert_eq!(axis.span(&heat.cells[0]), (0.0, STRIP));
        let (low, high) = axis.span(&heat.cells[1]);
        assert!((high - low - (1.0 - STRIP) / 2.0).abs() < 1e-12);
        let narrow = super::tests::heat(&[(Some(1.0), Some(2.0)), (Some(2.0), Some(4.0))]);
        assert!(!narrow.is_wide() && !narrow.axis(Scale::Linear).is_log());
        // Nothing above zero, nothing to take a logarithm of.
        let below = super::tests::heat(&[(Some(-4.0), Some(-2.0)), (Some(-2.0), Some(0.0))]);
        assert!(!below.axis(Scale::Log).is_log() && !below.is_wide());
    }

    #[test]
    fn cells_are_found_by_their_place_and_said() {
        let heat = heat(&[(None, Some(1.0)), (Some(1.0), Some(2.0)), (Some(2.0), None)]);
        let axis = heat.axis(Scale::Linear);
        let said = |share| heat.cell_at(axis, 0.5, share).map(|cell| cell.between(Unit::Count));
        assert_eq!(
            [0.01, 0.5, 0.99].map(said),
            [Some("≤ 1".to_owned()), Some("1 – 2".to_owned()), Some("> 2".to_owned())]
        );
        assert_eq!(cell(Some(-0.0), Some(0.0)).between(Unit::Count), "0");
        assert_eq!(heat.cell_at(axis, 1.0, 0.5), None, "its time is over");
        assert_eq!(heat.at(0.0).len(), 3);
    }

    /// Many bounds, each greater than the one below by the same factor.
    fn growing(from: f64, factor: f64, count: i32) -> Heat {
        let end = |power: i32| Some(from * factor.powi(power));
        heat(&(0..count).map(|power| (end(power), end(power + 1))).collect::<Vec<_>>())
    }

    #[test]
    fn a_logarithmic_axis_is_written_also_between_two_powers_of_ten() {
        let ticks = |heat: &Heat| heat.ticks(heat.axis(Scale::Log));
        // Up to 887.
        let some = growing(120.0, 1.05, 41);
        assert_eq!(ticks(&some), [200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0]);
        // Up to 5,947, and with many powers as before.
        assert_eq!(ticks(&growing(120.0, 1.1025, 40)), [200.0, 500.0, 1_000.0, 2_000.0, 5_000.0]);
        assert_eq!(ticks(&growing(0.5, 1.4, 30)), [1.0, 10.0, 100.0, 1_000.0, 10_000.0]);
        // Not even a round value within.
        let near = growing(120.0, 1.01, 30);
        let even = ticks(&near);
        assert_eq!((even.len(), even[0]), (5, 120.0));
        assert!(even.is_sorted() && even[4] <= near.axis(Scale::Log).high && even[4] > 161.0, "{even:?}");
    }

    #[test]
    fn what_counts_as_zero_can_be_pointed_at() {
        let heat = heat(&[(Some(-10.0), Some(-0.0)), (Some(-0.0), Some(0.0)), (Some(0.0), Some(10.0))]);
        let axis = heat.axis(Scale::Linear);
        let said = |share| heat.cell_at(axis, 0.5, share).map(|cell| cell.between(Unit::Count));
        assert_eq!([0.49, 0.5, 0.51].map(said), [(); 3].map(|()| Some("0".to_owned())));
        assert_eq!(said(0.48), Some(heat.cells[0].between(Unit::Count)));
        assert_eq!(said(0.52), Some(heat.cells[2].between(Unit::Count)));
        assert_eq!(heat.cell_at(axis, 1.0, 0.5), None, "its time is over");
    }

    #[test]
    fn legends_go_from_one_to_the_fullest() {
        assert_eq!(legend(10_000), [1, 10, 100, 1_000, 10_000]);
        assert_eq!(legend(2), [1, 2]);
        assert_eq!((legend(1), legend(0)), (vec![1], vec![]));
        assert_eq!(legend(u64::MAX).last(), Some(&u64::MAX));
    }

    proptest! {
        #[test]
        fn any_cell_has_a_place_and_fuller_ones_are_stronger(
            ends in prop::collection::vec((prop::option::of(prop::num::f64::ANY), prop::option::of(prop::num::f64::ANY)), 0..20),
            a in 1..u64::MAX,
            b in 1..u64::MAX,
        ) {
            let heat = heat(&ends);
            for scale in [Scale::Linear, Scale::Log] {
                let axis = heat.axis(scale);
                prop_assert!(heat.ticks(axis).len() <= 2 * MOST_BOUNDS);
                for cell in &heat.cells {
                    let (low, high) = axis.span(cell);
                    prop_assert!((0.0..=1.0).contains(&low) && (low..=1.0).contains(&high), "{low} {high} {axis:?}");
                }
            }
            let most = a.max(b);
            prop_assert!(strength(a.min(b), most) <= strength(most, most));
            prop_assert!((0.0..=1.0).contains(&strength(a, most)));
        }
    }
}
