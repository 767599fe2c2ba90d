//! Which of the palette's colours a service gets.

/// How many service colours the palette has.
pub const COLOURS: u8 = 12;

/// The same service always gets the same colour, whatever else is shown: a hash of its name (FNV-1a, 32 bit), not its place
/// in a list.
pub fn colour_index(service: &str) -> u8 {
    (fnv1a(service.as_bytes()) % u32::from(COLOURS)) as u8
}

/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::{COLOURS, colour_index, fnv1a};

    #[test]
    fn the_hash_is_the_published_one() {
        for (text, hash) in [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
            assert_eq!(fnv1a(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn services_share_the_palette() {
        let mut used: Vec<u8> = (0..200).map(|number| colour_index(&format!("service-{number}"))).collect();
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, (0..COLOURS).collect::<Vec<_>>());
    }
}
