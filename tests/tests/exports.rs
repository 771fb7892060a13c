//! Exports are read back by programs and crates that had no part in writing them.
//!
//! Pure Rust decoders (`image`) and OpenH264's decoder read every file; ffprobe and ffmpeg do so too where they are
//! installed. Where they are not, the tests say so; with `HUMMINGBIRD_REQUIRE_FFMPEG` set they fail instead.

use std::fs;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::pipeline::video_out::{
    Arrangement, Crop, Embed, Existing, ExportError, ExportNote, ExportReport, ExportSettings, Format, GifDither,
    Order, Plays, Provenance, Quality, Scale, Trim, encoded_bytes, export, fit, read_provenance,
};
use hummingbird_engine::request::{ClipSettings, NoiseKind, Reuse, SamplerKind};
use hummingbird_engine::settings::values_of;
use hummingbird_tests::devices::skipped;
use image::AnimationDecoder as _;
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use serde_json::Value;

mod clip_readers;
use clip_readers::{Read, contains, find_box, has_ffmpeg, probe, read_all, run, top_level_boxes};

/// How far the mean colour of a patch may move in a round trip, in 8-bit levels.
const MAX_LEVELS: f64 = 6.0;
/// Side of the patches that are compared, in pixels.
const PATCH: usize = 8;

/// Flat squares that move over a smooth gradient, and the patches in which colours are compared.
struct Clip {
    frames: Frames,
    /// `(frame, x, y)` of the upper left corner of each patch.
    patches: Vec<(usize, usize, usize)>,
}

const SQUARES: [[u8; 3]; 6] = [[220, 30, 30], [30, 170, 60], [40, 60, 210], [240, 220, 60], [255; 3], [0; 3]];

fn clip(width: usize, height: usize, count: usize) -> Clip {
    let side = 2 * PATCH;
    let mut pixels = Vec::with_capacity(width * height * count * 3);
    let mut patches = Vec::new();
    for index in 0..count {
        let corner = |square: usize| {
            let (row, column) = (square / 3, square % 3);
            ((4 + column * width / 3 + index) % (width - side), (4 + row * height / 2 + index / 2) % (height - side))
        };
        for y in 0..height {
            for x in 0..width {
                let square = (0..SQUARES.len()).rev().find(|&square| {
                    let (left, top) = corner(square);
                    (left..left + side).contains(&x) && (top..top + side).contains(&y)
                });
                pixels.extend(square.map_or_else(
                    || [60 + 120 * x / width, 90 + 100 * y / height, 200 - 80 * x / width].map(|level| level as u8),
                    |square| SQUARES[square],
                ));
            }
        }
        patches.extend((0..SQUARES.len()).map(corner).map(|(x, y)| (index, x + PATCH / 2, y + PATCH / 2)));
        patches.extend([(index, 0, height - PATCH), (index, width - PATCH, 0), (index, width / 2, height / 2)]);
    }
    Clip { frames: Frames::new(width, height, pixels), patches }
}

impl Clip {
    fn check_colours(&self, read: &Read, what: &str) {
        assert_eq!(read.frames.len(), self.frames.count(), "{what}: frames as {} sees them", read.reader);
        let mut worst = 0.0_f64;
        for &(index, x, y) in &self.patches {
            let wanted = mean(self.frames.frame(index), self.frames.width(), x, y);
            let found = mean(&read.frames[index], read.width, x, y);
            let apart = wanted.iter().zip(found).map(|(wanted, found)| (wanted - found).abs()).fold(0.0, f64::max);
            worst = worst.max(apart);
            assert!(
                apart <= MAX_LEVELS,
                "{what} by {}: frame {index}, patch at {x},{y} was {wanted:.1?} and came back as {found:.1?}",
                read.reader
            );
        }
        eprintln!("{what} by {}: patches at most {worst:.1} levels apart", read.reader);
    }
}

fn mean(frame: &[u8], width: usize, left: usize, top: usize) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for y in top..top + PATCH {
        for x in left..left + PATCH {
            for (sum, &level) in sums.iter_mut().zip(&frame[(y * width + x) * 3..]) {
                *sum += f64::from(level) / (PATCH * PATCH) as f64;
            }
        }
    }
    sums
}

