use std::io::Cursor;

use super::containers::texts;
use super::*;

const PARAMETERS: &str = "a (red:1.2) balloon, <lora:x:1>\nsecond line\nNegative prompt: blurry, \"low\" quality\nSteps: 28, \
    Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 3735928559, Size: 512x768, Model hash: abc, \
    Model: dreamshaper_8, Lora hashes: \"x: 1, y: 2\", Version: v1.9";

/// A prompt behind a node that holds both, a seed behind another, and a circle that must not hold the reader.
const GRAPH: &str = r#"{
    "3": {"class_type": "KSampler", "inputs": {"seed": ["9", 0], "steps": 20, "cfg": 8.0, "positive": ["8", 0],
          "negative": ["8", 1], "latent_image": ["5", 0], "model": ["4", 0], "is_changed": NaN}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "v1-5.safetensors"}},
    "5": {"class_type": "EmptyLatentVideo", "inputs": {"width": 832, "height": 480, "length": 81}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a boat", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "rain", "clip": ["4", 1]}},
    "8": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["6", 0], "negative": ["7", 0], "self": ["8", 0]}},
    "9": {"class_type": "Seed", "inputs": {"seed": 42, "again": ["9", 0]}}
}"#;

const WAN: &str = r#"{"type": "WanGP v8.9 by DeepBeepMeep", "prompt": "a fish", "negative_prompt": "grey", "seed": 77,
    "num_inference_steps": 30, "guidance_scale": 5.0, "resolution": "832x480", "video_length": 81, "model_type": "t2v"}"#;

fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in chunks.iter().chain([&(b"IEND", [].as_slice())]) {
        file.extend((content.len() as u32).to_be_bytes());
        file.extend(*kind);
        file.extend(*content);
        file.extend([0; 4]);
    }
    file
}

fn webp(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBPVP8 \x04\0\0\0abcd".to_vec();
    file.extend(kind);
    file.extend((content.len() as u32).to_le_bytes());
    file.extend(content);
    file
}

fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&((content.len() + 8) as u32).to_be_bytes(), kind.as_slice(), content].concat()
}

/// A list of one text, with the name in four letters or in a list of keys.
fn mp4(key: Option<&str>, text: &str) -> Vec<u8> {
    let data = boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], text.as_bytes()].concat());
    let item = boxed(if key.is_some() { b"\0\0\0\x01" } else { b"\xa9cmt" }, &data);
    let keys = key.map_or_else(Vec::new, |key| {
        let entry = [&((key.len() + 8) as u32).to_be_bytes(), b"mdta".as_slice(), key.as_bytes()].concat();
        boxed(b"keys", &[&[0, 0, 0, 0, 0, 0, 0, 1], entry.as_slice()].concat())
    });
    let inside = [boxed(b"hdlr", &[0; 24]), keys, boxed(b"ilst", &item)].concat();
    let movie = match key {
        // QuickTime's has no version.
        Some(_) => boxed(b"moov", &boxed(b"meta", &inside)),
        None => boxed(b"moov", &boxed(b"udta", &boxed(b"meta", &[&[0; 4], inside.as_slice()].concat()))),
    };
    [boxed(b"ftyp", b"isom\0\0\0\0"), movie, boxed(b"mdat", &[7; 40])].concat()
}

/// An EXIF block of one text in the first directory, or of a user's comment.
fn exif(tag: u16, kind: u16, value: &[u8]) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [tag.to_be_bytes().as_slice(), &kind.to_be_bytes(), &count.to_be_bytes(), &value.to_be_bytes()].concat()
    };
    let mut block = b"MM\0*\0\0\0\x08".to_vec();
    if tag == 0x9286 {
        block.extend([&[0, 1], entry(0x8769, 4, 1, 26).as_slice(), &[0; 4]].concat());
    }
    let place = block.len() as u32 + 18;
    block.extend([&[0, 1], entry(tag, kind, value.len() as u32, place).as_slice(), &[0; 4]].concat());
    block.extend(value);
    block
}

