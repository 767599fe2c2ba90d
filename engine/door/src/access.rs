//! What a user allows beyond the defaults: a token that senders must show, and web pages that may send.

use std::fmt;
use std::str::FromStr;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use crate::barred::Barred;

/// Fewer characters can be tried out by whoever reaches the port.
const TOKEN_CHARACTERS: usize = 16;

/// What every sender must show, as `Authorization: Bearer …`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// A text that is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Too easily guessed.
    #[error("a token needs {TOKEN_CHARACTERS} characters or more: it is all that keeps others out")]
    Short,
    /// Not what may stand in a header.
    #[error("a token has letters, digits and the signs - . _ ~ + / = only, on one line")]
    Characters,
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        // RFC 6750, 2.1.
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)) {
            return Err(TokenError::Characters);
        }
        if text.len() < TOKEN_CHARACTERS {
            return Err(TokenError::Short);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Never shown, not in a log either.
impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

impl Token {
    /// Lets a request pass that shows it.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Barred> {
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(shown), None) = (shown.next(), shown.next()) else { return Err(Barred::NoToken) };
        let Some((scheme, token)) = shown.as_bytes().split_at_checked(7) else { return Err(Barred::NoToken) };
        if scheme.eq_ignore_ascii_case(b"bearer ") && same(token.trim_ascii(), self.0.as_bytes()) {
            Ok(())
        } else {
            Err(Barred::NoToken)
        }
    }
}

/// Takes as long for a wrong first byte as for a wrong last one.
fn same(shown: &[u8], token: &[u8]) -> bool {
    shown.len() == token.len() && shown.iter().zip(token).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// A web page's origin that may send: scheme, host and port, compared whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is no origin of a web page: write its scheme, host and port as the browser does, such as http://localhost:3000"
)]
pub struct OriginError(String);

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let wrong = || OriginError(text.to_owned());
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).ok_or_else(wrong)?;
        let authority: hyper::http::uri::Authority = rest.parse().map_err(|_| wrong())?;
        let plain = !rest.contains(['@', '*', '/']) && !authority.host().is_empty() && !rest.ends_with(':');
        if !plain {
            return Err(wrong());
        }
        let text = text.to_ascii_lowercase();
        // A browser leaves the scheme's own port out (WHATWG HTML, "serialization of an origin").
        let usual = if text.starts_with("https:") { ":443" } else { ":80" };
        Ok(Self(text.strip_suffix(usual).map_or_else(|| text.clone(), str::to_owned)))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Origin {
    pub(crate) fn is(&self, header: &[u8]) -> bool {
        header.eq_ignore_ascii_case(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn only_the_whole_token_passes() {
        let token: Token = "correct-horse-battery".parse().unwrap();
        let judged = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            token.check(&headers)
        };
        assert_eq!(judged(&["Bearer correct-horse-battery"]), Ok(()));
        assert_eq!(judged(&["bearer  correct-horse-battery "]), Ok(()));
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer correct-horse-batter",
            "Bearer correct-horse-battery1",
            "Bearer Correct-horse-battery",
            "Basic correct-horse-battery",
            "correct-horse-battery",
        ] {
            assert_eq!(judged(&[wrong]), Err(Barred::NoToken), "{wrong}");
        }
        assert_eq!(judged(&[]), Err(Barred::NoToken));
        assert_eq!(judged(&["Bearer correct-horse-battery", "Bearer other"]), Err(Barred::NoToken));
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn weak_tokens_and_odd_origins_are_refused() {
        assert_eq!("short".parse::<Token>(), Err(TokenError::Short));
        assert_eq!("".parse::<Token>(), Err(TokenError::Short));
        assert_eq!("with blanks in the middle".parse::<Token>(), Err(TokenError::Characters));
        assert_eq!("zwölf-ist-zu-wenig".parse::<Token>(), Err(TokenError::Characters));
        for good in ["http://localhost:3000", "https://shop.example", "http://[::1]:8080"] {
            assert_eq!(good.parse::<Origin>().unwrap().to_string(), good);
        }
        for bad in [
            "*",
            "null",
            "localhost:3000",
            "http://",
            "http://a:",
            "http://a/",
            "http://a/b",
            "ftp://a",
            "http://u@a",
            "http://*",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
        let same = |text: &str, header: &str| text.parse::<Origin>().unwrap().is(header.as_bytes());
        assert!(same("https://shop.example:443", "https://shop.example") && same("http://[::1]:80", "http://[::1]"));
        assert!(same("https://shop.example:80", "https://shop.example:80"));
        assert!(!same("http://shop.example:443", "http://shop.example") && !same("http://a:4430", "http://a:443"));
        assert!("http://Localhost:3000".parse::<Origin>().unwrap().is(b"HTTP://localhost:3000"));
    }
}
