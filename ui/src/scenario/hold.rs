//! What a hand makes of a fault's bar: where it begins, how long it lasts, in steps that read well. Pure.

/// Which part of a bar is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grip {
    /// All of it.
    Whole,
    /// Its beginning; the end stays.
    Begin,
    /// Its end.
    End,
}

/// A fault's place in time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) at_s: f64,
    /// None is until the end of the run.
    pub(super) length_s: Option<f64>,
}

/// Shortest length that a hand makes, in steps.
const LEAST_STEPS: f64 = 1.0;

/// The step to which times are rounded when a pixel is so many seconds: a time that reads well and is a few pixels.
pub(super) fn step(seconds_per_pixel: f64) -> f64 {
    const STEPS: [f64; 16] =
        [0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 14_400.0, 86_400.0];
    let least = seconds_per_pixel * 3.0;
    STEPS.into_iter().find(|step| *step >= least).unwrap_or(86_400.0)
}

/// The time nearest to `second` that is a multiple of `step`.
pub(super) fn rounded(second: f64, step: f64) -> f64 {
    if step > 0.0 { (second / step).round() * step } else { second }
}

/// The span after the held part was taken by so many seconds. It stays inside the run and never has no length.
pub(super) fn taken(span: Span, grip: Grip, by_s: f64, step: f64, duration_s: f64) -> Span {
    let least = step * LEAST_STEPS;
    match grip {
        Grip::Whole => {
            let at_s = rounded(span.at_s + by_s, step).clamp(0.0, duration_s.max(0.0));
            Span { at_s, ..span }
        }
        Grip::Begin => {
            let until = span.at_s + span.length_s.unwrap_or(duration_s - span.at_s);
            let at_s = rounded(span.at_s + by_s, step).clamp(0.0, (until - least).max(0.0));
            Span { at_s, length_s: span.length_s.map(|_| until - at_s) }
        }
        Grip::End => {
            let until = span.at_s + span.length_s.unwrap_or(duration_s - span.at_s);
            let until = rounded(until + by_s, step).max(span.at_s + least);
            Span { length_s: Some(until - span.at_s), ..span }
        }
    }
}

/// A rate that reads well near `rate`, on an axis that ends at `top`: steps of a two-hundredth, rounded to 1, 2, 5.
pub(super) fn rounded_rate(rate: f64, top: f64) -> f64 {
    let fine = top / 200.0;
    if fine.is_nan() || fine <= 0.0 {
        return rate.max(0.0);
    }
    let power = 10_f64.powf(fine.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|s| s * power).find(|s| *s >= fine * 0.999).unwrap_or(fine);
    let rounded = (rate / step).round() * step;
    // What multiplication leaves behind must not stand in the document.
    (rounded * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span { at_s: 60.0, length_s: Some(30.0) };

    #[test]
    fn the_whole_moves_and_the_ends_stretch() {
        let to = |grip, by| taken(SPAN, grip, by, 5.0, 600.0);
        assert_eq!(to(Grip::Whole, 33.0), Span { at_s: 95.0, length_s: Some(30.0) });
        assert_eq!(to(Grip::Whole, -900.0).at_s, 0.0);
        assert_eq!(to(Grip::Begin, 12.0), Span { at_s: 70.0, length_s: Some(20.0) });
        assert_eq!(to(Grip::Begin, 500.0), Span { at_s: 85.0, length_s: Some(5.0) });
        assert_eq!(to(Grip::End, -500.0), Span { at_s: 60.0, length_s: Some(5.0) });
        assert_eq!(to(Grip::End, 14.0).length_s, Some(45.0));
    }

    #[test]
    fn a_fault_until_the_end_stays_so_until_its_end_is_taken() {
        let open = Span { at_s: 500.0, length_s: None };
        assert_eq!(taken(open, Grip::Whole, 10.0, 5.0, 600.0), Span { at_s: 510.0, length_s: None });
        assert_eq!(taken(open, Grip::Begin, -10.0, 5.0, 600.0), Span { at_s: 490.0, length_s: None });
        assert_eq!(taken(open, Grip::End, -40.0, 5.0, 600.0), Span { at_s: 500.0, length_s: Some(60.0) });
    }

    #[test]
    fn steps_read_well() {
        assert_eq!((step(1200.0 / 900.0), step(60.0 / 900.0), step(1e9)), (5.0, 0.5, 86_400.0));
        assert_eq!((rounded_rate(123.4, 150.0), rounded_rate(-3.0, 150.0).max(0.0)), (123.0, 0.0));
        assert_eq!((rounded_rate(0.1234, 0.2), rounded_rate(7.0, f64::NAN)), (0.123, 7.0));
    }
}
