//! Links to traces: `thalweg://trace/ID`, `thalweg://trace/ID/span/ID`. And what else is named from outside.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use thalweg_protocol::{ApiError, ErrorCode, Offered};
use thalweg_telemetry::{SpanId, TraceId};

use crate::carry;

/// How every link begins.
const SCHEME: &str = "thalweg:";

/// What a command line, a drop or the system names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A file: a flow document, or telemetry.
    File(PathBuf),
    /// A link, good or bad.
    Link(String),
}

impl Wanted {
    /// As an argument names it, in the folder in which it was typed.
    pub fn of(argument: &OsStr, folder: &Path) -> Self {
        match argument.to_str() {
            Some(text) if is_link(text) => Self::Link(text.to_owned()),
            _ => Self::File(folder.join(argument)),
        }
    }

    /// The file to be opened as a document, if that is what is wanted.
    pub fn flow(&self) -> Option<&Path> {
        match self {
            Self::File(path) if !carry::is_telemetry(path) => Some(path),
            _ => None,
        }
    }

    /// What a page is told of anything else.
    pub(crate) fn offered(&self) -> Option<Offered> {
        match self {
            Self::Link(text) => Some(read(text)),
            Self::File(_) if self.flow().is_none() => Some(Offered::Telemetry),
            Self::File(_) => None,
        }
    }
}

impl From<PathBuf> for Wanted {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

fn is_link(text: &str) -> bool {
    text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

fn read(text: &str) -> Offered {
    let wrong = || {
        // What stands in a link comes from anywhere.
        let shown: String = text.chars().filter(|c| !c.is_control()).take(120).collect();
        let error = ApiError::new(ErrorCode::Usage, format!("“{shown}” is no link to a trace."));
        let form = "A link is thalweg://trace/TRACE_ID or thalweg://trace/TRACE_ID/span/SPAN_ID, with the ids in \
                    hexadecimal digits: 32 and 16 of them.";
        Offered::NoLink(error.with_help(form))
    };
    let Some(rest) = is_link(text).then(|| text[SCHEME.len()..].trim_start_matches('/')) else { return wrong() };
    let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    let trace = |text: &str| text.parse::<TraceId>().ok().map(|id| id.to_string());
    let span = |text: &str| text.parse::<SpanId>().ok().map(|id| id.to_string());
    match parts[..] {
        [what, id] if what.eq_ignore_ascii_case("trace") => {
            trace(id).map_or_else(wrong, |trace_id| Offered::Trace { trace_id, span_id: None })
        }
        [what, id, part, of] if what.eq_ignore_ascii_case("trace") && part.eq_ignore_ascii_case("span") => trace(id)
            .zip(span(of))
            .map_or_else(wrong, |(trace_id, span_id)| Offered::Trace { trace_id, span_id: Some(span_id) }),
        _ => wrong(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    #[test]
    fn links_name_a_trace_and_perhaps_a_span() {
        let trace =
            |span_id: Option<&str>| Offered::Trace { trace_id: TRACE.to_owned(), span_id: span_id.map(str::to_owned) };
        for text in [format!("thalweg://trace/{TRACE}"), format!("THALWEG://Trace/{}/", TRACE.to_uppercase())] {
            assert_eq!(read(&text), trace(None), "{text}");
        }
        assert_eq!(read(&format!("thalweg://trace/{TRACE}/span/{SPAN}")), trace(Some(SPAN)));
    }

    #[test]
    fn a_bad_link_gets_a_sentence() {
        for text in [
            "thalweg:".to_owned(),
            "thalweg://".to_owned(),
            "thalweg://trace".to_owned(),
            "thalweg://trace/".to_owned(),
            format!("thalweg://span/{TRACE}"),
            format!("thalweg://trace/{}", &TRACE[1..]),
            format!("thalweg://trace/{}", "0".repeat(32)),
            format!("thalweg://trace/{TRACE}/span"),
            format!("thalweg://trace/{TRACE}/span/{TRACE}"),
            format!("thalweg://trace/{TRACE}/span/{SPAN}/more"),
            format!("thalweg://trace/{TRACE}?x=1"),
        ] {
            let Offered::NoLink(error) = read(&text) else { panic!("{text}") };
            assert!(error.message.contains("no link") && error.help.is_some());
        }
    }

    #[test]
    fn files_stay_files() {
        let folder = Path::new("/somewhere");
        assert_eq!(Wanted::of(OsStr::new("a.flow.yaml"), folder), Wanted::File(folder.join("a.flow.yaml")));
        assert_eq!(Wanted::of(OsStr::new("thalweg.yaml"), folder), Wanted::File(folder.join("thalweg.yaml")));
        let link = Wanted::of(OsStr::new("thalweg://trace/x"), folder);
        assert_eq!(link, Wanted::Link("thalweg://trace/x".to_owned()));
    }

    proptest! {
        #[test]
        fn no_link_does_harm(rest in ".{0,80}") {
            read(&format!("thalweg:{rest}"));
            read(&rest);
        }
    }
}
