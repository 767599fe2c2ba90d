//! What a histogram knows beyond its quantiles: the spread of its values, and how many of them are 0.

use hdrhistogram::Histogram;

/// Standard deviation of the values of a histogram that is not empty, every value taken for the middle of its class. A
/// class of three digits is at most a 1024th of its values wide, so that each is off by less than 0.05 % and the
/// deviation by less than 0.05 % of the root of the mean square (with two digits by 0.4 %).
pub(crate) fn deviation(histogram: &Histogram<u64>) -> f64 {
    let mean = histogram.mean();
    let squares: f64 = histogram
        .iter_recorded()
        .map(|class| {
            let off = histogram.median_equivalent(class.value_iterated_to()) as f64 - mean;
            off * off * class.count_at_value() as f64
        })
        .sum();
    libm::sqrt(squares / histogram.len() as f64)
}

/// Share of the values that are not 0, exact: 0 has a class of its own.
pub(crate) fn above_zero(histogram: &Histogram<u64>) -> f64 {
    1.0 - histogram.count_at(0) as f64 / histogram.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_deviation_is_as_near_as_it_says(values in prop::collection::vec(0_u64..1 << 40, 1..300)) {
            let mut histogram = Histogram::new(3).unwrap();
            for &value in &values {
                histogram.record(value).unwrap();
            }
            let n = values.len() as f64;
            let mean = values.iter().map(|&v| v as f64).sum::<f64>() / n;
            let exact = (values.iter().map(|&v| (v as f64 - mean).powi(2)).sum::<f64>() / n).sqrt();
            let root_mean_square = (values.iter().map(|&v| (v as f64).powi(2)).sum::<f64>() / n).sqrt();
            prop_assert!((deviation(&histogram) - exact).abs() <= 0.0005 * root_mean_square + 1e-9);
        }
    }

    #[test]
    fn by_hand() {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        for value in [0, 0, 1, 7, 2] {
            histogram.record(value).unwrap();
        }
        // Mean 2, squares 4 + 4 + 1 + 25 + 0.
        assert!((deviation(&histogram) - 6.8_f64.sqrt()).abs() < 1e-12);
        assert!((above_zero(&histogram) - 0.6).abs() < 1e-12);
        let mut constant = Histogram::<u64>::new(3).unwrap();
        constant.record_n(10_000_000, 5).unwrap();
        assert!(deviation(&constant) < 1e-9 && above_zero(&constant) > 0.999_999);
    }
}
