//! The JSON documents of a file, one after the other.
//!
//! Most files hold one document a line, as the OTLP specification has it ("OTLP File Exporter"). Others hold one that was
//! spread over lines for people to read; both are found by counting brackets. A line that broke off, as when a process was
//! ended while it wrote, costs that line only: where a line begins as only a document does, the one before it is over.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::packing::{self, Packed};

/// Bytes of one document: as much as the receiver takes in one request.
pub const DOCUMENT_BYTES: usize = 64 << 20;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// How a line begins that begins a document, blanks aside.
const BEGINNINGS: [&[u8]; 3] = [b"{\"resourceSpans\"", b"{\"resourceLogs\"", b"{\"resourceMetrics\""];

/// Why a file cannot be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The Collector's other form, most likely.
    #[error(
        "it is not text: of the Collector's file exporter only `format: json` can be read, plain or compressed with zstd"
    )]
    NotText,
    /// The system, or the compression, says so.
    #[error("it cannot be read on: {0}")]
    Unreadable(String),
}

/// Whether the beginning of a file, a few KiB of it, is that of one to import.
pub fn is_telemetry(beginning: &[u8]) -> bool {
    let compressed = Packed::by_content(beginning) != Packed::No || packing::is_framed(beginning);
    let text = beginning.strip_prefix(&BYTE_ORDER_MARK).unwrap_or(beginning).trim_ascii_start();
    // No flow document has such a key.
    let has_key = |key: &[u8]| {
        let mut places = (0..text.len()).filter(|at| text[*at..].starts_with(key));
        places.any(|at| text[at + key.len()..].trim_ascii_start().starts_with(b":"))
    };
    compressed || text.starts_with(b"{") && BEGINNINGS.iter().any(|beginning| has_key(&beginning[1..]))
}

/// A document and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The line it begins in, from 1; in a file of framed messages, which one.
    pub(crate) line: u64,
    /// How many lines it has.
    pub(crate) lines: u64,
    /// Its text, or why there is none.
    pub(crate) text: Result<Vec<u8>, String>,
}

/// Reads documents.
pub(crate) struct Documents {
    input: Box<dyn BufRead + Send>,
    /// Whether each message comes with its length before it, as the Collector writes compressed ones.
    framed: bool,
    /// Lines, or messages, that were read.
    lines: u64,
    /// A line that begins the next document.
    carried: Option<Line>,
}

/// A line without its end.
struct Line {
    number: u64,
    text: Vec<u8>,
    too_long: bool,
}

impl Documents {
    /// Sees how a file is compressed.
    pub(crate) fn open(mut input: impl Read + Send + 'static) -> Result<Self, FileError> {
        let mut head = Vec::new();
        input.by_ref().take(8).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
        let (framed, packed) = (packing::is_framed(&head), Packed::by_content(&head));
        let whole = BufReader::new(Cursor::new(head).chain(input));
        let mut input = packing::reader(packed, whole).map_err(|error| unreadable(&error))?;
        if !framed {
            let beginning = input.fill_buf().map_err(|error| unreadable(&error))?;
            if beginning.contains(&0) {
                return Err(FileError::NotText);
            }
            if beginning.starts_with(&BYTE_ORDER_MARK) {
                input.consume(BYTE_ORDER_MARK.len());
            }
        }
        Ok(Self { input, framed, lines: 0, carried: None })
    }

    /// The next document; none at the end of the file.
    pub(crate) fn read(&mut self) -> Result<Option<Document>, FileError> {
        let read = if self.framed { self.next_message() } else { self.next_text() };
        read.map_err(|error| unreadable(&error))
    }

    fn next_text(&mut self) -> io::Result<Option<Document>> {
        let mut document: Option<Document> = None;
        let mut scan = Scan::default();
        loop {
            let line = match self.carried.take() {
                Some(line) => line,
                None => match self.line()? {
                    Some(line) => line,
                    None => return Ok(document),
                },
            };
            let begun = document.is_some();
            if !begun && !line.too_long && line.text.trim_ascii().is_empty() {
                continue;
            }
            if begun && begins_document(&line.text) {
                self.carried = Some(line);
                return Ok(document);
            }
            scan.feed(&line.text);
            let is_over = line.too_long || scan.is_over();
            let first = line.number;
            document.get_or_insert_with(|| Document { line: first, lines: 0, text: Ok(Vec::new()) }).add(line);
            if is_over {
                return Ok(document);
            }
        }
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line { number: self.lines + 1, text: Vec::new(), too_long: false };
        let mut any = false;
        loop {
            let piece = self.input.fill_buf()?;
            if piece.is_empty() {
                break;
            }
            any = true;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let part = &piece[..end.unwrap_or(piece.len())];
            if line.text.len() + part.len() > DOCUMENT_BYTES {
                line.too_long = true;
                line.text = Vec::new();
            } else if !line.too_long {
                line.text.extend_from_slice(part);
            }
            let read = part.len() + usize::from(end.is_some());
            self.input.consume(read);
            if end.is_some() {
                break;
            }
        }
        self.lines += u64::from(any);
        Ok(any.then_some(line))
    }

