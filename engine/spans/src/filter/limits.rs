//! What a filter may be at most, so that a hostile or pasted text ends in a sentence.

/// Longest text, in bytes: room for a list of a thousand ids.
pub const MAX_BYTES: usize = 64 * 1024;
/// Deepest nesting of parentheses, braces, `not` and chained relations: reading, printing and asking follow it on the stack.
pub const MAX_DEPTH: usize = 64;
/// Most regular expressions: each costs memory and time before the first span is asked.
pub const MAX_PATTERNS: usize = 32;
/// Most problems that are told at once: more are no help.
pub const MAX_PROBLEMS: usize = 20;
/// Deepest nesting within a regular expression.
pub(crate) const MAX_PATTERN_DEPTH: u32 = 50;
/// Most memory that a regular expression may take once it is ready, in bytes.
pub(crate) const MAX_PATTERN_BYTES: usize = 1 << 20;
/// Most offers at a caret.
pub const MAX_OFFERS: usize = 50;
