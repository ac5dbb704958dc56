//! C: published figures whose test or training text is not available. Each is placed right above
//! the nearest figure of ours, although the two cannot be compared.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::Row;

/// Figures published together.
struct Cited {
    year: u16,
    citation: &'static str,
    conditions: &'static str,
    unit: &'static str,
    /// Ids of our rows that may be placed below, the nearest first.
    nearest: &'static [&'static str],
    figures: &'static [Figure],
}

struct Figure {
    id: &'static str,
    quantity: &'static str,
    value: f64,
    /// Whether the figure was seen in the publication itself, rather than in one that quotes it.
    seen: bool,
    erratum: Option<&'static str>,
}

const fn figure(id: &'static str, quantity: &'static str, value: f64) -> Figure {
    Figure { id, quantity, value, seen: true, erratum: None }
}

const fn reported(id: &'static str, quantity: &'static str, value: f64) -> Figure {
    Figure { seen: false, ..figure(id, quantity, value) }
}

const fn wrong(
    id: &'static str,
    quantity: &'static str,
    value: f64,
    erratum: &'static str,
) -> Figure {
    Figure { erratum: Some(erratum), ..reported(id, quantity, value) }
}

const BITS: &str = "bits/symbol";
const CHARACTER: &str = "bits/character";
const PERPLEXITY: &str = "perplexity";

/// Our models of 27 symbols, of characters, and of words.
const SYMBOLS: &[&str] = &["R3-H8-27"];
const GAME: &[&str] = &["R3-guess8-lower", "R3-H8-27"];
const PRINT: &[&str] = &["R3-H8-print"];
const WORDS: &[&str] = &["R1-MKN5-test", "R4d-perplexity"];
const PENN: &[&str] = &["R2-MKN5-test", "R1-MKN5-test", "R4d-perplexity"];

/// Builds a group of figures on the Penn Treebank.
const fn penn(
    year: u16,
    citation: &'static str,
    conditions: &'static str,
    figures: &'static [Figure],
) -> Cited {
    Cited { year, citation, conditions, unit: PERPLEXITY, nearest: PENN, figures }
}

