//! A ZIP that is sent while it is written.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::Broken;
use crate::world::Time;

/// Bytes that are sent together.
const CHUNK: usize = 64 * 1024;
/// Chunks that wait for whoever receives them.
const WAITING: usize = 4;
/// Whoever takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_mins(2);
/// From this length on a file needs the large numbers of ZIP64, which some programs do not know.
const LARGE: u64 = u32::MAX as u64;

/// The bytes of an export as they come.
#[derive(Debug)]
pub struct Chunks(Receiver<io::Result<Bytes>>);

impl Stream for Chunks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// Where an export is written to. Blocks while nobody takes what was written.
#[derive(Debug)]
pub(super) struct Sending {
    sender: Sender<io::Result<Bytes>>,
    runtime: Handle,
    buffer: BytesMut,
}

/// Breaks an export off.
#[derive(Debug)]
pub(super) struct Breaks(Sender<io::Result<Bytes>>, Handle);

/// Both ends. Of a task of the runtime.
pub(super) fn pipe() -> (Sending, Chunks) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let sending = Sending {
        sender,
        runtime: Handle::current(),
        buffer: BytesMut::with_capacity(CHUNK),
    };
    (sending, Chunks(receiver))
}

impl Sending {
    /// What breaks it off.
    pub(super) fn breaks(&self) -> Breaks {
        Breaks(self.sender.clone(), self.runtime.clone())
    }

    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = self.buffer.split().freeze();
        self.buffer.reserve(CHUNK);
        let sent = self
            .runtime
            .block_on(tokio::time::timeout(PATIENCE, self.sender.send(Ok(chunk))));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Breaks {
    /// Tells whoever still receives that no more comes, and that it is not all.
    pub(super) fn off(self) {
        let broken = Err(io::ErrorKind::BrokenPipe.into());
        // Whoever is gone needs no telling.
        let _ = self
            .1
            .block_on(tokio::time::timeout(PATIENCE, self.0.send(broken)));
    }
}

impl Write for Sending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK - self.buffer.len().min(CHUNK);
        let taken = bytes.len().min(room.max(1));
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() >= CHUNK {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A ZIP in the making.
pub(super) struct Archive {
    zip: ZipWriter<StreamWriter<Sending>>,
    options: SimpleFileOptions,
}

impl Archive {
    /// A new one, whose files are of this moment.
    pub(super) fn new(sending: Sending, now: Time) -> Self {
        let moment = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
        let part = |number: i8| u8::try_from(number).unwrap_or(0);
        let year = u16::try_from(moment.year()).unwrap_or(0);
        let date = DateTime::from_date_and_time(
            year,
            part(moment.month()),
            part(moment.day()),
            part(moment.hour()),
            part(moment.minute()),
            part(moment.second()),
        );
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .unix_permissions(0o600)
            .last_modified_time(date.unwrap_or_default());
        Self {
            zip: ZipWriter::new_stream(sending),
            options,
        }
    }

    /// A file of text.
    pub(super) fn text(&mut self, name: &str, text: &str) -> Result<(), Broken> {
        self.zip.start_file(name, self.options)?;
        Ok(self.zip.write_all(text.as_bytes())?)
    }

    /// More of the text that was begun last.
    pub(super) fn more(&mut self, text: &str) -> Result<(), Broken> {
        Ok(self.zip.write_all(text.as_bytes())?)
    }

    /// A file with one JSON object.
    pub(super) fn object(&mut self, name: &str, value: &Value) -> Result<(), Broken> {
        self.zip.start_file(name, self.options)?;
        serde_json::to_writer_pretty(&mut self.zip, value).map_err(io::Error::from)?;
        Ok(self.zip.write_all(b"\n")?)
    }

    /// Begins a file with a JSON array.
    pub(super) fn array(&mut self, name: &str) -> Result<Array<'_>, Broken> {
        self.zip.start_file(name, self.options)?;
        self.zip.write_all(b"[")?;
        Ok(Array {
            archive: self,
            first: true,
        })
    }

    /// A file of media, read to its end.
    pub(super) fn file(
        &mut self,
        name: &str,
        len: u64,
        bytes: &mut impl io::Read,
    ) -> Result<(), Broken> {
        let options = self.options.large_file(len >= LARGE);
        self.zip.start_file(name, options)?;
        io::copy(bytes, &mut self.zip)?;
        Ok(())
    }

    /// Ends it: all is sent when this answers.
    pub(super) fn finish(self) -> Result<(), Broken> {
        let mut sending = self.zip.finish()?.into_inner();
        Ok(sending.send()?)
    }
}

/// A JSON array in the making.
pub(super) struct Array<'a> {
    archive: &'a mut Archive,
    first: bool,
}

impl Array<'_> {
    /// Adds an element.
    pub(super) fn add(&mut self, value: &Value) -> Result<(), Broken> {
        let before: &[u8] = if self.first { b"\n" } else { b",\n" };
        self.first = false;
        self.archive.zip.write_all(before)?;
        serde_json::to_writer(&mut self.archive.zip, value).map_err(io::Error::from)?;
        Ok(())
    }

    /// Ends it.
    pub(super) fn end(self) -> Result<(), Broken> {
        Ok(self.archive.zip.write_all(b"\n]\n")?)
    }
}
