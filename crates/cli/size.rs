//! Amounts of memory and disk space as people write them.

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
}
