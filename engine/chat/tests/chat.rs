//! The client against a server of our own, on this machine: one that works, and many that do not.

mod server;

use std::time::Duration;

use hummingbird_base::{CancelToken, Cancelled};
use hummingbird_chat::{
    AnswerFault, ApiKey, ChatAnswer, ChatClient, ChatError, ChatOptions, ChatRequest, ConnectionFault, KeySource, Role,
    ServerSettings, Turn,
};
use server::{ChatServer, Reply, nobody};

/// Quick attempts, and time enough for a slow machine.
fn options() -> ChatOptions {
    ChatOptions {
        answer_timeout: Duration::from_secs(60),
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_secs(2),
        ..ChatOptions::default()
    }
}

fn settings(address: &str) -> ServerSettings {
    ServerSettings { address: address.to_owned(), model: "m".to_owned(), key: KeySource::None }
}

fn client(server: &ChatServer) -> ChatClient {
    ChatClient::new(&settings(&server.address()), options()).expect("an address")
}

fn question() -> ChatRequest {
    let turns = vec![Turn::text(Role::System, "Be short."), Turn::text(Role::User, "A boat?")];
    ChatRequest { turns, temperature: 0.5, most_tokens: 77 }
}

fn ask(client: &ChatClient) -> Result<ChatAnswer, ChatError> {
    client.ask(&question(), &CancelToken::default())
}

fn said(text: &str) -> ChatAnswer {
    ChatAnswer { text: text.to_owned(), model: "test-model".to_owned(), usage: None }
}

fn page(status: u16) -> Reply {
    let body = "<!doctype html><html><body>Welcome</body></html>";
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n", body.len());
    Reply::Raw(format!("{head}{body}").into_bytes())
}

#[test]
fn a_question_is_sent_as_the_protocol_has_it_and_its_answer_read() {
    let server = ChatServer::start([Reply::says("A \"red\" boat.")]);
    assert_eq!(ask(&client(&server)), Ok(said("A \"red\" boat.")));
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line, "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(asked[0].head("content-type"), Some("application/json"));
    assert_eq!(asked[0].head("authorization"), None);
    let body: serde_json::Value = serde_json::from_str(&asked[0].body).expect("JSON");
    assert_eq!(body["model"], "m");
    assert_eq!((&body["max_tokens"], &body["temperature"]), (&77.into(), &0.5.into()));
    assert_eq!(body["messages"][1], serde_json::json!({ "role": "user", "content": "A boat?" }));
}