fn provenance(prompt: &str, frames: &Frames, fps: u32) -> Provenance {
    let clip = ClipSettings {
        prompt: prompt.into(),
        negative: "blurry, \"low\" quality".into(),
        seed: u64::MAX - 1,
        steps: 4,
        guidance: 7.3,
        sampler: SamplerKind::Turbo,
        eta: 0.3,
        noise: NoiseKind::TorchCpu,
        reuse: Reuse::Light,
        merge_tokens: true,
        frames: frames.count() as u32,
        width: frames.width() as u32,
        height: frames.height() as u32,
        fps,
        ..ClipSettings::default()
    };
    Provenance {
        app_version: "0.1.0".into(),
        settings: values_of(&clip),
        loras: vec![("style.safetensors".into(), 0.75)],
        model_name: "Nano".into(),
        model_sha256: "ab".repeat(32),
        decoder: "light".into(),
        tiny_decoder_name: "TAESD".into(),
        tiny_decoder_sha256: "cd".repeat(32),
        device: "cpu".into(),
    }
}

fn write(frames: &Frames, settings: &ExportSettings, path: &Path) -> Result<ExportReport, ExportError> {
    let provenance = provenance("a red balloon", frames, settings.fps);
    export(frames, settings, &provenance, path, &mut |_| ControlFlow::Continue(()))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the test's own folder")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn every_format_keeps_frames_size_and_colours() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (width, height, count) in [(96, 64, 16), (512, 320, 5), (128, 96, 1)] {
        let clip = clip(width, height, count);
        for format in Format::ALL {
            let what = format!("{width}x{height}x{count} as {}", format.label());
            let path = folder.path().join(format!("{width}_{count}.{}", format.ending()));
            let report = write(&clip.frames, &ExportSettings::new(format, 8), &path).expect(&what);
            let on_disk: u64 = report.paths.iter().map(|path| path.metadata().expect("written").len()).sum();
            assert_eq!((report.bytes, report.notes.as_slice()), (on_disk, [].as_slice()), "{what}");
            for read in read_all(format, &report) {
                assert_eq!((read.width, read.height), (width, height), "{what} by {}", read.reader);
                clip.check_colours(&read, &what);
                if matches!(format, Format::Apng | Format::PngFrames) {
                    assert!(read.frames.concat() == clip.frames.pixels(), "{what} is lossless");
                }
            }
        }
    }
}

#[test]
fn settings_change_the_file_but_not_its_colours() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(96, 64, 6);
    let mut sizes = Vec::new();
    for dither in [GifDither::None, GifDither::Ordered, GifDither::FloydSteinberg] {
        let settings = ExportSettings { dither, ..ExportSettings::new(Format::Gif, 8) };
        let report = write(&clip.frames, &settings, &folder.path().join(format!("{dither:?}.gif"))).expect("a GIF");
        read_all(Format::Gif, &report).iter().for_each(|read| clip.check_colours(read, &format!("{dither:?}")));
        sizes.push(report.bytes);
    }
    assert!(sizes[0] < sizes[1] && sizes[0] < sizes[2], "dithering costs bytes: {sizes:?}");

    for format in [Format::Mp4, Format::WebP, Format::WebM] {
        let sizes = [0, 18, 30].map(|crf| {
            let quality = Quality::new(crf).expect("in range");
            let settings = ExportSettings { quality, ..ExportSettings::new(format, 8) };
            let path = folder.path().join(format!("{crf}.{}", format.ending()));
            let report = write(&clip.frames, &settings, &path).expect("a clip");
            for read in read_all(format, &report) {
                if quality <= Quality::HIGH {
                    clip.check_colours(&read, &format!("{format:?} at {crf}"));
                }
                if (format, crf) == (Format::WebP, 0) {
                    assert!(read.frames.concat() == clip.frames.pixels(), "WebP at 0 is lossless");
                }
            }
            report.bytes
        });
        // Lossless WebP (0) may be smaller than lossy WebP on drawn clips, so only lossy files are compared.
        assert!(sizes[1] > sizes[2], "{format:?}: worse is smaller: {sizes:?}");
    }
}

#[test]
fn equal_frames_are_still_frames() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let one = clip(96, 64, 1).frames;
    let still = Frames::new(96, 64, one.pixels().repeat(5));
    for format in Format::ALL {
        let path = folder.path().join("still").with_extension(format.ending());
        let report = write(&still, &ExportSettings::new(format, 8), &path).expect("a clip");
        for read in read_all(format, &report) {
            assert_eq!(read.frames.len(), 5, "{format:?} by {}", read.reader);
        }
    }
}

