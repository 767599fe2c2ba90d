//! Points in time: `2026-11-23`, `2026-11-23T15:07`, `2026-11-23T15:07:51.25Z`, `2026-11-23T16:07:51+01:00`.
//!
//! The form of RFC 3339, from the day on as exact as one likes; without an offset it is UTC, as everywhere here.

const DAY: u64 = 86_400;

/// Nanoseconds since 1970; `None` for what is no moment between then and 2554, where 64 bits end.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)?;
    let day = number(parts.next()?, 2)?;
    if parts.next().is_some() || !(1970..=2554).contains(&year) || day == 0 || day > days_of(year, month)? {
        return None;
    }
    let (clock, offset) = split_offset(time)?;
    let (seconds, nanos) = if text.len() == date.len() { (0, 0) } else { clock_of(clock)? };
    let total = i128::from(days_before(year, month, day) * DAY + seconds) - i128::from(offset);
    let total = total * 1_000_000_000 + i128::from(nanos);
    u64::try_from(total).ok()
}

/// The shortest text that reads back as the same moment.
pub(crate) fn format(unix_nanos: u64) -> String {
    let (seconds, nanos) = (unix_nanos / 1_000_000_000, unix_nanos % 1_000_000_000);
    let (year, month, day) = civil(seconds / DAY);
    let date = format!("{year:04}-{month:02}-{day:02}");
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (hour, minute, second, nanos) {
        (0, 0, 0, 0) => date,
        (_, _, 0, 0) => format!("{date}T{hour:02}:{minute:02}Z"),
        (_, _, _, 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}Z"),
        _ => {
            let digits = format!("{nanos:09}");
            format!("{date}T{hour:02}:{minute:02}:{second:02}.{}Z", digits.trim_end_matches('0'))
        }
    }
}

fn number(text: &str, digits: usize) -> Option<u64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// The clock and its offset from UTC in seconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (clock, offset) = time.split_at(at);
    let (hours, minutes) = offset[1..].split_once(':').unwrap_or((&offset[1..], "00"));
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i64::try_from(hours * 3600 + minutes * 60).ok()?;
    Some((clock, if offset.starts_with('-') { -seconds } else { seconds }))
}

/// Seconds of the day and nanoseconds of the second.
fn clock_of(clock: &str) -> Option<(u64, u64)> {
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let (second, nanos) = match parts.next() {
        None => (0, 0),
        Some(second) => {
            let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
            if fraction.is_empty() || fraction.len() > 9 {
                return None;
            }
            (number(whole, 2)?, number(fraction, fraction.len())? * 10_u64.pow(9 - fraction.len() as u32))
        }
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second, nanos))
}

fn days_of(year: u64, month: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    })
}

/// Days from 1970-01-01 to a date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`, for years
/// after 1969).
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse (`civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        // date -u -d '…' +%s
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2026-11-23T15:07", 1_795_446_420),
            ("2026-11-23T15:07:51Z", 1_795_446_471),
            ("2026-11-23 15:07:51", 1_795_446_471),
            ("2026-11-23T16:07:51+01:00", 1_795_446_471),
            ("2026-11-23T09:37:51-05:30", 1_795_446_471),
        ] {
            assert_eq!(parse(text), Some(seconds * 1_000_000_000), "{text}");
        }
        assert_eq!(parse("2026-11-23T15:07:51.25Z"), Some(1_795_446_471_250_000_000));
        assert_eq!(parse("2554-07-21T23:34:33.709551615Z"), Some(u64::MAX));
    }

    #[test]
    fn what_is_none_is_none() {
        for text in [
            "",
            "-",
            "now",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-02-29",
            "2026-11-00",
            "2026-11-23T",
            "2026-11-23T15",
            "2026-11-23T25:00",
            "2026-11-23T15:07:60",
            "2026-11-23T15:07:51.",
            "2026-11-23T15:07:51.1234567890",
            "1969-12-31",
            "1970-01-01T00:00+01:00",
            "2554-07-22",
            "9999-01-01",
            "2026-11-23T15:07+1",
            "2026-11-23T15:07+é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_moment_reads_back(nanos: u64) {
            proptest::prop_assert_eq!(parse(&format(nanos)), Some(nanos));
        }

        #[test]
        fn no_text_panics(text in "[0-9TZ:. +-]{0,32}|\\PC{0,32}") {
            let _ = parse(&text);
        }
    }
}