const CITED: &[Cited] = &[
    Cited {
        year: 1951,
        citation: "Shannon 1951",
        conditions: "27 symbols, 100 known, guessed by a person; Jefferson the Virginian",
        unit: BITS,
        nearest: GAME,
        figures: &[
            figure("shannon-lower", "lower bound, 100 known", 0.6),
            figure("shannon-upper", "upper bound, 100 known", 1.3),
        ],
    },
    Cited {
        year: 1955,
        citation: "Burton and Licklider 1955",
        conditions: "27 symbols, up to 10,000 known; ten books",
        unit: BITS,
        nearest: GAME,
        figures: &[
            figure("burton-lower", "lower bound", 0.7),
            figure("burton-upper", "upper bound", 1.3),
        ],
    },
    Cited {
        year: 1978,
        citation: "Cover and King 1978",
        conditions: "27 symbols, bets of twelve people; 75 symbols of Jefferson the Virginian",
        unit: BITS,
        nearest: GAME,
        figures: &[
            reported("cover-pooled", "all bets pooled", 1.25),
            reported("cover-second", "a second text", 1.34),
        ],
    },
    Cited {
        year: 1998,
        citation: "Moradi, Grzymala-Busse and Roberts 1998",
        conditions: "Shannon's game on several books",
        unit: BITS,
        nearest: GAME,
        figures: &[
            figure("moradi-least", "the easiest book", 1.62),
            figure("moradi-most", "the hardest book", 2.28),
        ],
    },
    Cited {
        year: 2019,
        citation: "Ren, Takahashi and Tanaka-Ishii 2019",
        conditions: "Shannon's game by many people over the network",
        unit: BITS,
        nearest: GAME,
        figures: &[
            figure("ren-direct", "least direct estimate, 70 known", 1.407),
            reported("ren-limit", "extrapolated", 1.22),
        ],
    },
    Cited {
        year: 1996,
        citation: "Teahan and Cleary 1996",
        conditions: "27 symbols, PPM trained on other text; Jefferson the Virginian",
        unit: BITS,
        nearest: SYMBOLS,
        figures: &[figure("teahan", "PPM, primed", 1.46)],
    },
    Cited {
        year: 2019,
        citation: "Radford et al. 2019, Table 3",
        conditions: "GPT-2, 1.5 billion parameters, not trained on this text; text8, 27 symbols",
        unit: BITS,
        nearest: SYMBOLS,
        figures: &[figure("gpt2-text8", "GPT-2 on text8", 0.98)],
    },
    Cited {
        year: 2012,
        citation: "Mikolov et al. 2012",
        conditions: "Penn Treebank, characters",
        unit: CHARACTER,
        nearest: PRINT,
        figures: &[figure("char-me", "maximum-entropy n-grams", 1.37)],
    },
    Cited {
        year: 2019,
        citation: "Radford et al. 2019, Table 3",
        conditions: "GPT-2, 1.5 billion parameters, not trained on this text; enwik8, bytes",
        unit: "bits/byte",
        nearest: PRINT,
        figures: &[figure("gpt2-enwik8", "GPT-2 on enwik8", 0.93)],
    },
    Cited {
        year: 1992,
        citation: "Brown, deSouza, Mercer, Della Pietra and Lai 1992",
        conditions: "365,893,263 words to train on, 260,741 known; the Brown corpus",
        unit: PERPLEXITY,
        nearest: &["R4d-perplexity"],
        figures: &[
            wrong(
                "class-word",
                "trigram of words",
                244.0,
                "often quoted as the perplexity behind 1.75 bits per character, which is of another paper; \
                 1.61 bits per character for tokens come to about 235 per token with boundaries",
            ),
            reported("class-class", "trigram of 1,000 classes", 271.0),
            reported("class-both", "both interpolated", 236.0),
            wrong(
                "wikipedia",
                "per word, quoted by Wikipedia",
                247.0,
                "7.95 bits per word do not follow from 1.75 bits per character: that is 4.54 characters \
                 per word, where the corpus has 5.14 per token",
            ),
        ],
    },
    Cited {
        year: 2003,
        citation: "Bengio et al. 2003, Table 1",
        conditions: "Brown corpus, test; neural networks",
        unit: PERPLEXITY,
        nearest: WORDS,
        figures: &[
            figure("mlp1", "MLP1", 268.0),
            figure("mlp10", "MLP10, mixed with a trigram", 252.0),
        ],
    },
    Cited {
        year: 2009,
        citation: "Jurafsky and Martin 2009",
        conditions: "Wall Street Journal, 38 million words, 19,979 known",
        unit: PERPLEXITY,
        nearest: &["R1-MKN1-test", "R1-MKN5-test", "R4d-perplexity"],
        figures: &[
            figure("wsj1", "unigram", 962.0),
            figure("wsj2", "bigram", 170.0),
            figure("wsj3", "trigram", 109.0),
        ],
    },
    Cited {
        year: 2013,
        citation: "Chelba et al. 2013",
        conditions: "One Billion Word Benchmark, 829 million words, 793,471 known",
        unit: PERPLEXITY,
        nearest: WORDS,
        figures: &[
            figure("1bw-stupid", "stupid back-off, order 5", 87.9),
            figure("1bw-katz", "Katz, order 5", 79.9),
            figure("1bw-kn5", "interpolated Kneser–Ney, order 5", 67.6),
            figure("1bw-rnn", "recurrent network with maximum entropy", 51.3),
        ],
    },
    Cited {
        year: 2016,
        citation: "Józefowicz et al. 2016",
        conditions: "One Billion Word Benchmark",
        unit: PERPLEXITY,
        nearest: WORDS,
        figures: &[figure("1bw-lstm", "large LSTM with characters", 30.0)],
    },
    Cited {
        year: 2019,
        citation: "Radford et al. 2019, Table 3",
        conditions: "GPT-2, 1.5 billion parameters, not trained on this text",
        unit: PERPLEXITY,
        nearest: WORDS,
        figures: &[figure("1bw-gpt2", "GPT-2 on the One Billion Word Benchmark", 42.16)],
    },
    penn(
        2011,
        "Mikolov et al. 2011",
        "Penn Treebank, test; trained on 930,000 words of it",
        &[figure("ptb-rnn", "recurrent network", 124.7)],
    ),
    penn(
        2014,
        "Zaremba, Sutskever and Vinyals 2014",
        "Penn Treebank, test; trained on 930,000 words of it",
        &[figure("ptb-lstm", "large LSTM", 78.4)],
    ),
    penn(
        2017,
        "Merity, Keskar and Socher 2017",
        "Penn Treebank, test; trained on 930,000 words of it",
        &[figure("ptb-awd", "AWD-LSTM", 57.3)],
    ),
    penn(
        2019,
        "Dai et al. 2019",
        "Penn Treebank, test; trained on 930,000 words of it",
        &[figure("ptb-xl", "Transformer-XL", 54.5)],
    ),
    penn(
        2019,
        "Radford et al. 2019, Table 3",
        "Penn Treebank, test; trained on other text, and not comparable",
        &[figure("ptb-gpt2", "GPT-2", 35.76)],
    ),
    penn(
        2020,
        "Brown et al. 2020",
        "Penn Treebank, test; trained on other text, and not comparable",
        &[figure("ptb-gpt3", "GPT-3", 20.5)],
    ),
];

