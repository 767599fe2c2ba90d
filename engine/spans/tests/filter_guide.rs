//! Whether the language is what the guide says: its examples, and sentences made at random from its grammar.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use thalweg_spans::filter::{Field, Mention, is_of_fields, read, read_of_records};

fn guide() -> String {
    page("filter.md")
}

fn page(name: &str) -> String {
    let path = format!("{}/../../docs/guide/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn blocks(language: &str) -> Vec<String> {
    blocks_of(&guide(), language)
}

/// The lines of all blocks of a language.
fn blocks_of(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}");
    let mut within = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        match (within, line) {
            (false, line) if line == fence => within = true,
            (true, "```") => within = false,
            (true, line) => lines.push(line.to_owned()),
            (false, _) => {}
        }
    }
    lines
}

#[test]
fn every_example_reads_and_prints_as_the_same() {
    let examples = blocks("filter");
    assert!(examples.len() > 15, "{examples:?}");
    for example in examples {
        let reading = read(&example);
        assert_eq!(reading.problems, [], "{example}");
        let expr = reading.expr.unwrap();
        assert_eq!(read(&expr.to_string()).expr, Some(expr), "{example}");
    }
}

#[test]
fn every_example_for_log_records_is_one() {
    let examples = blocks_of(&page("logs-and-metrics.md"), "filter");
    assert_eq!(examples.len(), 3);
    for example in examples {
        let reading = read_of_records(&example);
        assert_eq!(reading.problems, [], "{example}");
        assert!(is_of_fields(&example), "{example}");
    }
}

#[test]
fn every_field_of_the_table_is_one() {
    let guide = guide();
    let table = guide.split_once("| field |").unwrap().1.split_once("\n\n").unwrap().0;
    let names: Vec<&str> = table
        .lines()
        .skip(2)
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split(','))
        .filter_map(|name| name.trim().strip_prefix('`')?.strip_suffix('`'))
        .collect();
    assert_eq!(names.len(), 14);
    for name in names {
        let mention = read(&format!("exists {name}")).mentions.swap_remove(0);
        let Mention::Field { field, .. } = mention else { panic!("{name}") };
        assert!(!matches!(field, Field::Attribute(..)), "{name}");
    }
}

#[test]
fn the_mistake_is_told_as_shown() {
    let text = "status = erorr";
    assert!(
        guide().contains(read(text).problems[0].render(text).trim_end()),
        "{}",
        read(text).problems[0].render(text)
    );
}

/// A part of a rule.
#[derive(Debug, Clone)]
enum Part {
    Terminal(String),
    Rule(String),
    Sequence(Vec<Part>),
    Choice(Vec<Part>),
    Optional(Box<Part>),
    Repeated(Box<Part>),
}

struct Grammar<'t> {
    tokens: Vec<&'t str>,
    at: usize,
}

impl<'t> Grammar<'t> {
    fn next(&self) -> &'t str {
        self.tokens.get(self.at).copied().unwrap_or(";")
    }

    fn take(&mut self) -> &'t str {
        let token = self.next();
        self.at += 1;
        token
    }

    fn choice(&mut self) -> Part {
        let mut parts = vec![self.sequence()];
        while self.next() == "|" {
            self.take();
            parts.push(self.sequence());
        }
        Part::Choice(parts)
    }

    fn sequence(&mut self) -> Part {
        let mut parts = vec![self.part()];
        while self.next() == "," {
            self.take();
            parts.push(self.part());
        }
        Part::Sequence(parts)
    }

    fn part(&mut self) -> Part {
        let token = self.take();
        let (make, end): (fn(Box<Part>) -> Part, _) = match token {
            "[" => (Part::Optional, "]"),
            "{" => (Part::Repeated, "}"),
            "(" => (|part| *part, ")"),
            quoted if quoted.starts_with('"') => return Part::Terminal(quoted.trim_matches('"').to_owned()),
            name => return Part::Rule(name.to_owned()),
        };
        let inner = self.choice();
        assert_eq!(self.take(), end);
        make(Box::new(inner))
    }
}

fn grammar() -> BTreeMap<String, Part> {
    let text = blocks("ebnf").join("\n");
    let mut grammar = Grammar { tokens: text.split_whitespace().collect(), at: 0 };
    let mut rules = BTreeMap::new();
    while grammar.at < grammar.tokens.len() {
        let name = grammar.take().to_owned();
        assert_eq!(grammar.take(), "=");
        rules.insert(name, grammar.choice());
        assert_eq!(grammar.take(), ";");
    }
    rules
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % limit as u64) as usize
    }
}

struct Speaker<'a> {
    rules: &'a BTreeMap<String, Part>,
    numbers: Numbers,
    depth: usize,
}

impl Speaker<'_> {
    fn say(&mut self, part: &Part, out: &mut String) {
        match part {
            Part::Terminal(text) => {
                out.push_str(text);
                // A scope stands at its key.
                if !text.ends_with('.') {
                    out.push(' ');
                }
            }
            Part::Rule(name) if !self.rules.contains_key(name) => {
                let samples: &[&str] = match name.as_str() {
                    "word" => &["payment", "http.route", "größe", "a-b", "don't"],
                    "quoted" => &["\"a b\"", "'it\\'s'", "`\\d+`", "\"name\""],
                    other => panic!("no rule {other}"),
                };
                out.push_str(samples[self.numbers.below(samples.len())]);
                out.push(' ');
            }
            Part::Rule(name) => {
                self.depth += 1;
                let rule = self.rules[name].clone();
                self.say(&rule, out);
                self.depth -= 1;
            }
            Part::Sequence(parts) => parts.iter().for_each(|part| self.say(part, out)),
            Part::Choice(parts) => {
                // Deep down the way that leads on is not taken: `primary` has its conditions second.
                let place = if self.depth > 14 && parts.len() > 2 { 1 } else { self.numbers.below(parts.len()) };
                self.say(&parts[place], out);
            }
            Part::Optional(part) => {
                if self.numbers.below(2) == 0 {
                    self.say(part, out);
                }
            }
            Part::Repeated(part) => {
                while self.depth < 14 && self.numbers.below(3) == 0 {
                    self.say(part, out);
                }
            }
        }
    }
}

#[test]
fn sentences_of_the_grammar_read() {
    let rules = grammar();
    let mut speaker = Speaker { rules: &rules, numbers: Numbers(1), depth: 0 };
    let mut read_well = 0;
    for _ in 0..4_000 {
        let mut sentence = String::new();
        speaker.say(&rules["filter"].clone(), &mut sentence);
        let reading = read(&sentence);
        // What the grammar's notes say.
        let noted = |message: &str| message.contains("behind a value without quotes") || message.contains("at most 32");
        let problems: Vec<_> = reading.problems.iter().filter(|problem| !noted(&problem.message)).collect();
        assert!(problems.is_empty(), "{sentence}\n{problems:#?}");
        read_well += usize::from(reading.problems.is_empty());
        if let Some(expr) = reading.expr {
            assert_eq!(read(&expr.to_string()).expr.as_ref(), Some(&expr), "{sentence}");
        }
    }
    assert!(read_well > 1_000, "{read_well}");
}
