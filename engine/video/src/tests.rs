//! Files made by FFmpeg, read here and by FFmpeg itself.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use super::*;

/// Says that a test could not run.
fn skipped(why: &str) {
    let test = std::thread::current();
    let line = format!("SKIPPED {}: {why}\n", test.name().unwrap_or("a test"));
    // Under the test harness this stream is the terminal's own: what is printed would be kept from view.
    std::io::stderr().write_all(line.as_bytes()).expect("it is open");
}

/// Whether FFmpeg and one of its encoders are installed; says so when not, and fails where they are required.
fn has(encoder: &str) -> bool {
    let output = Command::new("ffmpeg").args(["-hide_banner", "-encoders"]).output();
    let has = output
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).split_whitespace().any(|word| word == encoder));
    if !has {
        assert!(
            std::env::var_os("HUMMINGBIRD_REQUIRE_FFMPEG").is_none(),
            "ffmpeg with {encoder} is required but missing"
        );
        skipped(&format!("no ffmpeg with {encoder} is installed"));
    }
    has
}

/// Runs FFmpeg in a folder, so that names stay plain.
fn ffmpeg(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("ffmpeg").current_dir(folder).args(["-v", "error", "-y"]).args(arguments).output();
    let output = output.expect("it was found a moment ago");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The frames of a file as FFmpeg decodes them.
fn by_ffmpeg(folder: &Path, name: &str) -> Vec<u8> {
    ffmpeg(folder, &["-i", name, "-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
}

fn open(folder: &Path, name: &str) -> Result<Clip, VideoError> {
    Clip::open(&folder.join(name), OpenOptions::default())
}

/// All frames of a clip that must be whole.
fn all(clip: &Clip) -> Vec<Frame> {
    let frames: Result<Vec<Frame>, VideoError> = clip.frames().expect("it opens twice").collect();
    let frames = frames.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(frames.len() as u64, clip.info().frames, "{:?}", clip.path());
    frames
}

/// Largest and mean difference of a clip from FFmpeg's decode.
fn difference(folder: &Path, name: &str) -> (u8, f64) {
    let clip = open(folder, name).unwrap_or_else(|error| panic!("{error}"));
    let ours: Vec<u8> = all(&clip).into_iter().flat_map(|frame| frame.picture.rgb).collect();
    let theirs = by_ffmpeg(folder, name);
    let frame_bytes = clip.info().width * clip.info().height * 3;
    assert_eq!(ours.len() / frame_bytes, theirs.len() / frame_bytes, "frames of {name}, ours and ffmpeg's");
    assert_eq!(ours.len(), theirs.len(), "{name}");
    let differences = ours.iter().zip(&theirs).map(|(a, b)| a.abs_diff(*b));
    let sum: u64 = differences.clone().map(u64::from).sum();
    (differences.max().unwrap_or(0), sum as f64 / ours.len() as f64)
}

/// A clip that FFmpeg draws, encoded as `arguments` say. The size is no multiple of a block.
fn encode(folder: &Path, name: &str, arguments: &str) {
    let source = ["-f", "lavfi", "-i", "testsrc2=size=90x66:rate=24:duration=0.6"];
    let arguments: Vec<&str> = source.into_iter().chain(arguments.split_whitespace()).chain([name]).collect();
    ffmpeg(folder, &arguments);
}

/// Encodes and holds the decoded clip against FFmpeg's, pixel by pixel and time by time.
fn check(encoder: &str, name: &str, arguments: &str) {
    if !has(encoder) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    encode(folder.path(), name, &format!("-c:v {encoder} {arguments}"));
    hold(folder.path(), name);
}

/// Holds a clip against FFmpeg's decode of it.
fn hold(folder: &Path, name: &str) {
    assert_eq!(difference(folder, name), (0, 0.0), "{name}");
    let arguments =
        ["-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0", name];
    let output = Command::new("ffprobe").current_dir(folder).args(arguments).output().expect("it comes with ffmpeg");
    let times = String::from_utf8(output.stdout).expect("numbers");
    let times: Vec<f64> = times.lines().filter_map(|line| line.trim_end_matches(',').parse().ok()).collect();
    let clip = open(folder, name).unwrap_or_else(|error| panic!("{error}"));
    let frames = all(&clip);
    assert_eq!(frames.len(), times.len(), "{name}");
    for (frame, time) in frames.iter().zip(&times) {
        assert!((frame.secs - (time - times[0])).abs() < 2e-3, "{name}: {} is not {time}", frame.secs);
    }
    // Reading from any frame on gives what reading all of them gave.
    for first in [1, frames.len() / 2, frames.len() - 1, frames.len()] {
        let rest: Result<Vec<Frame>, VideoError> = clip.frames_from(first as u64).expect("it opens").collect();
        assert_eq!(rest.expect("it was read before").as_slice(), &frames[first..], "{name} from {first} on");
    }
}

#[test]
fn h264_is_what_ffmpeg_makes_of_it() {
    check("libx264", "plain.mp4", "-pix_fmt yuv420p -bf 3");
    check(
        "libx264",
        "open_gop.mp4",
        "-pix_fmt yuv420p -x264-params open-gop=1:keyint=5:min-keyint=2:bframes=3:b-pyramid=normal",
    );
    check("libx264", "baseline.mov", "-pix_fmt yuv420p -profile:v baseline -g 4");
    check("libx264", "short.mkv", "-pix_fmt yuv420p -g 5");
}

#[test]
fn colours_are_those_that_files_ask_for() {
    let of = |filter: &str, tags: &str| format!("-vf scale=out_color_matrix={filter} -pix_fmt yuv420p {tags}");
    check("libx264", "full.mp4", &of("bt709:out_range=full", "-colorspace bt709 -color_range pc"));
    check("libx264", "limited.mkv", &of("bt709", "-colorspace bt709 -color_range tv"));
    check("libx264", "wide.mp4", &of("bt2020", "-colorspace bt2020nc -color_range tv"));
    check("libx265", "hevc.mp4", &of("bt709", "-colorspace bt709 -x265-params log-level=error"));
    check("libvpx-vp9", "vp9.webm", &of("bt709", "-colorspace bt709 -deadline realtime"));
    check("libsvtav1", "av1.mp4", &of("bt709", "-colorspace bt709 -preset 10"));
}

#[test]
fn hevc_is_what_ffmpeg_makes_of_it() {
    check("libx265", "plain.mp4", "-pix_fmt yuv420p -x265-params log-level=error:bframes=4");
    check("libx265", "tagged.mov", "-pix_fmt yuv420p -tag:v hvc1 -x265-params log-level=error:keyint=5:open-gop=1");
    check("libx265", "short.mkv", "-pix_fmt yuv420p -x265-params log-level=error:keyint=6");
}

#[test]
fn vp9_is_what_ffmpeg_makes_of_it() {
    check(
        "libvpx-vp9",
        "hidden_frames.webm",
        "-pix_fmt yuv420p -deadline good -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 8",
    );
    check("libvpx-vp9", "plain.mp4", "-pix_fmt yuv420p -deadline realtime -g 5");
    check("libvpx-vp9", "fine.webm", "-pix_fmt yuv444p -deadline realtime");
    check("libvpx-vp9", "odd.webm", "-vf scale=91:66 -pix_fmt yuv420p -deadline realtime");
}

#[test]
fn av1_is_what_ffmpeg_makes_of_it() {
    check("libsvtav1", "plain.mp4", "-pix_fmt yuv420p -preset 10 -g 6");
    check("libsvtav1", "plain.webm", "-pix_fmt yuv420p -preset 10");
}

#[test]
fn files_in_parts_are_whole() {
    check("libx264", "parts.mp4", "-pix_fmt yuv420p -movflags frag_keyframe+empty_moov -g 4");
    check("libx264", "bases.mp4", "-pix_fmt yuv420p -movflags frag_keyframe+default_base_moof -g 4");
    check("libx264", "front.mp4", "-pix_fmt yuv420p -movflags faststart");
    check("libx264", "live.mkv", "-pix_fmt yuv420p -f matroska -live 1");
}

#[test]
fn times_of_uneven_clips_are_kept() {
    check("libx264", "uneven.mp4", "-pix_fmt yuv420p -vf select='not(eq(mod(n\\,4)\\,1))' -vsync vfr");
    check("libx264", "uneven.mkv", "-pix_fmt yuv420p -vf select='not(eq(mod(n\\,4)\\,1))' -vsync vfr");
}

#[test]
fn gif_and_apng_are_what_ffmpeg_makes_of_them() {
    if has("gif") && has("apng") {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, arguments) in [("small.gif", "-r 10"), ("small.apng", "-plays 0")] {
            encode(folder.path(), name, arguments);
            assert_eq!(difference(folder.path(), name), (0, 0.0), "{name}");
        }
        let info = open(folder.path(), "small.gif").expect("just read").info().clone();
        assert_eq!(info.kind, ClipKind::Animation);
        assert!((info.fps - 10.0).abs() < 1e-6, "{info:?}");
    }
}

#[test]
fn turned_clips_stand_upright() {
    if !has("libx264") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    encode(folder, "flat.mp4", "-c:v libx264 -pix_fmt yuv420p");
    for turn in ["90", "180", "270"] {
        let name = format!("turned_{turn}.mp4");
        ffmpeg(folder, &["-i", "flat.mp4", "-c", "copy", "-metadata:s:v", &format!("rotate={turn}"), &name]);
        hold(folder, &name);
        let info = open(folder, &name).expect("just read").info().clone();
        let size = if turn == "180" { (90, 66) } else { (66, 90) };
        assert_eq!((info.width, info.height), size, "{turn}");
    }
}

#[test]
fn what_an_edit_list_hides_is_not_shown() {
    if !has("libx264") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    encode(folder, "whole.mp4", "-c:v libx264 -pix_fmt yuv420p -bf 2 -g 100");
    ffmpeg(folder, &["-ss", "0.25", "-i", "whole.mp4", "-c", "copy", "cut.mp4"]);
    hold(folder, "cut.mp4");
    let frames = |name| open(folder, name).expect("just read").info().frames;
    assert!(frames("cut.mp4") < frames("whole.mp4"), "nothing was hidden: the test shows nothing");
}

#[test]
fn the_clip_is_chosen_among_tracks() {
    if !has("libx264") || !has("mjpeg") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    encode(folder, "clip.mp4", "-c:v libx264 -pix_fmt yuv420p");
    encode(folder, "thumb.jpg", "-frames:v 1");
    ffmpeg(folder, &["-i", "thumb.jpg", "-i", "clip.mp4", "-map", "0", "-map", "1", "-c", "copy", "both.mov"]);
    let [both, clip] = ["both.mov", "clip.mp4"].map(|name| all(&open(folder, name).expect("it is a clip")));
    assert_eq!(both, clip);
}

/// Clips that only FFmpeg decodes: encoder, name, arguments, what there is no decoder for, and the codec's short name.
fn foreign() -> [(&'static str, &'static str, &'static str, VideoLack, &'static str); 10] {
    let codec = |name: &str| VideoLack::Codec { codec: name.to_owned() };
    [
        ("libx264", "ten.mp4", "-pix_fmt yuv420p10le", VideoLack::Depth { bits: 10 }, "h264"),
        (
            "libx265",
            "ten.mkv",
            "-pix_fmt yuv420p10le -x265-params log-level=error",
            VideoLack::Depth { bits: 10 },
            "hevc",
        ),
        ("libvpx-vp9", "ten.webm", "-pix_fmt yuv420p10le -deadline realtime", VideoLack::Depth { bits: 10 }, "vp9"),
        ("libsvtav1", "ten_av1.mp4", "-pix_fmt yuv420p10le -preset 10", VideoLack::Depth { bits: 10 }, "av1"),
        ("libx264", "fine.mp4", "-pix_fmt yuv444p", VideoLack::Chroma, "h264"),
        ("libx264", "fields.mp4", "-s 90x64 -pix_fmt yuv420p -flags +ilme+ildct -bf 2", VideoLack::Interlaced, "h264"),
        ("libvpx", "vp8.webm", "-deadline good -auto-alt-ref 1 -lag-in-frames 8", codec("V_VP8"), "vp8"),
        ("prores", "prores.mov", "", codec("apcn"), "prores"),
        ("mjpeg", "jpeg.mov", "-color_range pc -pix_fmt yuvj420p", codec("jpeg"), "mjpeg"),
        (
            "mpeg4",
            "uneven.mkv",
            "-bf 2 -vf select='not(eq(mod(n\\,4)\\,1))' -vsync vfr",
            codec("V_MPEG4/ISO/ASP"),
            "mpeg4",
        ),
    ]
}

#[test]
fn what_cannot_be_decoded_says_what_it_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    for (encoder, name, arguments, lack, _) in foreign() {
        if has(encoder) {
            encode(folder, name, &format!("-c:v {encoder} {arguments}"));
            let alone = Clip::open_by(&folder.join(name), OpenOptions::default(), |_, _| None);
            let error = alone.expect_err(name);
            assert!(matches!(&error, VideoError::NeedsFfmpeg { lack: said, .. } if *said == lack), "{name}: {error}");
            assert!(error.to_string().contains("install ffmpeg"), "{error}");
        }
    }
    if has("aac") {
        ffmpeg(folder, &["-f", "lavfi", "-i", "sine=duration=0.2", "sound.mp4"]);
        let error = open(folder, "sound.mp4").expect_err("sound alone");
        assert!(matches!(&error, VideoError::Unsupported { lack: VideoLack::NoPictures, .. }), "{error}");
    }
}

#[test]
fn what_there_is_no_decoder_for_the_users_ffmpeg_reads() {
    for (encoder, name, arguments, _, codec) in foreign() {
        if has(encoder) {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let folder = folder.path();
            encode(folder, name, &format!("-c:v {encoder} {arguments}"));
            hold(folder, name);
            let info = open(folder, name).expect("just read").info().clone();
            assert_eq!(info.kind, ClipKind::Ffmpeg(codec), "{name}");
            assert!((info.fps - 24.0).abs() < 1e-3, "{name}: {} frames a second", info.fps);
        }
    }
}

#[test]
fn colours_and_turns_of_foreign_clips_are_right() {
    if !["prores", "libx264", "libx265"].into_iter().all(has) {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let tags = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv";
    encode(folder, "709.mov", &format!("-vf scale=out_color_matrix=bt709 -c:v prores {tags}"));
    encode(
        folder,
        "full.mp4",
        "-vf scale=out_range=pc -c:v libx265 -pix_fmt yuv420p10le -color_range pc -x265-params log-level=error",
    );
    ffmpeg(folder, &["-i", "709.mov", "-c", "copy", "-metadata:s:v", "rotate=90", "turned.mov"]);
    for name in ["709.mov", "full.mp4", "turned.mov"] {
        hold(folder, name);
    }
    let size = |name| {
        let info = open(folder, name).expect("just read").info().clone();
        (info.width, info.height)
    };
    assert_eq!((size("709.mov"), size("turned.mov")), ((90, 66), (66, 90)));
    // What was drawn, without loss but for the steps of colour: a wrong range or matrix is off by ten levels and more.
    for (name, arguments) in [
        ("blue_709.mp4", format!("-vf scale=out_color_matrix=bt709 -c:v libx264 -qp 0 -pix_fmt yuv444p {tags}")),
        ("blue_full.mp4", "-vf scale=out_range=pc -c:v libx265 -pix_fmt yuv420p10le -color_range pc -x265-params log-level=error:lossless=1".to_owned()),
    ] {
        let source = ["-f", "lavfi", "-i", "color=0x3080d0:size=64x64:rate=8:duration=0.5"];
        let arguments: Vec<&str> = source.into_iter().chain(arguments.split_whitespace()).chain([name]).collect();
        ffmpeg(folder, &arguments);
        let frame = all(&open(folder, name).expect("just made")).swap_remove(0).picture.rgb;
        let off = frame.iter().zip([0x30, 0x80, 0xd0].iter().cycle()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off <= Some(2), "{name}: off by {off:?} levels");
    }
}

/// Small clips of every container, by name.
fn samples(folder: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let encoders = [
        ("libx264", "a.mp4", "-c:v libx264 -pix_fmt yuv420p -movflags faststart -frames:v 5"),
        ("libx264", "b.mp4", "-c:v libx264 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov -g 2 -frames:v 5"),
        (
            "libx265",
            "c.mp4",
            "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=error -movflags faststart -frames:v 5",
        ),
        ("libvpx-vp9", "d.webm", "-c:v libvpx-vp9 -pix_fmt yuv420p -deadline realtime -frames:v 5"),
        ("libsvtav1", "e.mkv", "-c:v libsvtav1 -pix_fmt yuv420p -preset 10 -frames:v 5"),
        ("gif", "f.gif", "-frames:v 4"),
        ("apng", "g.apng", "-frames:v 4"),
    ];
    let made = encoders.into_iter().filter(|(encoder, ..)| has(encoder));
    made.map(|(_, name, arguments)| {
        encode(folder, name, arguments);
        (name, std::fs::read(folder.join(name)).expect("just written"))
    })
    .collect()
}

/// Opens bytes as a clip and reads it to its end or its first error: number of frames, and the error.
fn read_bytes(folder: &Path, bytes: &[u8]) -> (usize, Option<VideoError>) {
    std::fs::write(folder.join("hostile"), bytes).expect("the folder is writable");
    let clip = match open(folder, "hostile") {
        Ok(clip) => clip,
        Err(error) => return (0, Some(error)),
    };
    let mut count = 0;
    for frame in clip.frames().expect("it opened a moment ago") {
        match frame {
            Ok(_) => count += 1,
            Err(error) => return (count, Some(error)),
        }
    }
    (count, None)
}

#[test]
fn cut_off_files_give_the_frames_that_are_there_and_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in samples(folder.path()) {
        let (whole, error) = read_bytes(folder.path(), &bytes);
        assert!(error.is_none() && whole >= 4, "{name}: {whole} {error:?}");
        let mut most = 0;
        // Where the index is at the end there is nothing without it; here it is at the front.
        for tenths in 0..10 {
            let (count, error) = read_bytes(folder.path(), &bytes[..bytes.len() * tenths / 10]);
            let error = error.unwrap_or_else(|| panic!("{name} cut at {tenths}/10 has {count} frames and no error"));
            assert!(error.to_string().chars().count() < 1000, "{error}");
            assert!(count < whole, "{name} cut at {tenths}/10");
            most = most.max(count);
        }
        assert!(most >= 1 || ["b.mp4", "e.mkv"].contains(&name), "{name}: no frame at all");
    }
}

#[test]
fn damaged_files_are_errors_and_no_panics() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Numbers of a linear congruential generator (Knuth, MMIX).
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for (name, bytes) in samples(folder.path()) {
        for round in 0..60 {
            let mut damaged = bytes.clone();
            // Half of them near the front, where the tables are.
            let reach = if round % 2 == 0 { bytes.len() } else { bytes.len().min(900) };
            for _ in 0..=random(6) {
                damaged[random(reach)] = [0, 0xff, 0x7f, 0x80, random(256) as u8][random(5)];
            }
            if let (_, Some(error)) = read_bytes(folder.path(), &damaged) {
                assert!(error.to_string().chars().count() < 1000, "{name}: {error}");
            }
        }
    }
    for (name, head) in [("ftyp", &b"\0\0\0\x18ftypisom"[..]), ("ebml", &[0x1a, 0x45, 0xdf, 0xa3]), ("gif", b"GIF89a")]
    {
        let mut garbage = head.to_vec();
        garbage.extend((0..4000).map(|_| random(256) as u8));
        let (count, error) = read_bytes(folder.path(), &garbage);
        assert!(count == 0 && error.is_some(), "{name}");
    }
}

