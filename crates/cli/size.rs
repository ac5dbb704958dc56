//! Amounts as people write them: of memory, disk space and n-grams.

use crate::machine;
use ngram_edit::prune::Target;

/// Parses a number of bytes, such as `2G`, `500M`, `1.5GiB` or `4096`: K, M, G and T are powers of 1024.
pub fn parse(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = text[number.len()..].to_ascii_uppercase();
    let letter = unit.strip_suffix("IB").or(unit.strip_suffix('B')).unwrap_or(&unit);
    let power = match letter {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        _ => return Err("write a number of bytes, such as 2G or 500M".to_owned()),
    };
    let number: f64 = number.trim().parse().map_err(|_| "write a number, such as 2G".to_owned())?;
    let bytes = number * 1024f64.powi(power);
    if !(1.0..u64::MAX as f64).contains(&bytes) {
        return Err("not a possible number of bytes".to_owned());
    }
    Ok(bytes as u64)
}

/// Parses an amount of memory: a number of bytes, or a share of the machine's, such as `80%`.
pub fn memory(text: &str) -> Result<u64, String> {
    let Some(percent) = text.strip_suffix('%') else { return parse(text) };
    let help =
        || "write a share of the machine's memory from above 0 to 100, such as 80%".to_owned();
    let percent: f64 = percent.trim().parse().map_err(|_| help())?;
    if !(percent > 0.0 && percent <= 100.0) {
        return Err(help());
    }
    let total = machine::total_memory();
    let total =
        total.ok_or("the machine does not say how much memory it has: write 2G or the like")?;
    Ok((total as f64 * percent / 100.0) as u64)
}

/// Parses a number of n-grams, or a percentage of all.
pub fn ngrams(text: &str) -> Result<Target, String> {
    let help = || "write a number of n-grams, such as 3M or 250k, or a part of all, such as 10%";
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| help().to_owned());
    if let Some(percent) = text.strip_suffix('%') {
        return Ok(Target::Share(number(percent)? / 100.0));
    }
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1e3),
        Some((at, 'm' | 'M')) => (&text[..at], 1e6),
        Some((at, 'g' | 'G')) => (&text[..at], 1e9),
        _ => (text, 1.0),
    };
    let ngrams = number(digits)? * unit;
    match (1.0..1e18).contains(&ngrams) {
        true => Ok(Target::Ngrams(ngrams as u64)),
        false => Err(help().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("4096", 4096),
            ("4096B", 4096),
            ("64k", 65_536),
            ("2G", 2 << 30),
            ("2GiB", 2 << 30),
            ("2gb", 2 << 30),
            ("1.5M", 3 << 19),
            ("1 T", 1 << 40),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1G", "0", "2X", "2GG", "nan", "inf", "1e30", "é"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_of_memory() {
        let [half, all] = ["50%", "100%"].map(|text| memory(text).unwrap());
        assert!(half.abs_diff(all / 2) <= 1 && all > 1 << 20);
        assert_eq!(memory("2G"), Ok(2 << 30));
        for text in ["0%", "101%", "-5%", "nan%", "%"] {
            assert!(memory(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_of_ngrams() {
        assert_eq!(ngrams("3M"), Ok(Target::Ngrams(3_000_000)));
        assert_eq!(ngrams("250k"), Ok(Target::Ngrams(250_000)));
        assert_eq!(ngrams("17"), Ok(Target::Ngrams(17)));
        assert_eq!(ngrams("12.5%"), Ok(Target::Share(0.125)));
        for text in ["", "%", "many", "-3", "0", "3X", "é"] {
            assert!(ngrams(text).is_err(), "{text}");
        }
    }
}
