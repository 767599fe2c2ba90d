//! Colours have names: their values stand in `ui/styles/tokens.css` and nowhere else, or one theme would lack them.

use super::Finding;
use super::source::Sources;

const TOKENS: &str = "ui/styles/tokens.css";

const FUNCTIONS: &[&str] = &["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color("];

const NAMES: &[&str] =
    &["black", "white", "red", "green", "blue", "yellow", "orange", "purple", "pink", "gray", "grey", "silver"];

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in sources.files().iter().filter(|file| file.path.starts_with("ui/") && file.path != TOKENS) {
        let found: Vec<(usize, String)> = match file.extension() {
            "css" => css_colours(&file.text),
            "rs" | "html" | "js" => file
                .code_lines()
                .filter_map(|(line, text)| hex(text).or_else(|| function(text)).map(|colour| (line, colour)))
                .collect(),
            _ => continue,
        };
        findings.extend(found.into_iter().map(|(line, colour)| {
            Finding::at(&file.path, line, format!("the colour `{colour}` needs a name in {TOKENS}"))
        }));
    }
    findings
}

/// Colours in declarations; selectors (`#add { … }`) are names, not colours.
fn css_colours(text: &str) -> Vec<(usize, String)> {
    let text = blank_comments(text);
    let mut found = Vec::new();
    let mut begin = 0;
    for (at, end) in text.match_indices([';', '{', '}']).chain([(text.len(), ";")]) {
        let piece = &text[begin..at];
        if end != "{"
            && let Some((_, value)) = piece.split_once(':')
        {
            let offset = begin + piece.len() - value.len();
            if let Some(colour) = hex(value).or_else(|| function(value)).or_else(|| name(value)) {
                let place = offset + value.find(&colour).unwrap_or(0);
                found.push((text[..place].matches('\n').count() + 1, colour));
            }
        }
        begin = (at + 1).min(text.len());
    }
    found
}

/// The text with comments replaced by as many blanks, line breaks kept.
fn blank_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        let end = rest[start..].find("*/").map_or(rest.len(), |end| start + end + 2);
        result.push_str(&rest[..start]);
        result.extend(rest[start..end].chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    result.push_str(rest);
    result
}

/// `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`.
fn hex(text: &str) -> Option<String> {
    text.match_indices('#').find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        let digits: String = text[at + 1..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let is_colour = matches!(digits.len(), 3 | 4 | 6 | 8) && digits.chars().all(|c| c.is_ascii_hexdigit());
        let starts_a_word = !before.is_some_and(|c| c.is_alphanumeric() || c == '&');
        (is_colour && starts_a_word).then(|| format!("#{digits}"))
    })
}

fn function(text: &str) -> Option<String> {
    FUNCTIONS.iter().find_map(|name| {
        text.match_indices(name).find_map(|(at, _)| {
            let before = text[..at].chars().next_back();
            (!before.is_some_and(|c| c.is_alphanumeric() || "-_.".contains(c))).then(|| (*name).to_owned())
        })
    })
}

/// A colour's CSS name as a word of its own.
fn name(value: &str) -> Option<String> {
    value
        .split(|c: char| !(c.is_alphanumeric() || "-_.#".contains(c)))
        .find(|word| NAMES.contains(&word.to_lowercase().as_str()))
        .map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn css(text: &str) -> Vec<String> {
        check(&Sources::of(&[("ui/styles/a.css", text)]))
            .into_iter()
            .map(|f| format!("{} {}", f.place, f.text))
            .collect()
    }

    #[test]
    fn literals_in_stylesheets_are_found_with_their_line() {
        let found = css(
            ".a {\n  color: #fff;\n  background: linear-gradient(\n    rgb(0 0 0), var(--b));\n}\n.b { fill: White }",
        );
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("ui/styles/a.css:2 the colour `#fff`"));
        assert!(found[1].starts_with("ui/styles/a.css:4 the colour `rgb(`"));
        assert!(found[2].starts_with("ui/styles/a.css:6 the colour `White`"));
    }

    #[test]
    fn names_selectors_and_comments_are_no_colours() {
        let text = "#add { color: var(--ink-white); }\na:hover #bad { white-space: nowrap }\n/* was #fff */\n\
                    .c { color: color-mix(in oklab, var(--a) 40%, transparent); mask: url(#abcdefg) }";
        assert!(css(text).is_empty(), "{:?}", css(text));
    }

    #[test]
    fn tokens_may_and_rust_may_not() {
        assert!(check(&Sources::of(&[(TOKENS, ":root { --ink: #101010; }")])).is_empty());
        let rust = |text: &str| check(&Sources::of(&[("ui/src/a.rs", text)])).len();
        assert_eq!(rust("let fill = \"#a1b2c3\";"), 1);
        assert_eq!(rust("let fill = \"rgba(0,0,0,.5)\";"), 1);
        assert_eq!(rust("#[cfg(test)] let a = r#\"<p>&#123;</p>\"#; // #fff"), 0);
        assert_eq!(rust("self.rgb(1)"), 0);
        assert_eq!(check(&Sources::of(&[("engine/charts/src/a.rs", "\"#a1b2c3\"")])).len(), 0);
    }
}