fn read(file: &[u8]) -> Option<ForeignSettings> {
    texts::understand(&texts(&mut Cursor::new(file)))
}

fn of_web_ui() -> ForeignSettings {
    ForeignSettings {
        program: ForeignProgram::WebUi,
        prompt: "a (red:1.2) balloon, <lora:x:1>\nsecond line".into(),
        negative: "blurry, \"low\" quality".into(),
        seed: Some(3_735_928_559),
        steps: Some(28),
        guidance: Some(7.5),
        size: Some([512, 768]),
        frames: None,
        model: "dreamshaper_8".into(),
    }
}

fn of_comfy() -> ForeignSettings {
    ForeignSettings {
        program: ForeignProgram::ComfyUi,
        prompt: "a boat".into(),
        negative: "rain".into(),
        seed: Some(42),
        steps: Some(20),
        guidance: Some(8.0),
        size: Some([832, 480]),
        frames: Some(81),
        model: "v1-5.safetensors".into(),
    }
}

fn of_wan() -> ForeignSettings {
    ForeignSettings {
        program: ForeignProgram::WanGp,
        prompt: "a fish".into(),
        negative: "grey".into(),
        seed: Some(77),
        steps: Some(30),
        guidance: Some(5.0),
        size: Some([832, 480]),
        frames: Some(81),
        model: "t2v".into(),
    }
}

