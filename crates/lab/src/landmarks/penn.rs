//! R2: the Penn Treebank as Mikolov prepared it, with 10,000 words. Its licence forbids passing it
//! on, so the user has to supply it.

use super::error::LandmarkError;
use super::lab::{Lab, Penn};
use super::row::{Claim, Row, Tolerance};
use ngram_eval::Evaluation;
use ngram_eval::mixture::{CacheSpec, DynamicMixture, MixedModel};
use ngram_eval::number::grouped as group;
use ngram_input::Text;
use ngram_model::LanguageModel;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::TrainOptions;
use ngram_train::smoothing::{self, Combine, Settings, UnigramBase};

const CITATION: &str = "Mikolov et al. 2011";
const CONDITIONS: &str = "Penn Treebank, sections 0–20 to train on, 23–24 to test; 10,000 words, <unk> one of them; ends of sentences predicted";
const DATA: &str = "the same files, sentence by sentence";
const ABSENT: &str = "give the folder of ptb.train.txt, ptb.valid.txt and ptb.test.txt with --ptb";

/// A model, its published figure on the test text if any, and the figures of another implementation
/// on the validation and test texts.
struct Model {
    id: &'static str,
    name: &'static str,
    smoothing: &'static str,
    order: usize,
    /// Whether it backs off rather than interpolates.
    backs_off: bool,
    /// Whether n-grams of three words and more that occur once are dropped, as in SRILM.
    drops: bool,
    published: Option<Published>,
    expected: [f64; 2],
}

#[derive(Clone, Copy)]
struct Published {
    value: f64,
    /// Whether the figure was seen in the publication itself, rather than in one that quotes it.
    seen: bool,
    /// How far ours may be from it to count as reproduced.
    near: f64,
}

const fn model(
    id: &'static str,
    name: &'static str,
    smoothing: &'static str,
    order: usize,
    expected: [f64; 2],
) -> Model {
    let (backs_off, drops, published) = (false, false, None);
    Model { id, name, smoothing, order, backs_off, drops, published, expected }
}

const fn dropping(of: Model) -> Model {
    Model { drops: true, ..of }
}

const fn backing_off(of: Model, drops: bool) -> Model {
    Model { backs_off: true, drops, ..of }
}

const fn published(of: Model, value: f64, seen: bool, near: f64) -> Model {
    Model { published: Some(Published { value, seen, near }), ..of }
}

const MKN: &str = "modified-kneser-ney";
const GT: &str = "good-turing";
#[rustfmt::skip]
const MODELS: &[Model] = &[
    model("MKN2", "modified Kneser–Ney", MKN, 2, [199.02, 185.70]),
    published(model("MKN3", "modified Kneser–Ney", MKN, 3, [157.77, 148.28]), 148.3, false, 0.1),
    model("MKN4", "modified Kneser–Ney", MKN, 4, [149.90, 142.72]),
    published(model("MKN5", "modified Kneser–Ney", MKN, 5, [148.01, 141.19]), 141.2, true, 0.1),
    dropping(model("MKNd3", "the same, rare n-grams dropped", MKN, 3, [162.438, 152.985])),
    dropping(model("MKNd4", "the same, rare n-grams dropped", MKN, 4, [156.418, 148.885])),
    dropping(model("MKNd5", "the same, rare n-grams dropped", MKN, 5, [155.126, 147.852])),
    model("KN3", "Kneser–Ney, one discount", "kneser-ney", 3, [161.40, 150.60]),
    model("KN4", "Kneser–Ney, one discount", "kneser-ney", 4, [153.44, 145.10]),
    model("KN5", "Kneser–Ney, one discount", "kneser-ney", 5, [151.42, 143.51]),
    backing_off(model("MKNb3", "modified Kneser–Ney, backing off", MKN, 3, [170.48, 161.99]), false),
    backing_off(model("MKNb4", "modified Kneser–Ney, backing off", MKN, 4, [171.72, 165.95]), false),
    backing_off(model("MKNb5", "modified Kneser–Ney, backing off", MKN, 5, [177.00, 171.48]), false),
    backing_off(model("MKNs3", "the same, rare n-grams dropped", MKN, 3, [169.56, 161.13]), true),
    backing_off(model("MKNs4", "the same, rare n-grams dropped", MKN, 4, [165.18, 158.82]), true),
    backing_off(model("MKNs5", "the same, rare n-grams dropped", MKN, 5, [164.83, 158.65]), true),
    published(backing_off(model("GT3", "Good–Turing", GT, 3, [177.541, 165.231]), true), 165.2, true, 1.0),
    backing_off(model("GTa3", "Good–Turing, no n-gram dropped", GT, 3, [178.908, 166.577]), false),
    published(backing_off(model("GT5", "Good–Turing", GT, 5, [172.197, 162.254]), true), 162.3, false, 1.0),
    backing_off(model("GTa5", "Good–Turing, no n-gram dropped", GT, 5, [183.324, 173.668]), false),
];

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let mut rows = Vec::new();
    for model in MODELS {
        match &lab.ptb {
            Some(penn) => rows.extend(measured(lab, penn, model)?),
            None => rows.push(row(model, "test").missing(ABSENT)),
        }
    }
    rows.extend(match &lab.ptb {
        Some(penn) => vec![with_cache(lab, penn)?],
        None => vec![cache_row().missing(ABSENT)],
    });
    for (order, expected) in [(3, 148.38), (4, 142.74)] {
        let quantity = format!("modified Kneser–Ney, order {order}, one stream of text, test");
        let row = Row::new(format!("R2-stream{order}-test"), quantity, "perplexity");
        rows.push(match &lab.ptb {
            Some(penn) => in_one_stream(lab, penn, order, row)?.expect(expected, 0.05),
            None => row.missing(ABSENT),
        });
    }
    Ok(rows)
}