#[test]
fn noise_fits_into_every_format() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A xorshift generator: no format can compress this, and the first steps of a sampler look like it.
    let mut state = 1_u32;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as u8
    };
    let frames = Frames::new(256, 256, (0..256 * 256 * 3 * 3).map(|_| byte()).collect());
    for format in Format::ALL {
        for crf in [0, Quality::WORST] {
            let settings =
                ExportSettings { quality: Quality::new(crf).expect("in range"), ..ExportSettings::new(format, 8) };
            let path = folder.path().join(format!("{crf}.{}", format.ending()));
            let report = write(&frames, &settings, &path).expect("noise is a clip too");
            for read in read_all(format, &report) {
                assert_eq!(read.frames.len(), 3, "{format:?} at {crf} by {}", read.reader);
            }
        }
    }
}

#[test]
fn mp4_is_what_players_and_browsers_expect() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(96, 64, 16);
    let path = folder.path().join("clip.mp4");
    write(&clip.frames, &ExportSettings::new(Format::Mp4, 8), &path).expect("a clip");
    let file = fs::read(&path).expect("just written");
    assert_eq!(
        top_level_boxes(&file),
        ["ftyp", "moov", "uuid", "mdat"],
        "faststart: the index stands before the frames"
    );
    assert_eq!(find_box(&file, b"colr"), b"nclx\0\x01\0\x01\0\x01\0", "BT.709, limited range");
    if !has_ffmpeg() {
        return;
    }
    let probed = probe(&path);
    let stream = &probed["streams"][0];
    for (field, value) in [
        ("codec_name", "h264"),
        ("pix_fmt", "yuv420p"),
        ("color_range", "tv"),
        ("color_space", "bt709"),
        ("color_transfer", "bt709"),
        ("color_primaries", "bt709"),
        ("field_order", "progressive"),
        ("r_frame_rate", "8/1"),
        ("avg_frame_rate", "8/1"),
        ("duration", "2.000000"),
        ("nb_read_frames", "16"),
        ("sample_aspect_ratio", "1:1"),
    ] {
        assert_eq!(stream[field].as_str(), Some(value), "{field}");
    }
    assert_eq!(probed["streams"].as_array().map(Vec::len), Some(1));
    let tags = &probed["format"]["tags"];
    assert_eq!(tags["encoder"], "Hummingbird 0.1.0");
    let comment: Value = serde_json::from_str(tags["comment"].as_str().expect("a comment")).expect("JSON");
    assert_eq!(comment["prompt"], "a red balloon");

    // The bare stream has no `colr` box, so these tags come from the parameter set.
    let bare = folder.path().join("bare.h264");
    let bare_name = bare.to_str().expect("a plain path");
    run("ffmpeg", &["-v", "warning", "-i", "FILE", "-c", "copy", "-bsf:v", "h264_mp4toannexb", bare_name], &path);
    let probed = probe(&bare);
    for field in ["color_space", "color_transfer", "color_primaries"] {
        assert_eq!(probed["streams"][0][field], "bt709", "{field} of the parameter set");
    }
    assert_eq!(probed["streams"][0]["color_range"], "tv");
}

