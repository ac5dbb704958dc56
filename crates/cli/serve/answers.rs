//! What is answered to a request: JSON for JSON, by the models alone.

use super::game::{self, Games};
use crate::input;
use crate::opened;
use ngram_eval::explain::{Explanation, explain};
use ngram_eval::{Next, scored_text};
use ngram_model::{AnyModel, LanguageModel};
use ngram_report::html;
use ngram_tokenizer::{TokenizerKind, WordId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;

/// The most next words that are answered at once.
const MOST_WORDS: usize = 1000;

/// Why a request is not answered: a status of HTTP, and what to do, in words.
#[derive(Debug)]
pub struct Refusal(pub u16, pub String);

impl Refusal {
    /// A request that cannot be understood.
    fn bad(why: impl Into<String>) -> Refusal {
        Refusal(400, why.into())
    }
}

/// A model that is served.
pub struct ServedModel {
    /// Its place among the models, from 1.
    number: usize,
    name: String,
    model: &'static dyn LanguageModel,
    next: Next<'static>,
}

impl ServedModel {
    /// Opens a model, and sorts its vocabulary for completions.
    pub fn open(path: &Path, number: usize) -> anyhow::Result<ServedModel> {
        // Requests are answered on threads that end with the process, and so does the model.
        let opened: &'static AnyModel = Box::leak(Box::new(input::open_any_model(path)?));
        opened.populate();
        let (name, model) = (path.display().to_string(), opened.as_dyn());
        let next = Next::new(model);
        next.prepare();
        Ok(ServedModel { number, name, model, next })
    }
}

/// All that requests are answered from. Nothing of a request is kept.
pub struct Served {
    models: Vec<ServedModel>,
    games: Games,
    page: String,
}

/// A request for something about a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfText {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForNext {
    text: String,
    most: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForGame {
    seed: Option<u64>,
    letters: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempts {
    attempts: Vec<usize>,
}

/// An explanation, and the same as part of a page.
#[derive(Serialize)]
struct Explained {
    explanation: Explanation,
    html: String,
}

/// The answers of all models.
#[derive(Serialize)]
struct Answers<'m, T> {
    models: Vec<Named<'m, T>>,
}

/// A model's answer, after its name.
#[derive(Serialize)]
struct Named<'m, T> {
    name: &'m str,
    #[serde(flatten)]
    answer: T,
}

impl Served {
    /// Serves one or two models.
    pub fn new(models: Vec<ServedModel>) -> Served {
        let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
        Served { page: html::live::page(&names), models, games: Games::default() }
    }

    /// The page.
    pub fn page(&self) -> &str {
        &self.page
    }

    /// What the models are.
    pub fn models(&self) -> String {
        let models = self.models.iter().map(|served| {
            let (model, kind) = (served.model, &served.model.tokenizer().kind);
            json!({
                "name": served.name,
                "order": model.order(),
                "tokenizer": kind.to_string(),
                "lowercase": model.tokenizer().lowercase,
                "vocabulary_size": model.vocab().len() - WordId::SPECIAL as usize,
                "open_vocabulary": model.open_vocabulary().is_some(),
                "packed": matches!(kind, TokenizerKind::Chars | TokenizerKind::Bytes | TokenizerKind::Shannon),
            })
        });
        let models: Vec<Value> = models.collect();
        written(&json!({ "version": env!("CARGO_PKG_VERSION"), "models": models }))
    }

    /// The paths that take a request with a body.
    pub const PATHS: [&str; 5] = ["/score", "/next", "/explain", "/game", "/bounds"];

    /// Answers a request with a body.
    pub fn answer(&self, path: &str, body: &[u8]) -> Result<String, Refusal> {
        // What a model says that another program has changed cannot be trusted.
        let changed = |error: ngram_model::Changed| Refusal(500, format!("{error}: start again"));
        opened::unchanged().map_err(changed)?;
        match path {
            "/score" => {
                let OfText { text } = parsed(body)?;
                self.each(|served| scored_text::score(served.model, &text))
            }
            "/next" => {
                let ForNext { text, most } = parsed(body)?;
                let most = most.unwrap_or(10);
                if most > MOST_WORDS {
                    return Err(Refusal::bad(format!("most is at most {MOST_WORDS}")));
                }
                one_line(&text)?;
                self.each(|served| served.next.typed(&text, most))
            }
            "/explain" => {
                let OfText { text } = parsed(body)?;
                one_line(&text)?;
                self.each(|served| {
                    let explained = explain(served.model, &text);
                    let html = html::explain::part(&explained, served.number);
                    Explained { explanation: explained, html }
                })
            }
            "/game" => {
                let ForGame { seed, letters } = parsed(body)?;
                let letters = letters.unwrap_or(game::LETTERS);
                if !(1..=game::MOST_LETTERS).contains(&letters) {
                    let most = game::MOST_LETTERS;
                    return Err(Refusal::bad(format!("letters is a number from 1 to {most}")));
                }
                let named = self.models.iter().map(|served| (served.name.as_str(), served.model));
                let models: Vec<_> = named.collect();
                let game = self.games.passage(&models, letters, seed);
                game.map(|game| written(&game)).map_err(|why| Refusal(500, why))
            }
            "/bounds" => {
                let Attempts { attempts } = parsed(body)?;
                let score = game::score(&attempts).map_err(Refusal::bad)?;
                Ok(written(&score))
            }
            other => Err(Refusal(404, format!("there is nothing at {other}"))),
        }
    }

    /// Asks each model.
    fn each<T: Serialize>(&self, answer: impl Fn(&ServedModel) -> T) -> Result<String, Refusal> {
        let named =
            self.models.iter().map(|served| Named { name: &served.name, answer: answer(served) });
        let answers = Answers { models: named.collect() };
        // Not by way of `Value`, which would widen numbers of 32 bits.
        let text = serde_json::to_string(&answers);
        text.map(|text| text + "\n").map_err(|error| Refusal(500, error.to_string()))
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::bad(format!(
            "the body is not the JSON object that this path takes: {error}; see docs/json.md"
        ))
    })
}

fn one_line(text: &str) -> Result<(), Refusal> {
    match text.contains(['\n', '\r']) {
        true => Err(Refusal::bad("text is one line here, and this one has several: send the last")),
        false => Ok(()),
    }
}

fn written(value: &Value) -> String {
    value.to_string() + "\n"
}
