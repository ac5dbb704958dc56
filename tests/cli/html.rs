//! The pages of `--html`: their structure, and how a browser renders them.
//!
//! The browser tests run if headless Chromium is installed (Debian's package `chromium`); otherwise
//! they say that they did not run.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tempfile::{TempDir, tempdir};

const TRAINING: &str = include_str!("../../corpora/sample.txt");

fn ngram(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).args(arguments);
    command
}

fn run(folder: &TempDir, arguments: &[&str]) -> String {
    let output = ngram(folder, arguments).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// Returns a folder with a model of most of the built-in text, and the rest of the text in held.txt.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let lines: Vec<&str> = TRAINING.lines().collect();
    let held: Vec<&str> = lines.iter().skip(9).step_by(10).copied().collect();
    let mut train = lines.clone();
    train.retain(|line| !held.contains(line));
    fs::write(folder.path().join("train.txt"), train.join("\n") + "\n").unwrap();
    fs::write(folder.path().join("held.txt"), held.join("\n") + "\n").unwrap();
    run(&folder, &["train", "train.txt", "--order", "3", "-q"]);
    folder
}

/// Returns the page of an evaluation, with the JSON report.
fn evaluated() -> (TempDir, String, Value) {
    let folder = folder();
    let json = run(&folder, &["eval", "held.txt", "--json", "--html", "page.html"]);
    let html = read(&folder, "page.html");
    (folder, html, serde_json::from_str(&json).unwrap())
}

/// Returns the quoted values of `<data value="…">`.
fn values(html: &str) -> Vec<f64> {
    let found = html.split("<data value=\"").skip(1);
    found.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn the_page_of_an_evaluation_has_the_figures_of_the_report() {
    let (folder, html, report) = evaluated();
    let expected = [
        "perplexity_including_oovs",
        "bits_per_token",
        "open_vocabulary/bits_per_character",
        "perplexity_excluding_oovs",
        "oov_rate",
        "open_vocabulary/total_bits",
    ];
    let of = |name: &str| report.pointer(&format!("/{name}")).unwrap().as_f64().unwrap();
    let expected = expected.map(of);
    let found = values(&html);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found / expected - 1.0).abs() < 1e-14, "{found}, not {expected}");
    }
    // The text is short enough to be shown completely.
    let tokens = html.matches("<span class=\"t ").count();
    assert_eq!(tokens as u64, report["tokens"].as_u64().unwrap());
    assert_eq!(html.matches("data-tip=\"").count(), tokens);
    assert_eq!(html.matches("most probable here:").count(), tokens);
    let oovs = html.matches(" oov\" tabindex").count();
    assert_eq!(oovs as u64, report["oovs"].as_u64().unwrap());
    // The page is the same for any number of threads, and in any layout that shows what it has seen.
    run(&folder, &["eval", "held.txt", "-j", "1", "--html", "again.html"]);
    assert!(read(&folder, "again.html") == html);
    run(&folder, &["convert", "model.ngram", "-o", "small.ngram", "--layout", "compact"]);
    run(&folder, &["eval", "held.txt", "-m", "small.ngram", "--html", "small.html"]);
    assert!(read(&folder, "small.html").replace("small.ngram", "model.ngram") == html);
}

/// Returns the page of every other command, with the command's JSON output.
fn others(folder: &TempDir) -> Vec<(&'static str, String, Value)> {
    fs::write(folder.path().join("whole.txt"), TRAINING).unwrap();
    run(folder, &["train", "train.txt", "--order", "1", "-q", "-o", "other.ngram"]);
    let commands = [
        ("entropy whole.txt -q", "entropy"),
        ("info-theory", "the worked example"),
        ("info-theory --p 0.5,0.5,0 --q 0.25,0.75,0", "two distributions"),
        ("info-theory --p 0.5,0.5 --q 1,0", "an infinite divergence"),
        ("info-theory --p 0.5,0.25,0.25", "one distribution"),
        ("info-theory --text whole.txt --distance 1..6", "distances"),
        ("info-theory --text held.txt --model model.ngram --against other.ngram", "two models"),
        ("info-theory --text held.txt --model model.ngram", "a model"),
        ("explain the,<b>zyzzyva. -m model.ngram", "explain"),
        (
            "explain the,<b>zyzzyva. -m model.ngram --with other.ngram --weights 0.5,0.5",
            "explain a mixture",
        ),
    ];
    let page = |(command, what): (&str, &'static str)| {
        let mut words: Vec<&str> = command.split_whitespace().collect();
        words.extend(["--json", "--html", "page.html"]);
        let json = run(folder, &words);
        (what, read(folder, "page.html"), serde_json::from_str(&json).unwrap())
    };
    commands.map(page).into()
}

