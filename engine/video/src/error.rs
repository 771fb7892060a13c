//! Why a clip cannot be read.

use std::path::{Path, PathBuf};

use hummingbird_base::message::{self, Message};
use thiserror::Error;

/// Why a clip cannot be read. Every message names the file and says what to do.
#[derive(Debug, Error, Message)]
#[message("video")]
#[non_exhaustive]
pub enum VideoError {
    /// A file or folder that cannot be opened or read.
    #[error("cannot read the clip {path:?}: {source}")]
    Read {
        /// The clip.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of another kind.
    #[error(
        "{path:?} is no clip that can be read: MP4, MOV, WebM, MKV, GIF, WebP, PNG, JPEG and folders of numbered pictures are"
    )]
    NotAClip {
        /// The file.
        path: PathBuf,
    },
    /// A file that is cut off or damaged.
    #[error("the clip {path:?} is damaged ({fault}): get it again, or leave it out")]
    Damaged {
        /// The clip.
        path: PathBuf,
        /// What is wrong.
        fault: VideoFault,
    },
    /// A clip that is made in a way for which there is no decoder here.
    #[error(
        "the clip {path:?} cannot be decoded ({lack}): convert it, for example with \
         `ffmpeg -i IN -c:v libx264 -vf yadif=deint=interlaced -pix_fmt yuv420p OUT.mp4`"
    )]
    Unsupported {
        /// The clip.
        path: PathBuf,
        /// What there is no decoder for.
        lack: VideoLack,
    },
    /// A clip that the user's own FFmpeg could read.
    #[error(
        "there is no decoder here for the clip {path:?} ({lack}): install ffmpeg, which then reads it (where it is not on the \
         search path, name it in {variable}), or convert the clip with \
         `ffmpeg -i IN -c:v libx264 -vf yadif=deint=interlaced -pix_fmt yuv420p OUT.mp4`"
    )]
    NeedsFfmpeg {
        /// The clip.
        path: PathBuf,
        /// What there is no decoder for.
        lack: VideoLack,
        /// The environment variable that names the program.
        variable: &'static str,
    },
    /// A clip at which the user's own FFmpeg failed.
    #[error(
        "there is no decoder here for the clip {path:?} ({lack}), and ffmpeg cannot read it ({fault}): get it again, or leave it out"
    )]
    Ffmpeg {
        /// The clip.
        path: PathBuf,
        /// What there is no decoder for.
        lack: VideoLack,
        /// What went wrong.
        fault: FfmpegFault,
    },
    /// Reading was cancelled by who asked for it.
    #[error("the clip {path:?} was not read: cancelled")]
    Cancelled {
        /// The clip.
        path: PathBuf,
    },
    /// A clip beyond what is read.
    #[error("the clip {path:?} is too large ({limit}): make it smaller, or cut it into parts")]
    TooLarge {
        /// The clip.
        path: PathBuf,
        /// What is too large.
        limit: VideoLimit,
    },
}

/// What is wrong with a clip.
#[derive(Clone, Debug, Error, Message, PartialEq, Eq)]
#[message("video-fault")]
#[non_exhaustive]
pub enum VideoFault {
    /// The file ends before its last frame.
    #[error("it ends before its last frame")]
    CutOff,
    /// The list that says where frames lie is missing, as in a recording that was not finished.
    #[error("the list of its frames is missing, as in a recording that was not finished")]
    NoIndex,
    /// The list that says where frames lie contradicts itself.
    #[error("its part {part:?} contradicts itself")]
    Index {
        /// The part, by its name in the format.
        part: String,
    },
    /// There is no frame in it.
    #[error("it has no frame")]
    NoFrame,
    /// A decoder refused a frame.
    #[error("frame {frame} cannot be decoded: {detail}")]
    Frame {
        /// Number of the frame in the file's order, from 0.
        frame: u64,
        /// What the decoder said.
        detail: String,
    },
    /// A decoder failed at a frame.
    #[error("a decoder failed at frame {frame}")]
    Panicked {
        /// Number of the frame in the file's order, from 0.
        frame: u64,
    },
    /// A frame has another size than the frames before it.
    #[error("frame {frame} has another size than the first one")]
    SizeChanges {
        /// Number of the frame, from 0.
        frame: u64,
    },
}

/// What went wrong with FFmpeg.
#[derive(Clone, Debug, Error, Message, PartialEq, Eq)]
#[message("ffmpeg-fault")]
#[non_exhaustive]
pub enum FfmpegFault {
    /// It does not start.
    #[error("it does not start: {detail}")]
    NotStarted {
        /// What the system said.
        detail: String,
    },
    /// It failed.
    #[error("{detail}")]
    Said {
        /// What it said.
        detail: String,
    },
    /// It stalled.
    #[error("it gave no frame for {secs} seconds and was stopped")]
    Stalled {
        /// For how long it was waited for.
        secs: u64,
    },
}

