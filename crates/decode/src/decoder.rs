//! The search.

use crate::alphabet::{CtcAlphabet, Label};
use crate::arena::{EMPTY, Frames, NO_FRAMES, TextNodes, WordParts};
use crate::hot_words::HotWords;
use crate::log_softmax::log_probs;
use crate::word_model::WordModel;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::HashSet;
use std::f64::consts::LN_10;

/// Longer unknown beginnings of words cost more, in proportion.
const USUAL_LENGTH: usize = 6;

/// The parameters of a search. Logarithms are natural.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CtcSettings {
    /// α, the weight of the model of words.
    pub alpha: f64,
    /// β, the bonus of each word.
    pub beta: f64,
    /// Added to log10 p of a word that the model, or the list of words, does not have; usually below 0.
    pub unknown: f64,
    /// Whether a text begins after `<s>` and ends with `</s>`.
    pub boundary: bool,
    /// The most texts that are kept from frame to frame.
    pub beam_width: usize,
    /// Texts are dropped whose score is this far from the best; below 0.
    pub beam_prune: f64,
    /// Labels are skipped whose log-probability in a frame is below this, but for the most probable one.
    pub label_least: f32,
    /// Whether only the better of two texts is kept that the model of words cannot tell apart from then on: for the one
    /// best text.
    pub prune_history: bool,
}

impl Default for CtcSettings {
    fn default() -> CtcSettings {
        CtcSettings {
            alpha: 0.5,
            beta: 1.5,
            unknown: -10.0,
            boundary: true,
            beam_width: 100,
            beam_prune: -10.0,
            label_least: -5.0,
            prune_history: false,
        }
    }
}

/// A text that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// Its words, separated by spaces.
    pub text: String,
    /// Its words, each with its first frame and the one after its last.
    pub words: Vec<(String, u32, u32)>,
    /// Σ ln p of its labels.
    pub label_score: f64,
    /// The same with the scores of its words, by which texts are compared.
    pub score: f64,
}

/// Why the output of a recogniser cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CtcError {
    /// The numbers are no frames of the alphabet.
    #[error(
        "{values} numbers are no frames of {labels} labels: give frames × labels, in the alphabet's order"
    )]
    Shape {
        /// How many numbers there are.
        values: usize,
        /// How many labels the alphabet has.
        labels: usize,
    },
    /// A number is none.
    #[error("frame {0} holds a number that is none (NaN)")]
    Nan(usize),
}

/// Decodes recordings, one by one, from any thread.
pub struct CtcDecoder<M> {
    alphabet: CtcAlphabet,
    model: M,
    /// The words that are known, and all their beginnings.
    known: Option<Known>,
    settings: CtcSettings,
}

/// A list of words.
struct Known {
    words: HashSet<Box<str>>,
    sorted: Vec<Box<str>>,
}

impl Known {
    fn begins(&self, part: &str) -> bool {
        let at = self.sorted.partition_point(|word| **word < *part);
        self.sorted.get(at).is_some_and(|word| word.starts_with(part))
    }
}

/// A text being made.
#[derive(Clone, Copy)]
struct Beam {
    /// The words that are whole.
    text: u32,
    /// The beginning of the next.
    part: u32,
    last: u32,
    frames: u32,
    /// The first frame of the part and the one after its last; none if `end` is 0.
    of_part: (u32, u32),
    labels: f64,
    score: f64,
}

const NO_LABEL: u32 = u32::MAX;

/// All that one search keeps.
struct Search<'d, M: WordModel> {
    decoder: &'d CtcDecoder<M>,
    settings: CtcSettings,
    hot: Option<HotWords>,
    texts: TextNodes<M::State>,
    parts: WordParts,
    frames: Frames,
}

impl<M: WordModel> CtcDecoder<M> {
    /// Creates a decoder. `words` lists the words that are known, for models whose own list is not to be relied on, and
    /// tells beginnings of words from others.
    pub fn new(
        alphabet: CtcAlphabet,
        model: M,
        words: Option<Vec<String>>,
        settings: CtcSettings,
    ) -> CtcDecoder<M> {
        let known = words.filter(|words| !words.is_empty()).map(|words| {
            let mut sorted: Vec<Box<str>> = words.into_iter().map(String::into_boxed_str).collect();
            sorted.sort_unstable();
            sorted.dedup();
            Known { words: sorted.iter().cloned().collect(), sorted }
        });
        CtcDecoder { alphabet, model, known, settings }
    }

    /// The labels.
    pub fn alphabet(&self) -> &CtcAlphabet {
        &self.alphabet
    }

    /// The model of words.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Returns the parameters.
    pub fn settings(&self) -> CtcSettings {
        self.settings
    }