    /// Four bytes of length, then as many of a message (Collector, `fileexporter`).
    fn next_message(&mut self) -> io::Result<Option<Document>> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut length = [0; 4];
        self.input.read_exact(&mut length)?;
        let length = u64::from(u32::from_be_bytes(length));
        self.lines += 1;
        let mut packed = Vec::new();
        if length > DOCUMENT_BYTES as u64 {
            let skipped = io::copy(&mut self.input.by_ref().take(length), &mut io::sink())?;
            complete(skipped, length)?;
            return Ok(Some(Document { line: self.lines, lines: 1, text: Err(too_long()) }));
        }
        let read = self.input.by_ref().take(length).read_to_end(&mut packed)?;
        complete(read as u64, length)?;
        Ok(Some(Document { line: self.lines, lines: 1, text: unpacked(&packed) }))
    }
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, String> {
    let text = packing::message(packed, DOCUMENT_BYTES + 1);
    let text = text.map_err(|error| format!("its zstd data is damaged: {error}"))?;
    match text.trim_ascii_start().first() {
        _ if text.len() > DOCUMENT_BYTES => Err(too_long()),
        Some(b'{') => Ok(text),
        _ => Err(FileError::NotText.to_string()),
    }
}

fn complete(read: u64, length: u64) -> io::Result<()> {
    if read == length {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "its last message is cut short"))
    }
}

