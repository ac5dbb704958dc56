//! R3: Shannon (1951), "Prediction and entropy of printed English".

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row, Tolerance};
use crate::brown;
use crate::english::{
    Alphabet, Split, SuffixArray, SymbolSmoothing, Symbols, TrainedSplit, bounds, plug_in, words,
    zipf,
};
use ngram_eval::number::grouped as group;

const CITATION: &str = "Shannon 1951";
const BITS: &str = "bits/symbol";
/// How far ours may be from another implementation's plug-in entropy or model bits.
const EXACT: f64 = 0.002;
/// Every tenth sample is held out.
const HELD_OUT: &str = "Brown corpus, samples 10, 20, … 500 held out, the other 450 trained on";

/// R3a: F_N of the text itself, and of words.
pub fn entropies(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let printed = lab.brown()?.printed();
    lab.progress.begin("N-gram entropies", None, "");
    let mut rows = Vec::new();
    for alphabet in [Alphabet::Letters26, Alphabet::Letters27, Alphabet::Characters] {
        rows.extend(of_ngrams(lab, &printed, alphabet)?);
    }
    rows.extend(of_words(&printed));
    Ok(rows)
}

/// R3b: the cross-entropy of held-out text, for comparison with those figures.
pub fn held_out(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let mut rows = Vec::new();
    for alphabet in [Alphabet::Letters27, Alphabet::Characters] {
        lab.progress.begin("held-out entropies", None, "");
        let (symbols, middle) = parted(lab, alphabet)?;
        let split = Split::at(&symbols, middle).ok_or("the corpus is empty")?;
        rows.extend(cross_entropies(lab, &split, alphabet)?);
    }
    Ok(rows)
}

/// R3c: the guessing game, played by a model.
pub fn guessing(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    lab.progress.begin("the guessing game", None, "");
    let (symbols, middle) = parted(lab, Alphabet::Letters27)?;
    let split = Split::at(&symbols, middle).ok_or("the corpus is empty")?;
    guesses(lab, &split)
}

/// Returns the corpus with every tenth sample moved to the end, and where that part begins.
fn parted(lab: &Lab, alphabet: Alphabet) -> Result<(Symbols, usize), LandmarkError> {
    let (train, held) = lab.brown()?.each_tenth_held_out();
    let (train, held) = (brown::printed(train.into_iter()), brown::printed(held.into_iter()));
    let middle = Symbols::read(&train, alphabet).text.len();
    Ok((Symbols::read(&(train + &held), alphabet), middle))
}

fn short(alphabet: Alphabet) -> &'static str {
    match alphabet {
        Alphabet::Letters26 => "26",
        Alphabet::Letters27 => "27",
        Alphabet::Characters => "print",
    }
}

