//! Where axes end and where their ticks stand.

use crate::{Unit, units};

/// How values are spread over the height of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Evenly, from 0.
    #[default]
    Linear,
    /// By powers of ten. What is 0 or less lies on the ground.
    Log,
}

/// Most powers of ten that a logarithmic axis shows; what is smaller lies on the ground.
const MOST_DECADES: i32 = 6;

/// The value axis of a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The value at the ground; on a linear axis 0, or less where a value is.
    pub low: f64,
    /// The value at the top.
    pub high: f64,
    scale: Scale,
}

impl Axis {
    /// The axis of values in `unit` between the least one above 0 and the greatest; shares stay linear.
    pub fn new(scale: Scale, unit: Unit, least_above_zero: Option<f64>, max: Option<f64>) -> Axis {
        let linear = Axis { low: 0.0, high: top(unit, max), scale: Scale::Linear };
        let (Scale::Log, Some(least), Some(max)) = (scale, least_above_zero, max) else { return linear };
        if unit == Unit::Share || max <= 0.0 || !max.is_finite() {
            return linear;
        }
        let power = (max.log10() - 1e-9).ceil() as i32;
        let ground = ((least.log10() + 1e-9).floor() as i32).clamp(power - MOST_DECADES, power - 1);
        Axis { low: 10_f64.powi(ground), high: 10_f64.powi(power), scale }
    }

    /// The same, down to values below 0; a logarithmic axis has no place for them.
    #[must_use]
    pub fn reaching(self, least: Option<f64>) -> Axis {
        match (self.scale, least.filter(|least| least.is_finite() && *least < 0.0)) {
            (Scale::Linear, Some(least)) => Axis { low: -round_up(-least), ..self },
            _ => self,
        }
    }

    /// Where a value lies, from 0 at the ground to 1 at the top.
    pub fn share(self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log if value <= self.low => 0.0,
            Scale::Log => (value / self.low).log10() / (self.high / self.low).log10(),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// Values where a thin line helps the eye: the powers of ten between the ends of a logarithmic axis.
    pub fn grid(self) -> Vec<f64> {
        match self.scale {
            Scale::Linear if self.low < 0.0 && self.high > 0.0 => vec![0.0],
            Scale::Linear => Vec::new(),
            Scale::Log => {
                let decades = (self.high / self.low).log10().round() as i32;
                (1..decades).map(|i| self.low * 10_f64.powi(i)).collect()
            }
        }
    }

    /// Whether it goes by powers of ten.
    pub fn is_log(self) -> bool {
        self.scale == Scale::Log
    }
}

/// The end of an axis that begins at 0 and holds `max`: a round number in the unit in which it will be said.
pub fn top(unit: Unit, max: Option<f64>) -> f64 {
    let max = max.filter(|max| max.is_finite() && *max > 0.0).unwrap_or(1.0);
    match unit {
        Unit::Share if max <= 1.0 => 1.0,
        Unit::Milliseconds if max >= 60_000.0 => {
            let step = if max >= 3_600_000.0 { 3_600_000.0 } else { 60_000.0 };
            round_up(max / step) * step
        }
        _ => round_up(max),
    }
}

/// The least of 1, 1.5, 2, 3, 4, 5, 6, 8, 10 times a power of ten that is not below `value`.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let digit = value / power;
    let steps = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    // A value that is a step but for the error of the logarithm is that step.
    steps.into_iter().find(|step| digit <= step * (1.0 + 1e-9)).unwrap_or(10.0) * power
}