#[test]
fn other_files_are_no_clips() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for bytes in [&b""[..], b"x", b"just a text that is long enough", &[0; 100]] {
        let (_, error) = read_bytes(folder.path(), bytes);
        assert!(matches!(error, Some(VideoError::NotAClip { .. })), "{bytes:?}: {error:?}");
    }
    let missing = open(folder.path(), "missing.mp4");
    assert!(matches!(missing, Err(VideoError::Read { .. })));
    let empty = Clip::open(folder.path(), OpenOptions::default());
    assert!(
        matches!(empty, Err(VideoError::NotAClip { .. } | VideoError::Damaged { .. })),
        "a folder without pictures"
    );
}

#[test]
fn headers_that_claim_much_are_not_believed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A table of frames with four milliards of entries, in a file of some bytes.
    let boxed = |kind: &[u8; 4], body: &[u8]| [&(8 + body.len() as u32).to_be_bytes()[..], kind, body].concat();
    let many = u32::MAX.to_be_bytes();
    let table = |kind: &[u8; 4], front: &[u8]| boxed(kind, &[&[0; 4][..], front].concat());
    let stbl = [
        table(b"stsd", &[&[0, 0, 0, 1][..], &boxed(b"vp09", &[0; 78])].concat()),
        table(b"stsz", &[&1_u32.to_be_bytes()[..], &many].concat()),
        table(b"stco", &[&many[..], &[0; 4]].concat()),
        table(b"stsc", &[&1_u32.to_be_bytes()[..], &1_u32.to_be_bytes(), &many, &1_u32.to_be_bytes()].concat()),
        table(b"stts", &[&1_u32.to_be_bytes()[..], &many, &1_u32.to_be_bytes()].concat()),
    ];
    let minf = boxed(b"minf", &boxed(b"stbl", &stbl.concat()));
    let hdlr = boxed(b"hdlr", &[&[0; 8][..], b"vide", &[0; 12]].concat());
    let mdhd = boxed(b"mdhd", &[&[0; 12][..], &1000_u32.to_be_bytes(), &[0; 8]].concat());
    let mdia = boxed(b"mdia", &[mdhd, hdlr, minf].concat());
    let tkhd = boxed(b"tkhd", &[&[0; 12][..], &1_u32.to_be_bytes(), &[0; 68]].concat());
    let moov = boxed(b"moov", &boxed(b"trak", &[tkhd, mdia].concat()));
    let file = [boxed(b"ftyp", b"isom\0\0\0\0"), moov].concat();
    let (_, error) = read_bytes(folder.path(), &file);
    assert!(matches!(error, Some(VideoError::TooLarge { limit: VideoLimit::Frames { .. }, .. })), "{error:?}");
    // A picture of 65,535 by 65,535 in a GIF of a few bytes.
    let gif =
        [&b"GIF89a\xff\xff\xff\xff\0\0\0"[..], &[0x2c, 0, 0, 0, 0, 255, 255, 255, 255, 0, 2, 1, 0, 0, 0x3b]].concat();
    let (_, error) = read_bytes(folder.path(), &gif);
    assert!(matches!(error, Some(VideoError::TooLarge { limit: VideoLimit::Size { .. }, .. })), "{error:?}");
}

