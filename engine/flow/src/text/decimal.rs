//! Exact decimals: `0.1ms` is 100,000 ns, not 99,999.99….

/// A non-negative decimal number, `digits · 10^-scale`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal {
    digits: u128,
    scale: u32,
}

/// Why a decimal times a unit is not a whole number that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// A fraction of the smallest unit is left.
    Fraction,
    /// Larger than `u64`.
    TooLarge,
}

impl Decimal {
    /// Reads digits with at most one point (`12`, `1.5`, `.5`, `3.`); at most 30 digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        if text.len() > 64 || (whole.is_empty() && !text.contains(|c: char| c.is_ascii_digit())) {
            return None;
        }
        let mut digits: u128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = (byte as char).to_digit(10)?;
            digits = digits.checked_mul(10)?.checked_add(u128::from(digit))?;
            if digits > 10_u128.pow(30) {
                return None;
            }
        }
        Some(Decimal { digits, scale: fraction.len() as u32 })
    }

    /// The exact product with a unit.
    pub(crate) fn times(self, unit: u64) -> Result<u64, Misfit> {
        let divisor = 10_u128.checked_pow(self.scale).ok_or(Misfit::Fraction)?;
        let product = self.digits.checked_mul(u128::from(unit)).ok_or(Misfit::TooLarge)?;
        if product % divisor != 0 {
            return Err(Misfit::Fraction);
        }
        u64::try_from(product / divisor).map_err(|_| Misfit::TooLarge)
    }
}

/// The shortest text of `value` among `units` (name, size), each exact and not less than one unless nothing else is exact;
/// a text without a point wins a tie, then the larger unit, so units come largest first. The last unit must be 1.
pub(crate) fn shortest(value: u64, units: &[(&str, u64)]) -> String {
    let mut best: Option<((bool, usize, bool), String)> = None;
    for &(name, unit) in units {
        let Some(text) = exact(value, unit) else { continue };
        // Less than one of a unit reads worse than some of a smaller one, even where it is shorter.
        let rank = (text.starts_with("0."), text.len() + name.len(), text.contains('.'));
        if best.as_ref().is_none_or(|(least, _)| rank < *least) {
            best = Some((rank, text + name));
        }
    }
    best.map_or_else(|| value.to_string(), |(_, text)| text)
}

/// `value / unit` with at most 6 decimals, if that is exact.
fn exact(value: u64, unit: u64) -> Option<String> {
    let (whole, mut rest) = (value / unit, u128::from(value % unit));
    if rest == 0 {
        return Some(whole.to_string());
    }
    let mut text = format!("{whole}.");
    for _ in 0..6 {
        rest *= 10;
        text.push((b'0' + (rest / u128::from(unit)) as u8) as char);
        rest %= u128::from(unit);
        if rest == 0 {
            return Some(text);
        }
    }
    None
}
