//! Which of the palette's colours a service gets.

/// How many service colours the palette has.
pub const COLOURS: u8 = 12;

/// The same service always gets the same colour, whatever else is shown: a hash of its name (FNV-1a, 32 bit), not its place
/// in a list.
pub fn colour_index(service: &str) -> u8 {
    let hash = service.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash % u32::from(COLOURS)) as u8
}
