//! Compares the automaton in OpenFst's text format with the model that it was written from.

use ngram_formats::arpa::ReadOptions;
use ngram_formats::openfst::{Numbering, OpenFstError, Skipped, SymbolTable};
use ngram_formats::{ExportError, ExportFormat, export_openfst, import};
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::{TrainOptions, smoothing};
use std::collections::HashMap;

fn exported(model: &Model, format: &str) -> Result<String, ExportError> {
    let mut bytes = Vec::new();
    ExportFormat::by_name(format).unwrap().write(model, &mut bytes, &())?;
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn a_path_weighs_what_the_model_says() {
    for order in 1..=4 {
        let text = ngram_testing::text(order as u64, 40, 12);
        let method = smoothing::by_name("modified-kneser-ney").unwrap();
        let model = ngram_testing::model(&text, order, method);
        let written = exported(&model, "openfst").unwrap();
        let epsilon = exported(&model, "openfst-epsilon").unwrap();
        assert_eq!(epsilon, written.replace("<phi>", "<eps>"));

        let mut arcs: HashMap<(&str, &str), (&str, f64)> = HashMap::new();
        let mut finals: HashMap<&str, f64> = HashMap::new();
        for line in written.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let before = match fields[..] {
                [from, to, label, weight] => {
                    arcs.insert((from, label), (to, weight.parse().unwrap())).map(|_| ())
                }
                [state, weight] => finals.insert(state, weight.parse().unwrap()).map(|_| ()),
                _ => panic!("{line}"),
            };
            assert_eq!(before, None, "{line}");
        }
        let start = written.split('\t').next().unwrap();
        for line in text.lines().chain(["never w1 w2 seen w3", "w3 w3 w3 w3 w1"]) {
            let ids: Vec<WordId> =
                line.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect();
            let mut scores = Vec::new();
            model.score_sentence(&ids, &mut scores);
            let (mut state, mut sum) = (start, 0.0);
            for &id in &ids {
                while !arcs.contains_key(&(state, model.vocab().word(id))) {
                    let (next, weight) = arcs[&(state, "<phi>")];
                    (state, sum) = (next, sum + weight);
                }
                let (next, weight) = arcs[&(state, model.vocab().word(id))];
                (state, sum) = (next, sum + weight);
            }
            sum += finals[state];
            let expected: f64 = scores.iter().map(|score| -score.log_prob.prob().ln()).sum();
            assert!((sum - expected).abs() < 1e-4, "order {order}: {line}: {sum} {expected}");
        }
    }
}

#[test]
fn symbols_and_words_are_listed_by_number() {
    let method = smoothing::by_name("witten-bell").unwrap();
    let model = ngram_testing::model("a b a\n", 2, method);
    let symbols = exported(&model, "openfst-symbols").unwrap();
    assert_eq!(symbols, "<eps>\t0\n<unk>\t1\n<s>\t2\n</s>\t3\na\t4\nb\t5\n<phi>\t6\n");
    assert_eq!(exported(&model, "unigrams").unwrap(), "a\nb\n");
}

#[test]
fn a_word_called_as_a_label_is_refused() {
    let options = TrainOptions { order: 2, ..TrainOptions::default() };
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let model = ngram_testing::model_of("a <phi>\n", &TrainOptions { tokenizer, ..options });
    let error = exported(&model, "openfst").unwrap_err();
    assert!(error.to_string().contains("\"<phi>\""), "{error}");
}

/// Two words, of which a has successors. Every log-probability is a number of eighths.
const ARPA: &str = "\\data\\\nngram 1=5\nngram 2=2\n\n\\1-grams:\n-2\t<unk>\t0\n-99\t<s>\t-0.75\n-0.5\t</s>\n\
    -0.375\ta\t-0.125\n-0.625\tb\t0\n\n\\2-grams:\n-0.25\t<s> a\n-0.125\ta b\n\n\\end\\\n";

/// The symbol table of a recipe, in an order of its own.
const SYMBOLS: &str = "<eps> 0\n<s> 1\n</s>\t2\nb 3\n\n<UNK> 7\r\na 10\nc 11\n#0 12\n";