#[test]
fn pictures_that_follow_each_other_are_a_clip() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    for number in [10, 2, 1] {
        let picture = image::RgbImage::from_pixel(5, 3, image::Rgb([number, 0, 0]));
        picture.save(folder.join(format!("fox_{number}.png"))).expect("the folder is writable");
    }
    std::fs::write(folder.join("notes.txt"), "a fox").expect("the folder is writable");
    let clip = Clip::open(folder, OpenOptions { picture_fps: 4.0, ..OpenOptions::default() }).expect("three pictures");
    assert_eq!(clip.info().fps, 4.0);
    let frames = all(&clip);
    let numbers: Vec<(f64, u8)> = frames.iter().map(|frame| (frame.secs, frame.picture.rgb[0])).collect();
    assert_eq!(numbers, [(0.0, 1), (0.25, 2), (0.5, 10)], "by number, not by letters");
    image::RgbImage::new(6, 3).save(folder.join("fox_11.png")).expect("the folder is writable");
    let clip = Clip::open(folder, OpenOptions::default()).expect("the first one is fine");
    let error = clip.frames().expect("it opens").find_map(Result::err);
    assert!(
        matches!(error, Some(VideoError::Damaged { fault: VideoFault::SizeChanges { frame: 3 }, .. })),
        "{error:?}"
    );
    // Alone, a picture is a clip of one frame.
    let single = open(folder, "fox_2.png").expect("a picture");
    assert_eq!((single.info().kind, single.info().frames), (ClipKind::Picture, 1));
}
