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

#[test]
fn probe() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let source = |size: &str| format!("testsrc2=size={size}:rate=24:duration=1");
    for (name, size, arguments) in [
        ("plain.mp4", "160x96", "-c:v libx264 -pix_fmt yuv420p"),
        ("open_gop.mp4", "160x96", "-c:v libx264 -pix_fmt yuv420p -x264-params open-gop=1:keyint=8:bframes=3"),
        (
            "full709.mp4",
            "160x96",
            "-vf scale=out_color_matrix=bt709:out_range=full -c:v libx264 -pix_fmt yuv420p -colorspace bt709 -color_range pc",
        ),
        (
            "tv709.mkv",
            "160x96",
            "-vf scale=out_color_matrix=bt709 -c:v libx264 -pix_fmt yuv420p -colorspace bt709 -color_range tv",
        ),
        ("frag.mp4", "160x96", "-c:v libx264 -pix_fmt yuv420p -movflags frag_keyframe+empty_moov -g 7"),
        ("frag2.mp4", "160x96", "-c:v libx264 -pix_fmt yuv420p -movflags frag_keyframe+default_base_moof -g 7"),
        ("hevc.mp4", "160x96", "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=error"),
        ("hevc.mkv", "162x90", "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=error"),
        ("vp9.webm", "160x96", "-c:v libvpx-vp9 -pix_fmt yuv420p"),
        ("vp9_odd.webm", "161x97", "-c:v libvpx-vp9 -pix_fmt yuv420p"),
        ("vp9_oddw.webm", "161x96", "-c:v libvpx-vp9 -pix_fmt yuv420p"),
        ("vp9.mp4", "160x96", "-c:v libvpx-vp9 -pix_fmt yuv420p"),
        ("vp9444.webm", "160x96", "-c:v libvpx-vp9 -pix_fmt yuv444p"),
        ("av1.mp4", "160x96", "-c:v libsvtav1 -pix_fmt yuv420p"),
        ("av1.mkv", "160x96", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv420p"),
        ("av1_odd.webm", "161x97", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv420p"),
        ("x.mov", "160x96", "-c:v libx264 -pix_fmt yuv420p"),
        ("x.gif", "160x96", "-r 10"),
        ("x.apng", "160x96", ""),
        ("mjpeg.mov", "160x96", "-c:v mjpeg"),
        ("x.avi", "160x96", "-c:v mpeg4"),
        ("vp8.webm", "160x96", "-c:v libvpx"),
        ("ten.mp4", "160x96", "-c:v libx264 -pix_fmt yuv420p10le"),
        ("i444.mp4", "160x96", "-c:v libx264 -pix_fmt yuv444p"),
        ("il.mp4", "160x96", "-c:v libx264 -pix_fmt yuv420p -flags +ilme+ildct"),
        ("ten_hevc.mp4", "160x96", "-c:v libx265 -pix_fmt yuv420p10le -x265-params log-level=error"),
        ("ten_vp9.webm", "160x96", "-c:v libvpx-vp9 -pix_fmt yuv420p10le"),
        ("ten_av1.mp4", "160x96", "-c:v libsvtav1 -pix_fmt yuv420p10le"),
    ] {
        let source = source(size);
        let mut all_arguments = vec!["-f", "lavfi", "-i", &source];
        all_arguments.extend(arguments.split_whitespace());
        all_arguments.push(name);
        ffmpeg(folder, &all_arguments);
        let line = match open(folder, name) {
            Ok(clip) => {
                let result = std::panic::catch_unwind(|| difference(folder, name));
                let info = clip.info();
                format!(
                    "{name}: {:?} {}x{} {} frames {} fps {result:?}\n",
                    info.kind, info.width, info.height, info.frames, info.fps
                )
            }
            Err(error) => format!("{name}: {error}\n"),
        };
        std::io::stderr().write_all(line.as_bytes()).expect("open");
    }
    assert!(has("libx264"));
}
