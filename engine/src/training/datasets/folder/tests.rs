//! Folders as people make them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use tempfile::TempDir;

use super::*;

/// A rule that small clips can follow.
const RULE: FrameRule = FrameRule { frames: 4, max_stride: 2, leave_out: 0 };

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file")).expect("writable");
    fs::write(path, content).expect("writable");
}

/// A picture of one colour.
fn picture(folder: &Path, name: &str, grey: u8) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file")).expect("writable");
    RgbImage::from_pixel(12, 8, Rgb([grey; 3])).save(path).expect("writable");
}

/// A GIF whose frames are greys from `first` on, ten a second.
fn gif(folder: &Path, name: &str, first: u8, frames: u8) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file")).expect("writable");
    let mut file = fs::File::create(path).expect("writable");
    let palette: Vec<u8> = (0..=255).flat_map(|grey| [grey; 3]).collect();
    let mut encoder = gif::Encoder::new(&mut file, 12, 8, &palette).expect("writable");
    for grey in first..first + frames {
        let frame =
            gif::Frame { width: 12, height: 8, delay: 10, buffer: vec![grey; 96].into(), ..gif::Frame::default() };
        encoder.write_frame(&frame).expect("writable");
    }
}

fn options(folder: &Path) -> FolderOptions {
    FolderOptions { seed: 7, ..FolderOptions::new(folder.to_owned(), 6, 4, RULE) }
}

fn open(options: FolderOptions) -> FolderClips {
    FolderClips::open(options).unwrap_or_else(|error| panic!("{error}"))
}

/// File names and captions.
fn listed(clips: &FolderClips) -> Vec<(String, String)> {
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    clips.listed().map(|(clip, caption)| (name(clip.path()), caption.to_owned())).collect()
}

/// Greys of the frames of an example.
fn greys(example: &FolderExample) -> Vec<u8> {
    (0..example.frames.count()).map(|frame| example.frames.frame(frame)[0]).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect()
}

#[test]
fn a_folder_is_listed_while_its_captions_are_written() {
    let folder = folder();
    let at = folder.path();
    gif(at, "a.fox.gif", 10, 9);
    gif(at, "short.gif", 20, 2);
    picture(at, "c.png", 30);
    picture(at, "d/1.png", 40);
    picture(at, "d/2.png", 50);
    write(at, "captions.csv", "file_name,text\nc.png,from the table\n");
    let look = || {
        let Listing { clips, notes } = list(&options(at)).expect("it can be read");
        let captions: Vec<Option<String>> = clips.iter().map(|it| it.caption.clone()).collect();
        let paths: Vec<PathBuf> = clips.iter().map(|it| it.clip.path().to_owned()).collect();
        (paths, captions, notes.len())
    };
    let (paths, captions, notes) = look();
    let names = ["a.fox.gif", "c.png", "d/1.png", "d/2.png"].map(|name| at.join(name));
    assert_eq!((&paths[..], notes), (&names[..], 1), "those without a caption too, the one that is too short not");
    assert_eq!(captions, [None, Some("from the table".to_owned()), None, None]);
    write_caption(&paths[0], Some(" a fox\n runs ")).expect("writable");
    write_caption(&paths[1], Some("a picture")).expect("writable");
    assert_eq!(fs::read_to_string(at.join("a.fox.txt")).expect("it was written"), "a fox runs\n");
    let clips = open(options(at));
    assert_eq!(listed(&clips), pairs(&[("a.fox.gif", "a fox runs"), ("c.png", "a picture")]));
    // Without one the table counts again; what is not there need not be removed.
    write_caption(&paths[1], None).expect("writable");
    write_caption(&paths[1], Some("  ")).expect("nothing to do");
    assert_eq!(look().1, [Some("a fox runs".to_owned()), Some("from the table".to_owned()), None, None]);
    // A folder of pictures with a caption is a clip.
    write_caption(&at.join("d"), Some("a clip")).expect("writable");
    assert_eq!(fs::read_to_string(at.join("d.txt")).expect("it was written"), "a clip\n");
}