fn cache_row() -> Row {
    let quantity = "Kneser–Ney, order 5, and a unigram cache, test";
    let row = Row::new("R2-KN5-cache-test", quantity, "perplexity");
    row.source(2011, CITATION, CONDITIONS).published(125.7)
}

/// Measures a cache with a half-life of 100 words, its weight fitted to the validation text.
fn with_cache(lab: &Lab, penn: &Penn) -> Result<Row, LandmarkError> {
    let text = Text::bytes("ptb.train.txt", penn.train.clone().into_bytes());
    let model = lab.models.train(&[text], options(5))?;
    let mixed = MixedModel::new(vec![("words".to_owned(), &model as &dyn LanguageModel)], &[1.0])?;
    let mut mixture = DynamicMixture::new(&mixed, &[CacheSpec { half_life: 100.0, order: 1 }]);
    let [valid, test] = &penn.held_out;
    mixture.fit("ptb.valid.txt", valid.as_bytes())?;
    let mut evaluation = Evaluation::mixture(mixture);
    evaluation.read("ptb.test.txt", test.as_bytes())?;
    let figures = evaluation.report().figures;
    let perplexity = figures.perplexity_including_oovs.ok_or("the text is empty")?;
    let over = format!("{} tokens", group(figures.tokens));
    let row = cache_row().ours(perplexity, DATA, over);
    Ok(row.claim(Claim::Same(Tolerance::Absolute(1.5))))
}

/// Measures a stream in which sentence ends are words like others and histories cross them.
fn in_one_stream(lab: &Lab, penn: &Penn, order: usize, row: Row) -> Result<Row, LandmarkError> {
    let stream =
        |text: &str| text.lines().flat_map(|line| [line, "<eos>"]).collect::<Vec<_>>().join(" ");
    let text = Text::bytes("ptb.train.txt", stream(&penn.train).into_bytes());
    let model = lab.models.train(&[text], options(order))?;
    let figures = ngram_eval::evaluate(&model, &stream(&penn.held_out[1])).figures;
    let perplexity = figures.perplexity_including_oovs.ok_or("the text is empty")?;
    let over = format!("{} tokens", group(figures.tokens));
    Ok(row.ours(perplexity, "the same files, as one line", over))
}

/// Options for interpolated modified Kneser–Ney.
fn options(order: usize) -> TrainOptions {
    TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        open: false,
        ..TrainOptions::default()
    }
}

fn row(model: &Model, part: &str) -> Row {
    let quantity = format!("{}, order {}, {part}", model.name, model.order);
    let row = Row::new(format!("R2-{}-{part}", model.id), quantity, "perplexity");
    let row = row.source(2011, CITATION, CONDITIONS);
    match model.published.filter(|_| part == "test") {
        Some(Published { value, seen: true, .. }) => row.published(value),
        Some(Published { value, .. }) => row.published(value).reported(),
        None => row,
    }
}

fn measured(lab: &Lab, penn: &Penn, model: &Model) -> Result<Vec<Row>, LandmarkError> {
    lab.progress.begin(model.name, None, "");
    let rare = [1, 1].into_iter().chain(std::iter::repeat_n(2, model.order - 2));
    let options = TrainOptions {
        smoothing: smoothing::by_name(model.smoothing)?,
        settings: Settings {
            combine: model.backs_off.then_some(Combine::BackOff),
            // All words are known, and all occur in training.
            unigrams: Some(UnigramBase::Uniform),
            min_counts: if model.drops { rare.collect() } else { Vec::new() },
            ..Settings::default()
        },
        ..options(model.order)
    };
    let text = Text::bytes("ptb.train.txt", penn.train.clone().into_bytes());
    let trained = lab.models.train(&[text], options)?;
    let mut rows = Vec::new();
    for ((part, text), expected) in ["valid", "test"].iter().zip(&penn.held_out).zip(model.expected)
    {
        let figures = ngram_eval::evaluate(&trained, text).figures;
        let perplexity = figures.perplexity_including_oovs.ok_or("the text is empty")?;
        let over = format!("{} tokens", group(figures.tokens));
        let row = row(model, part).ours(perplexity, DATA, over).expect(expected, 0.02);
        let near = model.published.map_or(0.1, |published| published.near);
        rows.push(row.claim(Claim::Same(Tolerance::Absolute(near))));
    }
    Ok(rows)
}
