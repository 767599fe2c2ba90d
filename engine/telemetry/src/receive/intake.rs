//! Reading a request's body: bounded while it streams in, as sent, as decompressed, and over all requests together.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::Buf;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zstd::stream::raw::{DParameter, Decoder, Operation};

use super::refusal::Refusal;
use crate::limits::Limits;

/// Memory for all requests being handled, in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// A share of the budget that grows with need and is given back when dropped.
    pub(crate) fn share(&self) -> Share {
        Share { budget: self.clone(), held: None }
    }
}

/// What one request holds of the [`Budget`].
#[derive(Debug)]
pub(crate) struct Share {
    budget: Budget,
    held: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Small steps would contend for the semaphore.
    const STEP: usize = 64 << 10;

    /// Holds at least `bytes`, or refuses without waiting: waiting requests would hold memory too.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Refusal> {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if bytes <= held {
            return Ok(());
        }
        let more = u32::try_from((bytes - held).next_multiple_of(Self::STEP)).map_err(|_| Refusal::busy())?;
        let permit = Arc::clone(&self.budget.0).try_acquire_many_owned(more).map_err(|_| Refusal::busy())?;
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        Ok(())
    }
}

impl Share {
    /// Gives back what is held beyond `bytes`.
    fn shrink_to(&mut self, bytes: usize) {
        if let Some(held) = &mut self.held {
            let spare = held.num_permits().saturating_sub(bytes.next_multiple_of(Self::STEP));
            drop(held.split(spare));
        }
    }
}

/// How a message lies in its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The body is the message.
    Whole(Packing),
    /// gRPC: a flag, a length, the message (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
    Grpc(Packing),
}

/// How a message is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// Reads one message. Nothing beyond the limits is ever held in memory.
pub(crate) async fn read(
    mut body: Incoming,
    framing: Framing,
    limits: &Limits,
    share: Share,
) -> Result<(Vec<u8>, Share), Refusal> {
    let mut intake = Intake::new(framing, limits, share)?;
    let all = async {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Refusal::malformed(format!("the request broke off: {error}")))?;
            if let Ok(data) = frame.into_data() {
                intake.push(&data)?;
            }
        }
        Ok::<_, Refusal>(())
    };
    let Ok(done) = tokio::time::timeout(limits.body_timeout, all).await else {
        let seconds = limits.body_timeout.as_secs();
        return Err(Refusal::slow(format!("the request's body did not arrive within {seconds} s")));
    };
    done?;
    intake.finish()
}

/// The same of bytes that are at hand, in pieces of this length.
pub(crate) fn unpacked(
    framing: Framing,
    bytes: &[u8],
    piece: usize,
    limits: &Limits,
    share: Share,
) -> Result<Vec<u8>, Refusal> {
    let mut intake = Intake::new(framing, limits, share)?;
    bytes.chunks(piece.max(1)).try_for_each(|data| intake.push(data))?;
    intake.finish().map(|(message, _)| message)
}

/// The state between two pieces of a body.
struct Intake {
    framing: Framing,
    /// gRPC's five bytes, while they are incomplete.
    head: Vec<u8>,
    /// Bytes of the message still to come, once the head is known.
    awaited: Option<usize>,
    encoded: usize,
    encoded_limit: usize,
    sink: Unpack,
}

enum Unpack {
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
    Zstd(Box<Unzstd>),
}

impl Unpack {
    fn new(packing: Packing, mut sink: Sink) -> Result<Self, Refusal> {
        Ok(match packing {
            Packing::None => Self::Plain(sink),
            Packing::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Packing::Zstd => {
                sink.beside = ZSTD_WINDOW;
                sink.share.grow_to(ZSTD_WINDOW)?;
                Self::Zstd(Box::new(Unzstd::new(sink)?))
            }
        })
    }
}

