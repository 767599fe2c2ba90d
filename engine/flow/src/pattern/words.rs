//! Patterns of dotted words: AMQP topic bindings and NATS subjects.

use super::PatternError;

/// The longest routing key and subject: AMQP 0-9-1 writes their length in one byte.
const LONGEST: usize = 255;

/// A binding key of a topic exchange: `*` is one word, `#` any number of them. Words may be empty; the empty key has
/// none (RabbitMQ 3.10, measured).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicPattern(Vec<Word>);

/// A subject of NATS: `*` is one token, `>` one or more at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectPattern(Vec<Word>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// Itself.
    Literal(String),
    /// `*`
    One,
    /// `#`: none or more.
    Any,
    /// `>`: one or more, at the end.
    Rest,
}

pub(super) fn check_length(text: &str) -> Result<(), PatternError> {
    if text.len() <= LONGEST {
        return Ok(());
    }
    let message = format!("a key of {} bytes; the longest has {LONGEST}", text.len());
    Err(PatternError::at(text.floor_char_boundary(LONGEST), message, "shorten it"))
}

/// The words with the byte at which each begins.
fn split(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split('.').map(move |word| (word.as_ptr() as usize - base, word))
}

/// The first wildcard inside a longer word: RabbitMQ and NATS would take it literally, which nobody means.
fn stray(at: usize, word: &str, wildcards: &[char]) -> Result<(), PatternError> {
    let Some(inside) = word.find(wildcards) else { return Ok(()) };
    let wildcard = &word[inside..=inside];
    let message = format!("`{wildcard}` stands for whole words, not for a part of one");
    let help = format!("write it between dots, as in `order.{wildcard}`");
    Err(PatternError::at(at + inside, message, help))
}

impl TopicPattern {
    /// Reads a binding key.
    ///
    /// # Errors
    /// When it is too long, or a wildcard is part of a word.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        check_length(text)?;
        if text.is_empty() {
            return Ok(TopicPattern(Vec::new()));
        }
        let word = |(at, word): (usize, &str)| match word {
            "*" => Ok(Word::One),
            "#" => Ok(Word::Any),
            word => stray(at, word, &['*', '#']).map(|()| Word::Literal(word.to_owned())),
        };
        split(text).map(word).collect::<Result<_, _>>().map(TopicPattern)
    }

    /// Whether a routing key matches.
    pub fn matches(&self, key: &str) -> bool {
        let words: Vec<&str> = if key.is_empty() { Vec::new() } else { key.split('.').collect() };
        fits(&self.0, &words)
    }
}

impl SubjectPattern {
    /// Reads a subject.
    ///
    /// # Errors
    /// When a token is empty or holds a space, `>` is not the last, or a wildcard is part of a token.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        check_length(text)?;
        let last = text.split('.').count();
        let mut words = Vec::with_capacity(last);
        for (index, (at, word)) in split(text).enumerate() {
            let help = "write tokens with single dots between them, as in `orders.*.paid`";
            if word.is_empty() {
                return Err(PatternError::at(at, "a subject has no empty tokens", help));
            }
            if let Some(space) = word.find(char::is_whitespace) {
                return Err(PatternError::at(at + space, "a subject holds no spaces", help));
            }
            words.push(match word {
                "*" => Word::One,
                ">" if index + 1 == last => Word::Rest,
                ">" => {
                    let help = "put it at the end, or write `*` for one token";
                    return Err(PatternError::at(at, "`>` stands for all further tokens, so nothing follows it", help));
                }
                word => stray(at, word, &['*', '>']).map(|()| Word::Literal(word.to_owned()))?,
            });
        }
        Ok(SubjectPattern(words))
    }

    /// Whether a subject matches.
    pub fn matches(&self, subject: &str) -> bool {
        !subject.is_empty() && fits(&self.0, &subject.split('.').collect::<Vec<_>>())
    }
}

/// Whether words fit a pattern: the usual dynamic programme, so that no pattern is slow.
fn fits(pattern: &[Word], words: &[&str]) -> bool {
    // `row[j]`: the pattern up to here fits the first j words.
    let mut row = vec![false; words.len() + 1];
    row[0] = true;
    for part in pattern {
        match part {
            Word::Any => {
                let first = row.iter().position(|fits| *fits).unwrap_or(row.len());
                row[first..].fill(true);
            }
            Word::Rest => {
                let first = row.iter().position(|fits| *fits).map_or(row.len(), |first| first + 1);
                row[..first.min(words.len() + 1)].fill(false);
                if first < row.len() {
                    row[first..].fill(true);
                }
            }
            Word::One | Word::Literal(_) => {
                for j in (1..row.len()).rev() {
                    row[j] = row[j - 1] && !matches!(part, Word::Literal(own) if own != words[j - 1]);
                }
                row[0] = false;
            }
        }
    }
    row[words.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of RabbitMQ 3.10.8: which of these keys each binding matches.
    #[test]
    fn topic_wildcards_match_as_measured_on_rabbitmq() {
        let keys = ["a", "a.b", "a.b.c", ".a", "a.", "", "b.a", "a..b"];
        let table: [(&str, &[&str]); 10] = [
            ("*", &["a"]),
            ("#", &keys),
            ("#.#", &keys),
            ("a.*", &["a.b", "a."]),
            ("a.#", &["a", "a.b", "a.b.c", "a.", "a..b"]),
            ("*.*", &["a.b", ".a", "a.", "b.a"]),
            ("#.b", &["a.b", "a..b"]),
            ("a.*.b", &["a..b"]),
            ("*.#", &["a", "a.b", "a.b.c", ".a", "a.", "b.a", "a..b"]),
            ("a.b", &["a.b"]),
        ];
        for (binding, matched) in table {
            let pattern = TopicPattern::parse(binding).unwrap();
            let found: Vec<&str> = keys.into_iter().filter(|key| pattern.matches(key)).collect();
            assert_eq!(found, matched, "{binding}");
        }
    }

    /// Measured on NATS 2.9.10.
    #[test]
    fn subjects_match_as_measured_on_nats() {
        let subjects = ["a", "a.b", "a.b.c", "b"];
        let table: [(&str, &[&str]); 4] =
            [("a.*", &["a.b"]), ("a.>", &["a.b", "a.b.c"]), ("*.b", &["a.b"]), (">", &subjects)];
        for (text, matched) in table {
            let pattern = SubjectPattern::parse(text).unwrap();
            let found: Vec<&str> = subjects.into_iter().filter(|subject| pattern.matches(subject)).collect();
            assert_eq!(found, matched, "{text}");
        }
    }

    #[test]
    fn errors_point_at_the_character() {
        for (text, at) in [("order.pl*ced", 8), ("order.#x", 6), ("é.a#", 4)] {
            assert_eq!(TopicPattern::parse(text).unwrap_err().at, at, "{text}");
        }
        for (text, at) in [("", 0), ("a..b", 2), ("a.>.b", 2), ("a b", 1), ("a.>b", 2), ("a.b.", 4)] {
            assert_eq!(SubjectPattern::parse(text).unwrap_err().at, at, "{text}");
        }
        assert_eq!(TopicPattern::parse(&"x".repeat(256)).unwrap_err().at, 255);
    }
}
