//! Readers of exported clips that share no code with the writers: the decoders of the `image` crate, OpenH264's decoder
//! behind a box walk of its own, ffprobe and ffmpeg.

use std::ffi::OsStr;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use hummingbird_engine::pipeline::video_out::{ExportReport, Format};
use hummingbird_engine::video::{Clip, OpenOptions};
use hummingbird_tests::devices::skipped;
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, ImageDecoder};
use openh264::formats::YUVSource as _;
use serde_json::Value;

/// A clip as a reader gave it.
pub struct Read {
    /// Its name for messages.
    pub reader: &'static str,
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// Each `[height, width, 3]`.
    pub frames: Vec<Vec<u8>>,
}

/// Every reader's view of what was exported.
pub fn read_all(format: Format, report: &ExportReport) -> Vec<Read> {
    let mut reads = vec![read_with_rust(format, &report.paths)];
    // The ffmpeg of current distributions reads no animated WebP.
    if format != Format::WebP && has_ffmpeg() {
        reads.push(read_with_ffmpeg(format, &report.paths[0]));
    }
    reads
}

/// Whether ffprobe and ffmpeg can be asked too; says so when not, and fails where they are required.
pub fn has_ffmpeg() -> bool {
    static HAS: LazyLock<bool> = LazyLock::new(|| {
        let runs = |program| Command::new(program).arg("-version").output().is_ok_and(|output| output.status.success());
        runs("ffprobe") && runs("ffmpeg")
    });
    let has = *HAS;
    if !has {
        assert!(
            std::env::var_os("HUMMINGBIRD_REQUIRE_FFMPEG").is_none(),
            "ffprobe and ffmpeg are required but missing"
        );
        skipped("reading an export", "ffprobe and ffmpeg are not installed; only the Rust decoders read it");
    }
    has
}

/// Output of a program that must succeed without a word of complaint; `FILE` among the arguments stands for `path`.
pub fn run(program: &str, arguments: &[&str], path: &Path) -> Vec<u8> {
    let mut command = Command::new(program);
    for &argument in arguments {
        command.arg(if argument == "FILE" { path.as_os_str() } else { OsStr::new(argument) });
    }
    let output = command.output().expect("the program was found a moment ago");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{program} on {path:?}: {complaints}");
    output.stdout
}

/// What ffprobe says about a file, with all frames counted.
pub fn probe(path: &Path) -> Value {
    let arguments = ["-v", "warning", "-count_frames", "-show_streams", "-show_format", "-of", "json", "FILE"];
    serde_json::from_slice(&run("ffprobe", &arguments, path)).expect("ffprobe writes JSON")
}

fn read_with_ffmpeg(format: Format, first: &Path) -> Read {
    let path = match format {
        Format::PngFrames => {
            first.with_file_name(first.file_name().expect("a file").to_string_lossy().replace("0001", "%04d"))
        }
        _ => first.to_owned(),
    };
    let stream = &probe(first)["streams"][0];
    let side = |name: &str| stream[name].as_u64().expect(name) as usize;
    let (width, height) = (side("width"), side("height"));
    let to_rgb =
        ["-v", "warning", "-i", "FILE", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
    let pixels = run("ffmpeg", &to_rgb, &path);
    let frames = pixels.chunks(width * height * 3).map(<[u8]>::to_vec).collect();
    Read { reader: "ffmpeg", width, height, frames }
}

fn read_with_rust(format: Format, paths: &[PathBuf]) -> Read {
    let open = |path: &Path| BufReader::new(fs::File::open(path).expect("just written"));
    fn collect<'a>(decoder: impl AnimationDecoder<'a> + ImageDecoder) -> Read {
        let (width, height) = decoder.dimensions();
        let frames = decoder.into_frames().collect_frames().expect("decodes");
        let to_rgb = |frame: image::Frame| {
            let rgba = frame.into_buffer();
            rgba.pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
        };
        let frames = frames.into_iter().map(to_rgb).collect();
        Read { reader: "the image crate", width: width as usize, height: height as usize, frames }
    }
    let first = open(&paths[0]);
    match format {
        Format::Gif => collect(GifDecoder::new(first).expect("a GIF")),
        Format::WebP => collect(WebPDecoder::new(first).expect("a WebP")),
        Format::Apng => {
            // The adapter hides the size, so the still decoder is asked for it.
            let (width, height) = PngDecoder::new(open(&paths[0])).expect("a PNG").dimensions();
            let animation = PngDecoder::new(first).expect("a PNG").apng().expect("an animated PNG");
            let frames = animation.into_frames().collect_frames().expect("decodes");
            let frames = frames
                .into_iter()
                .map(|frame| frame.into_buffer().pixels().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect())
                .collect();
            Read { reader: "the image crate", width: width as usize, height: height as usize, frames }
        }
        Format::PngFrames => {
            let stills: Vec<_> = paths.iter().map(|path| image::open(path).expect("a PNG").into_rgb8()).collect();
            let (width, height) = stills[0].dimensions();
            let frames = stills.into_iter().map(image::RgbImage::into_raw).collect();
            Read { reader: "the image crate", width: width as usize, height: height as usize, frames }
        }
        Format::Mp4 => read_mp4_with_openh264(&fs::read(&paths[0]).expect("just written")),
        Format::WebM => read_webm_with_rav1d(&paths[0]),
    }
}