    /// Sets the parameters.
    pub fn set_settings(&mut self, settings: CtcSettings) {
        self.settings = settings;
    }

    /// Decodes a recording: frame after frame, a score or a probability for each label. Returns at most
    /// [`CtcSettings::beam_width`] texts, the best first.
    ///
    /// # Errors
    ///
    /// If `outputs` are no whole number of frames, or hold NaN.
    pub fn decode(
        &self,
        outputs: &[f32],
        hot_words: &[&str],
        hot_weight: f64,
    ) -> Result<Vec<Decoded>, CtcError> {
        self.decode_with(self.settings, outputs, hot_words, hot_weight)
    }

    /// Decodes with other parameters than the decoder's own.
    ///
    /// # Errors
    ///
    /// As [`CtcDecoder::decode`].
    pub fn decode_with(
        &self,
        settings: CtcSettings,
        outputs: &[f32],
        hot_words: &[&str],
        hot_weight: f64,
    ) -> Result<Vec<Decoded>, CtcError> {
        let labels = self.alphabet.len();
        if !outputs.len().is_multiple_of(labels) {
            return Err(CtcError::Shape { values: outputs.len(), labels });
        }
        if let Some(at) = outputs.iter().position(|output| output.is_nan()) {
            return Err(CtcError::Nan(at / labels));
        }
        let hot = HotWords::new(hot_words.iter().copied(), hot_weight);
        let mut search = Search {
            decoder: self,
            settings,
            hot: (!hot.is_empty()).then_some(hot),
            texts: TextNodes::new(self.model.begin(settings.boundary)),
            parts: WordParts::new(),
            frames: Frames::new(),
        };
        Ok(search.run(&log_probs(outputs, labels)))
    }
}

