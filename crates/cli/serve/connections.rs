//! Connections: HTTP/1.1 over TCP, bounded in number, size and time.

use super::answers::{Refusal, Served};
use crate::stop;
use crate::tell::tell;
use anyhow::Context;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

/// The most bytes of a body.
const MOST_BYTES: usize = 64 << 10;
/// The most bytes of a body that is answered at once.
const SHORT: usize = 2 << 10;
/// The most bytes of the line and the headers of a request.
const MOST_HEAD: usize = 16 << 10;

/// What clients may take of the server.
#[derive(Clone, Copy)]
struct Limits {
    /// The most connections at a time.
    connections: usize,
    /// How long a client may take to send a head, and again to send a body.
    patience: Duration,
    /// How long a connection may last. Browsers open another without a word.
    lifetime: Duration,
}

const LIMITS: Limits = Limits {
    connections: 128,
    patience: Duration::from_secs(10),
    lifetime: Duration::from_secs(120),
};

/// How often the signal to stop is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// How long answers under way may take after that.
const GRACE: Duration = Duration::from_millis(250);

/// Longer than any server runs.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What a client is told for whom there is no room.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 61\r\n\
    connection: close\r\n\r\n{\"error\":\"too many connections are open: try again shortly\"}\n";

/// No page elsewhere may use this one, and this one fetches nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
    img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What connections share.
struct Door {
    served: Served,
    address: SocketAddr,
    limits: Limits,
    open: AtomicUsize,
}

/// Answers requests until the user asks for an end.
pub fn serve(listener: TcpListener, served: Served) -> anyhow::Result<()> {
    within(LIMITS, listener, served)
}

fn within(limits: Limits, listener: TcpListener, served: Served) -> anyhow::Result<()> {
    let address = listener.local_addr().context("cannot listen")?;
    listener.set_nonblocking(true).context("cannot listen")?;
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(16);
    // One thread for all connections: an answer takes less time than to hand it to another.
    score_alone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(threads)
        // Each thread has a pool that lasts, so the threads must last too, or memory would grow.
        .thread_keep_alive(FOREVER)
        .on_thread_start(score_alone)
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let door = Arc::new(Door { served, address, limits, open: AtomicUsize::new(0) });
    let ended = runtime.block_on(accept(listener, door));
    runtime.shutdown_background();
    ended
}

/// Makes this thread a pool of its own for what the libraries share out among threads. A short text is scored in less
/// time than another thread takes to wake.
fn score_alone() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    // It lasts as long as the thread. Without it, work goes to the pool of the program.
    std::mem::forget(pool);
}

async fn accept(listener: TcpListener, door: Arc<Door>) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener).context("cannot listen")?;
    while !stop::requested() {
        match timeout(LOOK, listener.accept()).await {
            Err(_) => {}
            Ok(Ok((stream, _))) if door.open.load(Ordering::Relaxed) < door.limits.connections => {
                let place = Place::take(&door);
                tokio::spawn(async move { converse(stream, &place.0).await });
            }
            Ok(Ok((stream, _))) => drop(stream.try_write(BUSY)),
            // Such as too many open files: others may end meanwhile.
            Ok(Err(_)) => sleep(LOOK).await,
        }
    }
    drop(listener);
    let stopped = Instant::now();
    while door.open.load(Ordering::Relaxed) > 0 && stopped.elapsed() < GRACE {
        sleep(Duration::from_millis(5)).await;
    }
    tell!("ngram: stopped");
    Ok(())
}

/// A place among the connections, free again when dropped.
struct Place(Arc<Door>);

