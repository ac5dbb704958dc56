//! Famous figures of the field, measured again: one file per protocol, each returning the rows of its figures.

mod bengio;
mod best_mixture;
mod chen_goodman;
mod cited;
mod decomposition;
mod deleted_interpolation;
mod error;
mod lab;
mod match_lengths;
mod own;
mod penn;
mod row;
mod sample_text;
mod seed;
mod shannon;
mod word_classes;

pub use cited::place;
pub use error::LandmarkError;
pub use lab::{FetchBrown, Lab, Penn};
pub use row::{Claim, Expected, Row, Status, Tolerance};

/// A way to measure some published figures.
pub struct Protocol {
    /// Its id, such as `R4a`.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    run: fn(&Lab<'_>) -> Result<Vec<Row>, LandmarkError>,
}

/// All protocols, in the order of the table. Protocols that share an id are run together.
pub const PROTOCOLS: &[Protocol] = &[
    protocol("S", "Worked examples of information theory, some of them printed wrong", seed::rows),
    protocol("R3a", "Shannon 1951: entropy of letters and words", shannon::entropies),
    protocol("R3b", "Shannon 1951: what models make of held-out text", shannon::held_out),
    protocol(
        "R3c",
        "Shannon 1951: the guessing game, with a model for a guesser",
        shannon::guessing,
    ),
    protocol(
        "R4a",
        "Brown et al. 1992: the test sample, and simple codes for it",
        sample_text::rows,
    ),
    protocol("R4d", "Brown et al. 1992: the method, in miniature", decomposition::rows),
    protocol("R4d", "The same split by this program's own models", own::rows),
    protocol("R6", "Entropy from match lengths", match_lengths::rows),
    protocol(
        "R1a",
        "Bengio et al. 2003, Table 1: deleted interpolation",
        deleted_interpolation::rows,
    ),
    protocol("R1a", "Bengio et al. 2003, Table 1: n-grams on the Brown corpus", bengio::rows),
    protocol("R1b", "Bengio et al. 2003, Table 1: word classes", word_classes::rows),
    protocol("R1c", "The same text: words, classes and caches together", best_mixture::rows),
    protocol("R2", "Penn Treebank as Mikolov prepared it, with --ptb", penn::rows),
    protocol("R5", "Chen and Goodman 1999: smoothing methods compared", chen_goodman::rows),
    protocol("C", "Figures whose data cannot be had, each above our nearest", cited::rows),
];

const fn protocol(
    id: &'static str,
    title: &'static str,
    run: fn(&Lab<'_>) -> Result<Vec<Row>, LandmarkError>,
) -> Protocol {
    Protocol { id, title, run }
}

impl Protocol {
    /// Measures the figures. If the text is not available, returns one row that says so.
    pub fn measure(&self, lab: &Lab<'_>) -> Result<Vec<Row>, LandmarkError> {
        match (self.run)(lab) {
            Err(LandmarkError::Unavailable(why)) => {
                Ok(vec![Row::new(self.id, self.title, "").missing(&why)])
            }
            measured => measured,
        }
    }
}

/// Returns the protocols of these ids, where `R4` stands for `R4a`, `R4b` and so on; all if there are no ids.
pub fn choose(ids: &[String]) -> Result<Vec<&'static Protocol>, UnknownLandmark> {
    let is = |id: &str, protocol: &Protocol| {
        let rest = protocol.id.strip_prefix(id);
        rest.is_some_and(|rest| rest.chars().all(|character| character.is_ascii_lowercase()))
    };
    for id in ids {
        if id.is_empty() || !PROTOCOLS.iter().any(|protocol| is(id, protocol)) {
            return Err(UnknownLandmark(id.clone()));
        }
    }
    let chosen =
        PROTOCOLS.iter().filter(|protocol| ids.is_empty() || ids.iter().any(|id| is(id, protocol)));
    Ok(chosen.collect())
}

/// No protocol has this id.
#[derive(Debug, thiserror::Error)]
#[error("there is no landmark `{0}`; there are {known}", known = known().join(", "))]
pub struct UnknownLandmark(String);

fn known() -> Vec<&'static str> {
    let mut known: Vec<&str> = PROTOCOLS.iter().map(|protocol| protocol.id).collect();
    known.dedup();
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(ids: &[&str]) -> Vec<&'static str> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        choose(&ids).unwrap().iter().map(|protocol| protocol.id).collect()
    }

    #[test]
    fn ids_choose_protocols() {
        assert_eq!(chosen(&[]).len(), PROTOCOLS.len());
        assert_eq!(chosen(&["R5"]), ["R5"]);
        assert!(chosen(&["R1"]).iter().all(|id| id.starts_with("R1")));
    }

    #[test]
    fn an_unknown_id_is_answered_with_those_there_are() {
        for id in ["R9", "", "r", "R"] {
            let error = choose(&[id.to_owned()]).err().unwrap().to_string();
            assert!(error.contains("R1") && error.contains("R5"), "{error}");
        }
    }
}
