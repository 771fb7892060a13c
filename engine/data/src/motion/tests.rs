use std::fs;
use std::path::Path;

use hummingbird_base::CancelToken;
use hummingbird_base::progress::Silent;

use super::*;
use crate::manifest::{self, Row};
use crate::objects::Places;

/// Frames as a clip of tensors: safetensors is a length, a header and the bytes.
fn clip(path: &Path, frames: &[Vec<u8>], [height, width]: [usize; 2]) {
    let bytes = frames.concat();
    let (count, end) = (frames.len(), bytes.len());
    let mut header = format!(
        r#"{{"__metadata__":{{"fps":"8"}},"frames":{{"dtype":"U8","shape":[{count},{height},{width},3],"data_offsets":[0,{end}]}}}}"#
    );
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend(bytes);
    fs::write(path, file).expect("the folder is writable");
}

const SIZE: [usize; 2] = [72, 96];

/// A picture of soft blobs, seen by a camera: places of the picture by those of the frame.
fn frame(place: impl Fn([f64; 2]) -> [f64; 2]) -> Vec<u8> {
    let [height, width] = SIZE;
    let mut rgb = Vec::with_capacity(height * width * 3);
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let [x, y] = place([x as f64 - (width as f64 - 1.0) / 2.0, y as f64 - (height as f64 - 1.0) / 2.0]);
        let wave = |a: f64, b: f64| (a * x + b * y).sin();
        let value = 128.0 + 40.0 * wave(0.31, 0.17) + 40.0 * wave(-0.22, 0.36) + 30.0 * wave(0.11, -0.29);
        rgb.extend([value as u8; 3]);
    }
    rgb
}

/// The place of the picture that a place of the frame shows, by the frame's number.
type Camera = dyn Fn(usize, [f64; 2]) -> [f64; 2];

/// Clips whose movement is known get the numbers and reasons of it; the others go on beside one that cannot be read.
#[test]
fn rows_get_the_motion_of_their_clips() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |name: &str| folder.path().join(name);
    let clips: [(&str, &Camera); 5] = [
        ("static", &|_, at| at),
        ("pan", &|time, [x, y]| [x + 1.5 * time as f64, y]),
        ("shake", &|time, [x, y]| [x + 2.0 * (time % 2) as f64, y]),
        ("zoom", &|time, at| at.map(|it| it * 0.99_f64.powi(time as i32))),
        // What is around the middle grows, and the middle does not.
        ("dolly", &|time, at| {
            let far = (at[0].hypot(at[1]) / 40.0 - 0.4).clamp(0.0, 0.6) / 0.6;
            at.map(|it| it * (1.0 - 0.03 * far).powi(time as i32))
        }),
    ];
    for (name, place) in &clips {
        let frames: Vec<Vec<u8>> = (0..8).map(|time| frame(|at| place(time, at))).collect();
        clip(&path(&format!("{name}.safetensors")), &frames, SIZE);
    }
    clip(&path("one.safetensors"), &[frame(|at| at)], SIZE);
    fs::write(path("broken.mp4"), b"no video").expect("the folder is writable");
    let names = ["static", "pan", "shake", "zoom", "dolly", "one"].map(|name| format!("{name}.safetensors"));
    let row = |path: String| Row { path, reasons: vec!["dark".to_owned()], ..Row::default() };
    let rows: Vec<Row> = names.into_iter().chain(["broken.mp4".to_owned()]).map(row).collect();
    manifest::write(&path("in.csv"), &rows).expect("the folder is writable");
    let measure = |from: &str, to: &str| {
        let limits = MotionLimits::default();
        measure_manifest(&path(from), &path(to), limits, None, &Places::default(), &mut Silent, &CancelToken::default())
    };
    let report = measure("in.csv", "out.parquet").expect("it can be measured");
    assert_eq!([report.rows, report.measured, report.failed], [7, 5, 1]);
    let rows = manifest::read(&path("out.parquet")).expect("it was just written");
    let [still, pan, shake, zoom, dolly, one, broken] = &rows[..] else { panic!("{} rows", rows.len()) };
    let reasons = |row: &Row| row.reasons.join(" ");
    let told = [still, pan, shake, zoom, dolly, one, broken].map(reasons);
    assert_eq!(told, ["dark static", "dark", "dark shake", "dark", "dark dolly_zoom", "dark static", "dark"]);
    let near = |value: Option<f64>, wanted: f64, limit: f64| {
        let value = value.expect("it was measured");
        assert!((value - wanted).abs() <= limit, "{value}, not {wanted}");
    };
    near(pan.motion_px, 1.5, 0.2);
    near(pan.motion_rel, 1.5 / 120.0, 0.002);
    near(pan.jerk, 0.0, 0.1);
    near(zoom.zoom, 0.01, 0.002);
    // Farneback's last row and column move a little whatever is there.
    near(still.motion_px, 0.0, 5e-3);
    assert!(one.motion_px.is_none() && one.error.is_none());
    assert!(broken.error.as_ref().is_some_and(|error| error.contains("broken.mp4")), "{:?}", broken.error);
    // What is there is not measured again.
    measure("out.parquet", "again.parquet").expect("it can be measured");
    assert_eq!(manifest::read(&path("again.parquet")).expect("it was just written"), rows);
}

#[test]
fn who_cancels_gets_no_manifest() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |name: &str| folder.path().join(name);
    clip(&path("a.safetensors"), &[frame(|at| at), frame(|at| at)], SIZE);
    let rows = [Row { path: "a.safetensors".to_owned(), ..Row::default() }];
    manifest::write(&path("in.csv"), &rows).expect("the folder is writable");
    let cancel = CancelToken::default();
    cancel.cancel();
    let limits = MotionLimits::default();
    let result =
        measure_manifest(&path("in.csv"), &path("out.csv"), limits, None, &Places::default(), &mut Silent, &cancel);
    assert!(matches!(result, Err(MotionColumnsError::Cancelled(_))));
    assert!(!path("out.csv").exists());
}
