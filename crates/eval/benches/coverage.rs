//! How often a 95 % interval contains the true value: `cargo bench -p ngram-eval --bench coverage
//! [-- REPETITIONS]`.
//!
//! Samples are drawn with replacement from a population whose true value is known. A correct
//! interval contains it for 95 of 100 samples; with 2,000 samples, chance allows 94.0 to 95.9 per
//! cent. The last rows draw whole documents, whose sentences are alike, once with sentences as
//! units and once with documents.

use ngram_eval::sampling::{
    Interval, Population, Random, Ratio, Resampling, Unit, percentile, resample, studentised,
};

/// Bootstrap samples drawn from each sample.
const SAMPLES: usize = 999;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let repetitions = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(2000);
    let population = Population::new(1, 200_000);
    println!("of {repetitions} samples, per cent whose interval holds the truth");
    println!(
        "{:>9} {:<10}  difference of two models: {:>12} {:>12} {:>12}  one model: {:>9}",
        "units", "", "studentised", "percentile", "Student's", "Student's"
    );
    let sentences = population.sentences();
    for units in [10, 20, 50, 100, 200, 500, 1000] {
        let draw = |random: &mut Random| -> Vec<Unit> {
            (0..units).map(|_| sentences[random.below(sentences.len())]).collect()
        };
        report(units, "sentences", &truth(&sentences), repetitions, draw);
    }
    for documents in [20, 50] {
        let all = population.documents();
        let draw = |random: &mut Random| -> Vec<Unit> {
            (0..documents).flat_map(|_| all[random.below(all.len())].clone()).collect()
        };
        let truth = truth(&sentences);
        report(documents * 50, "sentences", &truth, repetitions, draw);
        report(documents, "documents", &truth, repetitions, |random| {
            draw(random).chunks(50).map(together).collect()
        });
    }
}

/// Sums the units of a document into one.
fn together(units: &[Unit]) -> Unit {
    let mut sum = [(0.0, 0.0); 2];
    for unit in units {
        for (sum, part) in sum.iter_mut().zip(unit) {
            *sum = (sum.0 + part.0, sum.1 + part.1);
        }
    }
    sum
}

fn ratios(units: &[Unit]) -> [Ratio; 2] {
    let mut ratios = [Ratio::default(); 2];
    for unit in units {
        for (ratio, &(x, y)) in ratios.iter_mut().zip(unit) {
            ratio.add(x, y);
        }
    }
    ratios
}

fn truth(units: &[Unit]) -> [f64; 2] {
    ratios(units).map(|ratio| ratio.value().expect("there are units"))
}

fn report(
    units: usize,
    name: &str,
    truth: &[f64; 2],
    repetitions: u64,
    draw: impl Fn(&mut Random) -> Vec<Unit>,
) {
    let mut held = [0u64; 4];
    for repetition in 0..repetitions {
        let sample = draw(&mut Random::of_sample(5, repetition));
        let [difference, level] = ratios(&sample);
        let pairs: Vec<[(f64, f64); 1]> = sample.iter().map(|&[pair, _]| [pair]).collect();
        let how = Resampling { samples: SAMPLES, seed: repetition };
        let samples: Vec<Ratio> = resample(&pairs, how).into_iter().map(|[ratio]| ratio).collect();
        let holds = |interval: Option<Interval>, truth| {
            u64::from(interval.is_some_and(|interval| interval.holds(truth)))
        };
        held[0] += holds(studentised(&difference, samples.iter().copied()), truth[0]);
        held[1] += holds(percentile(samples), truth[0]);
        held[2] += holds(difference.interval(), truth[0]);
        held[3] += holds(level.interval(), truth[1]);
    }
    let [studentised, percentile, student, level] =
        held.map(|held| 100.0 * held as f64 / repetitions as f64);
    println!(
        "{units:>9} {name:<10} {:>26} {studentised:>12.1} {percentile:>12.1} {student:>12.1} {:>12} {level:>9.1}",
        "", ""
    );
}
