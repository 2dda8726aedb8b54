//! `--wav FILE`: writes the samples of a run as a WAV file.

use crate::error::Error;
use crate::files::Output;
use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// Samples that fit into a WAV file, whose size is a 32-bit number of bytes: about 13 hours at 44.1 kHz.
const LIMIT: u64 = (u32::MAX as u64 - 4096) / 2;

/// A WAV file being written.
pub(super) struct Recording {
    output: Output,
    writer: WavWriter<BufWriter<File>>,
    samples: u64,
}

impl Recording {
    /// Opens the file.
    pub(super) fn open(path: &Path, sample_rate: u32) -> Result<Self, Error> {
        let output = Output::create(path)?;
        let spec = WavSpec { channels: 1, sample_rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let writer = WavWriter::new(output.writer()?, spec).map_err(|problem| Error::write(path, io_error(problem)))?;
        Ok(Self { output, writer, samples: 0 })
    }

    /// Adds the samples of a frame.
    pub(super) fn write(&mut self, samples: &[i16]) -> Result<(), Error> {
        self.samples += samples.len() as u64;
        if self.samples > LIMIT {
            return Err(Error::file(self.output.target(), "the WAV file is full: run fewer frames"));
        }
        for &sample in samples {
            self.writer
                .write_sample(sample)
                .map_err(|problem| Error::write(self.output.target(), io_error(problem)))?;
        }
        Ok(())
    }

    /// Finishes and commits the file.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.writer.finalize().map_err(|problem| Error::write(self.output.target(), io_error(problem)))?;
        self.output.commit()
    }
}

fn io_error(problem: hound::Error) -> io::Error {
    match problem {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}