#[test]
fn pages_are_sound_and_fetch_nothing() {
    let (folder, html, _) = evaluated();
    sound(&html, "eval");
    for (what, html, _) in others(&folder) {
        sound(&html, what);
        assert!(html.contains("<svg viewBox") || what.contains("infinite"), "{what}");
    }
}

#[test]
fn the_page_of_entropy_has_every_figure() {
    let folder = folder();
    let (_, html, report) = others(&folder).swap_remove(0);
    let shown = values(&html);
    let mut count = 0;
    for figure in
        report["methods"].as_array().unwrap().iter().flat_map(|m| m["figures"].as_array().unwrap())
    {
        let Some(value) = figure["value"].as_f64() else { continue };
        count += 1;
        assert!(shown.iter().any(|s| (s - value).abs() <= 1e-12 * value.abs()), "{figure}");
    }
    assert!(count > 60, "{count}");
    let curve = report["learning_curve"]["points"].as_array().unwrap().len();
    let drawn =
        html.split("id=\"learning-curve-title\"").nth(1).unwrap().split("</svg>").next().unwrap();
    assert_eq!(drawn.matches("<circle").count(), curve);
    for cited in ["Shannon 1951", "Brown et al. 1992: 1.75", "Takahira"] {
        assert!(html.contains(cited), "{cited}");
    }
}

/// A token's steps add up to its bits, and its bar in the drawing has the same length.
#[test]
fn the_page_of_an_explanation_has_every_step() {
    let folder = folder();
    let pages = others(&folder);
    let (_, html, report) = pages.iter().find(|(what, ..)| *what == "explain").unwrap();
    let ladders: Vec<f64> = html
        .split("<ol class=\"ladder\">")
        .skip(1)
        .map(|ladder| values(ladder.split("</ol>").next().unwrap()).iter().sum())
        .collect();
    let tokens = report["tokens"].as_array().unwrap();
    assert_eq!((ladders.len(), tokens.len()), (8, 8));
    let drawn = html.split("id=\"tokens-1-title\"").nth(1).unwrap().split("</svg>").next().unwrap();
    let widths: Vec<f64> = drawn
        .split(" width=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
        .collect();
    let bits: Vec<f64> =
        tokens.iter().map(|token| token["open"]["bits"].as_f64().unwrap()).collect();
    let most = |numbers: &[f64]| numbers.iter().copied().fold(0.0, f64::max);
    for ((ladder, bits_of), width) in ladders.iter().zip(&bits).zip(&widths) {
        assert!((ladder / bits_of - 1.0).abs() < 1e-5, "{ladder}, not {bits_of}");
        assert!((width / most(&widths) - bits_of / most(&bits)).abs() < 1e-3, "{width}");
    }
    assert!(html.contains(">new</span>") && html.contains(">spelled</span>"), "{html}");
}

#[test]
fn the_decomposition_is_drawn_to_scale() {
    let folder = folder();
    let pages = others(&folder);
    let (_, html, found) = &pages[1];
    let of = |name: &str| found["comparison"][name].as_f64().unwrap();
    let drawn =
        html.split("id=\"decomposed-title\"").nth(1).unwrap().split("</svg>").next().unwrap();
    let widths: Vec<f64> = drawn
        .split(" width=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(widths.len(), 3);
    assert!((widths[1] + widths[2] - widths[0]).abs() < 0.2, "{widths:?}");
    let share = of("kl_divergence") / of("cross_entropy");
    assert!((widths[2] / widths[0] - share).abs() < 1e-3, "{widths:?}");
    for text in ["H(P, Q) = 1.2796 bits", "H(P) = 1.1568", "D_KL(P‖Q) = 0.1228"] {
        assert!(html.contains(text), "{text}");
    }
    assert!(pages[3].1.contains("nothing makes up for that"), "{}", pages[3].1);
}

/// Checks that tags nest, ids are unique, every drawing has a description, and nothing is fetched.
fn sound(html: &str, what: &str) {
    let body = html.split_once("<body>").unwrap().1.split_once("<script>").unwrap().0;
    let mut open: Vec<&str> = Vec::new();
    for tag in body.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{what}: </{name}>");
        } else if !tag.ends_with('/') && name != "wbr" && name != "br" {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0], "{what}");
    let ids: Vec<&str> =
        body.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for id in &ids {
        assert_eq!(ids.iter().filter(|other| other == &id).count(), 1, "{what}: id {id}");
    }
    for svg in body.split("<svg viewBox").skip(1).filter(|svg| !svg.contains("aria-hidden")) {
        let head: String = svg.chars().take(900).collect();
        assert!(head.contains("<title id=") && head.contains("<desc id="), "{what}: {head}");
    }
    for fetched in [" src=", "url(", "@import", "http://", "https://", "NaN", ">inf<"] {
        assert!(!html.contains(fetched), "{what}: {fetched}");
    }
}

