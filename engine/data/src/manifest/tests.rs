//! Manifests in every form, and the tables of others.

use std::fs;

use serde_json::json;

use super::*;

fn rows() -> Vec<Row> {
    let whole = Row {
        id: "ab12".into(),
        path: "a\nb, \"c\".mp4".into(),
        start_frame: 3,
        frames: 16,
        fps: 29.97,
        width: 512,
        height: 320,
        codec: "h264".into(),
        text: "a red fox;\nrunning é 蜂".into(),
        text_original: Some("fox".into()),
        vqa_aesthetic: Some(99.5),
        vqa_technical: Some(0.1),
        vqa_overall: Some(50.0),
        motion_smoothness: Some(0.987),
        motion_px: Some(1.5),
        motion_rel: Some(0.0025),
        zoom: Some(-0.001),
        dolly_share: Some(1.0),
        jerk: Some(0.0),
        reasons: vec!["static".into(), "dolly_zoom".into()],
        keep: Some(false),
        error: Some("no, \"it\" is damaged".into()),
        extra: [("camera motion".to_owned(), json!("pan")), ("mine".to_owned(), json!("7"))].into(),
    };
    vec![whole, Row { path: "b.mp4".into(), keep: Some(true), ..Row::default() }]
}

#[test]
fn every_form_gives_back_what_was_written_and_the_same_bytes_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in ["m.parquet", "m.csv", "m.jsonl"] {
        let path = folder.path().join(name);
        write(&path, &rows()).expect(name);
        assert_eq!(read(&path).expect(name), rows(), "{name}");
        let first = fs::read(&path).expect(name);
        write(&path, &rows()).expect(name);
        assert_eq!(fs::read(&path).expect(name), first, "{name}");
        write(&path, &[]).expect(name);
        assert_eq!(read(&path).expect(name), [], "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 3, "nothing else is left");
    let error = write(&folder.path().join("m.txt"), &[]).expect_err("no form");
    assert!(matches!(error, ManifestError::Form { .. }));
}

#[test]
fn columns_of_others_keep_their_kinds() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let extra = json!({"whole": 3, "number": 0.5, "flag": true, "words": ["a", "b"], "mixed": 1});
    let of = |extra: serde_json::Value| Row {
        path: "a.mp4".into(),
        extra: extra.as_object().expect("an object").clone().into_iter().collect(),
        ..Row::default()
    };
    let rows = [of(extra), of(json!({"mixed": "x", "number": 2})), of(json!({}))];
    for name in ["m.parquet", "m.jsonl"] {
        let path = folder.path().join(name);
        write(&path, &rows).expect(name);
        let read = read(&path).expect(name);
        for key in ["whole", "number", "flag", "words"] {
            assert_eq!(read[0].extra[key], rows[0].extra[key], "{name} {key}");
        }
        assert_eq!(read[2].extra.len(), 0, "{name}");
    }
}

#[test]
fn tables_of_others_are_read_in_every_spelling() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let read_as = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("writable");
        read(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let dover = read_as(
        "dover.csv",
        b"path, aesthetic score, technical score, overall/final score\na.mp4,99.860000,6.340000,75.490000\n",
    );
    let scores = (dover[0].vqa_aesthetic, dover[0].vqa_technical, dover[0].vqa_overall);
    assert_eq!(scores, (Some(99.86), Some(6.34), Some(75.49)));
    let openvid = read_as(
        "openvid.csv",
        b"video,caption,aesthetic score,motion score,camera motion,frame,fps,seconds\nv.mp4,A fox.,5.2,3.5,pan,120,30.0,4.0\n",
    );
    let row = &openvid[0];
    assert_eq!((row.path.as_str(), row.text.as_str(), row.frames, row.fps), ("v.mp4", "A fox.", 120, 30.0));
    assert_eq!((row.vqa_aesthetic, &row.extra["aesthetic score"]), (None, &json!("5.2")), "another scale");
    let webvid = read_as("webvid.csv", b"videoid,contentUrl,duration,page_dir,name\n21,http://x,PT00H,011_050,A dog\n");
    assert_eq!((webvid[0].path.as_str(), webvid[0].text.as_str()), ("videos/011_050/21.mp4", "A dog"));
    let smooth = read_as("results.csv", b"path,motion_smoothness\nb.mp4,0.98\n");
    assert_eq!(smooth[0].motion_smoothness, Some(0.98));

    for (name, bytes) in [
        ("semicolons.csv", "path;text;frames\na.mp4;\"caf\u{e9}; warm\";16\n".as_bytes().to_vec()),
        ("marked.csv", "\u{feff}path\ttext\tframes\r\na.mp4\tcafé; warm\t16.0\r\n".as_bytes().to_vec()),
        ("old.csv", b"Path|Text|Frames\na.mp4|caf\xe9; warm|16\n".to_vec()),
        ("wide.csv", {
            let text = "\u{feff}path,text,frames\na.mp4,café; warm,16\n";
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }),
        ("list.json", b" [{\"file\": \"a.mp4\", \"caption\": \"caf\\u00e9; warm\", \"num_frames\": 16}]".to_vec()),
        ("old.jsonl", b"\n{\"path\": \"a.mp4\", \"text\": \"caf\xe9; warm\", \"frames\": \"16\"}\n\n".to_vec()),
    ] {
        let rows = read_as(name, &bytes);
        let got = (rows.len(), rows[0].path.as_str(), rows[0].text.as_str(), rows[0].frames);
        assert_eq!(got, (1, "a.mp4", "café; warm", 16), "{name}");
    }
}