#[test]
fn frame_rates_are_exact() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(48, 32, 7);
    for fps in [1, 7, 8, 24, 30, 60, 240] {
        for format in [Format::Mp4, Format::WebM, Format::Apng] {
            let path = folder.path().join(format!("{fps}.{}", format.ending()));
            write(&clip.frames, &ExportSettings::new(format, fps), &path).expect("a clip");
            if has_ffmpeg() {
                let stream = &probe(&path)["streams"][0];
                let rate = format!("{fps}/1");
                assert_eq!(stream["r_frame_rate"], rate.as_str(), "{format:?}");
                assert_eq!(stream["avg_frame_rate"], rate.as_str(), "{format:?}");
            }
        }
    }
    // Formats with a coarse clock: the delays differ by one tick and add up.
    for fps in [7_u32, 8, 24, 50] {
        for (format, tick_millisecs) in [(Format::Gif, 10), (Format::WebP, 1), (Format::Apng, 1)] {
            let path = folder.path().join(format!("{fps}_delays.{}", format.ending()));
            write(&clip.frames, &ExportSettings::new(format, fps), &path).expect("a clip");
            let bytes = Cursor::new(fs::read(&path).expect("just written"));
            let frames = match format {
                Format::Gif => GifDecoder::new(bytes).expect("a GIF").into_frames().collect_frames(),
                Format::WebP => WebPDecoder::new(bytes).expect("a WebP").into_frames().collect_frames(),
                _ => PngDecoder::new(bytes).expect("a PNG").apng().expect("animated").into_frames().collect_frames(),
            };
            let delays = frames.expect("decodes").into_iter().map(|frame| {
                let (numerator, denominator) = frame.delay().numer_denom_ms();
                f64::from(numerator) / f64::from(denominator)
            });
            let total: f64 = delays.sum();
            let wanted = 7.0 * 1000.0 / f64::from(fps);
            assert!(
                (total - wanted).abs() < f64::from(tick_millisecs),
                "{format:?} at {fps}: {total} ms, not {wanted}"
            );
        }
    }
}

#[test]
fn animations_loop_for_ever() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(48, 32, 3);
    let cases: [(Format, &[u8]); 3] = [
        (Format::Gif, b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"),
        (Format::WebP, b"ANIM\x06\0\0\0\0\0\0\xff\0\0"),
        (Format::Apng, b"acTL\0\0\0\x03\0\0\0\0"),
    ];
    for (format, mark) in cases {
        let path = folder.path().join("loop").with_extension(format.ending());
        write(&clip.frames, &ExportSettings::new(format, 8), &path).expect("a clip");
        assert!(contains(&fs::read(&path).expect("just written"), mark), "{format:?}");
    }
}

#[test]
fn every_format_carries_every_prompt_or_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(32, 32, 2);
    let prompts = [
        "a \"red\" <balloon> & 'more' ]]> --> </hummingbird:provenance> \\u0041 %s",
        "zwei\nZeilen\r\n\tKolibri \u{1f426} \u{65e5}\u{672c}\u{8a9e} \u{5d0}\u{5d1} e\u{301}",
        &"a hummingbird over a very long meadow \u{1f33c}, ".repeat(240),
    ];
    assert!(prompts[2].len() > 10_000);
    for format in Format::ALL {
        for (number, prompt) in prompts.into_iter().enumerate() {
            let written = provenance(prompt, &clip.frames, 8);
            let path = folder.path().join(format!("{number}.{}", format.ending()));
            let settings = ExportSettings::new(format, 8);
            let report =
                export(&clip.frames, &settings, &written, &path, &mut |_| ControlFlow::Continue(())).expect("a clip");
            for path in &report.paths {
                assert_eq!(read_provenance(path).expect("readable"), Some(written.clone()), "{format:?}");
            }
            if has_ffmpeg() && format != Format::WebP {
                probe(&report.paths[0]);
            }
        }
        let settings = ExportSettings { embed: Embed::Nothing, ..ExportSettings::new(format, 8) };
        let report = write(&clip.frames, &settings, &folder.path().join("bare").with_extension(format.ending()));
        for path in report.expect("a clip").paths {
            assert_eq!(read_provenance(&path).expect("readable"), None, "{format:?}");
            assert!(!contains(&fs::read(&path).expect("just written"), b"balloon"), "{format:?}");
        }
    }
    let text = folder.path().join("notes.png");
    fs::write(&text, "no picture").expect("writable");
    assert!(matches!(read_provenance(&text), Err(ExportError::NotAClip { .. })));
    assert!(matches!(read_provenance(folder.path()), Err(ExportError::IsFolder { .. })));
    assert!(read_provenance(&folder.path().join("missing.mp4")).is_err());
}

