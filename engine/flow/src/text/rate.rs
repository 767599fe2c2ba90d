//! Rates: `120/s 30/min 2/h`.

use std::fmt;
use std::str::FromStr;

use super::{ValueError, split_number};
use crate::model::Rate;

/// Units and their seconds.
const UNITS: [(&str, f64); 4] = [("/s", 1.0), ("/min", 60.0), ("/h", 3600.0), ("/d", 86_400.0)];

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.as_per_second();
        let mut best = (format!("{rate}"), "/s");
        for (unit, seconds) in UNITS {
            // Two candidates: the product itself and the product without the noise of one multiplication.
            for number in [format!("{}", rate * seconds), format!("{}", (rate * seconds * 1e6).round() / 1e6)] {
                let exact = number.parse::<f64>().is_ok_and(|n| (n / seconds).to_bits() == rate.to_bits());
                // Whole numbers read best: `6/min` rather than `0.1/s`.
                let cost = |number: &str| (number.contains('.'), number.len());
                if exact && cost(&number) < cost(&best.0) {
                    best = (number, unit);
                }
            }
        }
        write!(f, "{}{}", best.0, best.1)
    }
}

impl FromStr for Rate {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let not_one = || {
            ValueError::new(
                format!("`{text}` is not a rate"),
                "write a number and a unit of time, such as `120/s`, `30/min` or `2/h`",
            )
        };
        let (number, unit) = split_number(text);
        let value = number.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(not_one)?;
        let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == unit.trim_start()) else {
            if unit.is_empty() {
                return Err(ValueError::new(format!("`{text}` has no unit of time"), format!("write `{number}/s`")));
            }
            let meant = match unit.trim_start() {
                "/sec" | "/second" | "ps" | "/S" => "/s",
                "/m" | "/minute" => "/min",
                "/hour" | "/hr" => "/h",
                "/day" => "/d",
                _ => return Err(not_one()),
            };
            return Err(ValueError::new(
                format!("`{unit}` is not a unit of a rate"),
                format!("write `{number}{meant}`; units are /s, /min, /h, /d"),
            ));
        };
        if unit.starts_with(' ') {
            let help = format!("write `{number}{}`", unit.trim_start());
            return Err(ValueError::new(format!("`{text}` has a blank before its unit"), help));
        }
        if value < 0.0 {
            return Err(ValueError::new(format!("`{text}` is negative"), "a rate is `0/s` or more"));
        }
        Ok(Rate::per_second(value / seconds))
    }
}