#[test]
fn forms_of_others_are_written_as_they_write_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("out.csv");
    let mut rows = rows();
    rows[0].path = "a.mp4".into();
    for (form, expected) in [
        (
            TableForm::Dover,
            "path, aesthetic score, technical score, overall/final score\na.mp4,99.500000,0.100000,50.000000\n",
        ),
        (TableForm::Smoothness, "path,motion_smoothness\na.mp4,0.987\n"),
        (TableForm::Captions, "path,text\na.mp4,\"a red fox;\nrunning é 蜂\"\nb.mp4,\n"),
    ] {
        write_as(&path, &rows, form).expect("writable");
        assert_eq!(fs::read_to_string(&path).expect("readable"), expected);
    }
}

#[test]
fn what_makes_no_sense_says_where() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("writable");
        read(&path).expect_err(name)
    };
    assert!(matches!(error("empty.csv", b""), ManifestError::NoPath { .. }));
    assert!(matches!(error("empty.parquet", b""), ManifestError::Parquet { .. }));
    assert!(matches!(error("other.csv", b"a,b\n1,2\n"), ManifestError::NoPath { .. }));
    assert!(matches!(error("bad.csv", b"path,frames\na,1\nb,-1\n"), ManifestError::Row { row: 2, .. }));
    assert!(matches!(error("bad.jsonl", b"{\"path\": \"a\"}\n{\n"), ManifestError::Row { row: 2, .. }));
    assert!(matches!(error("list.jsonl", b"3\n"), ManifestError::Row { row: 1, .. }));
    let huge = [&b"path,text\na,\""[..], &vec![b'x'; (MAX_ROW_BYTES + (1 << 17)) as usize]].concat();
    let unclosed = error("unclosed.csv", &huge);
    assert!(unclosed.to_string().contains("a quote may be missing"), "{unclosed}");
    let path = folder.path().join("cut.parquet");
    write(&path, &rows()).expect("writable");
    let whole = fs::read(&path).expect("readable");
    for length in (0..whole.len()).step_by(97) {
        assert!(matches!(error("cut.parquet", &whole[..length]), ManifestError::Parquet { .. }));
    }
    // A byte that is wrong is an error or other rows, but no panic.
    for at in (0..whole.len()).step_by(31) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, bytes).expect("writable");
        read(&path).ok();
    }
    assert!(matches!(read(folder.path().join("none.csv").as_path()), Err(ManifestError::Read { .. })));
}

#[test]
fn one_job_at_a_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.csv");
    let held = Lock::take(&path).expect("free");
    let error = Lock::take(&path).expect_err("taken");
    assert!(error.to_string().contains("another job is working on"), "{error}");
    drop(held);
    assert!(Lock::take(&path).is_ok());
}

#[test]
fn paths_are_relative_to_the_manifest() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("clips/a b.mp4");
    assert_eq!(path_text(&file, folder.path()), "clips/a b.mp4");
    let sub = folder.path().join("out");
    let mut rows = [Row { path: "clips/a b.mp4".into(), ..Row::default() }];
    rebase(&mut rows, folder.path(), &sub);
    assert_eq!(rows[0].file(&sub), file);
    rebase(&mut rows, &sub, folder.path());
    assert_eq!(rows[0].path, "clips/a b.mp4");
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_found_again() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in [&b"caf\xe9.mp4"[..], b"plain \\xE9.mp4", b"caf\xc3\xa9 \\x41.mp4"] {
        let file = folder.path().join(OsStr::from_bytes(name));
        fs::write(&file, "x").expect("writable");
        let row = Row { path: path_text(&file, folder.path()), ..Row::default() };
        assert_eq!(row.file(folder.path()), file);
    }
}