#[test]
fn odd_and_extreme_sizes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let odd = clip(97, 65, 3);
    for format in Format::ALL {
        let path = folder.path().join("odd").with_extension(format.ending());
        let report = write(&odd.frames, &ExportSettings::new(format, 8), &path).expect("a clip");
        let is_video = matches!(format, Format::Mp4 | Format::WebM);
        let (width, height) = if is_video { (98, 66) } else { (97, 65) };
        let note = is_video.then_some(ExportNote::PaddedToEven { width, height });
        assert_eq!(report.notes, Vec::from_iter(note));
        for read in read_all(format, &report) {
            assert_eq!((read.width, read.height), (width, height), "{format:?} by {}", read.reader);
            odd.check_colours(&read, &format!("odd {format:?}"));
        }
    }
    for (width, height, refused) in [
        (1, 1, &[Format::Mp4, Format::WebM][..]),
        (8, 64, &[Format::Mp4, Format::WebM]),
        (4000, 16, &[Format::Mp4]),
        (16_500, 1, &[Format::Mp4, Format::WebP, Format::WebM]),
    ] {
        let frames = Frames::new(width, height, vec![90; width * height * 3]);
        for format in Format::ALL {
            let path = folder.path().join(format!("{width}x{height}.{}", format.ending()));
            match write(&frames, &ExportSettings::new(format, 8), &path) {
                Err(error) => {
                    assert!(refused.contains(&format) && error.to_string().contains(".png"), "{format:?}: {error}");
                }
                Ok(_) => assert!(!refused.contains(&format), "{format:?} took {width}x{height}"),
            }
        }
    }
}

