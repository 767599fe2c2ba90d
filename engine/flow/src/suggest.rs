//! "Did you mean": the nearest known word.

/// The known word nearest to `word`, if one is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    const MOST: usize = 5_000;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.into_iter().filter(|c| c.len() <= LONGEST).take(MOST) {
        let allowed = (word.chars().count().max(candidate.chars().count()) / 3).max(1);
        if word.len().abs_diff(candidate.len()) > 4 * allowed {
            continue;
        }
        let distance = strsim::osa_distance(&lower, &candidate.to_lowercase());
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// A help sentence: the nearest word when there is one, and the list of valid ones (cut when long).
pub(crate) fn sentence(word: &str, known: &[&str]) -> String {
    const SHOWN: usize = 24;
    let more = if known.len() > SHOWN { format!(", … ({} in all)", known.len()) } else { String::new() };
    let list = known.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ") + &more;
    match nearest(word, known.iter().copied()) {
        Some(near) if known.len() > 1 => format!("did you mean `{near}`? Valid: {list}"),
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none".to_owned(),
        None => format!("valid: {list}"),
    }
}