/// Ticks of a time axis: moments in seconds and how they are said; at most `most` and one at 0.
pub fn time_ticks(duration_s: f64, most: usize) -> Vec<(f64, String)> {
    const STEPS: &[f64] = &[
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0,
        43_200.0, 86_400.0,
    ];
    if !duration_s.is_finite() || duration_s <= 0.0 || most == 0 {
        return vec![(0.0, units::clock(0.0))];
    }
    let least = duration_s / most as f64;
    let step = if least < 1.0 {
        round_up(least)
    } else {
        STEPS.iter().copied().find(|step| *step >= least).unwrap_or_else(|| (least / 86_400.0).ceil() * 86_400.0)
    };
    let say = |moment: f64| match step {
        _ if step < 1.0 => units::seconds(moment),
        _ if step >= 86_400.0 => format!("{}d", (moment / 86_400.0).round()),
        _ => units::clock(moment),
    };
    let count = (duration_s / step * (1.0 + 1e-9)).floor() as usize;
    (0..=count).map(|i| i as f64 * step).map(|moment| (moment, say(moment))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_below_zero_lower_the_ground() {
        let axis = Axis::new(Scale::Linear, Unit::Count, None, Some(3.0)).reaching(Some(-2.5));
        assert_eq!((axis.low, axis.high, axis.share(-3.0), axis.share(0.0)), (-3.0, 3.0, 0.0, 0.5));
        assert_eq!(axis.grid(), [0.0]);
        assert_eq!(axis.reaching(Some(1.0)), axis);
        let log = Axis::new(Scale::Log, Unit::Count, Some(1.0), Some(100.0));
        assert_eq!(log.reaching(Some(-5.0)), log);
    }

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!(top(Unit::PerSecond, Some(297.0)).to_string(), "300");
        assert_eq!(top(Unit::Milliseconds, Some(41_300.0)).to_string(), "50000");
        assert_eq!(top(Unit::Milliseconds, Some(130_000.0)).to_string(), "180000");
        assert_eq!(top(Unit::Share, Some(0.4)).to_string(), "1");
        assert_eq!(top(Unit::Count, Some(1000.0)).to_string(), "1000");
        assert_eq!(top(Unit::Count, None).to_string(), "1");
        assert_eq!(top(Unit::Count, Some(0.0)).to_string(), "1");
    }

    #[test]
    fn a_logarithmic_axis_gives_every_power_of_ten_the_same_room() {
        let axis = Axis::new(Scale::Log, Unit::Milliseconds, Some(3.0), Some(41_300.0));
        assert_eq!((axis.low, axis.high), (1.0, 100_000.0));
        assert_eq!(
            [0.0, 1.0, 10.0, 1000.0, 100_000.0, 1e9].map(|v| (axis.share(v) * 10.0).round()),
            [0.0, 0.0, 2.0, 6.0, 10.0, 10.0]
        );
        assert_eq!(axis.grid().len(), 4);
        let wide = Axis::new(Scale::Log, Unit::Count, Some(1e-9), Some(1e9));
        assert_eq!(wide.low, 1e3);
        let one = Axis::new(Scale::Log, Unit::Count, Some(100.0), Some(100.0));
        assert_eq!((one.low, one.high), (10.0, 100.0));
    }

    #[test]
    fn without_anything_above_zero_an_axis_is_linear() {
        for max in [None, Some(0.0)] {
            assert!(!Axis::new(Scale::Log, Unit::Count, None, max).is_log());
        }
        assert!(!Axis::new(Scale::Log, Unit::Share, Some(0.1), Some(0.9)).is_log());
        assert_eq!(Axis::new(Scale::Linear, Unit::Count, None, Some(4.0)).share(f64::NAN), 0.0);
    }

    #[test]
    fn ticks_of_twenty_minutes() {
        let said: Vec<String> = time_ticks(1200.0, 10).into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            said.join(" "),
            "00:00 02:00 04:00 06:00 08:00 10:00 12:00 14:00 16:00 18:00 20:00"
                .split(' ')
                .collect::<Vec<_>>()
                .join(" ")
        );
        assert_eq!(time_ticks(0.5, 5).last().map(|(_, text)| text.clone()), Some("500 ms".to_owned()));
        assert_eq!(time_ticks(0.0, 5).len(), 1);
        assert_eq!(time_ticks(31_536_000.0, 8).last().map(|(_, text)| text.clone()), Some("322d".to_owned()));
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_values_and_wastes_at_most_half(max in 1e-9..1e12_f64) {
            for unit in [Unit::PerSecond, Unit::Count, Unit::Milliseconds] {
                let top = top(unit, Some(max));
                prop_assert!(top >= max * (1.0 - 1e-8) && top <= max * 2.001, "{max} {top}");
            }
        }

        #[test]
        fn ticks_are_few_and_inside(duration in 1e-3..1e9_f64, most in 1_usize..20) {
            let ticks = time_ticks(duration, most);
            prop_assert!(ticks.len() <= most + 1);
            prop_assert!(ticks.iter().all(|(moment, _)| *moment <= duration * (1.0 + 1e-6)));
        }
    }
}
