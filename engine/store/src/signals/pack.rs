//! Points as bytes: runs of points of one series each, times as differences.
//!
//! A run is `series, count, (time - time before, length, body)…`, all numbers as variable-length integers. A commit's row is one
//! run after the other, a chunk a single run, compressed when that makes it shorter. What is read is believed only as far as it
//! goes: a damaged row is an error, never more memory than its bytes can mean.

use std::borrow::Cow;

use super::rows::StoredPoint;

/// What one chunk can be at most once inflated: a hundred times what is packed at once.
const INFLATED_BYTES: usize = 256 << 20;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// Bytes that are not what was written.
pub(crate) fn damaged() -> sqlx::Error {
    sqlx::Error::Decode("packed points are damaged".into())
}

/// Appends a run.
pub(crate) fn put_run<'a>(out: &mut Vec<u8>, series: i64, points: impl ExactSizeIterator<Item = (u64, &'a [u8])>) {
    put(out, series.cast_unsigned());
    put(out, points.len() as u64);
    let mut before = 0_u64;
    for (time, body) in points {
        // Times may fall, and lie anywhere: the difference wraps, and small ones of either sign are short.
        let step = time.wrapping_sub(before).cast_signed();
        put(out, ((step << 1) ^ (step >> 63)).cast_unsigned());
        put(out, body.len() as u64);
        out.extend_from_slice(body);
        before = time;
    }
}

/// Reads all runs, handing every point to `each`.
pub(crate) fn runs(mut data: &[u8], mut each: impl FnMut(i64, u64, &[u8])) -> Result<(), sqlx::Error> {
    while !data.is_empty() {
        let series = take(&mut data)?.cast_signed();
        let count = take(&mut data)?;
        let mut time = 0_u64;
        for _ in 0..count {
            let step = take(&mut data)?;
            time = time.wrapping_add((step >> 1) ^ (step & 1).wrapping_neg());
            let length = usize::try_from(take(&mut data)?).map_err(|_| damaged())?;
            let body = data.split_off(..length).ok_or_else(damaged)?;
            each(series, time, body);
        }
    }
    Ok(())
}

/// A chunk: one run, compressed when that is worth it.
pub(crate) fn chunk(series: i64, points: &[StoredPoint]) -> Vec<u8> {
    let mut plain = vec![PLAIN];
    put_run(&mut plain, series, points.iter().map(|point| (point.time_ns, &point.body[..])));
    match zstd::bulk::compress(&plain[1..], zstd::DEFAULT_COMPRESSION_LEVEL) {
        Ok(packed) if packed.len() < plain.len() - 1 => [&[ZSTD][..], &packed].concat(),
        _ => plain,
    }
}

/// The runs of a chunk.
pub(crate) fn unpacked(chunk: &[u8]) -> Result<Cow<'_, [u8]>, sqlx::Error> {
    match chunk.split_first() {
        Some((&PLAIN, run)) => Ok(Cow::Borrowed(run)),
        Some((&ZSTD, packed)) => {
            let room = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().ok_or_else(damaged)?;
            let room = usize::try_from(room).ok().filter(|room| *room <= INFLATED_BYTES).ok_or_else(damaged)?;
            zstd::bulk::decompress(packed, room).map(Cow::Owned).map_err(|_| damaged())
        }
        _ => Err(damaged()),
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(data: &mut &[u8]) -> Result<u64, sqlx::Error> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *data.split_off_first().ok_or_else(damaged)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(damaged())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(data: &[u8]) -> Result<Vec<StoredPoint>, sqlx::Error> {
        let mut points = Vec::new();
        runs(data, |series, time_ns, body| points.push(StoredPoint { series, time_ns, body: body.to_vec() }))?;
        Ok(points)
    }

    fn points(series: i64) -> impl Strategy<Value = Vec<StoredPoint>> {
        let time = prop_oneof![any::<u64>(), 1_700_000_000_000_000_000..1_700_000_001_000_000_000_u64];
        let point = (time, prop::collection::vec(any::<u8>(), 0..40));
        prop::collection::vec(point.prop_map(move |(time_ns, body)| StoredPoint { series, time_ns, body }), 0..30)
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(first in points(7), second in points(i64::MIN)) {
            let mut data = Vec::new();
            for run in [&first, &second] {
                let series = run.first().map_or(0, |point| point.series);
                put_run(&mut data, series, run.iter().map(|point| (point.time_ns, &point.body[..])));
            }
            prop_assert_eq!(read(&data).unwrap(), [&first[..], &second[..]].concat());
            prop_assert_eq!(read(&unpacked(&chunk(7, &first)).unwrap()).unwrap(), first);
        }

        #[test]
        fn damage_is_an_error_or_other_points_and_never_a_panic(bytes: Vec<u8>) {
            read(&bytes).ok();
            if let Ok(inflated) = unpacked(&bytes) {
                read(&inflated).ok();
            }
        }
    }

    #[test]
    fn what_is_cut_short_is_damaged() {
        let mut data = Vec::new();
        put_run(&mut data, 3, [(5_u64, &b"abc"[..])].into_iter());
        for cut in 1..data.len() {
            assert!(read(&data[..cut]).is_err(), "cut at {cut}");
        }
        assert!(unpacked(&[]).is_err() && unpacked(&[9]).is_err() && unpacked(&[ZSTD, 1, 2]).is_err());
    }
}