#[test]
fn captions_stand_beside_clips_or_in_a_table() {
    let folder = folder();
    let at = folder.path();
    gif(at, "a.gif", 10, 9);
    gif(at, "deep/down/b.gif", 20, 9);
    picture(at, "c.png", 30);
    gif(at, "d.gif", 40, 9);
    write(at, "a.txt", "a fox\n");
    write(
        at,
        "metadata.csv",
        "file_name,text\na.gif,of the table\n./deep/down/b.gif,a boat\nc.png,\"a star, red\"\ngone.mp4,gone\n",
    );
    write(at, "notes.md", "no clip");
    write(at, ".hidden.gif", "no clip");
    let clips = open(options(at));
    let expected = [("a.gif", "a fox"), ("c.png", "a star, red"), ("b.gif", "a boat")];
    assert_eq!(listed(&clips), pairs(&expected), "the text beside a clip goes before the table");
    let notes = clips.take_notes();
    assert!(
        matches!(&notes[..], [DatasetNote::Missing { name, .. }, DatasetNote::NoCaption { path }]
            if name == "gone.mp4" && path.ends_with("d.gif")),
        "{notes:?}"
    );
    assert!(clips.take_notes().is_empty(), "they are said once");
}

#[test]
fn examples_are_a_function_of_seed_and_number() {
    let folder = folder();
    let at = folder.path();
    for (name, first) in [("a", 10), ("b", 40), ("c", 70)] {
        gif(at, &format!("{name}.gif"), first, 12);
        write(at, &format!("{name}.txt"), name);
    }
    let clips = open(options(at));
    assert_eq!(clips.count(), None);
    // Asked for in another order, by another process, they are the same.
    let all: Vec<_> = (0..30).map(|index| (greys(&clips.example(index)), clips.example(index).caption)).collect();
    let again = open(options(at));
    for index in [29, 3, 17, 0] {
        assert_eq!((greys(&again.example(index)), again.example(index).caption), all[index as usize]);
    }
    for pass in all.chunks(3) {
        let names: BTreeSet<&str> = pass.iter().map(|(_, caption)| caption.as_str()).collect();
        assert_eq!(names.len(), 3, "each clip once a pass");
    }
    for (greys, _) in &all {
        let stride = greys[1] - greys[0];
        assert!([1, 2].contains(&stride) && greys.windows(2).all(|pair| pair[1] - pair[0] == stride), "{greys:?}");
    }
    let starts: BTreeSet<u8> = all.iter().map(|(greys, _)| greys[0]).collect();
    assert!(starts.len() > 6, "frames are drawn from everywhere: {starts:?}");
    let example = clips.example(0);
    let stride = u32::from(greys(&example)[1] - greys(&example)[0]);
    assert_eq!((example.frames.width(), example.frames.height(), example.fps), (6, 4, 10 / stride));
    assert_eq!(example.pixels()[0], f32::from(greys(&example)[0]) / 127.5 - 1.0);
    let other = open(FolderOptions { seed: 8, ..options(at) });
    assert!((0..30).any(|index| greys(&other.example(index)) != all[index as usize].0), "another seed draws others");
}

