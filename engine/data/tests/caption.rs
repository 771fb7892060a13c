//! Captions against a server of our own on this machine: one that works, and many that do not.

#[path = "../../chat/tests/server/mod.rs"]
#[expect(dead_code, reason = "the client's own tests need more of it")]
mod server;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hummingbird_base::progress::Silent;
use hummingbird_base::{CancelToken, Progress};
use hummingbird_chat::{ApiKey, ChatError, ChatOptions, ConnectionFault, KeySource, ServerSettings};
use hummingbird_data::caption::{
    CaptionError, CaptionOptions, CaptionReport, Ended, MODEL_COLUMN, REFUSED_COLUMN, REQUEST_COLUMN, caption,
    journal_path, preview, request,
};
use hummingbird_data::manifest::{self, Row};
use hummingbird_data::objects::{Place as WorkPlace, Places};
use hummingbird_data::work::{self, Outcome, Plan, WorkError, caption_step, divide};
use serde_json::{Value, json};
use server::{Asked, ChatServer, Reply, nobody};
use sha2::{Digest as _, Sha256};

/// Tokens that the server counts for each answer.
const EACH: u64 = 100;

/// A folder with a manifest.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(rows: &[Row]) -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        manifest::write(&place.from(), rows).expect("writable");
        place
    }

    /// A manifest with these captions.
    fn of(captions: &[&str]) -> Self {
        let rows: Vec<Row> = captions.iter().enumerate().map(|(at, text)| row(at, text)).collect();
        Self::with(&rows)
    }

    fn from(&self) -> PathBuf {
        self.folder.path().join("in.jsonl")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out.parquet")
    }

    fn run(&self, options: &CaptionOptions) -> Result<CaptionReport, CaptionError> {
        caption(&self.from(), &self.out(), options, &Places::default(), &CancelToken::default(), &mut Silent)
    }

    fn rows(&self) -> Vec<Row> {
        manifest::read(&self.out()).expect("it was written")
    }

    fn texts(&self) -> Vec<String> {
        self.rows().into_iter().map(|row| row.text).collect()
    }

    fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(journal_path(&self.out())).expect("it was written");
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

fn row(at: usize, text: &str) -> Row {
    Row { id: format!("id{at}"), path: format!("{at}.mp4"), frames: 16, text: text.to_owned(), ..Row::default() }
}

/// Quick attempts, and time enough for a slow machine.
fn options(address: &str) -> CaptionOptions {
    CaptionOptions {
        server: ServerSettings { address: address.to_owned(), model: "m".to_owned(), key: KeySource::None },
        chat: ChatOptions {
            answer_timeout: Duration::from_secs(60),
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(2),
            ..ChatOptions::default()
        },
        parallel: 1,
        ..CaptionOptions::default()
    }
}

/// The caption that was asked about.
fn caption_of(asked: &Asked) -> String {
    let body: Value = serde_json::from_str(&asked.body).expect("JSON");
    match &body["messages"][1]["content"] {
        Value::String(text) => text.clone(),
        parts => parts[0]["text"].as_str().expect("words first").to_owned(),
    }
}

fn says(text: &str) -> Reply {
    let choice = json!({ "message": { "role": "assistant", "content": text }, "finish_reason": "stop" });
    let usage = json!({ "prompt_tokens": EACH - 30, "completion_tokens": 30, "total_tokens": EACH });
    Reply::Json(200, json!({ "model": "named", "choices": [choice], "usage": usage }).to_string())
}

/// What a good model says.
fn better(caption: &str) -> String {
    format!("A calm wide shot shows {caption} in the soft light of the morning.")
}

