//! How files are compressed. What comes out of a compressed file is taken a document at a time, each of them bounded
//! ([`super::DOCUMENT_BYTES`]); a message that was compressed by itself is bounded here.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

/// How far back compressed data may refer, as a power of two: what the command `zstd` itself unpacks without being asked.
const ZSTD_WINDOW_LOG: u32 = 27;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Packed {
    /// Not at all.
    #[default]
    No,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

impl Packed {
    /// As the end of a name says: `.gz`, `.zst`.
    pub fn by_name(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(extension) if extension.eq_ignore_ascii_case("gz") => Self::Gzip,
            Some(extension) if extension.eq_ignore_ascii_case("zst") => Self::Zstd,
            _ => Self::No,
        }
    }

    /// As the first bytes say.
    pub(super) fn by_content(beginning: &[u8]) -> Self {
        match beginning {
            _ if beginning.starts_with(&GZIP) => Self::Gzip,
            _ if beginning.starts_with(&ZSTD) => Self::Zstd,
            _ => Self::No,
        }
    }
}

/// Whether messages stand behind their lengths, each compressed by itself.
pub(super) fn is_framed(beginning: &[u8]) -> bool {
    beginning.get(4..).is_some_and(|rest| rest.starts_with(&ZSTD))
}

/// What a file holds.
pub(super) fn reader(packed: Packed, whole: impl BufRead + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    Ok(match packed {
        Packed::No => Box::new(whole),
        Packed::Gzip => Box::new(BufReader::new(MultiGzDecoder::new(whole))),
        Packed::Zstd => Box::new(BufReader::new(unzstd(whole)?)),
    })
}

/// What a message holds, or the first `most` bytes of it.
pub(super) fn message(packed: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    unzstd(packed)?.take(most as u64).read_to_end(&mut text)?;
    Ok(text)
}

fn unzstd<'a, R: BufRead>(input: R) -> io::Result<Decoder<'a, R>> {
    let mut decoder = Decoder::with_buffer(input)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

/// Where a file's text goes.
pub(super) enum Writer<W: Write> {
    Plain(BufWriter<W>),
    Gzip(GzEncoder<BufWriter<W>>),
    Zstd(Encoder<'static, BufWriter<W>>),
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W, packed: Packed) -> io::Result<Self> {
        let out = BufWriter::new(out);
        Ok(match packed {
            Packed::No => Self::Plain(out),
            Packed::Gzip => Self::Gzip(GzEncoder::new(out, flate2::Compression::default())),
            Packed::Zstd => Self::Zstd(Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)?),
        })
    }

    pub(super) fn finish(self) -> io::Result<W> {
        let out = match self {
            Self::Plain(out) => out,
            Self::Gzip(gzip) => gzip.finish()?,
            Self::Zstd(zstd) => zstd.finish()?,
        };
        out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(data),
            Self::Gzip(out) => out.write(data),
            Self::Zstd(out) => out.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Gzip(out) => out.flush(),
            Self::Zstd(out) => out.flush(),
        }
    }
}
