//! `--wav FILE`: writes the samples of a run as a WAV file.

use crate::error::Error;
use crate::files::{Output, Sink};
use hound::{SampleFormat, WavSpec, WavWriter};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Samples that fit into a WAV file, whose size is a 32-bit number of bytes: about 13 hours at 44.1 kHz.
const LIMIT: u64 = (u32::MAX as u64 - 4096) / 2;

/// A WAV file being written.
pub(super) struct Recording {
    output: Output,
    writer: Writer,
    samples: u64,
}

/// How samples are written.
enum Writer {
    /// To a file, whose header is finished at the end.
    File(WavWriter<BufWriter<Sink>>),
    /// To a pipe or a device, with the sizes of a stream in its header.
    Stream(BufWriter<Sink>),
}

impl Recording {
    /// Opens the file.
    pub(super) fn open(path: &Path, sample_rate: u32) -> Result<Self, Error> {
        let output = Output::create(path)?;
        let spec = WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let writer = match output.is_stream() {
            true => {
                let mut stream = output.writer()?;
                stream.write_all(&stream_header(sample_rate)).map_err(|source| Error::write(path, source))?;
                Writer::Stream(stream)
            }
            false => {
                let file = WavWriter::new(output.writer()?, spec);
                Writer::File(file.map_err(|problem| Error::write(path, io_error(problem)))?)
            }
        };
        Ok(Self { output, writer, samples: 0 })
    }

    /// Adds the samples of a frame.
    pub(super) fn write(&mut self, samples: &[i16]) -> Result<(), Error> {
        let path = self.output.path();
        match &mut self.writer {
            Writer::File(writer) => {
                self.samples += samples.len() as u64;
                if self.samples > LIMIT {
                    return Err(Error::file(path, "the WAV file is full: run fewer frames"));
                }
                let written = samples.iter().try_for_each(|&sample| writer.write_sample(sample));
                written.map_err(|problem| Error::write(path, io_error(problem)))
            }
            Writer::Stream(stream) => {
                let mut written = samples.iter().map(|sample| stream.write_all(&sample.to_le_bytes()));
                // Who listens hears each frame when it is there.
                let written = written.try_for_each(|written| written).and_then(|()| stream.flush());
                written.map_err(|source| Error::write(path, source))
            }
        }
    }

    /// Finishes and commits the file.
    pub(super) fn finish(self) -> Result<(), Error> {
        let finished = match self.writer {
            Writer::File(writer) => writer.finalize().map_err(io_error),
            Writer::Stream(mut stream) => stream.flush(),
        };
        finished.map_err(|source| Error::write(self.output.path(), source))?;
        self.output.commit()
    }
}

/// The header of 16-bit samples, one channel, whose number is not known: its sizes are the largest.
fn stream_header(sample_rate: u32) -> Vec<u8> {
    let mut header = Vec::with_capacity(44);
    header.extend(b"RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\0\0\0\x01\0\x01\0");
    header.extend(sample_rate.to_le_bytes());
    header.extend((2 * sample_rate).to_le_bytes());
    header.extend(b"\x02\0\x10\0data\xFF\xFF\xFF\xFF");
    header
}

fn io_error(problem: hound::Error) -> io::Error {
    match problem {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
