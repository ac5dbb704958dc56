//! Texts of which each sentence comes so many times, as lines of counts: what no test could read word by word.

/// The windows of sentences that come so often, a line each; the same n-gram may have several lines.
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