fn begins_document(line: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

fn too_long() -> String {
    format!("it is longer than {} MiB", DOCUMENT_BYTES >> 20)
}

fn unreadable(error: &io::Error) -> FileError {
    FileError::Unreadable(error.to_string())
}

impl Document {
    fn add(&mut self, line: Line) {
        self.lines += 1;
        let Ok(text) = &mut self.text else { return };
        if line.too_long || text.len() + line.text.len() >= DOCUMENT_BYTES {
            self.text = Err(too_long());
        } else if text.is_empty() {
            *text = line.text;
        } else {
            text.push(b'\n');
            text.extend_from_slice(&line.text);
        }
    }
}

/// Brackets, counted outside of texts.
#[derive(Debug, Clone, Copy, Default)]
struct Scan {
    depth: i64,
    in_text: bool,
    after_backslash: bool,
}

impl Scan {
    fn feed(&mut self, part: &[u8]) {
        for byte in part {
            match byte {
                _ if self.after_backslash => self.after_backslash = false,
                b'\\' if self.in_text => self.after_backslash = true,
                b'"' => self.in_text = !self.in_text,
                b'{' | b'[' if !self.in_text => self.depth += 1,
                b'}' | b']' if !self.in_text => self.depth -= 1,
                _ => {}
            }
        }
    }

    /// At the end of a line: nothing more can belong to the document. No text of JSON goes over a line's end.
    fn is_over(self) -> bool {
        self.in_text || self.depth <= 0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    type Seen = (u64, u64, Result<String, String>);

    fn all(bytes: Vec<u8>) -> Result<Vec<Seen>, FileError> {
        let mut documents = Documents::open(Cursor::new(bytes))?;
        let mut found = Vec::new();
        while let Some(document) = documents.read()? {
            let text = document.text.map(|text| String::from_utf8_lossy(&text).into_owned());
            found.push((document.line, document.lines, text));
        }
        Ok(found)
    }

    fn texts(bytes: &[u8]) -> Vec<(u64, u64, String)> {
        let found = all(bytes.to_vec()).unwrap();
        found.into_iter().map(|(line, lines, text)| (line, lines, text.unwrap())).collect()
    }

    fn packed(text: &[u8], packed: Packed) -> Vec<u8> {
        let mut writer = packing::Writer::new(Vec::new(), packed).unwrap();
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        packed(text, Packed::Gzip)
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        packed(text, Packed::Zstd)
    }

    const LINES: &[u8] = b"{\"resourceSpans\":[]}\n\n{\"resourceLogs\":[\"}{\\\"\"]}\r\n{\"resourceMetrics\":[]}";

    #[test]
    fn a_line_is_a_document_and_a_document_may_have_many_lines() {
        let found = texts(LINES);
        let places: Vec<_> = found.iter().map(|(line, lines, _)| (*line, *lines)).collect();
        assert_eq!(places, [(1, 1), (3, 1), (4, 1)]);
        assert_eq!(found[1].2.trim_end(), "{\"resourceLogs\":[\"}{\\\"\"]}");
        let spread = b"\xef\xbb\xbf{\n  \"resourceSpans\": [\n    { \"a\": \"}\" }\n  ]\n}\n{\"resourceSpans\":[]}\n";
        let places: Vec<_> = texts(spread).iter().map(|(line, lines, _)| (*line, *lines)).collect();
        assert_eq!(places, [(1, 5), (6, 1)]);
        assert!(texts(b"").is_empty() && texts(b"\n \n\r\n").is_empty());
    }

    #[test]
    fn a_line_that_broke_off_costs_itself_only() {
        for broken in ["{\"resourceSpans\":[{\"scopeSp", "{\"resourceSpans\":[{", "nonsense", "]}"] {
            let file = format!("{{\"resourceSpans\":[]}}\n{broken}\n{{\"resourceSpans\":[1]}}\n");
            let found = texts(file.as_bytes());
            let told: Vec<_> = found.iter().map(|(line, _, text)| (*line, text.as_str())).collect();
            assert_eq!(told, [(1, "{\"resourceSpans\":[]}"), (2, broken), (3, "{\"resourceSpans\":[1]}")]);
        }
    }

    #[test]
    fn compression_is_seen_by_its_content() {
        let plain = texts(LINES);
        assert_eq!(texts(&gzip(LINES)), plain);
        assert_eq!(texts(&zstd(LINES)), plain);
        // As `cat a.gz b.gz` and `cat a.zst b.zst` make them.
        let twice = |packed: fn(&[u8]) -> Vec<u8>| [packed(b"{}\n"), packed(b"{}\n")].concat();
        assert_eq!((texts(&twice(gzip)).len(), texts(&twice(zstd)).len()), (2, 2));
        let cut = gzip(LINES);
        assert!(matches!(all(cut[..cut.len() - 12].to_vec()), Err(FileError::Unreadable(_))));
    }

    /// The Collector's README: with compression "each encoded object is preceded by 4 bytes which represent the number of
    /// bytes contained in the encoded object".
    #[test]
    fn compressed_messages_of_the_collector_are_read() {
        let framed = |message: &[u8]| {
            let packed = zstd(message);
            [&(packed.len() as u32).to_be_bytes()[..], &packed].concat()
        };
        let file = [framed(b"{\"resourceSpans\":[]}"), framed(b"\x0a\x00proto"), framed(b"{}")].concat();
        let found = all(file.clone()).unwrap();
        assert_eq!(found.iter().map(|(line, _, _)| *line).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(found[0].2.is_ok() && found[2].2.is_ok());
        assert!(found[1].2.as_ref().unwrap_err().contains("format: json"));
        assert!(all(file[..file.len() - 3].to_vec()).unwrap_err().to_string().contains("cut short"));
        let huge = [&framed(b"{}")[..], &[0xff; 4], b"rest"].concat();
        assert!(matches!(all(huge), Err(FileError::Unreadable(_))));
    }

    #[test]
    fn what_is_no_text_is_told_at_once() {
        assert_eq!(all(vec![0, 0, 0, 9, 10, 7, 0, 1, 2]).unwrap_err(), FileError::NotText);
    }

    #[test]
    fn a_document_that_is_too_long_is_left_out() {
        let long = format!("{{\"a\":\"{}\"}}\n{{}}\n", "x".repeat(DOCUMENT_BYTES));
        let found = all(long.into_bytes()).unwrap();
        assert!(found[0].2.as_ref().unwrap_err().contains("64 MiB"));
        assert_eq!((found.len(), found[1].0), (2, 2));
    }

    #[test]
    fn telemetry_is_told_from_flows() {
        for telemetry in [LINES, &gzip(b"{}"), &zstd(b"{}"), b"{\n  \"resourceLogs\": []\n}"] {
            assert!(is_telemetry(telemetry));
        }
        for other in [&b""[..], b"thalweg: 1\nname: x\n", b"{ thalweg: 1, name: \"resourceSpans\" }"] {
            assert!(!is_telemetry(other), "{}", String::from_utf8_lossy(other));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes: Vec<u8>) {
            all(bytes).ok();
        }

        #[test]
        fn no_line_is_lost(lines in prop::collection::vec("[ -~]{0,30}", 0..20)) {
            let file = lines.join("\n");
            let found = texts(file.as_bytes());
            let read: Vec<&str> = found.iter().flat_map(|(_, _, text)| text.lines()).filter(|l| !l.trim().is_empty()).collect();
            let written: Vec<&str> = file.lines().filter(|line| !line.trim().is_empty()).collect();
            prop_assert_eq!(read, written);
        }
    }
}
