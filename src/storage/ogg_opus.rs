//! Opus packets in an Ogg container (RFC 7845): two channels, 20 ms a packet, a page a second.
//!
//! Every page is handed to the system when it is whole, so a crash costs the page being filled and no more. Granule
//! positions count samples at 48 kHz, whatever the codec's own rate, the encoder's lookahead (`pre_skip`) included; the last
//! one says where the recording ends within its last packet.
//!
//! Invariant: what has been written up to the last whole page is a stream a player plays.

use ogg::reading::PacketReader;
use ogg::writing::{PacketWriteEndInfo, PacketWriter};
use std::io::{self, Read, Seek, Write};

/// Granule positions count samples at this rate.
const GRANULE_HZ: u64 = 48_000;
/// Granules of one packet of 20 ms.
const PACKET_GRANULES: u64 = GRANULE_HZ / 50;
/// Packets of a page: a second.
const PAGE_PACKETS: u32 = 50;
/// Packets read of a file at most: a day and a half. A longer one is none of ours.
const PACKETS_MAX: u32 = 6_480_000;
/// The length of `OpusHead` for one or two channels.
const HEAD_BYTES: usize = 19;
/// The comment that says where on the call's clock a recording begins, in milliseconds.
const BEGAN: &str = "RINGLY_BEGAN_MS=";

/// What a stream's headers say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Samples at 48 kHz that a player drops at the beginning.
    pub pre_skip: u16,
    /// The rate the audio was taken at, for information.
    pub hz: u32,
    /// When it begins, on the clock of what it is a part of; none when it does not say.
    pub began_ms: Option<u64>,
}

/// Writes a stream.
pub struct OggOpus<W: Write> {
    ogg: PacketWriter<'static, W>,
    serial: u32,
    pre_skip: u16,
    /// Packets written or held back.
    packets: u64,
    /// Packets of the page being filled.
    in_page: u32,
    /// The last packet, held back until it is known whether it is the last.
    held: Option<Vec<u8>>,
}

impl<W: Write> OggOpus<W> {
    /// Begins a stream with its two headers.
    pub fn begin(writer: W, serial: u32, head: Head) -> io::Result<Self> {
        let Head { pre_skip, hz, began_ms } = head;
        let mut ogg = PacketWriter::new(writer);
        let mut head = Vec::with_capacity(HEAD_BYTES);
        head.extend_from_slice(b"OpusHead");
        head.extend_from_slice(&[1, 2]); // version, channels
        head.extend_from_slice(&pre_skip.to_le_bytes());
        head.extend_from_slice(&hz.to_le_bytes());
        head.extend_from_slice(&[0, 0, 0]); // no gain; one stereo stream
        ogg.write_packet(head, serial, PacketWriteEndInfo::EndPage, 0)?;
        let vendor = concat!("RinglyPro ", env!("CARGO_PKG_VERSION"));
        let mut tags = Vec::new();
        tags.extend_from_slice(b"OpusTags");
        put_text(&mut tags, vendor);
        tags.extend_from_slice(&u32::from(began_ms.is_some()).to_le_bytes());
        if let Some(began_ms) = began_ms {
            put_text(&mut tags, &format!("{BEGAN}{began_ms}"));
        }
        ogg.write_packet(tags, serial, PacketWriteEndInfo::EndPage, 0)?;
        ogg.inner_mut().flush()?;
        Ok(Self { ogg, serial, pre_skip, packets: 0, in_page: 0, held: None })
    }

    /// Adds a packet of 20 ms.
    pub fn packet(&mut self, packet: Vec<u8>) -> io::Result<()> {
        if let Some(before) = self.held.replace(packet) {
            self.in_page += 1;
            let full = self.in_page == PAGE_PACKETS;
            let end = if full { PacketWriteEndInfo::EndPage } else { PacketWriteEndInfo::NormalPacket };
            self.ogg.write_packet(before, self.serial, end, self.packets * PACKET_GRANULES)?;
            if full {
                self.in_page = 0;
                self.ogg.inner_mut().flush()?;
            }
        }
        self.packets += 1;
        Ok(())
    }

    /// Ends the stream after so many granules of sound; what the last packet holds beyond is not played.
    pub fn finish(mut self, granules: u64) -> io::Result<W> {
        let end = (granules + u64::from(self.pre_skip)).min(self.packets * PACKET_GRANULES);
        // A stream without any sound ends with its headers.
        if let Some(last) = self.held.take() {
            self.ogg.write_packet(last, self.serial, PacketWriteEndInfo::EndStream, end)?;
        }
        self.ogg.inner_mut().flush()?;
        Ok(self.ogg.into_inner())
    }
}

/// What a stream holds, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// What it says of itself.
    pub head: Head,
    /// Granules of sound.
    pub granules: u64,
    /// Whether its end was marked.
    pub ended: bool,
}

/// Reads a stream page by page until it ends or breaks off; each packet that is whole goes to `take`.
///
/// Fails when it does not begin like a stream of ours, or `take` fails. Damage further on ends it: that is what a crash
/// leaves.
pub fn read<R: Read + Seek>(reader: R, mut take: impl FnMut(Vec<u8>) -> io::Result<()>) -> io::Result<Stream> {
    let mut ogg = PacketReader::new(reader);
    let Some(head) = read_head(&mut ogg)? else { return Ok(Stream::default()) };
    let mut stream = Stream { head, ..Stream::default() };
    for _ in 0..PACKETS_MAX {
        let Ok(Some(packet)) = ogg.read_packet() else { break };
        stream.granules = packet.absgp_page().saturating_sub(u64::from(head.pre_skip));
        stream.ended |= packet.last_in_stream();
        take(packet.data)?;
    }
    Ok(stream)
}