/// The prefix of every id here.
const PREFIX: &str = "C-";

/// The rows.
pub fn rows(_lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    Ok(CITED.iter().flat_map(of_group).collect())
}

fn of_group(group: &'static Cited) -> impl Iterator<Item = Row> {
    group.figures.iter().map(|figure| {
        let row = Row::new(format!("{PREFIX}{}", figure.id), figure.quantity, group.unit)
            .source(group.year, group.citation, group.conditions)
            .published(figure.value);
        let row = if figure.seen { row } else { row.reported() };
        match figure.erratum {
            Some(erratum) => row.erratum(erratum),
            None => row,
        }
    })
}

/// Moves each cited row right above the nearest row with a value of ours, or leaves it where it is
/// if there is none.
pub fn place(mut rows: Vec<Row>) -> Vec<Row> {
    for group in CITED {
        let measured = |id: &&&str| rows.iter().any(|row| row.id == ***id && row.ours.is_some());
        let Some(nearest) = group.nearest.iter().find(measured) else { continue };
        let of_group: Vec<String> =
            group.figures.iter().map(|figure| format!("{PREFIX}{}", figure.id)).collect();
        let (moved, mut rest): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| of_group.contains(&row.id));
        let at = rest.iter().position(|row| row.id == **nearest).unwrap_or(rest.len());
        rest.splice(at..at, moved);
        rows = rest;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landmarks::row::Status;
    use std::collections::BTreeSet;

    fn all() -> Vec<Row> {
        CITED.iter().flat_map(of_group).collect()
    }

    #[test]
    fn every_row_is_cited_and_has_an_id_of_its_own() {
        let rows = all();
        let ids: BTreeSet<&str> = rows.iter().map(|row| &*row.id).collect();
        assert_eq!(ids.len(), rows.len());
        for row in &rows {
            assert_eq!((row.status, row.ours, row.difference), (Status::Cited, None, None));
        }
    }

    #[test]
    fn each_stands_above_the_nearest_row_of_ours() {
        let measured = |id: &str| Row::new(id, "", BITS).ours(1.0, "", "");
        let mut rows = vec![measured("R3-H8-27"), measured("R1-MKN5-test")];
        rows.extend(all());
        let placed = place(rows.clone());
        assert_eq!(placed.len(), rows.len());
        let at = |id: &str| placed.iter().position(|row| row.id == id).unwrap();
        assert!(at("C-teahan") < at("R3-H8-27") && at("C-shannon-lower") < at("R3-H8-27"));
        // R2 has not been measured.
        assert!(at("R3-H8-27") < at("C-ptb-rnn") && at("C-ptb-rnn") < at("R1-MKN5-test"));
        // Nothing is near.
        assert!(at("C-gpt2-enwik8") > at("R1-MKN5-test"));
        assert_eq!(place(all()), all());
    }
}