fn numbered(
    symbols: &str,
    disambiguation: Option<&str>,
    skips_missing: bool,
) -> Result<(String, Skipped), ExportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    import(ARPA.as_bytes(), "arpa", &ReadOptions::default(), tokenizer, &path).unwrap();
    let model = Model::open(&path).unwrap();
    let symbols = &SymbolTable::read("words.txt", symbols.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    let numbering = Numbering { symbols, disambiguation, skips_missing };
    let skipped = export_openfst(&model, &numbering, &mut bytes)?;
    Ok((String::from_utf8(bytes).unwrap(), skipped))
}

/// Returns lines with weights −ln p for the given −log10 p.
fn automaton(lines: &[(&str, f64)]) -> String {
    let line = |&(fields, log10): &(&str, f64)| {
        format!("{}\t{}\n", fields.replace(' ', "\t"), (log10 * std::f64::consts::LN_10) as f32)
    };
    lines.iter().map(line).collect()
}

/// The layout of Kaldi's `arpa2fst --disambig-symbol=#0 --read-symbol-table=words.txt`: two labels an arc, `#0` in and
/// nothing out where it backs off, arcs in the order of their labels, `</s>` as final weight.
#[test]
fn labels_are_numbered_by_a_table_by_hand() {
    // State 1 is that after <s>, 2 that after a, and 0 that after anything else.
    let expected = automaton(&[
        ("1 2 10 10", 0.25),
        ("1 0 12 0", 0.75),
        ("1", 0.75 + 0.5),
        ("0 0 3 3", 0.625),
        ("0 0 7 7", 2.0),
        ("0 2 10 10", 0.375),
        ("0", 0.5),
        ("2 0 3 3", 0.125),
        ("2 0 12 0", 0.125),
        ("2", 0.125 + 0.5),
    ]);
    let whole = numbered(SYMBOLS, Some("#0"), false).unwrap();
    assert_eq!(whole, (expected.clone(), Skipped::default()));
    // Without a symbol, backing off has the empty label, which comes first.
    let lines: Vec<&str> = expected.lines().collect();
    let (found, _) = numbered(SYMBOLS, None, false).unwrap();
    let found: Vec<&str> = found.lines().collect();
    assert_eq!(found[0], lines[1].replace("\t12\t", "\t0\t"));
    assert_eq!(found[1], lines[0]);
    // Another symbol.
    let (other, _) = numbered(&SYMBOLS.replace("#0", "#phi"), Some("#phi"), false).unwrap();
    assert_eq!(other, expected);
}

#[test]
fn words_that_the_table_lacks_are_named_or_left_out() {
    let without = SYMBOLS.replace("a 10\n", "").replace("<UNK> 7\r\n", "");
    let error = numbered(&without, Some("#0"), false).unwrap_err();
    let ExportError::OpenFst(OpenFstError::Missing { missing, first, .. }) = &error else {
        panic!("{error}")
    };
    assert_eq!((*missing, &first[..]), (2, "<unk>, a"));
    assert!(error.to_string().starts_with("words.txt has no number for 2 of"), "{error}");
    // Of <unk>, a, `<s> a` and `a b` nothing is left.
    let (found, skipped) = numbered(&without, Some("#0"), true).unwrap();
    let expected = [("1 0 12 0", 0.75), ("1", 1.25), ("0 0 3 3", 0.625), ("0", 0.5)];
    assert_eq!(found, automaton(&expected));
    assert_eq!(skipped, Skipped { words: 2, ngrams: 4 });
    for (symbols, disambiguation, expected) in [
        (SYMBOLS, "#1", "words.txt has no number above 0 for \"#1\""),
        (SYMBOLS, "<eps>", "has no number above 0"),
        (SYMBOLS, "b", "the word \"b\", which is a label"),
        ("b 0\na 1\n<unk> 2\n#0 3\n", "#0", "the word \"b\", which is a label"),
    ] {
        let error = numbered(symbols, Some(disambiguation), true).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn lines_that_are_no_symbols_are_named() {
    for (lines, expected) in [
        ("a 1\nb\n", "w, line 2: it has not two fields"),
        ("a 1 2\n", "w, line 1: it has not two fields"),
        ("a x\n", "w, line 1: the number is no whole number"),
        ("a 2147483648\n", "w, line 1: the number is above"),
        ("a 1\na 2\n", "w, line 2: the symbol was already"),
        ("a 1\nb 1\n", "w, line 2: another symbol has the number"),
    ] {
        let error = SymbolTable::read("w", lines.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(SymbolTable::read("w", &b"\xff 1\n"[..]).unwrap_err().to_string().contains("UTF-8"));
}
