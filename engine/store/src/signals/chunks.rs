//! Rows of a statement: up to [`ROWS`], because sqlx hands every statement to a thread of its own and one per row would cost more than
//! the row; in powers of two, so that few statements need to be prepared.

/// Rows per statement at most. A power of two: remainders are cut into smaller powers.
const ROWS: usize = 64;

/// Full chunks, then ever smaller powers of two.
pub(super) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let take = if rows.len() >= ROWS { ROWS } else { rows.len().checked_ilog2().map_or(0, |bits| 1 << bits) };
        let (chunk, rest) = rows.split_at(take);
        rows = rest;
        (take > 0).then_some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn chunks_cover_all_rows_once_in_powers_of_two() {
        for len in 0..300 {
            let rows: Vec<usize> = (0..len).collect();
            assert!(chunks(&rows).all(|chunk| chunk.len().is_power_of_two() && chunk.len() <= 64));
            assert_eq!(chunks(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        }
    }
}