/// What there is no decoder for.
#[derive(Clone, Debug, Error, Message, PartialEq, Eq)]
#[message("video-lack")]
#[non_exhaustive]
pub enum VideoLack {
    /// A file with sound or subtitles alone.
    #[error("it has no pictures")]
    NoPictures,
    /// Another codec.
    #[error("its codec is {codec:?}; H.264, HEVC, VP9 and AV1 are read")]
    Codec {
        /// The codec, by its name in the file.
        codec: String,
    },
    /// More than 8 bits.
    #[error("it has {bits} bits a colour; 8 are read")]
    Depth {
        /// Bits of a sample.
        bits: u32,
    },
    /// Pictures in two fields.
    #[error("it is interlaced")]
    Interlaced,
    /// Colour planes of another size than the decoder takes.
    #[error("its colour planes are not 4:2:0")]
    Chroma,
    /// Numbers that are no luma and chroma.
    #[error("its colours are stored by matrix {code} of ITU-T H.273; those of BT.601, BT.709 and BT.2020 are read")]
    Matrix {
        /// Code of the matrix.
        code: u32,
    },
    /// Protected content.
    #[error("it is encrypted")]
    Encrypted,
    /// Something else.
    #[error("{detail}")]
    Other {
        /// What the decoder said.
        detail: String,
    },
}

impl VideoLack {
    /// Whether FFmpeg may have a decoder for it.
    pub(crate) fn is_for_ffmpeg(&self) -> bool {
        !matches!(self, Self::NoPictures | Self::Encrypted)
    }
}

/// What is too large at a clip.
#[derive(Clone, Debug, Error, Message, PartialEq, Eq)]
#[message("video-limit")]
#[non_exhaustive]
pub enum VideoLimit {
    /// Too large frames.
    #[error("frames of {width}x{height}; up to 8192 a side and {max_pixels} pixels are read")]
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// Most pixels of a frame.
        max_pixels: u64,
    },
    /// Too many frames.
    #[error("more than {max} frames")]
    Frames {
        /// Most frames.
        max: u64,
    },
    /// More frames than memory should hold at once.
    #[error("its frames have {bytes} bytes together; at most {max_bytes} are held")]
    Memory {
        /// Bytes of all frames.
        bytes: u64,
        /// Most bytes.
        max_bytes: u64,
    },
    /// A list of frames that is too long.
    #[error("its part {part:?} has {bytes} bytes; at most {max_bytes} are read")]
    Index {
        /// The part, by its name in the format.
        part: String,
        /// Its size.
        bytes: u64,
        /// Largest size.
        max_bytes: u64,
    },
}

/// What is wrong with a clip whose path is known further up.
#[derive(Debug)]
pub(crate) enum Trouble {
    Io(std::io::Error),
    NotAClip,
    Fault(VideoFault),
    Lack(VideoLack),
    Limit(VideoLimit),
    /// The user's FFmpeg could help.
    NoFfmpeg(VideoLack),
    Ffmpeg(VideoLack, FfmpegFault),
    Cancelled,
}

impl Trouble {
    /// The same with the path.
    pub(crate) fn at(self, path: &Path) -> VideoError {
        let path = path.to_owned();
        match self {
            // A file that ends in the middle of a read was shorter than what it said of itself.
            Self::Io(source) if source.kind() == std::io::ErrorKind::UnexpectedEof => {
                VideoError::Damaged { path, fault: VideoFault::CutOff }
            }
            Self::Io(source) => VideoError::Read { path, source },
            Self::NotAClip => VideoError::NotAClip { path },
            Self::Fault(fault) => VideoError::Damaged { path, fault },
            Self::Lack(lack) => VideoError::Unsupported { path, lack },
            Self::Limit(limit) => VideoError::TooLarge { path, limit },
            Self::NoFfmpeg(lack) => VideoError::NeedsFfmpeg { path, lack, variable: crate::foreign::VARIABLE },
            Self::Ffmpeg(lack, fault) => VideoError::Ffmpeg { path, lack, fault },
            Self::Cancelled => VideoError::Cancelled { path },
        }
    }

    /// A part of the file that contradicts itself.
    pub(crate) fn index(part: &str) -> Self {
        Self::Fault(VideoFault::Index { part: part.to_owned() })
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<VideoFault> for Trouble {
    fn from(fault: VideoFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<VideoLack> for Trouble {
    fn from(lack: VideoLack) -> Self {
        Self::Lack(lack)
    }
}

impl From<VideoLimit> for Trouble {
    fn from(limit: VideoLimit) -> Self {
        Self::Limit(limit)
    }
}
