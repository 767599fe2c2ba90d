//! Where in the text something stands.

use super::Document;
use crate::path;

impl Document {
    /// The first and the last line of what stands at a path with its key, counted from 0; `None` where nothing is.
    pub fn lines(&self, path: &str) -> Option<(usize, usize)> {
        let tree = self.parsed.tree.as_ref()?;
        let path = path::fit(tree, &path::words(path)?);
        let value = tree.at(&path)?;
        let start = tree.key_place(&path).start;
        let text = self.text();
        let (before, own) = (text.get(..start)?, text.get(start..value.span.end.max(start))?);
        let first = before.matches('\n').count();
        Some((first, first + own.trim_end().matches('\n').count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_its_lines() {
        let text = "thalweg: 1\nname: T\nnodes:\n  a:\n    kind: topic\n    partitions: 3\n\n  b: { kind: topic }\n";
        let document = Document::open(text);
        assert_eq!(document.lines("nodes.a"), Some((3, 5)));
        assert_eq!(document.lines("nodes.b"), Some((7, 7)));
        assert_eq!(document.lines("nodes.a.partitions"), Some((5, 5)));
        assert_eq!(document.lines("nodes.c"), None);
    }
}
