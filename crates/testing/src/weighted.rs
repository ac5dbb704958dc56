//! Texts with weighted sentences, as lines of counts: too long for a test to read word by word.

/// Returns the windows of sentences with these weights, one per line; the same n-gram may have several lines.
pub fn lines(sentences: &[(&str, u64)], order: usize) -> String {
    let mut lines = String::new();
    for (sentence, times) in sentences {
        let words: Vec<&str> = sentence.split(' ').filter(|word| !word.is_empty()).collect();
        let padded = [&["<s>"], &words[..], &["</s>"]].concat();
        for end in 2..=padded.len() {
            let window = &padded[end.saturating_sub(order)..end];
            lines.push_str(&format!("{}\t{times}\n", window.join(" ")));
        }
    }
    lines
}
