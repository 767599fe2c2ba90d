//! The corpus of the fuzz targets, and texts made of it from a seed: what `fuzz/` does for hours, for a moment.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../../../fuzz/filter.rs"]
mod filter;

use std::path::PathBuf;

/// Changed texts of each text of the corpus.
const CHANGED: usize = 60;

/// Pieces that changes put in.
const PIECES: &[&str] = &[
    " and ",
    " or ",
    "not ",
    " in (",
    ")",
    "(",
    "{",
    "}",
    " >> ",
    "->",
    "~",
    "=",
    "!=~",
    ">=",
    ",",
    "\"",
    "'",
    "`",
    "\\",
    "\\u{",
    "service",
    "duration",
    "status",
    "start",
    "span.",
    "exists ",
    "200ms",
    "2026-11-23",
    "\u{0}",
    "ß",
    "😀",
    "\u{202e}",
    "▮",
];

/// Numbers that look random and are the same in every run (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % limit.max(1) as u64) as usize
    }
}

fn corpus(target: &str) -> Vec<String> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fuzz/corpus", target].iter().collect();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| String::from_utf8(std::fs::read(path).unwrap()).unwrap()).collect()
}

/// One to four pieces of the text cut out, doubled, or put in from elsewhere.
fn changed(text: &str, corpus: &[String], numbers: &mut Numbers) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.below(4) {
        let (start, length) = (numbers.below(chars.len() + 1), numbers.below(8));
        let end = (start + length).min(chars.len());
        let piece: Vec<char> = match numbers.below(4) {
            0 => Vec::new(),
            1 => chars[start..end].repeat(2),
            2 => PIECES[numbers.below(PIECES.len())].chars().collect(),
            _ => {
                let other: Vec<char> = corpus[numbers.below(corpus.len())].chars().collect();
                let from = numbers.below(other.len());
                other.into_iter().skip(from).take(20).collect()
            }
        };
        chars.splice(start..end, piece);
    }
    chars.into_iter().collect()
}

fn run(target: &str, ask: fn(&str)) {
    let corpus = corpus(target);
    assert!(corpus.len() > 20, "{}", corpus.len());
    let mut numbers = Numbers(7);
    for text in &corpus {
        ask(text);
        for _ in 0..CHANGED {
            ask(&changed(text, &corpus, &mut numbers));
        }
    }
}

#[test]
fn every_text_is_read_or_refused() {
    run("filter_read", filter::reads);
}

#[test]
fn every_caret_is_completed() {
    run("filter_complete", filter::completes);
}

/// As long as a filter may be, of what is dearest: told in sentences, and soon.
#[test]
fn the_longest_texts_are_read_too() {
    use thalweg_spans::filter::limits::MAX_BYTES;
    for piece in [
        "(",
        "not ",
        "a ",
        "a = ",
        "{ } >> ",
        "\"",
        "a in (",
        "a in (b, c in (",
        "exists (",
        "exists (a exists (",
        "{ a in (",
        "a, ",
        "=",
        "\\u{",
        "a=~`x` ",
        "a or ",
        "'\\u{z'",
    ] {
        filter::reads(&piece.repeat(MAX_BYTES / piece.len()));
        filter::completes(&piece.repeat(MAX_BYTES / piece.len()));
    }
}