impl Intake {
    fn new(framing: Framing, limits: &Limits, share: Share) -> Result<Self, Refusal> {
        let sink = Sink { out: Vec::new(), limit: limits.decoded_bytes, beside: 0, share, refusal: None };
        let sink = match framing {
            Framing::Whole(packing) => Unpack::new(packing, sink)?,
            // gRPC says per message whether it is compressed, so that waits for the head.
            Framing::Grpc(_) => Unpack::Plain(sink),
        };
        Ok(Self { framing, head: Vec::new(), awaited: None, encoded: 0, encoded_limit: limits.encoded_bytes, sink })
    }

    fn push(&mut self, mut data: &[u8]) -> Result<(), Refusal> {
        self.encoded += data.len();
        if self.encoded > self.encoded_limit {
            return Err(self.too_large());
        }
        let Framing::Grpc(packing) = self.framing else { return self.unpack(data) };
        if self.awaited.is_none() {
            let (head, rest) = data.split_at(data.len().min(5 - self.head.len()));
            self.head.extend_from_slice(head);
            data = rest;
            if self.head.len() < 5 {
                return Ok(());
            }
            self.begin_message(packing)?;
        }
        let awaited = self.awaited.unwrap_or_default();
        let rest = awaited
            .checked_sub(data.len())
            .ok_or_else(|| Refusal::malformed("the body holds more than the one message its length announces"))?;
        self.awaited = Some(rest);
        self.unpack(data)
    }

    /// Reads the five bytes: compressed or not, and how long.
    fn begin_message(&mut self, packing: Packing) -> Result<(), Refusal> {
        let mut head = &self.head[..];
        let compressed = head.get_u8();
        let length = head.get_u32() as usize;
        if length > self.encoded_limit {
            return Err(self.too_large());
        }
        match (compressed, packing) {
            (0, _) => {}
            (1, Packing::None) => return Err(Refusal::malformed("a compressed message without grpc-encoding")),
            (1, packing) => {
                if let Unpack::Plain(sink) = &mut self.sink {
                    let sink = std::mem::replace(sink, Sink::nothing(sink.share.budget.share()));
                    self.sink = Unpack::new(packing, sink)?;
                }
            }
            (other, _) => return Err(Refusal::malformed(format!("compressed flag {other}: only 0 and 1 are known"))),
        }
        self.awaited = Some(length);
        Ok(())
    }

    fn unpack(&mut self, data: &[u8]) -> Result<(), Refusal> {
        let (outcome, sink) = match &mut self.sink {
            Unpack::Plain(sink) => (sink.write_all(data), sink),
            Unpack::Gzip(gzip) => (gzip.write_all(data), gzip.get_mut()),
            Unpack::Zstd(zstd) => (zstd.write_all(data), &mut zstd.sink),
        };
        outcome.map_err(|error| refusal_of(sink, &error))
    }

    fn finish(self) -> Result<(Vec<u8>, Share), Refusal> {
        if matches!(self.framing, Framing::Grpc(_)) && self.awaited != Some(0) {
            return Err(Refusal::malformed("the message is shorter than its length announces"));
        }
        let mut sink = match self.sink {
            Unpack::Plain(sink) => sink,
            Unpack::Zstd(zstd) if zstd.between_frames => zstd.sink,
            Unpack::Zstd(_) => return Err(Refusal::malformed("the zstd data is cut short")),
            // An empty body is an empty message, not a broken gzip stream.
            Unpack::Gzip(gzip) if self.encoded == 0 => return Ok((Vec::new(), gzip.get_ref().share.budget.share())),
            Unpack::Gzip(mut gzip) => {
                // The decoder keeps the last piece to itself until now, so a limit can be met here too.
                gzip.try_finish().map_err(|error| refusal_of(gzip.get_mut(), &error))?;
                gzip.finish().map_err(|error| Refusal::malformed(format!("the gzip data is damaged: {error}")))?
            }
        };
        sink.beside = 0;
        sink.share.shrink_to(sink.out.len());
        Ok((sink.out, sink.share))
    }