#[test]
fn bad_places_are_named_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(32, 32, 2);
    let file = folder.path().join("taken");
    fs::write(&file, "theirs").expect("writable");
    for format in Format::ALL {
        let settings = ExportSettings::new(format, 8);
        let fails = |path: &Path| write(&clip.frames, &settings, path).expect_err("a bad place").to_string();
        let ending = format.ending();
        let missing = folder.path().join("no/such").join(format!("clip.{ending}"));
        for (path, advice) in [
            (missing.as_path(), "does not exist: create it"),
            (folder.path(), "add a file name"),
            (&file.join(format!("clip.{ending}")), "choose another folder"),
        ] {
            let message = fails(path);
            assert!(message.contains(advice), "{format:?} to {path:?}: {message}");
        }
        let empty = Frames::new(32, 32, Vec::new());
        assert!(matches!(write(&empty, &settings, &folder.path().join("e")), Err(ExportError::NoFrames)));
        for fps in [0, 241, u32::MAX] {
            let settings = ExportSettings { fps, ..settings };
            assert!(matches!(write(&clip.frames, &settings, &folder.path().join("e")), Err(ExportError::Fps { .. })));
        }
        assert_eq!(names(folder.path()), ["taken"], "{format:?} left something behind");
    }
    let gif = ExportSettings::new(Format::Gif, 8);
    assert!(matches!(write(&clip.frames, &gif, &file), Err(ExportError::Exists { .. })));
    assert_eq!(fs::read_to_string(&file).expect("still there"), "theirs");
    write(&clip.frames, &ExportSettings { existing: Existing::Replace, ..gif }, &file).expect("allowed");
    assert!(fs::read(&file).expect("still there").starts_with(b"GIF89a"));
    assert_eq!(names(folder.path()), ["taken"]);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let ours = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(ours.path(), fs::Permissions::from_mode(0o555)).expect("our own folder");
    // Root may write into any folder but those that the kernel shows.
    let is_closed = |folder: &Path| {
        let probe = fs::File::create_new(folder.join("hummingbird-probe"));
        probe.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    };
    let Some(folder) = [ours.path(), Path::new("/sys")].into_iter().find(|folder| is_closed(folder)) else {
        skipped("a_folder_without_permission_is_named", "no folder is closed to this user (root, and no /sys)");
        return;
    };
    let path = folder.join("clip.gif");
    let error = write(&clip(32, 32, 2).frames, &ExportSettings::new(Format::Gif, 8), &path).expect_err("closed");
    assert!(matches!(error, ExportError::NoPermission { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn exports_have_the_permissions_of_any_other_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (other, clip_path) = (folder.path().join("other"), folder.path().join("clip.gif"));
    fs::write(&other, "").expect("writable");
    write(&clip(32, 32, 2).frames, &ExportSettings::new(Format::Gif, 8), &clip_path).expect("a clip");
    let mode = |path: &Path| path.metadata().expect("exists").permissions().mode();
    assert_eq!(mode(&clip_path), mode(&other));
}

#[test]
fn progress_counts_every_frame_and_cancel_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(32, 32, 5);
    let text = provenance("a boat", &clip.frames, 8);
    for format in Format::ALL {
        let settings = ExportSettings { existing: Existing::Replace, ..ExportSettings::new(format, 8) };
        let name = PathBuf::from("clip").with_extension(format.ending());
        let path = folder.path().join(&name);
        for stop_at in 0..=5 {
            let mut seen = Vec::new();
            let result = export(&clip.frames, &settings, &text, &path, &mut |progress| {
                assert_eq!(progress.frames_total, 5);
                seen.push(progress.frames_done);
                if progress.frames_done == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert!(matches!(result, Err(ExportError::Cancelled)), "{format:?} stopped at {stop_at}");
            assert_eq!(seen, (0..=stop_at).collect::<Vec<_>>(), "{format:?}");
            assert_eq!(names(folder.path()), Vec::<String>::new(), "{format:?} stopped at {stop_at}");
        }
    }
}

#[test]
fn numbered_frames_are_named_and_older_ones_reported() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("my clip.png");
    let settings = ExportSettings::new(Format::PngFrames, 8);
    let report = write(&clip(32, 32, 4).frames, &settings, &path).expect("a clip");
    let expected = ["my clip_0001.png", "my clip_0002.png", "my clip_0003.png", "my clip_0004.png"];
    assert_eq!(names(folder.path()), expected);
    assert_eq!(report.paths, expected.map(|name| folder.path().join(name)));

    let shorter = clip(32, 32, 2).frames;
    assert!(matches!(write(&shorter, &settings, &path), Err(ExportError::Exists { .. })));
    let replace = ExportSettings { existing: Existing::Replace, ..settings };
    let report = write(&shorter, &replace, &path).expect("allowed");
    assert_eq!(report.notes, [ExportNote::OlderFramesFollow { path: folder.path().join(expected[2]) }]);
    assert_eq!(names(folder.path()), expected, "files that were not written are not touched");
}

#[test]
fn a_gif_faster_than_viewers_can_show_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fast.gif");
    let report = write(&clip(32, 32, 3).frames, &ExportSettings::new(Format::Gif, 60), &path).expect("a clip");
    assert_eq!(report.notes, [ExportNote::GifSlowed { fps: 60 }]);
}

#[test]
fn webm_is_what_players_and_browsers_expect() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(96, 64, 16);
    let path = folder.path().join("clip.webm");
    write(&clip.frames, &ExportSettings::new(Format::WebM, 8), &path).expect("a clip");
    let again = folder.path().join("again.webm");
    write(&clip.frames, &ExportSettings::new(Format::WebM, 8), &again).expect("a clip");
    assert!(fs::read(&path).expect("written") == fs::read(&again).expect("written"), "the same clip, the same bytes");
    if !has_ffmpeg() {
        return;
    }
    let probed = probe(&path);
    let stream = &probed["streams"][0];
    for (field, value) in [
        ("codec_name", "av1"),
        ("pix_fmt", "yuv420p"),
        ("color_range", "tv"),
        ("color_space", "bt709"),
        ("color_transfer", "bt709"),
        ("color_primaries", "bt709"),
        ("r_frame_rate", "8/1"),
        ("nb_read_frames", "16"),
    ] {
        assert_eq!(stream[field].as_str(), Some(value), "{field}");
    }
    assert_eq!(probed["format"]["duration"], "2.000000");
    let tags = &probed["format"]["tags"];
    let comment: Value = serde_json::from_str(tags["COMMENT"].as_str().expect("a comment")).expect("JSON");
    assert_eq!(comment["prompt"], "a red balloon");
}

