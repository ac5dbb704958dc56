//! Log-probabilities from what a recogniser puts out.

/// The least probability.
const LEAST: f64 = 1e-15;

/// How far probabilities in 32 bits, or 16, may be off.
const ROUNDING: f32 = 1e-3;

/// Turns the outputs of frames, `labels` each, into natural log-probabilities: of probabilities, if all frames sum
/// to 1 on the average, else of scores.
pub fn log_probs(outputs: &[f32], labels: usize) -> Vec<f32> {
    let frames = outputs.chunks_exact(labels);
    let mean = outputs.iter().map(|&x| f64::from(x)).sum::<f64>() / frames.len().max(1) as f64;
    let least = LEAST.ln() as f32;
    let are_probabilities = outputs.iter().all(|x| (-ROUNDING..=1.0 + ROUNDING).contains(x));
    if are_probabilities && (mean - 1.0).abs() <= f64::from(ROUNDING) {
        let log = |&probability: &f32| probability.clamp(LEAST as f32, 1.0).ln();
        return outputs.iter().map(log).collect();
    }
    let mut logs = Vec::with_capacity(outputs.len());
    for frame in frames {
        let highest = frame.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let highest = if highest.is_finite() { highest } else { 0.0 };
        let sum: f32 = frame.iter().map(|x| (x - highest).exp()).sum();
        let rest = sum.ln();
        logs.extend(frame.iter().map(|x| (x - highest - rest).clamp(least, 0.0)));
    }
    logs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_and_probabilities_become_logarithms() {
        let near = |found: &[f32], expected: &[f64]| {
            for (found, expected) in found.iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
            }
        };
        // e^1 / (e^1 + e^2 + e^3), and so on.
        near(&log_probs(&[1.0, 2.0, 3.0], 3), &[-2.407606, -1.407606, -0.407606]);
        near(&log_probs(&[0.5, 0.25, 0.25], 3), &[0.5f64.ln(), 0.25f64.ln(), 0.25f64.ln()]);
        near(&log_probs(&[0.0, -1000.0], 2), &[0.0, 1e-15f64.ln()]);
    }
}
