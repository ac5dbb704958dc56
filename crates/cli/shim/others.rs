//! Programs of KenLM and SRILM that nothing stands in for, and what to use instead.

const COUNTS: &str = "`ngram count` counts texts of any size, in parallel and in limited memory, and `ngram count --merge` adds up counts";
const DISCOUNTS: &str =
    "discounts are estimated from all counts in training, and `ngram info` shows them";
const HYPOTHESES: &str = "lists of hypotheses are ranked by `ngram shim ngram -nbest`, and given new scores by `-rescore`";
const LATTICES: &str = "lattices are not read here: export the model, as by `ngram export --format openfst`, for a decoder";
const CLASSES: &str =
    "`ngram classes` finds classes of words, and `ngram train --classes` trains models of them";

/// The programs' names, and what to say.
pub const OTHERS: &[(&str, &str)] = &[
    // KenLM
    ("count_ngrams", COUNTS),
    ("dump_counts", COUNTS),
    (
        "interpolate",
        "`ngram mix --log-linear` mixes models log-linearly into one and fits the weights; it takes finished models, so `lmplz --intermediate` is not needed",
    ),
    (
        "phrase_table_vocab",
        "`filter` takes lists of words: extract them from the phrase table by another program",
    ),
    ("fragment", "`ngram score` scores lines"),
    ("kenlm_benchmark", "time `ngram eval`, which names the seconds it took"),
    // SRILM
    ("make-batch-counts", COUNTS),
    ("merge-batch-counts", COUNTS),
    ("ngram-merge", COUNTS),
    ("make-kn-counts", "`ngram train --counts` takes raw counts and modifies them itself"),
    ("make-gt-discounts", DISCOUNTS),
    ("make-kn-discounts", DISCOUNTS),
    ("get-gt-counts", DISCOUNTS),
    ("make-abs-discount", DISCOUNTS),
    ("uniform-classes", CLASSES),
    ("replace-words-with-classes", CLASSES),
    (
        "make-lm-subset",
        "`ngram shim filter` keeps the n-grams of some words, or of the sentences of a text",
    ),
    (
        "sort-lm",
        "`ngram import` and `ngram export` write n-grams in an order of their own, which every reader takes",
    ),
    ("reverse-lm", "reverse the words of each line of the text, and train on that"),
    ("add-ppls", "`ngram eval` takes several texts and prints their sum"),
    ("subtract-ppls", "`ngram eval` takes several texts and prints their sum"),
    ("ppl-from-log", "`ngram eval` prints every figure of a text"),
    ("compare-ppls", "`ngram compare` compares models on the same text, with intervals"),
    ("compute-oov-rate", "`ngram eval` prints the rate of words out of vocabulary"),
    ("select-vocab", "`ngram train --max-vocab` keeps the most frequent words"),
    ("get-unigram-probs", "`ngram next` lists the words after a history, which may be empty"),
    ("add-dummy-bows", "every reader takes files without back-off weights, also `ngram import`"),
    ("lattice-tool", LATTICES),
    ("nbest-lattice", LATTICES),
    ("rescore-nbest", HYPOTHESES),
    ("rescore-reweight", HYPOTHESES),
    ("nbest-optimize", HYPOTHESES),
    ("anti-ngram", HYPOTHESES),
    ("disambig", "tags and hidden events are not decoded here"),
    ("hidden-ngram", "tags and hidden events are not decoded here"),
    ("segment", "tags and hidden events are not decoded here"),
    ("compute-best-sentence-mix", "`ngram mix --by-context` fits weights by the history"),
];
