//! `ngram serve`: a server on a free port, asked as a browser asks, and as one should not.
#![cfg(unix)]

use crate::json;
use crate::process::{ngram, run};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TEXT: &str = "the cat sat\nthe cat ran\nthe dog sat\n";

/// A server, ended with the test.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer: its status, its head and its body.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }

    fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

impl Server {
    fn start(folder: &TempDir, models: &str) -> Server {
        let mut command = ngram(folder.path(), &format!("serve {models} --port 0"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
        let address = address.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Server { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends bytes as they are, and reads to the end of the connection.
    fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        let mut bytes = Vec::new();
        // A server that closes before it has read all may reset the connection after its answer.
        let _ = stream.read_to_end(&mut bytes);
        let whole = String::from_utf8(bytes).unwrap();
        let (head, body) = whole.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{whole:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    fn get(&self, path: &str) -> Answer {
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        self.raw(head.as_bytes())
    }

    fn post(&self, path: &str, body: &str) -> Answer {
        self.raw(self.request(path, body).as_bytes())
    }

    fn request(&self, path: &str, body: &str) -> String {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
    }

    /// What is answered to a good request.
    fn ask(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, &body.to_string());
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text"), TEXT).unwrap();
    run(folder.path(), "train text --order 2 --smoothing witten-bell -q -o m");
    run(folder.path(), "train text --order 1 --smoothing witten-bell --closed -q -o n");
    fs::write(folder.path().join("pangram"), "the quick brown fox jumps over the lazy dog\n")
        .unwrap();
    run(
        folder.path(),
        "train pangram --order 3 --tokenizer shannon --smoothing witten-bell -q -o letters",
    );
    folder
}

/// p(cat|the) = 146/315, as in the worked example of `ngram next`.
#[test]
fn what_is_served_is_what_the_program_says() {
    let folder = folder();
    let server = Server::start(&folder, "m n");
    let written = "the bird sat\nThe  cat";
    fs::write(folder.path().join("held"), written).unwrap();
    let scored = server.ask("/score", json!({ "text": written }));
    for (number, name) in ["m", "n"].into_iter().enumerate() {
        let model = &scored["models"][number];
        assert_eq!(model["name"], name);
        let report = run(folder.path(), &format!("eval held -m {name} --json"));
        let report: Value = serde_json::from_str(&report).unwrap();
        for (figure, value) in model["figures"].as_object().unwrap() {
            assert_eq!(report[figure], *value, "{name}: {figure}");
        }
        assert_eq!(report["notes"], model["notes"]);
        let explained = run(folder.path(), &format!("explain the --json -m {name}"));
        let explained: Value = serde_json::from_str(&explained).unwrap();
        let answer = server.ask("/explain", json!({ "text": "the" }));
        assert_eq!(answer["models"][number]["explanation"], explained);
        assert!(answer["models"][number]["html"].as_str().unwrap().contains("<h3><bdi>the</bdi>"));
        let next = run(folder.path(), &format!("next the --prefix c --json -m {name}"));
        let next: Value = serde_json::from_str(&next).unwrap();
        let answer = server.ask("/next", json!({ "text": "the c" }));
        assert_eq!(answer["models"][number]["next"], next["next"]);
    }
    let tokens = scored["models"][0]["lines"][1]["tokens"].as_array().unwrap().clone();
    let forms: Vec<&str> = tokens.iter().map(|token| token["form"].as_str().unwrap()).collect();
    assert_eq!((forms, &tokens[1]["gap"]), (vec!["The", "cat", ""], &"  ".into()));
    let next = server.ask("/next", json!({ "text": "the ", "most": 1 }));
    let cat = &next["models"][0]["next"][0];
    assert_eq!((&cat["word"], &next["models"][0]["next"][1]), (&"cat".into(), &Value::Null));
    assert!((cat["probability"].as_f64().unwrap() - 146.0 / 315.0).abs() < 1e-6);
}

#[test]
fn the_page_is_whole_and_may_load_nothing() {
    let folder = folder();
    let server = Server::start(&folder, "m");
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.body.ends_with("</html>\n") && page.body.contains("<bdi>m</bdi>"));
    assert!(page.head.contains("default-src 'none'") && page.head.contains("no-store"));
    let head = format!("HEAD / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address);
    let head = server.raw(head.as_bytes());
    assert_eq!((head.status, head.body.len()), (200, 0));
}

/// The letters of a game put together are a passage; the bounds are those of `ngram shannon`:
/// q = (1/2, 1/4, 1/4) has the upper bound 1.5 and the lower 3/4 log2 3.
#[test]
fn a_game_is_played_against_a_model_of_letters() {
    let folder = folder();
    let server = Server::start(&folder, "m letters");
    let game = server.ask("/game", json!({ "seed": 7, "letters": 5 }));
    assert_eq!((&game["seed"], game["letters"].as_array().unwrap().len()), (&7.into(), 5));
    assert_eq!(game, server.ask("/game", json!({ "seed": 7, "letters": 5 })));
    assert_eq!(game["model"], "letters");
    let score = &server.ask("/bounds", json!({ "attempts": [1, 1, 2, 4] }))["score"];
    assert_eq!((&score["symbols"], &score["first"]), (&4.into(), &0.5.into()));
    assert!((score["upper"].as_f64().unwrap() - 1.5).abs() < 1e-12);
    assert!((score["lower"].as_f64().unwrap() - 0.75 * 3f64.log2()).abs() < 1e-12);
    assert_eq!(server.ask("/bounds", json!({ "attempts": [] }))["score"], Value::Null);
}

/// docs/json.md lists every field that is answered, and no others.
#[test]
fn every_field_is_documented() {
    let folder = folder();
    let server = Server::start(&folder, "m letters");
    let text = json!({ "text": "the zebra ran" });
    let cases = [
        ("/models", vec![server.get("/models").json()]),
        ("/score", vec![server.ask("/score", text.clone())]),
        ("/next", vec![server.ask("/next", json!({ "text": "the c" }))]),
        ("/explain", vec![server.ask("/explain", text)]),
        ("/game", vec![server.ask("/game", json!({ "letters": 2 }))]),
        ("/bounds", vec![server.ask("/bounds", json!({ "attempts": [1] }))]),
        ("Errors", vec![server.post("/score", "").json()]),
    ];
    for (heading, answers) in cases {
        let (mut promised, mut written) = (BTreeSet::new(), BTreeSet::new());
        json::documented(heading, &mut promised, "");
        answers.iter().for_each(|answer| json::paths(answer, "", &mut written));
        assert!(!promised.is_empty());
        for (path, is_nothing) in &written {
            let is_known = |known: &String| {
                known == path || *is_nothing && known.starts_with(path.trim_end_matches("[]"))
            };
            assert!(promised.iter().any(is_known), "{heading}: {path} is not documented");
        }
        // Explanations and figures have fields of other kinds of models, which tests of their verbs see.
        for path in promised
            .iter()
            .filter(|path| !path.contains("explanation.") && !path.contains("figures."))
        {
            assert!(
                written.iter().any(|(written, _)| written == path),
                "{heading}: {path} is never written"
            );
        }
    }
}

#[test]
fn bad_requests_are_answered_in_words() {
    let folder = folder();
    let server = Server::start(&folder, "m");
    let long = format!("{{\"text\": \"{}\"}}", "a".repeat(70_000));
    for (path, body, status, why) in [
        ("/score", "", 400, "not the JSON object"),
        ("/score", "{\"text\": 5}", 400, "expected a string"),
        ("/score", "{\"text\": \"a\", \"more\": 1}", 400, "unknown field `more`"),
        ("/score", &long, 413, "at most 65,536 bytes"),
        ("/next", "{\"text\": \"a\\nb\"}", 400, "one line"),
        ("/next", "{\"text\": \"a\", \"most\": 5000}", 400, "at most 1000"),
        ("/explain", "{}", 400, "missing field `text`"),
        ("/game", "{\"letters\": 0}", 400, "from 1 to 1000"),
        ("/bounds", "{\"attempts\": [28]}", 400, "from 1 to 27"),
        ("/nothing", "{}", 404, "the page is at /"),
        ("/", "{}", 405, "takes GET"),
    ] {
        let answer = server.post(path, body);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.error().contains(why), "{path}: {}", answer.error());
    }
    assert_eq!(server.get("/score").status, 405);
    let plain = "POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let answer = server.raw(plain.as_bytes());
    assert_eq!(answer.status, 415, "{}", answer.body);
    let elsewhere = server.raw(b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n");
    assert_eq!(elsewhere.status, 421);
    assert!(elsewhere.error().contains(&server.address), "{}", elsewhere.error());
    assert_eq!(server.raw(b"nonsense\r\n\r\n").status, 400);
    // None of this did any harm.
    assert_eq!(server.post("/score", "{\"text\": \"\"}").status, 200);
}

/// Many connections at a time, each of several requests, with the same answer to all.
#[test]
fn many_clients_get_the_same_answer() {
    let folder = folder();
    let server = Server::start(&folder, "m");
    let expected = server.post("/next", "{\"text\": \"the \"}").body;
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(server.post("/next", "{\"text\": \"the \"}").body, expected);
                }
            });
        }
    });
    // Those that never say anything are closed; beyond the most, they are told so at once.
    let idle: Vec<TcpStream> = (0..128).map(|_| server.connect()).collect();
    std::thread::sleep(Duration::from_millis(300));
    let mut turned_away = String::new();
    let _ = server.connect().read_to_string(&mut turned_away);
    assert!(
        turned_away.starts_with("HTTP/1.1 503 ") && turned_away.contains("try again"),
        "{turned_away}"
    );
    drop(idle);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.post("/next", "{\"text\": \"the \"}").body, expected);
}

#[test]
fn a_signal_ends_it_well() {
    let folder = folder();
    for signal in ["INT", "TERM"] {
        let mut server = Server::start(&folder, "m");
        let idle = server.connect();
        let id = server.child.id().to_string();
        Command::new("kill").args(["-s", signal, &id]).status().unwrap();
        let sent = Instant::now();
        let status = loop {
            if let Some(status) = server.child.try_wait().unwrap() {
                break status;
            }
            assert!(sent.elapsed() < Duration::from_secs(8));
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        server.child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(0), "ngram: stopped\n"));
        drop(idle);
    }
}

#[test]
fn what_cannot_be_served_is_said() {
    let folder = folder();
    let server = Server::start(&folder, "m");
    let port = server.address.rsplit_once(':').unwrap().1;
    for (arguments, why) in [
        (format!("serve m --port {port}"), "choose another --port"),
        ("serve m n letters".to_owned(), "letters"),
        ("serve none".to_owned(), "none"),
        ("serve m --host here".to_owned(), "invalid IP address"),
        ("serve m --port many".to_owned(), "a whole number from 0 to 65535"),
    ] {
        let output = ngram(folder.path(), &arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{arguments}: {said}");
    }
}