/// Files as those programs write them, and what they say.
fn files() -> Vec<(&'static str, Vec<u8>, ForeignSettings)> {
    let utf16: Vec<u8> =
        b"UNICODE\0".iter().copied().chain(PARAMETERS.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let little: Vec<u8> =
        b"UNICODE\0".iter().copied().chain(PARAMETERS.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let text = |name: &str, text: &str| [name.as_bytes(), &[0], text.as_bytes()].concat();
    let international = [b"parameters\0\0\0\0\0".as_slice(), PARAMETERS.as_bytes()].concat();
    let escaped = PARAMETERS.replace('<', "&lt;").replace('"', "&quot;");
    let xmp = format!(
        "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{escaped}</rdf:li></rdf:Alt></dc:description>"
    );
    let video_node = serde_json::json!({ "prompt": GRAPH, "workflow": {"nodes": []} }).to_string();
    vec![
        ("web UI, tEXt", png(&[(b"IHDR", &[0; 13]), (b"tEXt", &text("parameters", PARAMETERS))]), of_web_ui()),
        ("web UI, iTXt", png(&[(b"iTXt", &international)]), of_web_ui()),
        ("web UI, EXIF in WebP", webp(b"EXIF", &exif(0x9286, 7, &utf16)), of_web_ui()),
        (
            "web UI, EXIF behind a mark",
            webp(b"EXIF", &[b"Exif\0\0", exif(0x9286, 7, &little).as_slice()].concat()),
            of_web_ui(),
        ),
        ("web UI, EXIF in PNG", png(&[(b"eXIf", &exif(0x9286, 7, &utf16))]), of_web_ui()),
        ("web UI, XMP", webp(b"XMP ", xmp.as_bytes()), of_web_ui()),
        (
            "ComfyUI, PNG",
            png(&[(b"tEXt", &text("workflow", "{\"nodes\": []}")), (b"tEXt", &text("prompt", GRAPH))]),
            of_comfy(),
        ),
        ("ComfyUI, WebP", webp(b"EXIF", &exif(0x0110, 2, format!("prompt:{GRAPH}\0").as_bytes())), of_comfy()),
        ("ComfyUI, MP4 with keys", mp4(Some("prompt"), GRAPH), of_comfy()),
        ("ComfyUI, comment of a video node", mp4(None, &video_node), of_comfy()),
        ("WanGP, MP4", mp4(None, WAN), of_wan()),
        ("WanGP, MP4 with keys", mp4(Some("comment"), WAN), of_wan()),
        ("WanGP, PNG", png(&[(b"eXIf", &exif(0x9286, 7, &[b"ASCII\0\0\0", WAN.as_bytes()].concat()))]), of_wan()),
    ]
}

#[test]
fn every_program_is_understood() {
    for (name, file, wanted) in files() {
        assert_eq!(read(&file), Some(wanted), "{name}");
    }
}

#[test]
fn files_that_say_nothing_are_no_error() {
    let silent: [&[u8]; 8] = [
        b"",
        b"GIF89a",
        b"{\"prompt\": \"a boat\"}",
        &png(&[]),
        &png(&[(b"tEXt", b"Title\0a boat"), (b"tEXt", b"prompt\0{\"prompt\": 5}"), (b"tEXt", b"no zero")]),
        &png(&[(b"tEXt", b"prompt\0{\"1\": {\"class_type\": \"LoadImage\", \"inputs\": {}}}")]),
        &mp4(None, "{\"prompt\": \"a film\", \"seed\": 1}"),
        &webp(b"EXIF", b"II*\0\xff\xff\xff\xff"),
    ];
    for file in silent {
        assert_eq!(read(file), None, "{:?}", String::from_utf8_lossy(file));
    }
}

#[test]
fn cut_files_never_panic_and_never_lie() {
    for (name, file, wanted) in files() {
        for length in 0..file.len() {
            if let Some(found) = read(&file[..length]) {
                assert_eq!(found, wanted, "{name} cut to {length}");
            }
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut others = 0;
    for (_, file, wanted) in files() {
        for _ in 0..1500 {
            let mut broken = file.clone();
            for _ in 0..=next(5) {
                let at = next(broken.len());
                broken[at] = [0, 1, 0x7f, 0x80, 0xff, next(256) as u8][next(6)];
            }
            others += usize::from(read(&broken).is_some_and(|found| found != wanted));
        }
    }
    assert!(others > 0, "flips reach the texts");
}

#[test]
fn what_grows_without_end_is_cut() {
    // A chain of nodes that is longer than any graph, a text of megabytes, more texts than any file has.
    let chain: serde_json::Map<String, serde_json::Value> = (0..5000)
        .map(|index: u32| {
            let inputs = serde_json::json!({ "positive": [(index + 1).to_string(), 0], "steps": 4 });
            (index.to_string(), serde_json::json!({ "class_type": "KSampler", "inputs": inputs }))
        })
        .collect();
    let chain = [b"prompt\0".as_slice(), serde_json::Value::Object(chain).to_string().as_bytes()].concat();
    assert_eq!(read(&png(&[(b"tEXt", &chain)])), None);
    let deep = format!("prompt\0{}", "{\"a\":".repeat(20_000));
    assert_eq!(read(&png(&[(b"tEXt", deep.as_bytes())])), None);
    let long = format!("parameters\0{}\nSteps: 4, Seed: 1", "word ".repeat(100_000));
    let found = read(&png(&[(b"tEXt", long.as_bytes())])).expect("it is understood");
    assert_eq!(found.prompt.chars().count(), 20_000);
    let huge = [b"parameters\0".as_slice(), &vec![b'a'; 5 << 20], b"\nSteps: 4, Seed: 1"].concat();
    assert_eq!(read(&png(&[(b"tEXt", &huge)])), None);
    let comment: (&[u8; 4], &[u8]) = (b"tEXt", b"Comment\0nothing");
    let last: (&[u8; 4], &[u8]) = (b"tEXt", b"parameters\0a\nSteps: 4, Seed: 1");
    let many: Vec<(&[u8; 4], &[u8])> = std::iter::repeat_n(comment, 100).chain([last]).collect();
    assert_eq!(read(&png(&many)), None);
}

#[test]
fn files_that_are_none_are_told_apart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    assert!(read_foreign(&folder.path().join("missing.png")).is_err());
    assert!(matches!(read_foreign(folder.path()), Ok(None) | Err(_)));
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, mp4(None, WAN)).expect("writable");
    assert_eq!(read_foreign(&path).expect("readable"), Some(of_wan()));
}
