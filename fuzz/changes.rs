//! Bytes made of a corpus by a seed: what the ordinary tests do for a moment with what `cargo xtask fuzz` does for long.

use std::path::PathBuf;

/// Numbers that look random and are the same in every run (`SplitMix64`).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % limit.max(1) as u64) as usize
    }
}

/// The files of a target's corpus, by name.
pub(crate) fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fuzz/corpus", target].iter().collect();
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a file of the corpus can be read")).collect()
}

/// One to four places cut out, doubled, overwritten, or filled from elsewhere in the corpus.
pub(crate) fn changed(bytes: &[u8], corpus: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
    /// Bytes that are the edge of something.
    const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'{', b'"', b'\n'];
    let mut bytes = bytes.to_vec();
    for _ in 0..=numbers.below(4) {
        let start = numbers.below(bytes.len() + 1);
        let end = (start + numbers.below(12)).min(bytes.len());
        let piece = match numbers.below(5) {
            0 => Vec::new(),
            1 => bytes[start..end].repeat(2),
            2 => (start..end).map(|_| EDGES[numbers.below(EDGES.len())]).collect(),
            3 => (start..end).map(|_| numbers.below(256) as u8).collect(),
            _ => {
                let other = &corpus[numbers.below(corpus.len())];
                let from = numbers.below(other.len());
                other[from..].iter().copied().take(24).collect()
            }
        };
        bytes.splice(start..end, piece);
    }
    bytes
}

/// Asks every file of a corpus, and so many changes of each.
pub(crate) fn run(target: &str, least: usize, changes: usize, ask: fn(&[u8])) {
    let corpus = corpus(target);
    assert!(corpus.len() >= least, "the corpus of {target} has {} files", corpus.len());
    let mut numbers = Numbers::new(7);
    for bytes in &corpus {
        ask(bytes);
        for _ in 0..changes {
            ask(&changed(bytes, &corpus, &mut numbers));
        }
    }
}