/// What a stream's headers say.
pub fn head<R: Read + Seek>(reader: R) -> io::Result<Head> {
    Ok(read_head(&mut PacketReader::new(reader))?.unwrap_or_default())
}

/// The headers; none when the stream breaks off within them: then no page of sound was written.
fn read_head<R: Read + Seek>(ogg: &mut PacketReader<R>) -> io::Result<Option<Head>> {
    let foreign = || io::Error::new(io::ErrorKind::InvalidData, "no Ogg Opus recording");
    let head = ogg.read_packet().map_err(|_| foreign())?.ok_or_else(foreign)?.data;
    if head.len() < HEAD_BYTES || !head.starts_with(b"OpusHead") || head[9] != 2 {
        return Err(foreign());
    }
    let pre_skip = u16::from_le_bytes([head[10], head[11]]);
    let hz = u32::from_le_bytes([head[12], head[13], head[14], head[15]]);
    let Ok(Some(tags)) = ogg.read_packet() else { return Ok(None) };
    Ok(Some(Head { pre_skip, hz, began_ms: began_ms(&tags.data) }))
}

/// The time a stream's comments tell, where they do.
fn began_ms(tags: &[u8]) -> Option<u64> {
    let mut rest = tags.strip_prefix(b"OpusTags")?;
    take_text(&mut rest)?;
    for _ in 0..take_count(&mut rest)? {
        if let Some(text) = take_text(&mut rest)?.strip_prefix(BEGAN.as_bytes()) {
            return str::from_utf8(text).ok()?.parse().ok();
        }
    }
    None
}

/// A text with its length before it.
fn put_text(tags: &mut Vec<u8>, text: &str) {
    tags.extend_from_slice(&u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
    tags.extend_from_slice(text.as_bytes());
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_count(rest)?).ok()?;
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(text)
}

fn take_count(rest: &mut &[u8]) -> Option<u32> {
    let (count, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const HEAD: Head = Head { pre_skip: 312, hz: 8_000, began_ms: Some(61_250) };

    /// A stream of so many packets, each with its number; finished or as a crash leaves it.
    fn stream(packets: u32, granules: Option<u64>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut ogg = OggOpus::begin(&mut bytes, 7, HEAD).unwrap();
        for number in 0..packets {
            ogg.packet(number.to_le_bytes().repeat(20)).unwrap();
        }
        if let Some(granules) = granules {
            ogg.finish(granules).unwrap();
        }
        bytes
    }

    fn numbers(bytes: &[u8]) -> (Stream, Vec<u32>) {
        let mut found = Vec::new();
        let stream = read(Cursor::new(bytes), |packet| {
            found.push(u32::from_le_bytes(packet[..4].try_into().unwrap()));
            Ok(())
        });
        (stream.unwrap(), found)
    }

    #[test]
    fn what_is_written_is_read_and_ends_within_its_last_packet() {
        let (stream, found) = numbers(&stream(125, Some(124 * 960 + 100 - 312)));
        assert_eq!(found, (0..125).collect::<Vec<_>>());
        assert_eq!(stream, Stream { head: HEAD, granules: 124 * 960 + 100 - 312, ended: true });
    }

    #[test]
    fn a_crash_costs_the_page_being_filled_and_no_more() {
        let (stream, found) = numbers(&stream(125, None));
        assert_eq!(found.len(), 100);
        assert_eq!((stream.granules, stream.ended), (100 * 960 - 312, false));
    }

    #[test]
    fn a_file_cut_anywhere_gives_its_whole_pages() {
        let whole = stream(125, Some(120_000));
        let mut before = 0;
        for cut in 100..whole.len() {
            let (_, found) = numbers(&whole[..cut]);
            assert_eq!(found, (0..u32::try_from(found.len()).unwrap()).collect::<Vec<_>>());
            assert!([0, 50, 100].contains(&found.len()) && found.len() >= before, "{} at {cut}", found.len());
            before = found.len();
        }
        assert_eq!(before, 100);
    }

    #[test]
    fn a_stream_says_when_it_begins_and_comments_of_any_kind_do_no_harm() {
        assert_eq!(head(Cursor::new(stream(60, None))).unwrap(), HEAD);
        let silent = Head { began_ms: None, ..HEAD };
        let mut bytes = Vec::new();
        OggOpus::begin(&mut bytes, 7, silent).unwrap();
        assert_eq!(head(Cursor::new(bytes)).unwrap(), silent, "what it does not say is not taken for the beginning");
        let comments = |texts: &[&str]| {
            let mut tags = b"OpusTags".to_vec();
            put_text(&mut tags, "another program");
            tags.extend_from_slice(&u32::try_from(texts.len()).unwrap().to_le_bytes());
            for text in texts {
                put_text(&mut tags, text);
            }
            tags
        };
        assert_eq!(began_ms(&comments(&["TITLE=x", "RINGLY_BEGAN_MS=7"])), Some(7));
        assert_eq!(began_ms(&comments(&["TITLE=x"])), None);
        assert_eq!(began_ms(&comments(&["RINGLY_BEGAN_MS=soon"])), None);
        let whole = comments(&["RINGLY_BEGAN_MS=7"]);
        for cut in 0..whole.len() {
            assert_eq!(began_ms(&whole[..cut]), None, "{cut}");
        }
        assert_eq!(began_ms(b"OpusTags\xff\xff\xff\xff"), None);
    }

    #[test]
    fn what_is_no_recording_is_an_error() {
        for bytes in [&b""[..], b"RIFF....WAVE", &[0; 4_000], b"OggS"] {
            assert!(read(Cursor::new(bytes), |_| Ok(())).is_err());
        }
    }
}
