//! What may stand at the caret.
//!
//! The tokens before the caret decide what is [awaited], what was typed of the word under it which [offers](offered) fit.

mod awaited;
mod offered;

use std::cmp::Reverse;
use std::ops::Range;

use super::expr::Op;
use super::limits::{MAX_BYTES, MAX_OFFERS};
use super::seen::Seen;
use super::token::{Kind, Token, tokens};
use awaited::{Awaited, awaited};

/// What can be put at the caret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offers {
    /// The bytes of the text that an offer replaces.
    pub span: Range<usize>,
    /// What to put there, the likeliest first.
    pub offers: Vec<Offer>,
}

/// One thing to put at the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The text itself.
    pub text: String,
    /// What it is.
    pub kind: OfferKind,
    /// How often it was seen, where that was counted.
    pub count: Option<u64>,
}

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferKind {
    /// A field that every span has or may have.
    Field,
    /// An attribute.
    Attribute,
    /// `=`, `~`, `in`, …
    Operator,
    /// What the field is compared with.
    Value,
    /// `and`, `or`, `not`, `exists`, a comma.
    Word,
    /// `>>` and the like.
    Relation,
    /// A parenthesis or brace that opens or closes.
    Bracket,
}

/// What may stand at `caret` (a byte of `text`). The word the caret stands in or behind is replaced as a whole and decides
/// what fits. Sorted by what begins with it, then by use.
pub fn complete(text: &str, caret: usize, seen: &Seen) -> Offers {
    let caret = (0..=caret.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if text.len() > MAX_BYTES {
        return Offers { span: caret..caret, offers: Vec::new() };
    }
    let tokens = tokens(text, &mut Vec::new());
    let touched = tokens.iter().find(|token| is_touched(token, caret));
    if let Some(values) = touched.and_then(|token| behind_operator(text, &tokens, token, caret, seen)) {
        return values;
    }
    let span = touched.map_or(caret..caret, |token| token.span.clone());
    let typed = Typed::new(text, &span, caret, touched);
    let (awaited, open) = awaited(before(&tokens, span.start));
    let mut found = offered::offers(&awaited, &open, seen, &typed);
    // What stands there already is no news.
    found.retain(|(offer, _)| offer.text != text[span.clone()]);
    sorted(span, found)
}

/// Where a whole operator was just written a value is awaited, in `service=|` too; nothing where none is known.
fn behind_operator(text: &str, tokens: &[Token<'_>], token: &Token<'_>, caret: usize, seen: &Seen) -> Option<Offers> {
    let is_whole = matches!(token.kind, Kind::Sign(sign) if Op::from_sign(sign).is_some()) && token.span.end == caret;
    let (awaited, open) = awaited(before(tokens, if is_whole { caret } else { return None }));
    let Awaited::Value(..) = awaited else { return None };
    let span = caret..caret;
    let found = offered::offers(&awaited, &open, seen, &Typed::new(text, &span, caret, None));
    // The word that follows at once is what is being compared with; it is completed when the caret stands in it.
    let is_free =
        text[caret..].chars().next().is_none_or(|next| next.is_whitespace() || matches!(next, ')' | '}' | ','));
    (is_free && !found.is_empty()).then(|| sorted(span, found))
}

/// The tokens that end at or before a place.
fn before<'a, 't>(tokens: &'a [Token<'t>], place: usize) -> &'a [Token<'t>] {
    let count = tokens.iter().take_while(|token| token.span.end <= place && token.kind != Kind::End).count();
    &tokens[..count]
}

/// Among those that begin with what was typed, those seen more often; offers that were not counted keep their order.
fn sorted(span: Range<usize>, mut found: Vec<(Offer, u8)>) -> Offers {
    found.sort_by_key(|(offer, rank)| (*rank, Reverse(offer.count.unwrap_or(u64::MAX))));
    Offers { span, offers: found.into_iter().map(|(offer, _)| offer).take(MAX_OFFERS).collect() }
}

/// Whether the caret stands in a token or behind its last character, so that it is being written. Brackets and commas are whole.
fn is_touched(token: &Token<'_>, caret: usize) -> bool {
    let inside = token.span.start < caret && caret < token.span.end;
    let behind = token.span.start < caret && caret == token.span.end;
    match &token.kind {
        Kind::Word(_) => inside || behind || token.span.start == caret,
        Kind::Quoted(quoted) => inside || (behind && !quoted.closed),
        Kind::Sign(sign) => inside || (behind && !matches!(*sign, "(" | ")" | "{" | "}" | ",")),
        Kind::End => false,
    }
}

/// What was typed of the word at the caret.
struct Typed {
    /// In lower case, up to the caret, without its quote.
    start: String,
    /// Whether it stands in quotes, and so is a value, a key or a text.
    quoted: bool,
    sign: bool,
}

impl Typed {
    fn new(text: &str, span: &Range<usize>, caret: usize, token: Option<&Token<'_>>) -> Self {
        let typed = text[span.start..caret.max(span.start)].to_lowercase();
        let quoted = matches!(token.map(|token| &token.kind), Some(Kind::Quoted(_)));
        let sign = matches!(token.map(|token| &token.kind), Some(Kind::Sign(_)));
        let start = if quoted { typed.trim_start_matches(['"', '\'', '`']).to_owned() } else { typed };
        Typed { start, quoted, sign }
    }

    /// How well a text fits: 0 when it begins with what was typed, 1 when one of its parts does, 2 when it has it inside;
    /// nothing when it does not fit.
    fn rank(&self, text: &str) -> Option<u8> {
        let text = text.to_lowercase();
        let plain = text.trim_start_matches('"');
        if plain.starts_with(&self.start) {
            return Some(0);
        }
        let part = plain.split(['.', '_', '-', '/', ' ', ':']).any(|part| part.starts_with(&self.start));
        (part || plain.contains(&self.start)).then_some(if part { 1 } else { 2 })
    }
}