/// By the reader of users' clips: a Matroska walk and dav1d's port, which share nothing with the writer.
fn read_webm_with_rav1d(path: &Path) -> Read {
    let clip = Clip::open(path, OpenOptions::default()).expect("a WebM");
    let info = clip.info().clone();
    assert!(!info.is_cut_off);
    let frames = clip.frames().expect("readable").map(|frame| frame.expect("decodes").picture.rgb).collect();
    Read { reader: "rav1d", width: info.width, height: info.height, frames }
}

/// Finds the parameter sets and samples through the tables of the file, decodes them, and converts by the BT.709 inverse.
fn read_mp4_with_openh264(file: &[u8]) -> Read {
    let mut decoder = openh264::decoder::Decoder::new().expect("the decoder was built from source");
    let start_code = [0, 0, 0, 1];
    let avcc = find_box(file, b"avcC");
    let sps_bytes = usize::from(u16::from_be_bytes([avcc[6], avcc[7]]));
    let pps = &avcc[8 + sps_bytes + 1..];
    let pps_bytes = usize::from(u16::from_be_bytes([pps[0], pps[1]]));
    let sets = [&start_code, &avcc[8..8 + sps_bytes], &start_code, &pps[2..2 + pps_bytes]].concat();
    decoder.decode(&sets).expect("parameter sets");

    let sizes = find_box(file, b"stsz");
    let mut offset = be32(find_box(file, b"stco"), 8) as usize;
    let mut read = Read { reader: "openh264", width: 0, height: 0, frames: Vec::new() };
    for index in 0..be32(sizes, 8) as usize {
        let mut sample = &file[offset..offset + be32(sizes, 12 + 4 * index) as usize];
        offset += sample.len();
        let mut annex_b = Vec::new();
        while !sample.is_empty() {
            let (unit, rest) = sample[4..].split_at(be32(sample, 0) as usize);
            annex_b.extend(start_code);
            annex_b.extend(unit);
            sample = rest;
        }
        let picture = decoder.decode(&annex_b).expect("decodes").expect("one picture a sample");
        (read.width, read.height) = picture.dimensions();
        let (luma, half, half_v) = picture.strides();
        let mut rgb = Vec::with_capacity(read.width * read.height * 3);
        for y in 0..read.height {
            for x in 0..read.width {
                let luma = 255.0 / 219.0 * (f64::from(picture.y()[y * luma + x]) - 16.0);
                let blue = 255.0 / 224.0 * (f64::from(picture.u()[y / 2 * half + x / 2]) - 128.0);
                let red = 255.0 / 224.0 * (f64::from(picture.v()[y / 2 * half_v + x / 2]) - 128.0);
                let levels = [luma + 1.5748 * red, luma - 0.1873 * blue - 0.4681 * red, luma + 1.8556 * blue];
                rgb.extend(levels.map(|level| level.round() as u8));
            }
        }
        read.frames.push(rgb);
    }
    assert_eq!(offset, file.len(), "the samples end where the file ends");
    read
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// Content of the first box of that kind, wherever it is nested.
pub fn find_box<'a>(file: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = file.windows(4).position(|window| window == kind).expect("the box exists");
    &file[at + 4..at - 4 + be32(file, at - 4) as usize]
}

/// Kinds of the outermost boxes of an MP4 file, in order.
pub fn top_level_boxes(file: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut at = 0;
    while at < file.len() {
        kinds.push(String::from_utf8_lossy(&file[at + 4..at + 8]).into_owned());
        at += be32(file, at) as usize;
    }
    assert_eq!(at, file.len(), "the boxes fill the file");
    kinds
}

/// Whether `part` stands anywhere in `file`.
pub fn contains(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}