impl<M: WordModel> Search<'_, M> {
    fn run(&mut self, log_probs: &[f32]) -> Vec<Decoded> {
        let settings = &{ self.settings };
        let labels = self.decoder.alphabet.labels();
        let mut beams = vec![Beam {
            text: EMPTY,
            part: EMPTY,
            last: NO_LABEL,
            frames: NO_FRAMES,
            of_part: (0, 0),
            labels: 0.0,
            score: 0.0,
        }];
        let mut next: Vec<Beam> = Vec::new();
        let mut places: FxHashMap<(u32, u32, u32), u32> = FxHashMap::default();
        for (frame, column) in (0..).zip(log_probs.chunks_exact(labels.len())) {
            next.clear();
            places.clear();
            let best = (0..column.len())
                .max_by(|&one, &other| column[one].total_cmp(&column[other]).then(other.cmp(&one)));
            for (label, &log_prob) in column.iter().enumerate() {
                if log_prob < settings.label_least && best != Some(label) {
                    continue;
                }
                for beam in &beams {
                    let grown = self.grow(beam, label as u32, log_prob.into(), frame);
                    merge(&mut next, &mut places, grown);
                }
            }
            self.score(&mut next);
            prune(settings, &mut next);
            if settings.prune_history {
                self.prune_history(&mut next);
            }
            std::mem::swap(&mut beams, &mut next);
        }
        self.ended(&beams)
    }

    /// Returns the texts that beams end as, the best first.
    fn ended(&mut self, beams: &[Beam]) -> Vec<Decoded> {
        let mut ended: Vec<Beam> = Vec::new();
        let mut places: FxHashMap<(u32, u32, u32), u32> = FxHashMap::default();
        for beam in beams {
            let frames = match beam.part {
                EMPTY => beam.frames,
                _ => self.frames.add(beam.frames, beam.of_part),
            };
            let text = self.longer(beam.text, beam.part);
            // The text and the word that ends it stay apart: of two ways to one text, the last one is scored.
            let whole = Beam {
                frames,
                of_part: (beam.text, beam.part),
                text,
                part: EMPTY,
                last: NO_LABEL,
                ..*beam
            };
            merge(&mut ended, &mut places, whole);
        }
        for beam in &mut ended {
            let (text, word) = beam.of_part;
            beam.score = beam.labels + self.end(text, word);
        }
        prune(&self.settings, &mut ended);
        ended.iter().map(|beam| self.decoded(beam)).collect()
    }

    /// Returns the score of a text that ends in a word. As in pyctcdecode, a text after which nothing is begun, not
    /// even the end, ends in an empty word, which no model knows: so texts that end in a space cost more.
    fn end(&self, text: u32, word: u32) -> f64 {
        let decoder = self.decoder;
        let before = self.texts.get(text);
        let spelled = self.parts.text(word);
        let (score, state) = self.worded(text, spelled);
        let end = match decoder.model.is_one() && self.settings.boundary {
            true => self.settings.alpha * f64::from(decoder.model.end(&state)) * LN_10,
            false => 0.0,
        };
        let bonus = self.hot.as_ref().map_or(0.0, |hot| hot.word(spelled));
        before.score + score + end + bonus
    }

    /// Returns the score of a word after a text, and the state after it.
    fn worded(&self, text: u32, word: &str) -> (f64, M::State) {
        let (decoder, settings) = (self.decoder, self.settings);
        let (log10, state, is_known) = decoder.model.step(&self.texts.get(text).state, word);
        if !decoder.model.is_one() {
            return (0.0, state);
        }
        let is_listed = decoder.known.as_ref().is_none_or(|known| known.words.contains(word));
        let unknown = if is_listed && is_known { 0.0 } else { settings.unknown };
        (settings.alpha * (f64::from(log10) + unknown) * LN_10 + settings.beta, state)
    }

    /// Returns a beam with one more label.
    fn grow(&mut self, beam: &Beam, label: u32, log_prob: f64, frame: u32) -> Beam {
        let kind = &self.decoder.alphabet.labels()[label as usize];
        let mut grown = Beam { last: label, labels: beam.labels + log_prob, ..*beam };
        let here = (frame, frame + 1);
        let on = match beam.of_part {
            (_, 0) => here,
            (start, _) => (start, frame + 1),
        };
        match kind {
            Label::Blank => {}
            Label::Space if beam.last == label => {}
            _ if beam.last == label => grown.of_part = on,
            Label::Part(text) => {
                grown.part = self.parts.append(beam.part, label, text);
                grown.of_part = on;
            }
            Label::Space | Label::Begins(_) => {
                if beam.part != EMPTY {
                    grown.frames = self.frames.add(beam.frames, beam.of_part);
                    grown.text = self.longer(beam.text, beam.part);
                }
                (grown.part, grown.of_part) = match kind {
                    Label::Begins(text) => (self.parts.append(EMPTY, label, text), here),
                    _ => (EMPTY, (0, 0)),
                };
            }
        }
        grown
    }

    /// Returns the text with one more word.
    fn longer(&mut self, text: u32, word: u32) -> u32 {
        if word == EMPTY {
            return text;
        }
        if let Some(found) = self.texts.find(text, word) {
            return found;
        }
        let spelled = self.parts.text(word);
        let (score, state) = self.worded(text, spelled);
        let bonus = self.hot.as_ref().map_or(0.0, |hot| hot.word(spelled));
        let score = self.texts.get(text).score + score + bonus;
        self.texts.add(text, word, score, state)
    }

    /// Computes the scores of beams.
    fn score(&mut self, beams: &mut [Beam]) {
        let Search { decoder, settings, hot, texts, parts, .. } = self;
        for beam in beams {
            beam.score = beam.labels + texts.get(beam.text).score;
            if beam.part == EMPTY {
                continue;
            }
            beam.score += parts.score(beam.part, |part| {
                if let Some(bonus) = hot.as_ref().and_then(|hot| hot.part(part)) {
                    return bonus;
                }
                if !decoder.model.is_one()
                    || decoder.known.as_ref().is_some_and(|known| known.begins(part))
                {
                    return 0.0;
                }
                let length = part.chars().count();
                let longer = length.max(USUAL_LENGTH) as f64 / USUAL_LENGTH as f64;
                settings.unknown * longer
            });
        }
    }

    /// Keeps the best of the beams that the model of words cannot tell apart from now on. Beams are the best first.
    fn prune_history(&self, beams: &mut Vec<Beam>) {
        let most = self.decoder.model.order().saturating_sub(1).max(1);
        let mut seen: FxHashSet<(Vec<u32>, u32, u32)> = FxHashSet::default();
        beams.retain(|beam| {
            let mut last = Vec::with_capacity(most);
            self.texts.last(beam.text, most, &mut last);
            seen.insert((last, beam.part, beam.last))
        });
    }

    fn decoded(&self, beam: &Beam) -> Decoded {
        let words = self.texts.words(beam.text);
        let words: Vec<&str> = words.into_iter().map(|word| self.parts.text(word)).collect();
        let text = words.join(" ");
        let frames = self.frames.list(beam.frames);
        let words = words.iter().zip(frames);
        let words = words.map(|(word, (start, end))| ((*word).to_owned(), start, end)).collect();
        Decoded { text, words, label_score: beam.labels, score: beam.score }
    }
}

