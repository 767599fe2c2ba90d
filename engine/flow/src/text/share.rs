//! Shares: `0.5%` or `0.005`.

use std::fmt;
use std::str::FromStr;

use super::ValueError;
use crate::model::Share;

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fraction = self.as_fraction();
        let plain = format!("{fraction}");
        for percent in [format!("{}", fraction * 100.0), format!("{}", (fraction * 1e8).round() / 1e6)] {
            let exact = percent.parse::<f64>().is_ok_and(|p| (p / 100.0).to_bits() == fraction.to_bits());
            if exact && percent.len() <= plain.len() + 2 {
                return write!(f, "{percent}%");
            }
        }
        f.write_str(&plain)
    }
}

impl FromStr for Share {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text, false),
        };
        let (digits, rest) = super::split_number(number);
        let value = digits
            .parse::<f64>()
            .ok()
            .filter(|v| rest.is_empty() && v.is_finite())
            .ok_or_else(|| ValueError::new(format!("`{text}` is not a share"), "write `0.5%` or `0.005`"))?;
        let fraction = if percent { value / 100.0 } else { value };
        if (0.0..=1.0).contains(&fraction) {
            return Ok(Share::from_fraction(fraction));
        }
        let help = if !percent && (1.0..=100.0).contains(&value) {
            format!("write `{number}%` if percent are meant; a share is between 0 and 1, or 0% and 100%")
        } else {
            "a share is between 0 and 1, or 0% and 100%".to_owned()
        };
        Err(ValueError::new(format!("`{text}` is not between 0 and 1"), help))
    }
}