#[test]
fn a_shard_of_captions_is_finished_when_all_have_an_answer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rows: Vec<Row> = (0..6).map(|at| row(at, &format!("clip {at}"))).collect();
    divide(&mut rows, 2).expect("two shards");
    let plan = Plan::of_rows(rows, &WorkPlace::File(folder.path().join("plan.parquet"))).expect("a plan");
    let make = |out: &str, options: &CaptionOptions| {
        let mut steps = vec![caption_step(options.clone())];
        let out = WorkPlace::File(folder.path().join(out));
        work::run(&plan, 1, &mut steps, &out, &Places::default(), &CancelToken::default(), &mut Silent)
    };
    let table = |out: &str| std::fs::read(folder.path().join(out).join("00001.parquet")).expect("a table");
    let nobody = options(&nobody());
    let error = make("out", &nobody).expect_err("nobody answers");
    assert!(matches!(error, WorkError::Stage { .. }) && error.to_string().contains("127.0.0.1"), "{error}");
    // One of three is not answered; the shard is not there, and the next attempt asks for that one alone.
    let fails = ChatServer::answering(|asked| match caption_of(asked).as_str() {
        "clip 4" => Reply::Json(400, "{}".to_owned()),
        caption => says(&better(caption)),
    });
    let error = make("out", &options(&fails.address())).expect_err("one is missing");
    assert!(matches!(error, WorkError::Unanswered { captions: 1 }), "{error}");
    assert!(!folder.path().join("out/00001.parquet").exists());
    let server = good();
    make("out", &options(&server.address())).expect("all are answered");
    assert_eq!(server.asked().len(), 1);
    make("other", &options(&good().address())).expect("all are answered");
    assert!(table("out") == table("other"), "the same bytes, on whichever way");
    let report = make("out", &nobody).expect("it is there: nobody is asked");
    assert_eq!(report.status, Outcome::Skipped);
    let rows = manifest::read(&folder.path().join("out/00001.parquet")).expect("a table");
    assert_eq!(rows[0].text, better("clip 3"));
    assert_eq!(rows[0].text_original.as_deref(), Some("clip 3"));
}

/// A server that works.
fn good() -> ChatServer {
    ChatServer::answering(|asked| says(&better(&caption_of(asked))))
}

#[test]
fn captions_are_rewritten_and_what_was_asked_is_stored_beside_them() {
    let rows = [
        row(0, "dog beach 4k"),
        row(1, "a boat"),
        row(2, "dog beach 4k"),
        row(3, "  "),
        Row { keep: None, reasons: vec!["static".to_owned()], ..row(4, "dropped") },
        Row { error: Some("broken".to_owned()), ..row(5, "broken") },
        Row { text_original: Some("old".to_owned()), ..row(6, "A new one that a person wrote.") },
    ];
    let place = Place::with(&rows);
    let server = good();
    let mut told = Vec::new();
    let mut sink = |progress: Progress| told.push((progress.done, progress.total, progress.measured("tokens")));
    let options = options(&server.address());
    let report = caption(&place.from(), &place.out(), &options, &Places::default(), &CancelToken::default(), &mut sink)
        .expect("it works");
    assert_eq!(report.ended, Ended::Done);
    assert_eq!((report.clips, report.rewritten, report.kept, report.without), (7, 3, 1, 3));
    assert_eq!((report.tokens, report.is_estimated), (2 * EACH, false), "equal captions are asked for once");
    assert_eq!(told, [(0, Some(3), Some(0.0)), (2, Some(3), Some(100.0)), (3, Some(3), Some(200.0))]);
    let written = place.rows();
    for (at, (before, after)) in rows.iter().zip(&written).enumerate() {
        if [0, 1, 2].contains(&at) {
            assert_eq!(after.text, better(&before.text));
            assert_eq!(after.text_original.as_ref(), Some(&before.text));
            assert_eq!(after.extra[MODEL_COLUMN], "named");
            let body = request(&before.text, Vec::new()).to_json("m").to_string();
            let hash: String = Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(after.extra[REQUEST_COLUMN], hash.as_str());
            assert!(server.asked().iter().any(|asked| asked.body == body), "the hash is that of what was sent");
        } else {
            assert_eq!((&after.text, &after.text_original), (&before.text, &before.text_original), "row {at}");
        }
    }
    let journal = place.journal();
    assert_eq!(journal.len(), 2);
    assert_eq!((&journal[1]["path"], &journal[1]["text_original"]), (&json!("1.mp4"), &json!("a boat")));
    assert_eq!((&journal[1]["model"], &journal[1]["tokens"]), (&json!("named"), &json!(EACH)));

    // On the same manifest again, from the originals: asked anew only where it is wanted.
    let again = |again| CaptionOptions { again, ..options.clone() };
    let in_place = |options: &CaptionOptions| {
        let out = place.out();
        caption(&out, &out, options, &Places::default(), &CancelToken::default(), &mut Silent).expect("it works")
    };
    let report = in_place(&again(false));
    assert_eq!((report.kept, report.rewritten, report.tokens), (4, 0, 0));
    let report = in_place(&again(true));
    assert_eq!((report.kept, report.rewritten, report.from_journal, report.tokens), (0, 4, 3, EACH));
    let row = &place.rows()[6];
    assert_eq!((row.text.clone(), row.text_original.as_deref()), (better("old"), Some("old")));
}