#[test]
fn text_that_looks_like_markup_is_text() {
    let folder = folder();
    let nasty = "</script><script>alert(1)</script> \"><img src=x onerror=alert(1)> & ' \u{1b}\n";
    fs::write(folder.path().join("<b>.txt"), nasty).unwrap();
    run(&folder, &["eval", "<b>.txt", "--html", "page.html"]);
    let html = read(&folder, "page.html");
    sound(&html, "nasty");
    assert!(!html.contains("alert(1)</script>") && !html.contains("<img"), "{html}");
    assert!(html.contains("&lt;b&gt;.txt under model.ngram"), "{html}");
}

/// Hebrew runs from right to left in its own lines, and does not move the English and the figures around it.
#[test]
fn text_from_right_to_left_keeps_its_place() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("he.txt"), "שלום עולם\nשלום לכל\n").unwrap();
    run(&folder, &["train", "he.txt", "--order", "2", "--smoothing", "witten-bell", "-q"]);
    run(&folder, &["eval", "he.txt", "--html", "eval.html"]);
    let html = read(&folder, "eval.html");
    assert_eq!(html.matches("<p dir=\"auto\"><span class=\"t ").count(), 2, "{html}");
    assert!(html.contains("after “\u{2068}שלום\u{2069}”"), "{html}");
    assert!(html.contains("<bdi><span class=\"before\">"), "{html}");
    run(&folder, &["explain", "שלום עולם", "--html", "explain.html"]);
    let html = read(&folder, "explain.html");
    assert!(html.contains("<h1>“\u{2068}שלום עולם\u{2069}” under"), "{html}");
    assert!(
        html.contains("<h3><bdi>עולם</bdi> ") && html.contains("\"ngram\" dir=\"auto\">"),
        "{html}"
    );
}

#[test]
fn of_an_empty_text_the_page_says_that_nothing_can_be_computed() {
    let folder = folder();
    fs::write(folder.path().join("empty.txt"), "").unwrap();
    run(&folder, &["eval", "empty.txt", "--html", "page.html"]);
    let html = read(&folder, "page.html");
    sound(&html, "empty");
    assert!(html.matches("cannot be computed").count() >= 5);
}

#[test]
fn a_page_appears_whole_or_not_at_all() {
    let folder = folder();
    let refused = |arguments: &[&str]| {
        let output = ngram(&folder, arguments).assert().failure().get_output().clone();
        String::from_utf8(output.stderr).unwrap()
    };
    let before = read(&folder, "held.txt");
    let said = refused(&["eval", "held.txt", "--html", "held.txt"]);
    assert!(said.contains("the page would replace held.txt"), "{said}");
    let said = refused(&["eval", "held.txt", "--html", "model.ngram"]);
    assert!(said.contains("the page would replace model.ngram"), "{said}");
    let said = refused(&["eval", "held.txt", "--html", "-"]);
    assert!(said.contains("--html needs the name of a file"), "{said}");
    let said = refused(&["eval", "held.txt", "--html", "no/such/folder.html"]);
    assert!(said.contains("cannot write no/such/folder.html"), "{said}");
    // A failed evaluation leaves an older page unchanged.
    fs::write(folder.path().join("page.html"), "older").unwrap();
    fs::write(folder.path().join("cut.gz"), b"\x1f\x8b\x08\0\0\0\0\0\0\0\0").unwrap();
    refused(&["eval", "cut.gz", "--html", "page.html"]);
    assert_eq!((read(&folder, "page.html").as_str(), read(&folder, "held.txt")), ("older", before));
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{left:?}");
}

/// A script that is added to a copy of a page, to inspect it in a frame as the browser sees it.
const PROBE: &str = r#"<script>
addEventListener("load", () => {
  const box = (element) => element.getBoundingClientRect();
  const drawings = [...document.querySelectorAll("figure > svg")];
  const tokens = [...document.querySelectorAll(".t[data-tip]")];
  const seen = {
    scripted: document.documentElement.classList.contains("scripted"),
    width: document.documentElement.clientWidth,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    drawings: drawings.map((svg) => ({
      width: box(svg).width,
      marks: svg.querySelectorAll("circle, rect, path").length,
      outside: [...svg.querySelectorAll("circle, rect, path, text")].filter((mark) => {
        const [a, b] = [box(mark), box(svg)];
        return a.left < b.left - 2 || a.right > b.right + 2 || a.top < b.top - 2 || a.bottom > b.bottom + 2;
      }).map((mark) => mark.outerHTML),
      smallest: Math.min(...[...svg.querySelectorAll("text")].map((text) => box(text).height)),
    })),
    tokens: tokens.length,
    shades: new Set(tokens.map((token) => getComputedStyle(token).backgroundColor)).size,
  };
  if (tokens.length) {
    const last = tokens[Math.min(tokens.length - 1, 12)];
    last.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
    const tip = document.getElementById("tip");
    seen.tip = { text: tip.textContent, hidden: tip.hidden, left: box(tip).left, right: innerWidth - box(tip).right };
    tokens[0].focus();
    tokens[0].dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    seen.walked = document.activeElement === tokens[1];
  }
  const probe = document.createElement("pre");
  probe.id = "probe";
  probe.textContent = JSON.stringify(seen);
  parent.document.body.append(probe);
});
</script>"#;

