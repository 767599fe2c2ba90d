//! Which lines of two texts differ.

use thalweg_protocol::{
    kept::{DifferentLine, TextDifference},
    limits::DIFFERENT_LINES,
};

/// Most pairs of lines that are compared; beyond, what lies between the first and the last difference counts as replaced.
const PAIRS: usize = 4_000_000;

/// The lines that one of two texts has and the other has not, the baseline's before the other's where both differ: by the
/// longest common subsequence of what lies between their first and last difference (Wagner and Fischer 1974).
pub(crate) fn text_difference(before: &str, after: &str) -> TextDifference {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let line = |added: bool, at: usize, lines: &[&str]| DifferentLine {
        added,
        number: (head + at + 1) as u64,
        text: lines[at].to_owned(),
    };
    let mut lines = Vec::new();
    let (mut a, mut b) = (0, 0);
    for (next_a, next_b) in common(old, new).into_iter().chain([(old.len(), new.len())]) {
        lines.extend((a..next_a).map(|at| line(false, at, old)));
        lines.extend((b..next_b).map(|at| line(true, at, new)));
        (a, b) = (next_a + 1, next_b + 1);
    }
    let left_out = lines.len().saturating_sub(DIFFERENT_LINES) as u64;
    lines.truncate(DIFFERENT_LINES);
    TextDifference { lines, left_out }
}

/// The pairs of equal lines, in order.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if old.is_empty() || new.is_empty() || old.len().saturating_mul(width) > PAIRS {
        return Vec::new();
    }
    // How long the longest common subsequence is of what follows a place in both.
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a * width + b] = if old[a] == new[b] {
                longest[(a + 1) * width + b + 1] + 1
            } else {
                longest[(a + 1) * width + b].max(longest[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b, mut pairs) = (0, 0, Vec::new());
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if longest[(a + 1) * width + b] >= longest[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> Vec<String> {
        let sign = |added| if added { '+' } else { '-' };
        let difference = text_difference(before, after);
        difference.lines.iter().map(|line| format!("{}{} {}", sign(line.added), line.number, line.text)).collect()
    }

    /// What `diff` says of the same texts.
    #[test]
    fn lines_differ_as_people_see_it() {
        assert!(told("a\nb\n", "a\nb\n").is_empty());
        assert_eq!(told("a\nb\nc\n", "a\nB\nc\n"), ["-2 b", "+2 B"]);
        assert_eq!(told("a\nc\n", "a\nb\nc\n"), ["+2 b"]);
        assert_eq!(told("a\nb\nc\nd\ne\n", "b\nc\nX\ne\nf\n"), ["-1 a", "-4 d", "+3 X", "+5 f"]);
        assert_eq!(told("", "a\n"), ["+1 a"]);
    }

    #[test]
    fn much_is_cut_and_too_much_is_not_searched() {
        let numbers =
            |from: usize, to: usize| (from..to).flat_map(|n| [n.to_string(), "\n".to_owned()]).collect::<String>();
        let difference = text_difference("", &numbers(0, 1_000));
        assert_eq!((difference.lines.len(), difference.left_out), (DIFFERENT_LINES, 800));
        let difference = text_difference(&numbers(0, 3_000), &format!("x\n{}y\n", numbers(1, 2_999)));
        assert_eq!(difference.lines.len() as u64 + difference.left_out, 6_000);
    }
}
