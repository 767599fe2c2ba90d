//! What a document may be at most, so that a hostile or broken file ends in a sentence and not in a full memory.

/// Longest text, in bytes (10 MiB).
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Deepest nesting of maps and lists.
pub const MAX_DEPTH: usize = 32;
/// Most aliases (`*name`) that may be followed.
pub const MAX_ALIASES: usize = 100;
/// Most values of the YAML tree, copies made by aliases included.
pub const MAX_TREE_NODES: usize = 1_000_000;
/// Most nodes of a flow.
pub const MAX_FLOW_NODES: usize = 100_000;
/// Most problems that are reported; that there are others is told at the end.
pub const MAX_PROBLEMS: usize = 200;
