//! Time axes that say what time it was, instead of how much had passed.

/// What time it was where an axis begins.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Epoch {
    /// Seconds since 1970.
    pub unix_s: f64,
    /// By how many seconds the viewer's clock is ahead of UTC.
    pub offset_s: f64,
}

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Distances of ticks, in seconds.
const STEPS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0,
    900.0, 1800.0, 3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0,
];

impl Epoch {
    /// A moment of the axis on the viewer's clock: `14:17:52`, with as many decimals as a step needs, and with its day where it
    /// is a whole one.
    pub fn say(self, second: f64, step_s: f64) -> String {
        let at = self.unix_s + self.offset_s + second;
        if !at.is_finite() {
            return "–".to_owned();
        }
        let places = if step_s >= 1.0 || step_s <= 0.0 { 0 } else { (-step_s.log10()).ceil().clamp(1.0, 3.0) as u32 };
        // Rounded as a whole, or 59.9996 s would be the sixtieth.
        let fine = 10_i64.pow(places);
        let units = (at * fine as f64).round() as i64;
        let (whole, rest) = (units.div_euclid(fine), units.rem_euclid(fine));
        let (day, in_day) = (whole.div_euclid(DAY as i64), whole.rem_euclid(DAY as i64));
        let (hours, minutes, seconds) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
        if in_day == 0 && rest == 0 && step_s >= 60.0 {
            let (_, month, day) = date(day);
            return format!("{month:02}-{day:02}");
        }
        match places {
            0 if step_s >= 60.0 => format!("{hours:02}:{minutes:02}"),
            0 => format!("{hours:02}:{minutes:02}:{seconds:02}"),
            places => format!("{hours:02}:{minutes:02}:{seconds:02}.{rest:0width$}", width = places as usize),
        }
    }

    /// A moment of the axis in UTC, as ISO 8601 writes it.
    pub(crate) fn utc(self, second: f64) -> String {
        let millis = ((self.unix_s + second) * 1e3).round() as i64;
        let (seconds, millis) = (millis.div_euclid(1000), millis.rem_euclid(1000));
        let (day, in_day) = (seconds.div_euclid(DAY as i64), seconds.rem_euclid(DAY as i64));
        let (year, month, day) = date(day);
        let (hours, minutes, seconds) = (in_day / 3600, in_day / 60 % 60, in_day % 60);
        format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z")
    }

    /// Ticks at whole moments of the viewer's clock: seconds from the beginning of the axis, and what is written there.
    pub(crate) fn ticks(self, from_s: f64, until_s: f64, most: usize) -> Vec<(f64, String)> {
        let least = (until_s - from_s) / most.max(1) as f64;
        if !least.is_finite() || least <= 0.0 {
            return Vec::new();
        }
        let days = (least / DAY).ceil() * DAY;
        let step = STEPS.iter().copied().find(|step| *step >= least).unwrap_or(days);
        let local = self.unix_s + self.offset_s;
        let (begin, end) = (((local + from_s) / step).ceil(), ((local + until_s) / step).floor());
        let count = (end - begin).clamp(-1.0, most as f64 + 1.0) as i64;
        (0..=count).map(|i| (begin + i as f64) * step - local).map(|at| (at, self.say(at, step))).collect()
    }
}

/// Year, month and day of a day since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn date(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30 11:25:19.5 UTC, as `date -d` says it; an hour ahead of it.
    const EPOCH: Epoch = Epoch { unix_s: 1_796_037_919.5, offset_s: 3600.0 };

    #[test]
    fn moments_are_those_of_the_viewers_clock() {
        assert_eq!((EPOCH.say(0.0, 1.0), EPOCH.say(0.0, 60.0)), ("12:25:20".into(), "12:25".into()));
        assert_eq!((EPOCH.say(0.25, 0.1), EPOCH.say(f64::NAN, 1.0)), ("12:25:19.8".into(), "–".into()));
        assert_eq!(EPOCH.utc(0.0), "2026-11-30T11:25:19.500Z");
        assert_eq!(Epoch { unix_s: 951_782_400.0, offset_s: 0.0 }.utc(0.0), "2000-02-29T00:00:00.000Z");
        // Midnight says which day begins.
        assert_eq!(EPOCH.say(41_680.5, 3600.0), "12-01");
    }

    #[test]
    fn ticks_stand_at_whole_moments() {
        let ticks = EPOCH.ticks(0.0, 60.0, 5);
        assert_eq!(
            ticks.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
            ["12:25:30", "12:25:45", "12:26:00", "12:26:15"]
        );
        assert!((ticks[0].0 - 10.5).abs() < 1e-6, "{ticks:?}");
        let days = EPOCH.ticks(0.0, 10.0 * DAY, 6);
        assert!(days.len() <= 6 && days.iter().all(|(_, text)| text.contains('-')), "{days:?}");
        assert_eq!(EPOCH.ticks(5.0, 5.0, 5), []);
        assert_eq!(EPOCH.ticks(0.0, f64::INFINITY, 5), []);
    }
}