#[test]
fn without_a_name_the_first_model_of_the_server_is_asked() {
    let list = r#"{"object": "list", "data": [{"id": "first"}, {"id": "second"}]}"#;
    let server = ChatServer::start([Reply::Json(200, list.to_owned()), Reply::says("yes")]);
    let settings = ServerSettings { model: " ".to_owned(), ..settings(&format!("{}/v1/", server.address())) };
    let client = ChatClient::new(&settings, options()).expect("an address");
    assert_eq!(ask(&client), Ok(said("yes")));
    let asked = server.asked();
    assert_eq!(asked[0].line, "GET /v1/models HTTP/1.1");
    assert!(asked[1].body.contains(r#""model":"first""#), "{}", asked[1].body);

    let server = ChatServer::start([Reply::Json(200, r#"{"data": []}"#.to_owned())]);
    let settings = ServerSettings { model: String::new(), ..self::settings(&server.address()) };
    let client = ChatClient::new(&settings, options()).expect("an address");
    assert_eq!(ask(&client), Err(ChatError::NoModels { server: server.address() }));
}

#[test]
fn a_key_goes_to_the_server_and_into_no_error() {
    let key = "sk-very-secret";
    let body = format!(r#"{{"error": {{"message": "bad value near {key}"}}}}"#);
    let server = ChatServer::start([Reply::says("yes"), Reply::Json(400, body), Reply::Json(401, "{}".to_owned())]);
    let settings = ServerSettings { key: KeySource::Typed(ApiKey::new(key)), ..settings(&server.address()) };
    let client = ChatClient::new(&settings, options()).expect("an address");
    assert_eq!(ask(&client), Ok(said("yes")));
    assert_eq!(server.asked()[0].head("authorization"), Some("Bearer sk-very-secret"));
    let error = ask(&client).expect_err("status 400");
    assert!(matches!(&error, ChatError::Status { status: 400, detail, .. } if detail == "bad value near …"), "{error}");
    assert!(!format!("{error} {error:?} {client:?} {settings:?}").contains(key));
    let error = ask(&client).expect_err("status 401");
    assert_eq!(error, ChatError::Refused { server: client.server(), status: 401 });
}

#[test]
fn a_key_does_not_follow_to_another_server() {
    let other = ChatServer::start([Reply::says("yes")]);
    let place = format!("location: {}/v1/chat/completions", other.address());
    let server = ChatServer::start([Reply::With(307, place, String::new())]);
    let settings = ServerSettings { key: KeySource::Typed(ApiKey::new("sk")), ..settings(&server.address()) };
    let client = ChatClient::new(&settings, options()).expect("an address");
    assert_eq!(ask(&client), Ok(said("yes")));
    assert_eq!(server.asked()[0].head("authorization"), Some("Bearer sk"));
    assert_eq!(other.asked()[0].head("authorization"), None);
    assert_eq!(other.asked()[0].body, server.asked()[0].body, "the question itself follows");

    let round = ChatServer::start([Reply::With(308, "location: /v1/chat/completions".to_owned(), String::new())]);
    let error = ask(&self::client(&round)).expect_err("it leads nowhere");
    assert_eq!(
        error,
        ChatError::Unreachable { server: round.address(), detail: ConnectionFault::Redirects.into() },
        "and ends"
    );
    assert_eq!(round.asked().len(), 6);
}

#[test]
fn trouble_that_passes_is_waited_out() {
    let busy = Reply::With(429, "retry-after: 0".to_owned(), "{}".to_owned());
    for trouble in
        [Reply::Json(500, "{}".to_owned()), Reply::Json(503, String::new()), busy, Reply::Close, Reply::CloseInside]
    {
        let server = ChatServer::start([trouble.clone(), trouble.clone(), Reply::says("yes")]);
        assert_eq!(ask(&client(&server)), Ok(said("yes")), "{trouble:?}");
        assert_eq!(server.asked().len(), 3, "{trouble:?}");
    }
}

#[test]
fn trouble_that_stays_is_told_after_the_last_attempt() {
    let server = ChatServer::start([Reply::Json(500, r#"{"error": {"message": "out of memory"}}"#.to_owned())]);
    let expected = ChatError::Status { server: server.address(), status: 500, detail: "out of memory".to_owned() };
    assert_eq!(ask(&client(&server)), Err(expected));
    assert_eq!(server.asked().len(), 4);

    let server = ChatServer::start([Reply::Json(429, "{}".to_owned())]);
    assert!(matches!(ask(&client(&server)), Err(ChatError::Busy { .. })));
    assert_eq!(server.asked().len(), 4);

    for reply in [Reply::Close, Reply::CloseInside] {
        let server = ChatServer::start([reply]);
        assert!(matches!(ask(&client(&server)), Err(ChatError::Unreachable { .. })));
        assert_eq!(server.asked().len(), 4);
    }

    let address = nobody();
    let client = ChatClient::new(&settings(&address), options()).expect("an address");
    let expected = ChatError::Unreachable { server: address, detail: ConnectionFault::NoConnection.into() };
    assert_eq!(ask(&client), Err(expected));
}

#[test]
fn a_server_that_asks_for_a_long_wait_is_not_asked_again() {
    let reply = Reply::With(429, "Retry-After: 86400".to_owned(), "{}".to_owned());
    let server = ChatServer::start([reply]);
    let expected = ChatError::Busy { server: server.address(), wait_secs: 86400.0 };
    assert_eq!(ask(&client(&server)), Err(expected));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_no_attempt_changes_is_asked_once() {
    let missing = r#"{"error": {"message": "model 'm' not found", "type": "api_error"}}"#;
    let list = r#"{"data": [{"id": "a"}, {"id": "b"}]}"#;
    let server = ChatServer::start([Reply::Json(404, missing.to_owned()), Reply::Json(200, list.to_owned())]);
    let expected = ChatError::NoModel { server: server.address(), model: "m".to_owned(), known: "a, b".to_owned() };
    assert_eq!(ask(&client(&server)), Err(expected));

    for status in [401, 403] {
        let server = ChatServer::start([Reply::Json(status, "{}".to_owned())]);
        assert_eq!(ask(&client(&server)), Err(ChatError::Refused { server: server.address(), status }));
        assert_eq!(server.asked().len(), 1);
    }
    let server = ChatServer::start([page(404)]);
    assert!(matches!(ask(&client(&server)), Err(ChatError::Status { status: 404, .. })));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn nonsense_is_named_and_not_used() {
    let cases = [
        (page(200), AnswerFault::WebPage),
        (Reply::Json(200, r#"{"choices": [{"mes"#.to_owned()), AnswerFault::NotJson),
        (Reply::Json(200, String::new()), AnswerFault::NotJson),
        (Reply::Json(200, r#"{"choices": []}"#.to_owned()), AnswerFault::NoChoices),
        (Reply::Json(200, r#"{"choices": [{"message": {}}]}"#.to_owned()), AnswerFault::NoText),
        (
            Reply::With(200, "content-encoding: br".to_owned(), "x".to_owned()),
            AnswerFault::Coded { coding: "br".to_owned() },
        ),
    ];
    for (reply, detail) in cases {
        let server = ChatServer::start([reply]);
        let expected = ChatError::Nonsense { server: server.address(), detail };
        assert_eq!(ask(&client(&server)), Err(expected));
        assert_eq!(server.asked().len(), 1, "nothing else would come of it");
    }
    let server = ChatServer::start([Reply::Raw(b"220 mail.example ESMTP\r\n".to_vec())]);
    assert!(matches!(ask(&client(&server)), Err(ChatError::Unreachable { .. })), "another protocol");
}

#[test]
fn answers_that_are_cut_off_or_too_large_are_refused() {
    let server = ChatServer::start([Reply::ends("A red bo", "length")]);
    assert_eq!(ask(&client(&server)), Err(ChatError::CutOff { most_tokens: 77 }));

    let server = ChatServer::start([Reply::Flood(100 << 20)]);
    let expected = ChatError::TooLarge { server: server.address(), most_bytes: 4 << 20 };
    assert_eq!(ask(&client(&server)), Err(expected));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_server_that_stalls_is_given_up_once_its_time_is_over() {
    for reply in [Reply::Stall, Reply::StallInside] {
        let server = ChatServer::start([reply]);
        let options = ChatOptions { answer_timeout: Duration::from_millis(300), ..options() };
        let client = ChatClient::new(&settings(&server.address()), options).expect("an address");
        let expected = ChatError::TooSlow { server: server.address(), limit_secs: 0.3 };
        assert_eq!(ask(&client), Err(expected));
        assert_eq!(server.asked().len(), 1, "it would only stall again");
    }
}

#[test]
fn a_cancel_ends_the_wait_for_an_answer_and_for_the_next_attempt() {
    let busy = Reply::With(429, "retry-after: 3600".to_owned(), "{}".to_owned());
    for reply in [Reply::Stall, Reply::StallInside, busy] {
        let server = ChatServer::start([reply]);
        // Without the cancel, the test would end in an hour.
        let hour = Duration::from_secs(3600);
        let options = ChatOptions { answer_timeout: hour, longest_wait: hour, ..options() };
        let client = ChatClient::new(&settings(&server.address()), options).expect("an address");
        let cancel = CancelToken::default();
        let of_thread = cancel.clone();
        let asking = std::thread::spawn(move || client.ask(&question(), &of_thread));
        server.wait_until_asked(1);
        cancel.cancel();
        assert_eq!(asking.join().expect("no panic"), Err(ChatError::Cancelled(Cancelled)));
    }
    let server = ChatServer::start([Reply::says("yes")]);
    let cancelled = CancelToken::default();
    cancelled.cancel();
    assert_eq!(client(&server).ask(&question(), &cancelled), Err(ChatError::Cancelled(Cancelled)));
}