/// Returns the rows of F_N of the text itself.
fn of_ngrams(lab: &Lab, printed: &str, alphabet: Alphabet) -> Result<Vec<Row>, LandmarkError> {
    let published: &[f64] = match alphabet {
        Alphabet::Letters26 => &[4.14, 3.56, 3.3],
        Alphabet::Letters27 => &[4.03, 3.32, 3.1],
        Alphabet::Characters => &[],
    };
    let expected: &[f64] = match alphabet {
        Alphabet::Letters26 => &[4.172, 3.628, 3.230, 2.773, 2.294, 1.816, 1.365, 0.979],
        Alphabet::Letters27 => &[4.106, 3.373, 2.809, 2.273, 1.897, 1.652, 1.437, 1.215],
        Alphabet::Characters => &[4.425],
    };
    let elsewhere: &[f64] = match alphabet {
        Alphabet::Letters26 => &[],
        Alphabet::Letters27 => &[4.12, 3.43],
        Alphabet::Characters => &[4.46, 3.56],
    };
    let symbols = Symbols::read(printed, alphabet);
    let array = SuffixArray::new(&symbols.text, symbols.kinds, lab.progress)?
        .ok_or("the text is too long")?;
    let over = format!("{} symbols", group(symbols.text.len() as u64));
    let conditions =
        format!("{}; tables of letters, digrams and trigrams in Pratt 1942", alphabet.name());
    let row = |block: &crate::english::BlockEntropy, kind: &str| {
        let id = format!("R3-F{}-{}{kind}", block.order, short(alphabet));
        let quantity = format!("F_{} of the text itself, {}", block.order, alphabet.name());
        Row::new(id, quantity, BITS).ours(block.conditional, brown::NAME, over.clone())
    };
    let mut rows = Vec::new();
    let blocks = plug_in(&array, expected.len().max(elsewhere.len()), lab.progress)?;
    for (index, block) in blocks.iter().enumerate() {
        let mut it = row(block, "");
        if let Some(&value) = expected.get(index) {
            it = it.expect(value, EXACT);
        }
        if let Some(&value) = published.get(index) {
            let near = if block.order < 3 { 0.03 } else { 0.1 };
            it = it.source(1951, CITATION, &conditions).published(value);
            it = it.claim(Claim::Variant(Tolerance::Relative(near)));
        }
        let once = 100.0 * block.once as f64 / block.ngrams as f64;
        if once >= 0.5 {
            it = it.note(format!(
                "{once:.0} % of the {}-grams stand there once, so that this is too low",
                block.order
            ));
        }
        rows.push(it);
    }
    for (block, &value) in blocks.iter().zip(elsewhere) {
        let it = row(block, "-coca").published(value).source(
            2018,
            "von zur Gathen and Loebenberger 2018",
            &format!("{}; COCA, 2 billion characters", alphabet.name()),
        );
        rows.push(it.claim(Claim::Variant(Tolerance::Relative(0.03))));
    }
    Ok(rows)
}

/// Returns the rows of F_word, and of the law it was taken from.
fn of_words(printed: &str) -> Vec<Row> {
    let (words, letters) = words(printed);
    let total = words.len() as u64;
    let mut sorted = words;
    sorted.sort_unstable();
    let counts = sorted.chunk_by(|one, other| one == other).map(|run| run.len() as u64);
    let bits = crate::information::plug_in_entropy(counts).unwrap_or(0.0) * total as f64;
    let law = zipf();
    let conditions = "words by the law p_n = 0.1 / n, 4.5 letters a word";
    let wrong = "reported 11.82 bits per word, to rank 8,727; the law it is taken from sums to 1 at rank 12,367 and has 9.72";
    let of_law = format!("the law itself, to rank {}", group(law.ranks));
    let row = |id: &str, quantity: &str, unit| {
        Row::new(id, quantity, unit).source(1951, CITATION, conditions)
    };
    let loose = Claim::Variant(Tolerance::Relative(0.03));
    vec![
        row("R3-word-law", "entropy of words by the law", "bits/word")
            .published(11.82)
            .ours(law.entropy, &of_law, "words")
            .expect(9.716, 0.001)
            .claim(Claim::Same(Tolerance::Absolute(0.01)))
            .erratum(wrong),
        Row::new("R3-word-law-64", "the same", "bits/word")
            .source(1964, "Grignetti 1964", conditions)
            .published(9.8)
            .ours(law.entropy, &of_law, "words")
            .claim(Claim::Same(Tolerance::Absolute(0.1))),
        row("R3-word-26", "F_word, per letter", "bits/letter")
            .published(2.62)
            .ours(bits / letters as f64, brown::NAME, format!("{} letters", group(letters)))
            .expect(2.256, EXACT)
            .claim(loose)
            .erratum(wrong),
        row("R3-word-27", "F_word, per letter or space", BITS)
            .published(2.14)
            .ours(
                bits / (letters + total) as f64,
                brown::NAME,
                format!("{} letters and a space a word", group(letters)),
            )
            .expect(1.856, EXACT)
            .claim(loose)
            .erratum(wrong),
    ]
}

fn train<'s>(
    lab: &Lab,
    split: &'s Split<'_>,
    order: usize,
    smoothing: SymbolSmoothing,
) -> Result<TrainedSplit<'s>, LandmarkError> {
    Ok(split.train(&lab.models, order, smoothing, 0)?)
}