#[test]
fn clips_without_a_choice_of_frames_come_again() {
    let folder = folder();
    let at = folder.path();
    let frames = RULE.frames as u8;
    gif(at, "exact.gif", 10, frames);
    gif(at, "long.gif", 60, frames + 5);
    picture(at, "still.png", 30);
    let clips = open(FolderOptions { trigger: Some("it".to_owned()), ..options(at) });
    assert_eq!((clips.clips(), clips.recurring()), (3, 2));
    let mut seen = std::collections::BTreeMap::new();
    for index in 0..12 {
        let found = greys(&clips.example(index));
        match clips.sameness(index) {
            Some(sameness) => assert_eq!(seen.entry(sameness).or_insert_with(|| found.clone()), &found),
            None => assert!(found[0] >= 60, "{found:?} is one of the long clip's"),
        }
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn pictures_are_clips_of_one_frame_unless_they_are_held() {
    let folder = folder();
    picture(folder.path(), "a.png", 200);
    write(folder.path(), "a.txt", "a fox");
    assert_eq!(greys(&open(options(folder.path())).example(5)), [200]);
    let held = open(FolderOptions { stills: Stills::Held, ..options(folder.path()) });
    assert_eq!((greys(&held.example(0)), held.example(0).fps), (vec![200; 4], 8));
    let none = FolderClips::open(FolderOptions { stills: Stills::LeftOut, ..options(folder.path()) });
    assert!(matches!(none, Err(DatasetError::NothingLeft { left_out: 1, .. })));
}

#[test]
fn numbered_pictures_with_one_caption_are_a_clip() {
    let folder = folder();
    let at = folder.path();
    for number in 1..=12 {
        picture(at, &format!("fox_{number}.png"), number);
        picture(at, &format!("boat/{number:04}.png"), 50 + number);
        picture(at, &format!("single_{number}.png"), 100 + number);
    }
    write(at, "fox.txt", "a fox");
    write(at, "boat.txt", "a boat");
    write(at, "single_3.txt", "a star");
    let clips = open(options(at));
    assert_eq!(listed(&clips), pairs(&[("boat", "a boat"), ("fox", "a fox"), ("single_3.png", "a star")]));
    assert_eq!(clips.take_notes().len(), 11, "the other single pictures have no caption");
    let frames: Vec<usize> = clips.listed().map(|(clip, _)| clip.info().frames as usize).collect();
    assert_eq!(frames, [12, 12, 1]);
}

#[test]
fn trigger_word_and_prefix_stand_before_captions() {
    let folder = folder();
    let at = folder.path();
    gif(at, "a.gif", 10, 9);
    gif(at, "b.gif", 20, 9);
    let error = FolderClips::open(options(at)).expect_err("no captions");
    assert!(matches!(error, DatasetError::NoCaptions { .. }), "{error}");
    let triggered = FolderOptions { trigger: Some("zxq style".to_owned()), ..options(at) };
    assert_eq!(listed(&open(triggered.clone())), pairs(&[("a.gif", "zxq style"), ("b.gif", "zxq style")]));
    write(at, "a.txt", "a fox");
    let both = FolderOptions { prefix: Some("outlines".to_owned()), ..triggered };
    assert_eq!(
        listed(&open(both)),
        pairs(&[("a.gif", "outlines, zxq style, a fox"), ("b.gif", "outlines, zxq style")])
    );
}

#[test]
fn what_cannot_be_used_is_left_out_and_said() {
    let folder = folder();
    let at = folder.path();
    gif(at, "good.gif", 10, 9);
    gif(at, "same.gif", 10, 9);
    gif(at, "short.gif", 10, 3);
    gif(at, "cut.gif", 60, 9);
    let whole = fs::read(at.join("cut.gif")).expect("just written");
    write(at, "cut.gif", &whole[..whole.len() - 20]);
    write(at, "broken.mp4", "no clip");
    write(at, "old.avi", "RIFF");
    for name in ["good", "same", "short", "cut", "broken", "old"] {
        write(at, &format!("{name}.txt"), name);
    }
    let clips = open(options(at));
    assert_eq!(listed(&clips), pairs(&[("good.gif", "good")]));
    let notes = clips.take_notes();
    let mut said: Vec<String> = notes.iter().map(ToString::to_string).collect();
    said.sort_unstable();
    let all = said.join("\n");
    assert_eq!(said.len(), 5, "{all}");
    for word in ["broken.mp4", "old.avi", "cut.gif", "short.gif", "same.gif"] {
        assert!(all.contains(word), "{word} is not said: {all}");
    }
    assert!(notes.iter().any(|note| matches!(note, DatasetNote::TooShort { frames: 3, needed: 4, .. })));
    assert!(
        notes.iter().any(|note| matches!(note, DatasetNote::Duplicate { first, .. } if first.ends_with("good.gif")))
    );
}

#[test]
fn a_clip_that_vanishes_in_mid_run_is_replaced_and_said() {
    let folder = folder();
    let at = folder.path();
    for name in ["a", "b"] {
        gif(at, &format!("{name}.gif"), 10, 9 + name.as_bytes()[0] - b'a');
        write(at, &format!("{name}.txt"), name);
    }
    let clips = open(options(at));
    fs::remove_file(at.join("b.gif")).expect("it is there");
    let captions: BTreeSet<String> = (0..6).map(|index| clips.example(index).caption).collect();
    assert_eq!(captions, BTreeSet::from(["a".to_owned()]));
    assert_eq!(clips.take_notes().len(), 3, "once for each example that should have been of it");
    fs::remove_file(at.join("a.gif")).expect("it is there");
    let black = clips.example(0);
    assert_eq!((greys(&black), black.caption.as_str()), (vec![0; 4], ""), "no panic");
}

#[test]
fn empty_folders_and_missing_ones_say_so() {
    let folder = folder();
    let error = FolderClips::open(options(folder.path())).expect_err("empty");
    assert!(matches!(error, DatasetError::Empty { .. }), "{error}");
    let error = FolderClips::open(options(&folder.path().join("gone"))).expect_err("missing");
    assert!(matches!(error, DatasetError::Read { .. }), "{error}");
    gif(folder.path(), "a.gif", 1, 9);
    write(folder.path(), "metadata.csv", "a,b\n");
    let error = FolderClips::open(options(folder.path())).expect_err("a table without columns");
    assert!(matches!(error, DatasetError::Table { .. }), "{error}");
}

#[test]
fn validation_is_kept_apart_by_name_alone() {
    let folder = folder();
    let at = folder.path();
    for number in 0..40 {
        picture(at, &format!("p{number}.png"), number);
        write(at, &format!("p{number}.txt"), "a star");
    }
    let names = |part| {
        let clips = open(FolderOptions { validation: 0.25, part, ..options(at) });
        listed(&clips).into_iter().map(|(name, _)| name).collect::<BTreeSet<String>>()
    };
    let (training, validation) = (names(Part::Training), names(Part::Validation));
    assert!(training.is_disjoint(&validation) && training.len() + validation.len() == 40);
    assert!((4..=16).contains(&validation.len()), "{}", validation.len());
    fs::remove_file(at.join("p0.png")).expect("it is there");
    assert!(names(Part::Validation).is_subset(&validation), "the others stay where they are");
}

/// A square that goes across a slope of colours, 16 frames of 48x32.
fn moving() -> Frames {
    let mut pixels = Vec::new();
    for frame in 0..16 {
        for y in 0..32_usize {
            for x in 0..48_usize {
                let is_square = (frame + 4..frame + 16).contains(&x) && (10..22).contains(&y);
                pixels.extend(if is_square { [220, 60, 40] } else { [60 + 2 * x as u8, 90, 100 + 3 * y as u8] });
            }
        }
    }
    Frames::new(48, 32, pixels)
}

#[test]
fn clips_that_are_exported_here_are_read_back() {
    use crate::pipeline::video_out::{ExportSettings, Format, Provenance, export};
    let folder = folder();
    let frames = moving();
    for format in Format::ALL {
        let at = folder.path().join(format!("{format:?}"));
        fs::create_dir(&at).expect("writable");
        let target = at.join("clip").with_extension(format.ending());
        let provenance = Provenance::default();
        let report = export(&frames, &ExportSettings::new(format, 8), &provenance, &target, &mut |_| {
            std::ops::ControlFlow::Continue(())
        });
        report.expect("an export into an empty folder");
        write(&at, "clip.txt", "a square");
        let rule = FrameRule { frames: 16, max_stride: 1, leave_out: 0 };
        let clips = open(FolderOptions::new(at, 48, 32, rule));
        let example = clips.example(0);
        assert_eq!((clips.clips(), example.frames.count(), example.fps), (1, 16, 8), "{format:?}");
        let apart = |shown: usize, drawn: usize| {
            let pairs = example.frames.frame(shown).iter().zip(frames.frame(drawn));
            pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / frames.frame_bytes() as f64
        };
        let worst = (0..16).map(|frame| apart(frame, frame)).fold(0.0, f64::max);
        // What each loses: nothing, colours beyond a palette, chroma at half the size.
        let allowed = match format {
            Format::Apng | Format::PngFrames => 0.0,
            Format::Gif | Format::WebP | Format::WebM | Format::Mp4 => 6.0,
        };
        assert!(worst <= allowed, "{format:?} is {worst} levels off");
        // Other frames are further away: the square alone makes some five levels.
        let (own, other) = (apart(4, 4), apart(4, 8));
        assert!(other > own + 2.0, "{format:?} shows its frames at their places: {own} and {other} levels off");
    }
}

#[cfg(unix)]
#[test]
fn names_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let at = folder.path();
    gif(at, "a.gif", 10, 9);
    fs::rename(at.join("a.gif"), at.join(OsStr::from_bytes(b"\xff\n.gif"))).expect("writable");
    fs::write(at.join(OsStr::from_bytes(b"\xff\n.txt")), "odd").expect("writable");
    let clips = open(options(at));
    assert_eq!(clips.listed().map(|(_, caption)| caption).collect::<Vec<_>>(), ["odd"]);
    assert_eq!(clips.example(0).frames.count(), 4);
}
