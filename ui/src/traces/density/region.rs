//! A part of the plot as conditions of a filter: `trace.start >= … and trace.start < … and trace.duration >= … and
//! trace.duration < …`, which a person can read and change.

use thalweg_spans::filter::{Expr, Field, Op, Value, parse};

/// From when until when, from how long to how long; what is not said has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Region {
    /// The first start, nanoseconds since 1970.
    pub(crate) from: Option<u64>,
    /// The first start behind it.
    pub(crate) before: Option<u64>,
    /// The least duration, nanoseconds.
    pub(crate) least: Option<u64>,
    /// The least duration above it.
    pub(crate) below: Option<u64>,
}

impl Region {
    /// Its conditions.
    pub(crate) fn text(self) -> String {
        let conditions = [
            (Field::TraceStart, Op::GreaterOrEqual, self.from),
            (Field::TraceStart, Op::Less, self.before),
            (Field::TraceDuration, Op::GreaterOrEqual, self.least),
            (Field::TraceDuration, Op::Less, self.below),
        ];
        let compare = |(field, op, nanos)| Some(Expr::Compare(field, op, Value::Duration(nanos?)));
        Expr::all(conditions.into_iter().filter_map(compare)).to_string()
    }

    /// A filter without the conditions of a region, and the region. What cannot be read has none.
    pub(crate) fn apart(filter: &str) -> (String, Option<Region>) {
        let all = match parse(filter) {
            Ok(Expr::And(parts)) => parts,
            Ok(one) => vec![one],
            Err(_) => return (filter.trim().to_owned(), None),
        };
        let mut region = Region::default();
        let rest: Vec<Expr> = all.into_iter().filter(|part| !region.take(part)).collect();
        if region == Region::default() {
            return (filter.trim().to_owned(), None);
        }
        // What a person wrote stays as it was written, where the region was put behind it.
        let written = filter.trim().strip_suffix(&region.text()).map(str::trim_end);
        let written = written.map(|before| before.strip_suffix("and").unwrap_or(before).trim_end());
        let rest = Expr::all(rest);
        let is_rest = |text: &&str| parse(text).is_ok_and(|read| read == rest);
        (written.filter(is_rest).map_or_else(|| rest.to_string(), str::to_owned), Some(region))
    }

    /// Takes a condition in, if it is one of a region and is not known yet.
    fn take(&mut self, part: &Expr) -> bool {
        let Expr::Compare(field, op, Value::Duration(nanos)) = part else { return false };
        let bound = match (field, op) {
            (Field::TraceStart, Op::GreaterOrEqual) => &mut self.from,
            (Field::TraceStart, Op::Less) => &mut self.before,
            (Field::TraceDuration, Op::GreaterOrEqual) => &mut self.least,
            (Field::TraceDuration, Op::Less) => &mut self.below,
            _ => return false,
        };
        if bound.is_some() {
            return false;
        }
        *bound = Some(*nanos);
        true
    }

    /// A filter with this region in place of the one it had.
    pub(crate) fn replaced(filter: &str, region: Option<Region>) -> String {
        let rest = Region::apart(filter).0;
        let Some(region) = region else { return rest };
        match parse(&rest) {
            Ok(expr) if expr.is_empty() => region.text(),
            Ok(Expr::Or(_)) => format!("({rest}) and {}", region.text()),
            _ => format!("{rest} and {}", region.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn region() -> Region {
        Region { from: Some(SECOND), before: Some(5 * SECOND), least: Some(SECOND / 4), below: None }
    }

    const TEXT: &str =
        "trace.start >= 1970-01-01T00:00:01Z and trace.start < 1970-01-01T00:00:05Z and trace.duration >= 250ms";

    #[test]
    fn a_region_is_a_text_that_reads_back() {
        assert_eq!(region().text(), TEXT);
        assert_eq!(Region::apart(TEXT), (String::new(), Some(region())));
    }

    #[test]
    fn what_was_written_stays() {
        for (filter, with) in [
            ("", TEXT.to_owned()),
            ("service = pay  status=error", format!("service = pay  status=error and {TEXT}")),
            ("a or b", format!("(a or b) and {TEXT}")),
            ("trace.duration > 3s", format!("trace.duration > 3s and {TEXT}")),
        ] {
            assert_eq!(Region::replaced(filter, Some(region())), with);
            let back = Region::replaced(&with, None);
            assert_eq!(parse(&back), parse(filter), "{back}");
            let other = Region { below: Some(SECOND), ..Region::default() };
            assert_eq!(Region::apart(&Region::replaced(&with, Some(other))).1, Some(other));
        }
        assert_eq!(Region::replaced(&format!("service = pay and {TEXT}"), None), "service = pay");
        assert_eq!(Region::replaced(&format!("{TEXT} and service = pay"), None), "service = \"pay\"");
        // What is no filter is left alone.
        assert_eq!(Region::apart("service ="), ("service =".to_owned(), None));
    }
}