/// Returns the cross-entropies of held-out text, for comparison with the entropies of the text itself.
fn cross_entropies(
    lab: &Lab,
    split: &Split<'_>,
    alphabet: Alphabet,
) -> Result<Vec<Row>, LandmarkError> {
    let expected: &[(usize, f64)] = match alphabet {
        Alphabet::Letters27 => &[
            (1, 4.108),
            (2, 3.380),
            (3, 2.832),
            (4, 2.323),
            (5, 2.006),
            (6, 1.869),
            (7, 1.827),
            (8, 1.821),
        ],
        _ => &[(5, 2.102), (8, 1.925)],
    };
    let over = format!("{} held-out symbols", group(split.held_out()));
    let row = |&(order, value): &(usize, f64)| {
        let trained = train(lab, split, order, SymbolSmoothing::ModifiedKneserNey)?;
        let id = format!("R3-H{order}-{}", short(alphabet));
        let quantity = format!("held out, order {order}, {}", alphabet.name());
        let row = Row::new(id, quantity, BITS).ours(
            trained.cross_entropy(lab.progress)?,
            HELD_OUT,
            over.clone(),
        );
        Ok(row.expect(value, EXACT))
    };
    expected.iter().map(row).collect()
}

/// N; Shannon's lower and upper bounds and share guessed at once; the same of another
/// implementation of the game, and its model's bits.
const GUESSES: [(usize, [f64; 3], [f64; 4]); 5] = [
    (1, [3.19, 4.03, 0.182], [3.33, 4.11, 0.175, 4.107]),
    (2, [2.50, 3.42, 0.292], [2.59, 3.52, 0.272, 3.398]),
    (3, [2.1, 3.0, 0.36], [2.11, 3.11, 0.369, 2.863]),
    (5, [1.7, 2.7, 0.51], [1.43, 2.44, 0.547, 2.045]),
    (8, [1.0, 1.8, f64::NAN], [1.28, 2.28, 0.604, 2.029]),
];

fn guesses(lab: &Lab, split: &Split<'_>) -> Result<Vec<Row>, LandmarkError> {
    let trained = train(lab, split, 8, SymbolSmoothing::WittenBell)?;
    let mut rows = Vec::new();
    let mut before: Option<[f64; 3]> = None;
    for (order, published, expected) in GUESSES {
        let game = trained.play(order, 100_000, lab.progress)?;
        let found = bounds(&game.right_at).ok_or("nothing was guessed")?;
        let over = format!("the first {} held-out symbols", group(found.symbols));
        let ours = [found.lower, found.upper, found.first];
        let falls = before.is_none_or(|b| ours[0] < b[0] && ours[1] < b[1] && ours[2] > b[2]);
        before = Some(ours);
        let by = match order {
            1 | 2 => "computed from tables of letters and digrams",
            _ => "guessed by a person, 100 samples of Jefferson the Virginian",
        };
        let conditions = format!("27 symbols, {} known; {by}", order - 1);
        let names = [
            ("lower", "lower bound", BITS, 0.01),
            ("upper", "upper bound", BITS, 0.01),
            ("first", "right at the first guess", "share", 0.002),
        ];
        for (index, (short, name, unit, exact)) in names.into_iter().enumerate() {
            let quantity = format!("{name}, {} known", order - 1);
            let mut row = Row::new(format!("R3-guess{order}-{short}"), quantity, unit)
                .source(1951, CITATION, &conditions)
                .ours(ours[index], HELD_OUT, over.clone())
                .expect(expected[index], exact);
            if published[index].is_finite() {
                row = row.published(published[index]);
                row = row.claim(match order {
                    1..=3 if index < 2 => Claim::Variant(Tolerance::Relative(0.03)),
                    _ => Claim::Pattern(falls),
                });
            }
            rows.push(row);
        }
        let bits = game.bits / found.symbols as f64;
        let row = Row::new(
            format!("R3-guess{order}-model"),
            format!("the guesser's own cross-entropy, {} known", order - 1),
            BITS,
        );
        rows.push(row.ours(bits, HELD_OUT, over).expect(expected[3], EXACT));
    }
    Ok(rows)
}