#[test]
fn frames_are_arranged_in_every_format() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(96, 64, 6);
    let arrangement = Arrangement {
        trim: Some(Trim { first: 1, last: 4 }),
        crop: Crop::Area([8, 4, 64, 48]),
        scale: Scale::Percent(50),
        order: Order::PingPong,
        plays: Plays::Times(2),
    };
    for format in Format::ALL {
        let path = folder.path().join("arranged").with_extension(format.ending());
        let settings = ExportSettings { arrangement, ..ExportSettings::new(format, 8) };
        let report = write(&clip.frames, &settings, &path).expect("a clip");
        let arranged = arrangement.apply(&clip.frames, format).expect("it fits");
        // 4 frames, and 2 of them on the way back; written twice where the file cannot say so.
        let count = if format.counts_plays() { 6 } else { 12 };
        assert_eq!((arranged.count(), arranged.width(), arranged.height()), (count, 32, 24));
        for read in read_all(format, &report) {
            // ffmpeg plays a GIF as often as it says.
            let frames = if read.frames.len() == 12 { 12 } else { count };
            assert_eq!((read.frames.len(), read.width, read.height), (frames, 32, 24), "{format:?} {}", read.reader);
            for (index, frame) in read.frames.iter().take(count).enumerate() {
                let (wanted, found) = (mean(arranged.frame(index), 32, 12, 8), mean(frame, 32, 12, 8));
                let apart = wanted.iter().zip(found).map(|(wanted, found)| (wanted - found).abs()).fold(0.0, f64::max);
                assert!(apart <= 2.0 * MAX_LEVELS, "{format:?} {}: {wanted:?} {found:?}", read.reader);
            }
        }
    }
    let marks: [(Format, &[u8]); 3] = [
        (Format::Gif, b"NETSCAPE2.0\x03\x01\x01\0\0"),
        (Format::WebP, b"ANIM\x06\0\0\0\0\0\0\xff\x02\0"),
        (Format::Apng, b"acTL\0\0\0\x06\0\0\0\x02"),
    ];
    for (format, mark) in marks {
        let path = folder.path().join("arranged").with_extension(format.ending());
        assert!(contains(&fs::read(&path).expect("just written"), mark), "{format:?} says how often it plays");
    }
}

#[test]
fn a_largest_size_is_kept_to() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // With grain, as filmed clips have: flat drawings grow in lossless formats when they are scaled.
    let mut state = 7_u32;
    let mut grain = |level: &u8| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        level.saturating_add((state >> 28) as u8)
    };
    let drawn = clip(192, 128, 8).frames;
    let frames = Frames::new(192, 128, drawn.pixels().iter().map(&mut grain).collect());
    let clip = Clip { frames, patches: Vec::new() };
    let text = provenance("a boat", &clip.frames, 8);
    let go_on = &mut || ControlFlow::Continue(());
    for format in [Format::Mp4, Format::Gif, Format::WebP, Format::Apng] {
        let settings = ExportSettings::new(format, 8);
        let whole = encoded_bytes(&clip.frames, &settings, &text, go_on).expect("it encodes");
        assert_eq!(fit(&clip.frames, &settings, &text, whole, go_on).expect("it fits"), settings, "{format:?}");
        let limit = whole / 2;
        let fitted = fit(&clip.frames, &settings, &text, limit, go_on).expect("half fits");
        let report = write(&clip.frames, &fitted, &folder.path().join("half").with_extension(format.ending()));
        let bytes = report.expect("a clip").bytes;
        assert!(bytes <= limit + 64 && bytes > limit / 5, "{format:?}: {bytes} of {limit} bytes");
        let error = fit(&clip.frames, &settings, &text, 100, go_on).expect_err("nothing fits");
        assert!(matches!(error, ExportError::CannotFit { limit: 100, .. }), "{error}");
        let stopped = fit(&clip.frames, &settings, &text, 100, &mut || ControlFlow::Break(()));
        assert!(matches!(stopped, Err(ExportError::Cancelled)));
    }
}

#[test]
fn a_gif_has_no_more_colours_than_asked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = clip(96, 64, 3);
    let mut sizes = Vec::new();
    for colours in [4_u16, 16, 256] {
        let path = folder.path().join(format!("{colours}.gif"));
        let settings = ExportSettings { colours, ..ExportSettings::new(Format::Gif, 8) };
        let report = write(&clip.frames, &settings, &path).expect("a GIF");
        let mut seen = std::collections::BTreeSet::new();
        for frame in &read_all(Format::Gif, &report)[0].frames {
            seen.extend(frame.as_chunks::<3>().0.iter().copied());
        }
        assert!(
            seen.len() < usize::from(colours) && seen.len() >= usize::from(colours) / 2,
            "{colours}: {}",
            seen.len()
        );
        sizes.push(report.bytes);
    }
    assert!(sizes.is_sorted(), "{sizes:?}");
    for colours in [0, 3, 257] {
        let settings = ExportSettings { colours, ..ExportSettings::new(Format::Gif, 8) };
        let error = write(&clip.frames, &settings, &folder.path().join("no.gif")).expect_err("refused");
        assert!(matches!(error, ExportError::Colours { .. }), "{error}");
    }
}