    fn too_large(&self) -> Refusal {
        Refusal::too_large(format!("a request may have {} MiB as sent: send smaller batches", self.encoded_limit >> 20))
    }
}

/// What a zstd stream may look back on: what every decoder has to support (RFC 8878, 3.1.1.1.2), and memory.
const ZSTD_WINDOW: usize = 8 << 20;

/// zstd, streaming.
struct Unzstd {
    decoder: Decoder<'static>,
    sink: Sink,
    piece: Vec<u8>,
    /// No frame has begun that has not ended.
    between_frames: bool,
    /// The last piece was full, so the next one is filled without further input.
    more_to_come: bool,
}

impl Unzstd {
    fn new(sink: Sink) -> Result<Self, Refusal> {
        let failed = |error: io::Error| Refusal::internal(format!("zstd cannot be read: {error}"));
        let mut decoder = Decoder::new().map_err(failed)?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW.ilog2())).map_err(failed)?;
        Ok(Self { decoder, sink, piece: vec![0; 64 << 10], between_frames: true, more_to_come: false })
    }

    fn write_all(&mut self, mut data: &[u8]) -> io::Result<()> {
        // Between frames, nothing at all would count as the beginning of the next one.
        while !data.is_empty() || self.more_to_come {
            let status = self.decoder.run_on_buffers(data, &mut self.piece)?;
            self.sink.write_all(&self.piece[..status.bytes_written])?;
            data = &data[status.bytes_read..];
            // 0 is said at the end of a frame, once all of it has come out.
            self.between_frames = status.remaining == 0;
            self.more_to_come = !self.between_frames && status.bytes_written == self.piece.len();
        }
        Ok(())
    }
}

/// Where decompressed bytes go, up to a limit.
struct Sink {
    out: Vec<u8>,
    limit: usize,
    /// What unpacking takes beside the bytes that come out.
    beside: usize,
    share: Share,
    /// `Write` can only fail with an I/O error; the reason waits here.
    refusal: Option<Refusal>,
}