impl Place {
    fn take(door: &Arc<Door>) -> Place {
        door.open.fetch_add(1, Ordering::Relaxed);
        Place(Arc::clone(door))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves one connection to its end.
async fn converse(stream: TcpStream, door: &Arc<Door>) {
    // Without this a small answer may wait for the client's acknowledgement of the last one.
    let _ = stream.set_nodelay(true);
    let begun = Instant::now();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(door.limits.patience).max_buf_size(MOST_HEAD);
    let service = service_fn(|request| respond(request, Arc::clone(door)));
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    // A client that breaks off is no fault of ours.
    while timeout(LOOK, connection.as_mut()).await.is_err() {
        let stops = stop::requested();
        if stops || begun.elapsed() > door.limits.lifetime {
            connection.as_mut().graceful_shutdown();
            let _ = timeout(if stops { GRACE } else { door.limits.patience }, connection.as_mut())
                .await;
            return;
        }
    }
}

/// Answers one request.
async fn respond(
    request: Request<Incoming>,
    door: Arc<Door>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let answered = answer(request, door).await;
    let (status, kind, body) = match answered {
        Ok((kind, body)) => (StatusCode::OK, kind, body),
        Err(Refusal(status, why)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, JSON, serde_json::json!({ "error": why }).to_string() + "\n")
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    // What was not read of a body would be taken for the next request.
    if status != StatusCode::OK {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

async fn answer(
    request: Request<Incoming>,
    door: Arc<Door>,
) -> Result<(&'static str, String), Refusal> {
    let refuse = |status, why: &str| Err(Refusal(status, why.to_owned()));
    if !is_ours(request.headers().get(header::HOST), door.address) {
        let why = format!("this server answers at http://{}/ only", door.address);
        return Err(Refusal(421, why));
    }
    let path = request.uri().path().to_owned();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match path.as_str() {
        "/" if is_read => return Ok((HTML, door.served.page().to_owned())),
        "/models" if is_read => return Ok((JSON, door.served.models())),
        "/" | "/models" => return refuse(405, "this path takes GET, without a body"),
        path if !Served::PATHS.contains(&path) => {
            let why = format!(
                "there is nothing at {path}: the page is at /, and JSON at /models, {}",
                Served::PATHS.join(", ")
            );
            return Err(Refusal(404, why));
        }
        _ if *request.method() != Method::POST => {
            return refuse(405, "this path takes POST, with a JSON object");
        }
        _ => {}
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with(JSON)) {
        return refuse(415, "send the header content-type: application/json, and a JSON object");
    }
    let body =
        timeout(door.limits.patience, Limited::new(request.into_body(), MOST_BYTES).collect())
            .await;
    let body = match body {
        Err(_) => {
            let why = format!("the body did not arrive within {:?}", door.limits.patience);
            return Err(Refusal(408, why));
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return refuse(413, "a body has at most 65,536 bytes: send less text");
        }
        Ok(Err(_)) => return refuse(400, "the body ended too early"),
        Ok(Ok(body)) => body.to_bytes(),
    };
    // A game may have to train its opponent first; others are not kept waiting for it, nor for a long text.
    let answered = match path == "/game" || body.len() > SHORT {
        true => spawn_blocking(move || door.served.answer(&path, &body)).await.ok(),
        false => catch_unwind(AssertUnwindSafe(|| door.served.answer(&path, &body))).ok(),
    };
    let fault = || Refusal(500, "this could not be answered, a fault of the program".to_owned());
    Ok((JSON, answered.ok_or_else(fault)??))
}

/// Whether a request was meant for this server. A page elsewhere could have its own name lead here, and read what it
/// asks; on a loopback address only names of this machine are answered.
fn is_ours(host: Option<&HeaderValue>, address: SocketAddr) -> bool {
    if !address.ip().is_loopback() {
        return true;
    }
    let Some(host) = host.and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let literal = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || literal.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream as Client;

    /// Starts a server that lasts as long as the tests, and returns its address.
    fn start(limits: Limits) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || within(limits, listener, Served::new(Vec::new())));
        address
    }

    fn connect(address: SocketAddr) -> Client {
        let client = Client::connect(address).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        client
    }

    /// What a client is told to the end of its connection, and how long it took.
    fn told(client: &mut Client, since: Instant) -> (String, Duration) {
        let mut bytes = Vec::new();
        let _ = client.read_to_end(&mut bytes);
        (String::from_utf8(bytes).unwrap(), since.elapsed())
    }

    const HEAD: &str =
        "POST /bounds HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

    #[test]
    fn who_says_nothing_or_half_is_not_waited_for() {
        let patience = Duration::from_millis(400);
        let address = start(Limits { patience, ..LIMITS });
        for (sent, answer) in [
            (String::new(), ""),
            ("POST /bounds HT".to_owned(), ""),
            (HEAD.to_owned(), ""),
            (
                format!("{HEAD}content-length: 16\r\n\r\n{{\"attempts"),
                "did not arrive within 400ms",
            ),
            // Answered, and then nothing more is asked.
            (format!("{HEAD}content-length: 16\r\n\r\n{{\"attempts\":[1]}}"), "\"symbols\":1"),
        ] {
            let mut client = connect(address);
            let since = Instant::now();
            client.write_all(sent.as_bytes()).unwrap();
            let (said, took) = told(&mut client, since);
            assert!(
                said.contains(answer) && said.is_empty() == answer.is_empty(),
                "{sent}: {said}"
            );
            assert!(took > patience - LOOK && took < LIMITS.patience, "{sent}: {took:?}");
        }
    }

    #[test]
    fn a_connection_ends_however_much_is_asked_on_it() {
        let lifetime = Duration::from_millis(400);
        let mut client = connect(start(Limits { lifetime, ..LIMITS }));
        let since = Instant::now();
        let mut answers = 0;
        loop {
            let request = format!("{HEAD}content-length: 16\r\n\r\n{{\"attempts\":[1]}}");
            let mut some = [0; 4096];
            match client.write_all(request.as_bytes()).and_then(|()| client.read(&mut some)) {
                Ok(0) | Err(_) => break,
                Ok(_) => answers += 1,
            }
            assert!(since.elapsed() < LIMITS.patience, "{answers} answers");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(answers > 5 && since.elapsed() >= lifetime, "{answers} answers");
    }

    #[test]
    fn beyond_the_most_connections_it_is_busy() {
        let address = start(Limits { connections: 2, ..LIMITS });
        let idle = [connect(address), connect(address)];
        std::thread::sleep(Duration::from_millis(100));
        let (said, _) = told(&mut connect(address), Instant::now());
        assert!(said.starts_with("HTTP/1.1 503 "), "{said}");
        drop(idle);
        std::thread::sleep(Duration::from_millis(100));
        let mut client = connect(address);
        client
            .write_all(b"GET /models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .unwrap();
        let (said, _) = told(&mut client, Instant::now());
        assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let here: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let ours = |host: &'static str| is_ours(Some(&HeaderValue::from_static(host)), here);
        for host in
            ["127.0.0.1", "127.0.0.1:80", "localhost:8017", "LOCALHOST", "[::1]:80", "[::1]"]
        {
            assert!(ours(host), "{host}");
        }
        for host in ["", "example.com", "localhost.example.com:80", "10.0.0.1", "127.0.0.1.nip.io"]
        {
            assert!(!ours(host), "{host}");
        }
        assert!(!is_ours(None, here) && is_ours(None, "10.0.0.1:80".parse().unwrap()));
    }

    #[test]
    fn the_busy_answer_has_the_length_that_it_says() {
        let text = std::str::from_utf8(BUSY).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(text.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