/// Returns Chromium under any of its names, if it is installed.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = |name: &&str| {
        let mut command = std::process::Command::new(name);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    names.into_iter().find(is_there)
}

/// Returns the page after Chromium has run it, and what it wrote to the console.
fn visit(browser: &str, page: &Path) -> (String, Vec<String>) {
    let profile = tempdir().unwrap();
    let output = std::process::Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        .args(["--no-first-run", "--enable-logging=stderr", "--dump-dom", "--window-size=1400,900"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let console = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned);
    (String::from_utf8(output.stdout).unwrap(), console.collect())
}

/// Returns what [`PROBE`] finds in a page of this width, in a frame, as no window can be as narrow
/// as a phone's.
fn probe(browser: &str, folder: &TempDir, html: &str, width: u32) -> Value {
    let page = html.replace("</body>", &format!("{PROBE}</body>"));
    let page = page.replace('&', "&amp;").replace('"', "&quot;");
    let frame = format!(
        "<!DOCTYPE html><body><iframe style=\"width:{width}px;height:800px;border:0\" srcdoc=\"{page}\"></iframe></body>"
    );
    let path = folder.path().join("frame.html");
    fs::write(&path, frame).unwrap();
    let (dom, console) = visit(browser, &path);
    assert_eq!(console, [""; 0], "the console");
    let found = dom.rsplit_once("<pre id=\"probe\">").expect("the script ran").1;
    let found = found.split_once("</pre>").unwrap().0;
    let found = found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let seen: Value = serde_json::from_str(&found).unwrap();
    assert!((f64::from(width) - seen["width"].as_f64().unwrap()) <= 20.0, "{seen}");
    seen
}

#[test]
fn a_browser_shows_the_pages() {
    let Some(browser) = browser() else {
        // Written directly to the terminal, since the test runner hides the output of passing tests.
        let said = "NOT RUN: no Chromium here, so the pages were not opened in a browser\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        return;
    };
    let (folder, html, report) = evaluated();
    // Makes sure that the console is captured; otherwise its silence would prove nothing.
    let loud = folder.path().join("loud.html");
    fs::write(&loud, "<title>x</title><script>console.error('heard')</script>").unwrap();
    let (_, console) = visit(browser, &loud);
    assert!(console.len() == 1 && console[0].contains("heard"), "{console:?}");

    for width in [390, 1200] {
        let seen = probe(browser, &folder, &html, width);
        looks_right(&seen, &format!("eval at {width}"));
        assert_eq!(seen["tokens"], report["tokens"]);
        assert!(seen["shades"].as_u64().unwrap() >= 5, "{seen}");
        assert_eq!(seen["drawings"].as_array().unwrap().len(), 5);
        assert!(seen["tip"]["text"].as_str().unwrap().contains(" bits, probability 0"), "{seen}");
        assert_eq!(seen["tip"]["hidden"], false);
        let inside = |side: &str| seen["tip"][side].as_f64().unwrap() >= 0.0;
        assert!(inside("left") && inside("right"), "{seen}");
        assert_eq!(seen["walked"], true);
    }
}

#[test]
fn a_browser_shows_the_other_pages() {
    let Some(browser) = browser() else { return };
    let folder = folder();
    for (what, html, _) in others(&folder) {
        // The width at which most problems appear.
        looks_right(&probe(browser, &folder, &html, 390), what);
    }
}

/// Checks that nothing is wider than the window, and every drawing is present, complete and legible.
fn looks_right(seen: &Value, what: &str) {
    assert_eq!(seen["overflow"], 0, "{what}: {seen}");
    for drawing in seen["drawings"].as_array().unwrap() {
        assert!(drawing["width"].as_f64().unwrap() > 300.0, "{what}: {drawing}");
        assert!(drawing["marks"].as_u64().unwrap() > 0, "{what}: {drawing}");
        assert_eq!(drawing["outside"], serde_json::json!([]), "{what}: {drawing}");
        assert!(drawing["smallest"].as_f64().unwrap() >= 9.0, "{what}: {drawing}");
    }
}
