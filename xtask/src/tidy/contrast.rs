//! Words must be readable on every ground in both themes: a contrast of 4.5 to 1, which WCAG 2.2 asks of text (success
//! criterion 1.4.3, level AA).

use super::Finding;
use super::source::Sources;

const TOKENS: &str = "ui/styles/tokens.css";
/// Where the second theme begins.
const LIGHT: &str = ":root[data-theme=\"light\"]";
const LEAST: f64 = 4.5;

/// Tokens that colour words, by how they begin; `trace-` are twelve.
const WORDS: &[&str] = &[
    "ink", "ink-2", "ink-3", "accent", "producer", "channel", "consumer", "service", "store", "dead", "ok", "warn",
    "bad", "trace-",
];
const GROUNDS: &[&str] = &["water-0", "water-1", "water-2", "water-3"];
/// Words on a coloured ground.
const PAIRS: &[(&str, &str)] = &[("accent-ink", "accent"), ("mark-ink", "warn"), ("mark-ink", "bad")];

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    let Some(file) = sources.get(TOKENS) else { return vec![Finding::new(TOKENS, "is missing")] };
    let (dark, light) = file.text.split_once(LIGHT).unwrap_or((&file.text, ""));
    [("dark", dark), ("light", light)].into_iter().flat_map(|(theme, text)| theme_findings(theme, text)).collect()
}

fn theme_findings(theme: &str, text: &str) -> Vec<Finding> {
    let colours: Vec<(&str, f64)> = text.lines().filter_map(colour).collect();
    let is_word = |name: &str| WORDS.iter().any(|word| *word == name || word.ends_with('-') && name.starts_with(word));
    let grounds = || colours.iter().filter(|(name, _)| GROUNDS.contains(name));
    let words = colours.iter().filter(|(name, _)| is_word(name));
    let mut met: Vec<_> = words.flat_map(|word| grounds().map(move |ground| (word, ground))).collect();
    let find = |wanted: &str| colours.iter().find(|(name, _)| *name == wanted);
    met.extend(PAIRS.iter().filter_map(|(word, ground)| Some((find(word)?, find(ground)?))));
    let too_faint = met.into_iter().filter(|((_, word), (_, ground))| contrast(*word, *ground) < LEAST);
    too_faint
        .map(|((name, word), (on, ground))| {
            let is = contrast(*word, *ground);
            Finding::new(
                TOKENS,
                format!("--{name} on --{on} has a contrast of {is:.2} in the {theme} theme, not {LEAST}"),
            )
        })
        .collect()
}

/// The name of a token and its relative luminance, if the line says one as `--name: #rrggbb;`.
fn colour(line: &str) -> Option<(&str, f64)> {
    let (name, value) = line.trim().strip_prefix("--")?.split_once(':')?;
    let hex = value.trim().strip_prefix('#')?.strip_suffix(';')?;
    if hex.len() != 6 {
        return None;
    }
    let number = u32::from_str_radix(hex, 16).ok()?;
    let channel = |shift: u32| {
        let share = f64::from(number >> shift & 0xff) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    Some((name, 0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)))
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_extremes_are_met() {
        let of = |line| colour(line).unwrap().1;
        assert!((contrast(of("--a: #ffffff;"), of("--b: #000000;")) - 21.0).abs() < 1e-9);
        // The lightest grey that WCAG's own examples allow on white.
        assert!(contrast(of("--a: #767676;"), of("--b: #ffffff;")) >= LEAST);
        assert!(contrast(of("--a: #777777;"), of("--b: #ffffff;")) < LEAST);
        assert_eq!(colour("--veil: rgb(6 10 14 / 55%);"), None);
    }

    #[test]
    fn a_faint_word_is_found_in_its_theme() {
        let css = |ink| {
            format!(
                ":root {{\n--water-1: #000000;\n--ink-3: #ffffff;\n}}\n{LIGHT} {{\n--water-1: #ffffff;\n--ink-3: {ink};\n}}\n"
            )
        };
        let found = |ink| {
            let text = css(ink);
            check(&Sources::of(&[(TOKENS, text.as_str())])).into_iter().map(|finding| finding.text).collect::<Vec<_>>()
        };
        assert!(found("#767676").is_empty());
        assert_eq!(found("#777777").len(), 1);
        assert!(found("#777777")[0].contains("light theme"));
    }
}
