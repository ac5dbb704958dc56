//! Small models of every kind, for tests.

use ngram_counts::{
    Corpus, CountFile, CountFileInfo, CountOptions, Ids, NgramCounts, RecordLengths, VocabRule,
};
use ngram_eval::mixture::MixedModel;
use ngram_eval::sampling::Random;
use ngram_input::Text;
use ngram_model::{
    AnyModel, ConvertOptions, LanguageModel, Layout, Model, convert, convert_classes,
};
use ngram_store::Resources;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::classes::{WordClasses, train_classes};
use ngram_train::smoothing::{Combine, METHODS, Settings};
use ngram_train::{TrainOptions, train};

/// A random text over twelve words, some pairs more frequent than others.
fn text() -> String {
    let mut random = Random::of_sample(11, 0);
    let mut text = String::new();
    for _ in 0..120 {
        let mut word = 0;
        for _ in 0..random.below(8) {
            let most = 1 + random.below(12);
            word = if random.below(3) == 0 { (word * 5 + 2) % 12 } else { random.below(most) };
            text.push_str(&format!("w{word} "));
        }
        text.push('\n');
    }
    text
}

/// Options for small models: order 3, whitespace tokenizer.
pub fn options() -> TrainOptions {
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    TrainOptions { order: 3, tokenizer, ..TrainOptions::default() }
}

/// Trains a model on `text`, or on a random text if there is none.
pub fn model(text: Option<&str>, options: &TrainOptions) -> AnyModel {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let text = text.map_or_else(self::text, str::to_owned);
    train(&[Text::bytes("text", text.into())], options, &path, &()).unwrap();
    AnyModel::open(&path).unwrap()
}

/// The bytes of a count file of the random text.
pub fn counts() -> Vec<u8> {
    let options = options();
    let texts = [Text::bytes("text", text().into())];
    let resources = Resources::default();
    let corpus =
        Corpus::read(&texts, &options.tokenizer, &VocabRule::All, &resources, &()).unwrap();
    let info = CountFileInfo {
        tokenizer: &options.tokenizer,
        vocab: corpus.vocab.view(),
        frequencies: &corpus.frequencies,
        summary: &corpus.summary,
        is_complete: true,
        surface: &corpus.surface,
    };
    let counting = CountOptions::new(options.order);
    let counts = NgramCounts::measured(Ids::from(&corpus), &counting, RecordLengths::of, &());
    CountFile::to_bytes(info, counts.unwrap()).unwrap()
}

fn class_model(layout: Layout) -> AnyModel {
    let folder = tempfile::tempdir().unwrap();
    let [path, converted] = ["trained", "converted"].map(|name| folder.path().join(name));
    let classes: String = (0..10).map(|word| format!("C{} 1 w{word}\n", word % 4)).collect();
    let classes = WordClasses::read(classes.as_bytes(), "classes").unwrap();
    let texts = [Text::bytes("text", text().into())];
    train_classes(&texts, &classes, &options(), &path, &()).unwrap();
    let model = AnyModel::open(&path).unwrap();
    let options = ConvertOptions { layout, quantize: None };
    convert_classes(model.as_class().unwrap(), &options, &converted).unwrap();
    AnyModel::open(&converted).unwrap()
}

/// Converts a model to another layout.
pub fn converted(model: &Model, layout: Layout) -> AnyModel {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    convert(model, &ConvertOptions { layout, quantize: None }, &path).unwrap();
    AnyModel::open(&path).unwrap()
}

/// Calls `check` with models of every smoothing method, interpolated and back-off, in every layout;
/// of several orders; with classes; with skipped words; and with a mixture.
pub fn every_model(mut check: impl FnMut(&str, &dyn LanguageModel)) {
    for method in METHODS {
        for combine in [Combine::Interpolate, Combine::BackOff] {
            let settings = Settings { combine: Some(combine), ..Settings::default() };
            let options = TrainOptions { smoothing: method, settings, ..options() };
            let suffix = model(None, &options);
            for layout in Layout::ALL {
                let model = converted(suffix.as_table().unwrap(), layout);
                let name = format!("{}, {combine:?}, {}", method.name(), layout.name());
                check(&name, model.as_dyn());
            }
        }
    }
    for order in [1, 2, 5] {
        let model = model(None, &TrainOptions { order, ..options() });
        check(&format!("order {order}"), model.as_dyn());
    }
    let [suffix, compact] = [Layout::Suffix, Layout::Compact].map(class_model);
    check("classes", suffix.as_dyn());
    check("classes, compact", compact.as_dyn());
    let skip = model(None, &TrainOptions { skip: 1, ..options() });
    check("skip", skip.as_dyn());
    let parts = [("suffix", &suffix), ("skip", &skip)];
    let parts = parts.map(|(name, model)| (name.to_owned(), model.as_dyn())).to_vec();
    check("mixture", &MixedModel::new(parts, &[0.3, 0.7]).unwrap());
}