impl Sink {
    fn nothing(share: Share) -> Self {
        Self { out: Vec::new(), limit: 0, beside: 0, share, refusal: None }
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let total = self.out.len() + data.len();
        let room = if total > self.limit {
            let limit = self.limit >> 20;
            Err(Refusal::too_large(format!("a request may have {limit} MiB once decompressed: send smaller batches")))
        } else {
            self.share.grow_to(self.beside + total)
        };
        if let Err(refusal) = room {
            self.refusal = Some(refusal);
            return Err(io::Error::other("refused"));
        }
        self.out.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn refusal_of(sink: &mut Sink, error: &io::Error) -> Refusal {
    sink.refusal
        .take()
        .unwrap_or_else(|| Refusal::malformed(format!("the compressed data is damaged or cut short: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
        [&[flag][..], &(message.len() as u32).to_be_bytes(), message].concat()
    }

    fn fed(framing: Framing, body: &[u8], piece: usize) -> Result<Vec<u8>, Refusal> {
        let limits = Limits { encoded_bytes: 1000, decoded_bytes: 5000, ..Limits::default() };
        let mut intake = Intake::new(framing, &limits, Budget::new(16 << 20).share())?;
        body.chunks(piece).try_for_each(|data| intake.push(data))?;
        intake.finish().map(|(message, _)| message)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::bulk::compress(bytes, 3).unwrap()
    }

    #[test]
    fn zstd_is_bounded_like_gzip() {
        let whole = |body: &[u8]| fed(Framing::Whole(Packing::Zstd), body, 7);
        assert_eq!(whole(&[]), Ok(Vec::new()), "an empty body is an empty message");
        // Frames behind each other are one message, those that hold nothing included.
        let skippable = [&0x184D_2A50_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), b"abc"].concat();
        let several = [zstd(b"one"), skippable, zstd(b""), zstd(b"two")].concat();
        assert_eq!(whole(&several), Ok(b"onetwo".to_vec()));
        assert_eq!(whole(&zstd(&[7; 5000])).map(|message| message.len()), Ok(5000));
        assert_eq!(whole(&zstd(&[7; 5001])).unwrap_err().http, hyper::StatusCode::PAYLOAD_TOO_LARGE);
        for cut in 1..zstd(b"message").len() {
            assert_eq!(whole(&zstd(b"message")[..cut]).unwrap_err().http, hyper::StatusCode::BAD_REQUEST, "{cut}");
        }
        assert_eq!(whole(b"no zstd").unwrap_err().http, hyper::StatusCode::BAD_REQUEST);
        // A window of 2 GiB: a frame's header alone would cost that much memory.
        let greedy = [&0xFD2F_B528_u32.to_le_bytes()[..], &[0x00, 21 << 3], &[0x01, 0, 0]].concat();
        assert_eq!(whole(&greedy).unwrap_err().http, hyper::StatusCode::BAD_REQUEST);
    }

    #[test]
    fn a_grpc_message_may_come_in_any_pieces() {
        let message: Vec<u8> = (0..=255).collect();
        for piece in 1..300 {
            assert_eq!(fed(Framing::Grpc(Packing::None), &framed(0, &message), piece), Ok(message.clone()));
            assert_eq!(fed(Framing::Grpc(Packing::Gzip), &framed(1, &gzip(&message)), piece), Ok(message.clone()));
            assert_eq!(fed(Framing::Grpc(Packing::Zstd), &framed(1, &zstd(&message)), piece), Ok(message.clone()));
            // Compression is chosen per message: a peer that could need not.
            assert_eq!(fed(Framing::Grpc(Packing::Gzip), &framed(0, &message), piece), Ok(message.clone()));
        }
    }

    #[test]
    fn a_grpc_message_cut_anywhere_is_malformed() {
        for (body, framing) in [
            (framed(0, b"message"), Framing::Grpc(Packing::None)),
            (framed(1, &gzip(b"message")), Framing::Grpc(Packing::Gzip)),
            (framed(1, &zstd(b"message")), Framing::Grpc(Packing::Zstd)),
        ] {
            for cut in 0..body.len() {
                assert_eq!(
                    fed(framing, &body[..cut], 3).unwrap_err().code,
                    tonic::Code::InvalidArgument,
                    "cut at {cut}"
                );
            }
            let longer = [body, vec![0]].concat();
            assert_eq!(fed(framing, &longer, 3).unwrap_err().code, tonic::Code::InvalidArgument);
        }
    }

    #[test]
    fn a_grpc_message_that_lies_is_refused() {
        let refused = |body: &[u8], packing| fed(Framing::Grpc(packing), body, 64).unwrap_err().code;
        assert_eq!(refused(&framed(1, b"x"), Packing::None), tonic::Code::InvalidArgument);
        assert_eq!(refused(&framed(2, b"x"), Packing::Gzip), tonic::Code::InvalidArgument);
        // The announced length alone is enough to refuse.
        assert_eq!(refused(&[0, 0xff, 0xff, 0xff, 0xff], Packing::None), tonic::Code::ResourceExhausted);
        assert_eq!(refused(&framed(1, &gzip(&[0; 5001])), Packing::Gzip), tonic::Code::ResourceExhausted);
        assert_eq!(fed(Framing::Grpc(Packing::Gzip), &framed(1, &gzip(&[0; 5000])), 64).map(|m| m.len()), Ok(5000));
    }

    #[test]
    fn a_share_is_given_back() {
        let budget = Budget::new(1 << 20);
        let mut first = budget.share();
        assert_eq!(first.grow_to(1 << 20), Ok(()));
        assert!(budget.share().grow_to(1).unwrap_err().retry);
        drop(first);
        assert_eq!(budget.share().grow_to(1 << 20), Ok(()));
    }
}