/// Adds a beam to those of a frame. Two ways to one text are one, with the sum of their probabilities.
fn merge(beams: &mut Vec<Beam>, places: &mut FxHashMap<(u32, u32, u32), u32>, beam: Beam) {
    let next = beams.len() as u32;
    let place = *places.entry((beam.text, beam.part, beam.last)).or_insert(next);
    match beams.get_mut(place as usize) {
        Some(other) => {
            let labels = log_sum(other.labels, beam.labels);
            *other = Beam { labels, ..beam };
        }
        None => beams.push(beam),
    }
}

/// Returns ln(e^one + e^other).
fn log_sum(one: f64, other: f64) -> f64 {
    let (high, low) = if one >= other { (one, other) } else { (other, one) };
    high + (1.0 + (low - high).exp()).ln()
}

/// Keeps the best beams, the best first; equal ones stay in their order.
fn prune(settings: &CtcSettings, beams: &mut Vec<Beam>) {
    let best = beams.iter().map(|beam| beam.score).fold(f64::NEG_INFINITY, f64::max);
    beams.retain(|beam| beam.score >= best + settings.beam_prune);
    beams.sort_by(|one, other| other.score.total_cmp(&one.score));
    beams.truncate(settings.beam_width.max(1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoModel;

    fn decoder(labels: &[&str]) -> CtcDecoder<NoModel> {
        let alphabet = CtcAlphabet::new(labels.iter().copied()).unwrap();
        CtcDecoder::new(alphabet, NoModel, None, CtcSettings::default())
    }

    fn frames(probabilities: &[&[f32]]) -> Vec<f32> {
        probabilities.concat()
    }

    /// The path of blanks is the most probable, with 0.36, but the text `a` has 0.64: the search adds its paths up.
    #[test]
    fn the_paths_of_a_text_are_added_up() {
        let found =
            decoder(&["", "a"]).decode(&frames(&[&[0.6, 0.4], &[0.6, 0.4]]), &[], 10.0).unwrap();
        let texts: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
        assert_eq!(texts, ["a", ""]);
        assert!((found[0].label_score.exp() - 0.64).abs() < 1e-6);
        assert!((found[1].label_score.exp() - 0.36).abs() < 1e-6);
    }

    /// All probabilities of three frames, added up by hand over the 27 paths.
    #[test]
    fn all_texts_of_a_short_recording_sum_to_one() {
        let settings =
            CtcSettings { beam_prune: -1e9, label_least: -1e9, ..CtcSettings::default() };
        let outputs = frames(&[&[0.5, 0.3, 0.2], &[0.1, 0.6, 0.3], &[0.4, 0.2, 0.4]]);
        let found = decoder(&["", "a", "b"]).decode_with(settings, &outputs, &[], 10.0).unwrap();
        let sum: f64 = found.iter().map(|found| found.label_score.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        let ab = found.iter().find(|found| found.text == "ab").unwrap();
        // aab, abb, ab-, a-b, -ab.
        let paths =
            0.3 * 0.6 * 0.4 + 0.3 * 0.3 * 0.4 + 0.3 * 0.3 * 0.4 + 0.3 * 0.1 * 0.4 + 0.5 * 0.6 * 0.4;
        assert!((ab.label_score.exp() - paths).abs() < 1e-6);
    }

    #[test]
    fn words_have_their_frames() {
        let one = |label: usize| -> Vec<f32> {
            (0..4).map(|at| if at == label { 9.0 } else { 0.0 }).collect()
        };
        let outputs: Vec<f32> = [1, 1, 0, 2, 3, 3, 0, 1].into_iter().flat_map(one).collect();
        let found = decoder(&["", "a", "b", " "]).decode(&outputs, &[], 10.0).unwrap();
        assert_eq!(found[0].text, "ab a");
        assert_eq!(found[0].words, [("ab".to_owned(), 0, 4), ("a".to_owned(), 7, 8)]);
        let found = decoder(&["", "▁a", "b", "▁c"]).decode(&outputs, &[], 10.0).unwrap();
        assert_eq!(found[0].text, "ab c a");
    }

    #[test]
    fn hot_words_are_preferred() {
        let outputs = frames(&[&[0.1, 0.5, 0.4]]);
        let decoder = decoder(&["", "a", "b"]);
        assert_eq!(decoder.decode(&outputs, &[], 10.0).unwrap()[0].text, "a");
        assert_eq!(decoder.decode(&outputs, &["b"], 10.0).unwrap()[0].text, "b");
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let decoder = decoder(&["", "a"]);
        let shape = CtcError::Shape { values: 3, labels: 2 };
        assert_eq!(decoder.decode(&[0.0; 3], &[], 1.0), Err(shape));
        assert_eq!(decoder.decode(&[0.0, 0.0, f32::NAN, 0.0], &[], 1.0), Err(CtcError::Nan(1)));
        assert_eq!(decoder.decode(&[], &[], 1.0).unwrap()[0].text, "");
    }
}
