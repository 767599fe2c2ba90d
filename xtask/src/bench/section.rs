//! A part of `docs/benchmarks.md` that another command wrote than the one that wrote the page: between two marks, at its end.

use std::fs;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;

const PAGE: &str = "docs/benchmarks.md";

fn marks(name: &str) -> [String; 2] {
    [format!("<!-- {name} -->"), format!("<!-- end of {name} -->")]
}

/// Where the marked parts of a page begin.
fn parts(page: &str) -> &str {
    page.find("\n<!-- ").map_or("", |at| &page[at..])
}

/// A page in place of the old one, whose marked parts stay.
pub(super) fn keep(old: &str, page: &str) -> String {
    format!("{}\n{}", page.trim_end(), parts(old))
}

/// Puts a part in place of the one of the same name, or at the end.
pub(super) fn put(checkout: &Checkout, name: &str, text: &str) -> Result<()> {
    let path = checkout.root.join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    fs::write(&path, with(&page, name, text)).with_context(|| format!("cannot write {PAGE}"))?;
    println!("written: {}", path.display());
    Ok(())
}

fn with(page: &str, name: &str, text: &str) -> String {
    let [begin, end] = marks(name);
    let part = format!("{begin}\n{}\n\n{end}", text.trim_end());
    match (page.find(&begin), page.find(&end)) {
        (Some(from), Some(to)) if from < to => format!("{}{part}{}", &page[..from], &page[to + end.len()..]),
        _ => format!("{}\n\n{part}\n", page.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_and_outlives_the_page() {
        let first = with("# Page\n", "a", "one\n");
        assert_eq!(first, "# Page\n\n<!-- a -->\none\n\n<!-- end of a -->\n");
        let second = with(&with(&first, "b", "two"), "a", "three");
        assert!(second.contains("three") && second.contains("two") && !second.contains("one"), "{second}");
        let page = keep(&second, "# New\n");
        assert!(page.starts_with("# New\n\n<!-- a -->\nthree") && page.ends_with("<!-- end of b -->\n"), "{page}");
        assert_eq!(keep("# Old\n", "# New\n"), "# New\n");
    }
}