#[test]
fn what_is_no_caption_is_refused_and_the_original_stays() {
    let length = json!({ "choices": [{ "message": { "content": "A red bo" }, "finish_reason": "length" }] });
    let length = Reply::Json(200, length.to_string());
    let page = Reply::Raw(b"HTTP/1.1 200 X\r\ncontent-length: 6\r\n\r\n<html>".to_vec());
    let cases: [(&str, Reply, bool); 14] = [
        ("empty", says(" \n"), true),
        ("signs", says("!!! 123 ??? 🚤"), true),
        ("German", says("Ein Hund läuft am Strand und der Himmel ist rot."), true),
        ("Chinese", says("一只狗在海滩上奔跑"), true),
        ("long", says(&format!("A dog runs on {}.", "the long wide beach ".repeat(30))), true),
        ("declined", says("I'm sorry, but I can't help with that."), true),
        ("preface", says("Sure, here is the rewritten caption: A dog runs."), true),
        ("list", says("- a dog\n- a beach"), true),
        ("half", says("A dog runs along the"), true),
        ("at the limit", length, true),
        ("no choices", Reply::Json(200, r#"{"choices": []}"#.to_owned()), false),
        ("no JSON", Reply::Json(200, r#"{"choices": [{"mes"#.to_owned()), false),
        ("a page", page, false),
        ("a bad request", Reply::Json(400, r#"{"error": {"message": "no"}}"#.to_owned()), false),
    ];
    let captions: Vec<&str> = cases.iter().map(|(name, ..)| *name).chain(["good"]).collect();
    let place = Place::of(&captions);
    let replies: HashMap<String, Reply> =
        cases.iter().map(|(name, reply, _)| ((*name).to_owned(), reply.clone())).collect();
    let server = ChatServer::answering(move |asked| {
        let caption = caption_of(asked);
        replies.get(&caption).cloned().unwrap_or_else(|| says(&better(&caption)))
    });
    let report = place.run(&options(&server.address())).expect("it goes on");
    assert_eq!(report.ended, Ended::Done);
    assert_eq!((report.refused, report.failed, report.rewritten), (10, 4, 1));
    assert!(report.is_estimated, "the server does not say what a cut off answer took");
    assert_eq!(report.refusals["it is not in English"], 2);
    for (row, (name, _, is_refused)) in place.rows().iter().zip(&cases) {
        assert_eq!((row.text.as_str(), &row.text_original), (*name, &None));
        assert_eq!(row.extra.get(REFUSED_COLUMN).is_some_and(|why| !why.is_null()), *is_refused, "{name}");
    }
    assert_eq!(place.rows()[14].text, better("good"));

    // Failures are asked again, refusals where that is wanted.
    let again = good();
    let report = place.run(&options(&again.address())).expect("it works");
    assert_eq!((report.refused, report.failed, report.rewritten, report.from_journal), (10, 0, 5, 11));
    let report = place.run(&CaptionOptions { refused_again: true, ..options(&again.address()) }).expect("it works");
    assert_eq!((report.refused, report.rewritten, again.asked().len()), (0, 15, 14));
    assert!(place.rows().iter().all(|row| row.extra.get(REFUSED_COLUMN).is_none_or(Value::is_null)));
}

#[test]
fn trouble_that_passes_is_waited_out() {
    let mut asked_before = 0;
    let server = ChatServer::answering(move |asked| {
        asked_before += 1;
        match asked_before {
            1 => Reply::Json(503, String::new()),
            2 => Reply::With(429, "retry-after: 0".to_owned(), "{}".to_owned()),
            3 => Reply::CloseInside,
            _ => says(&better(&caption_of(asked))),
        }
    });
    let place = Place::of(&["a boat"]);
    let report = place.run(&options(&server.address())).expect("it works");
    assert_eq!((report.rewritten, server.asked().len()), (1, 4));
}

#[test]
fn a_server_that_fails_again_and_again_ends_the_run_and_loses_nothing() {
    let captions: Vec<String> = (0..40).map(|at| format!("clip {at}")).collect();
    let captions: Vec<&str> = captions.iter().map(String::as_str).collect();
    let place = Place::of(&captions);
    let address = nobody();
    let report = place.run(&options(&address)).expect("the manifest is written");
    let unreachable = ChatError::Unreachable { server: address, detail: ConnectionFault::NoConnection.into() };
    assert_eq!((report.ended, report.failed, report.left), (Ended::Failing(unreachable), 3, 37));
    assert_eq!(place.texts(), captions);

    let server = ChatServer::start([Reply::Json(401, "{}".to_owned())]);
    let key = KeySource::Typed(ApiKey::new("sk-secret"));
    let mut with_key = options(&server.address());
    with_key.server.key = key;
    let report = place.run(&with_key).expect("the manifest is written");
    assert_eq!(report.ended, Ended::Failing(ChatError::Refused { server: server.address(), status: 401 }));
    assert_eq!((report.failed, server.asked().len()), (1, 1));
    assert_eq!(server.asked()[0].head("authorization"), Some("Bearer sk-secret"));
    assert!(!place.journal().iter().any(|line| line.to_string().contains("secret")));

    let server = ChatServer::start([Reply::Stall]);
    let mut short = options(&server.address());
    short.chat.answer_timeout = Duration::from_millis(50);
    let report = place.run(&short).expect("the manifest is written");
    assert!(matches!(report.ended, Ended::Failing(ChatError::TooSlow { .. })), "{:?}", report.ended);
    assert_eq!((report.failed, report.left), (8, 32));

    // Well again, and nothing of it is in the way.
    let server = good();
    let report = place.run(&options(&server.address())).expect("it works");
    assert_eq!((report.rewritten, report.ended), (40, Ended::Done));
}

#[test]
fn a_cancel_acts_at_once_on_several_questions_and_writes_no_manifest() {
    let place = Place::of(&["a", "b", "c", "d", "e", "f"]);
    let server = ChatServer::start([Reply::Stall]);
    let cancel = CancelToken::default();
    let mut options = CaptionOptions { parallel: 4, ..options(&server.address()) };
    // Without the cancel, the test would end in an hour.
    options.chat.answer_timeout = Duration::from_secs(3600);
    let (from, out, token) = (place.from(), place.out(), cancel.clone());
    let running = std::thread::spawn(move || caption(&from, &out, &options, &Places::default(), &token, &mut Silent));
    server.wait_until_asked(4);
    // Another job on the same output is told so.
    assert!(matches!(place.run(&self::options("127.0.0.1:1")), Err(CaptionError::Manifest(_))));
    cancel.cancel();
    let ended = running.join().expect("no panic");
    assert!(matches!(ended, Err(CaptionError::Cancelled(_))), "{ended:?}");
    assert_eq!(server.asked().len(), 4);
    assert!(!place.out().exists());
}

#[test]
fn a_budget_ends_the_run_and_a_larger_one_goes_on() {
    let captions = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|it| format!("dog {it}"));
    let place = Place::of(&captions.each_ref().map(String::as_str));
    let server = good();
    let with =
        |budget, parallel| CaptionOptions { budget_tokens: Some(budget), parallel, ..options(&server.address()) };
    let report = place.run(&with(100, 1)).expect("it works");
    assert_eq!((report.ended, report.left, report.tokens), (Ended::Budget, 8, 0), "no question is so short");
    let report = place.run(&with(550, 1)).expect("it works");
    assert_eq!((report.ended, report.rewritten, report.left, report.tokens), (Ended::Budget, 5, 3, 500));
    let texts = place.texts();
    assert_eq!((&texts[4], &texts[5]), (&better("dog e"), &captions[5]));
    let report = place.run(&with(550, 4)).expect("it works");
    assert_eq!((report.rewritten, report.tokens, report.tokens_before), (5, 0, 500), "earlier runs count");
    let report = place.run(&with(799, 3)).expect("it works");
    assert_eq!((report.rewritten, report.left, report.ended), (7, 1, Ended::Budget));
    let report = place.run(&with(800, 3)).expect("it works");
    assert_eq!((report.rewritten, report.ended, report.tokens_before), (8, Ended::Done, 700));
    assert_eq!(server.asked().len(), 8);
}

#[test]
fn a_preview_shows_ten_and_writes_nothing() {
    let captions: Vec<String> = (0..100).map(|at| format!("clip {at}")).collect();
    let place = Place::of(&captions.iter().map(String::as_str).collect::<Vec<_>>());
    let server = ChatServer::answering(|asked| match caption_of(asked).as_str() {
        "clip 30" => says("Sure! A clip."),
        other => says(&better(other)),
    });
    let samples = preview(&place.from(), &options(&server.address()), &Places::default(), &CancelToken::default())
        .expect("it works");
    assert_eq!((samples.len(), server.asked().len()), (10, 10));
    assert_eq!((samples[1].before.as_str(), &samples[1].after), ("clip 10", &Some(better("clip 10"))));
    assert_eq!((&samples[3].after, samples[3].why.is_some(), samples[3].tokens), (&None, true, EACH));
    let names = std::fs::read_dir(place.folder.path()).expect("readable").count();
    assert_eq!(names, 1, "only the manifest is there");
    let failing = preview(&place.from(), &options(&nobody()), &Places::default(), &CancelToken::default());
    assert!(matches!(failing, Err(CaptionError::Chat(ChatError::Unreachable { .. }))), "{failing:?}");
}

/// A clip as a folder of pictures, each of one colour.
fn pictures(folder: &Path, frames: u8) {
    std::fs::create_dir_all(folder).expect("writable");
    for frame in 0..frames {
        let picture = image::RgbImage::from_pixel(96, 48, image::Rgb([frame * 10, 0, 0]));
        picture.save(folder.join(format!("{frame:03}.png"))).expect("writable");
    }
}

#[test]
fn frames_are_sent_as_pictures_where_the_model_sees() {
    let rows = [
        Row { path: "clip".to_owned(), start_frame: 4, ..row(0, "") },
        Row { path: "gone".to_owned(), ..row(1, "a boat") },
    ];
    let place = Place::with(&rows);
    pictures(&place.folder.path().join("clip"), 24);
    let server = ChatServer::start([says("A dark red square slowly grows bright.")]);
    let options = CaptionOptions { frames: 4, picture_side: 64, ..options(&server.address()) };
    let report = place.run(&options).expect("it works");
    assert_eq!((report.rewritten, report.failed, server.asked().len()), (1, 1, 1));
    let body: Value = serde_json::from_str(&server.asked()[0].body).expect("JSON");
    let parts = body["messages"][1]["content"].as_array().expect("words and pictures");
    assert_eq!(parts.len(), 5);
    for (part, frame) in parts[1..].iter().zip([6, 10, 14, 18]) {
        let url = part["image_url"]["url"].as_str().expect("an address");
        let bytes = url.strip_prefix("data:image/jpeg;base64,").map(decoded).expect("JPEG");
        let picture = image::load_from_memory(&bytes).expect("a picture").to_rgb8();
        assert_eq!(picture.dimensions(), (64, 32));
        assert!(
            picture.get_pixel(32, 16).0[0].abs_diff(frame * 10) <= 4,
            "{:?} of frame {frame}",
            picture.get_pixel(32, 16)
        );
    }
    let rows = place.rows();
    assert_eq!(rows[0].text, "A dark red square slowly grows bright.");
    assert_eq!((rows[1].text.as_str(), &rows[1].error), ("a boat", &None));
    // An original without words is one too.
    let out = place.out();
    let again = |again| {
        let options = CaptionOptions { again, ..options.clone() };
        caption(&out, &out, &options, &Places::default(), &CancelToken::default(), &mut Silent).expect("it works")
    };
    assert_eq!(again(false).kept, 1);
    let report = again(true);
    assert_eq!((report.rewritten, report.from_journal, server.asked().len()), (1, 1, 1));
}

/// Base64, for the test's own eyes.
fn decoded(text: &str) -> Vec<u8> {
    let value = |sign: u8| match sign {
        b'A'..=b'Z' => u32::from(sign - b'A'),
        b'a'..=b'z' => u32::from(sign - b'a') + 26,
        b'0'..=b'9' => u32::from(sign - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let signs = text.trim_end_matches('=').as_bytes();
    let groups = signs.chunks(4).flat_map(|group| {
        let bits = group.iter().fold(0, |bits, sign| bits << 6 | value(*sign)) << (6 * (4 - group.len()));
        (0..group.len() - 1).map(move |at| (bits >> (16 - 8 * at)) as u8)
    });
    groups.collect()
}

/// What tells the test below that it is the program that is killed.
const CHILD: &str = "HUMMINGBIRD_TEST_CAPTIONS";

#[test]
fn a_killed_run_goes_on_at_the_clip_where_it_was() {
    if let Some(child) = std::env::var_os(CHILD) {
        let folder = PathBuf::from(child);
        let address = std::fs::read_to_string(folder.join("address")).expect("it was written");
        let options = CaptionOptions { parallel: 2, ..options(&address) };
        let from = folder.join("in.jsonl");
        caption(&from, &folder.join("out.parquet"), &options, &Places::default(), &CancelToken::default(), &mut Silent)
            .expect("killed before");
        return;
    }
    let captions = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(|it| format!("dog {it}"));
    let place = Place::of(&captions.each_ref().map(String::as_str));
    let mut left = 7;
    let server = ChatServer::answering(move |asked| {
        left -= 1;
        if left < 0 { Reply::Stall } else { says(&better(&caption_of(asked))) }
    });
    std::fs::write(place.folder.path().join("address"), server.address()).expect("writable");
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "a_killed_run_goes_on_at_the_clip_where_it_was"])
        .env(CHILD, place.folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    server.wait_until_asked(9);
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    assert!(!place.out().exists());
    let noted: Vec<String> =
        place.journal().iter().map(|line| line["text_original"].as_str().expect("words").to_owned()).collect();
    assert!(noted.len() >= 3, "at most what waited for the disk is lost: {noted:?}");

    let server = good();
    let report = place.run(&CaptionOptions { parallel: 2, ..options(&server.address()) }).expect("it works");
    assert_eq!((report.rewritten, report.from_journal), (10, noted.len() as u64));
    let asked: Vec<String> = server.asked().iter().map(caption_of).collect();
    assert_eq!(asked.len(), 10 - noted.len());
    assert!(asked.iter().all(|caption| !noted.contains(caption)), "{asked:?} of {noted:?}");
    assert_eq!(place.texts(), captions.map(|caption| better(&caption)));
}

#[test]
fn options_that_cannot_be_are_told_before_anything_is_asked() {
    let place = Place::of(&["a boat"]);
    let good = options("127.0.0.1:1");
    let cases = [
        CaptionOptions { parallel: 0, ..good.clone() },
        CaptionOptions { parallel: 10_000, ..good.clone() },
        CaptionOptions { frames: 1000, ..good.clone() },
        CaptionOptions { frames: 1, picture_side: 0, ..good.clone() },
        CaptionOptions { server: ServerSettings::default(), ..good.clone() },
    ];
    for options in cases {
        let error = place.run(&options).expect_err("it cannot be");
        assert!(error.to_string().contains("choose") || error.to_string().contains("give the address"), "{error}");
    }
    let out = place.folder.path().join("out.txt");
    let wrong = caption(&place.from(), &out, &good, &Places::default(), &CancelToken::default(), &mut Silent);
    assert!(matches!(wrong, Err(CaptionError::Manifest(_))));
    assert!(!place.out().exists());
}
