//! Sizes: `400B 1.2KiB 3MB`.

use std::fmt;
use std::str::FromStr;

use super::decimal::{Decimal, shortest};
use super::{ValueError, split_number};
use crate::model::Size;

/// Units and their bytes; `kB` is 1000, `KiB` is 1024 (IEC 80000-13). Largest first.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_bytes() {
            0 => f.write_str("0B"),
            bytes => f.write_str(&shortest(bytes, &UNITS)),
        }
    }
}

impl FromStr for Size {
    type Err = ValueError;

    /// A size need not be a whole number of bytes as written (`1.2KiB` is 1228.8 B); it is rounded to the nearest.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (number, name) = split_number(text);
        let name = name.trim_start();
        if number.starts_with('-') {
            return Err(ValueError::new(format!("`{text}` is negative"), "a size is `0B` or more"));
        }
        let not_one = || {
            ValueError::new(
                format!("`{text}` is not a size"),
                "write a number and a unit, such as `400B`, `1.2KiB` or `3MB`",
            )
        };
        if number.is_empty() {
            return Err(not_one());
        }
        if name.is_empty() {
            return Err(ValueError::new(
                format!("`{text}` has no unit"),
                format!("write `{number}B` or `{number}KiB`"),
            ));
        }
        let known = if name == "KB" { "kB" } else { name };
        let Some((_, unit)) = UNITS.iter().find(|(unit, _)| *unit == known) else {
            return Err(ValueError::new(
                format!("`{name}` is not a unit of size"),
                "units are B, kB, MB, GB, TB (thousands) and KiB, MiB, GiB, TiB (1024)",
            ));
        };
        if text.contains(' ') {
            return Err(ValueError::new(
                format!("`{text}` has a blank before its unit"),
                format!("write `{number}{name}`"),
            ));
        }
        if let Some(bytes) = Decimal::parse(number).and_then(|d| d.times(*unit).ok()) {
            return Ok(Size::from_bytes(bytes));
        }
        let bytes = number.parse::<f64>().map_err(|_| not_one())? * *unit as f64;
        if bytes >= u64::MAX as f64 {
            return Err(ValueError::new(format!("`{text}` is too large"), "write less than 16 EiB"));
        }
        Ok(Size::from_bytes(bytes.round() as u64))
    }
}
