//! Parses a line of bets.

use ngram_lab::english::{SYMBOLS, symbol};

/// Returns the share of the capital on each symbol: the percentages that the line names, with the
/// rest spread evenly over all other symbols. Returns what is wrong if the line cannot be parsed.
pub fn parse(line: &str) -> Result<[f64; 27], String> {
    let mut named: [Option<f64>; 27] = [None; 27];
    let mut words = line.split([' ', ',', '\t']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let mut rest = word.chars();
        let letter = rest.next().and_then(symbol);
        let Some(letter) = letter else {
            return Err(format!("{word:?} is no letter: bets are pairs such as `e 50 t 20 _ 10`"));
        };
        let percent = match rest.as_str() {
            "" => words.next().unwrap_or_default(),
            joined => joined.trim_start_matches('='),
        };
        let number: Option<f64> = percent.trim_end_matches('%').parse().ok();
        let Some(number) = number.filter(|number| (0.0..=100.0).contains(number)) else {
            return Err(format!(
                "{percent:?} is no bet on {}: give a percentage from 0 to 100",
                SYMBOLS[letter as usize]
            ));
        };
        if named[letter as usize].replace(number / 100.0).is_some() {
            return Err(format!("there are two bets on {}", SYMBOLS[letter as usize]));
        }
    }
    let sum: f64 = named.iter().flatten().sum();
    if sum > 1.0 + 1e-9 {
        return Err(format!("that is {:.4} % of your capital", sum * 100.0));
    }
    let others = named.iter().filter(|share| share.is_none()).count();
    // Bets on every symbol that leave something over are scaled up in proportion.
    if others == 0 {
        if sum <= 0.0 {
            return Err("that lays nothing on anything".to_owned());
        }
        return Ok(named.map(|share| share.unwrap_or(0.0) / sum));
    }
    let each = (1.0 - sum).max(0.0) / others as f64;
    Ok(named.map(|share| share.unwrap_or(each)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_shares_the_rest() {
        for line in ["e 50 t 24", "e50 t=24%", "  T 24,e 50"] {
            let shares = parse(line).unwrap();
            assert_eq!((shares[4], shares[19]), (0.5, 0.24), "{line}");
            assert!((shares[0] - 0.26 / 25.0).abs() < 1e-12, "{line}");
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert_eq!(parse("").unwrap(), [1.0 / 27.0; 27]);
        assert_eq!(parse("_ 100").unwrap()[26], 1.0);
        assert_eq!(parse("_ 100").unwrap()[0], 0.0);
        let all: String = SYMBOLS.iter().map(|letter| format!("{letter} 1 ")).collect();
        assert!((parse(&all).unwrap()[0] - 1.0 / 27.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_bet_is_said() {
        for (line, why) in [
            ("e 60 t 50", "110.0000 %"),
            ("é 5", "no letter"),
            ("e", "no bet on e"),
            ("e -5", "no bet on e"),
            ("e nan", "no bet on e"),
            ("e 5 E 6", "two bets on e"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
