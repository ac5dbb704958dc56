//! The numbers that users type. Each has bounds, which are checked while options are read: no number makes a run that
//! never ends, or one that fails after hours.

use std::fmt::Display;
use std::str::FromStr;

/// The highest order that is trained and counted.
const MOST_ORDER: usize = 64;
/// More threads than any machine has cores.
const MOST_THREADS: u64 = 1024;

/// Parses a whole number from `least` to `most`.
pub fn whole<N: TryFrom<u64>>(
    least: u64,
    most: u64,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = u64::from_str(text).ok().filter(|number| (least..=most).contains(number));
        number
            .and_then(|number| N::try_from(number).ok())
            .ok_or_else(|| format!("give a whole number from {least} to {most}"))
    }
}

/// Parses a number from `least` to `most`.
pub fn real<N>(
    least: N,
    most: N,
) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: FromStr + PartialOrd + Display + Copy + Send + Sync + 'static,
{
    move |text| {
        let number = N::from_str(text).ok();
        // No comparison holds for NaN.
        let number = number.filter(|number| *number >= least && *number <= most);
        number.ok_or_else(|| format!("give a number from {least} to {most}"))
    }
}

/// Parses a number above 0, up to `most`.
pub fn above_zero(
    most: f64,
) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = f64::from_str(text).ok().filter(|number| *number > 0.0 && *number <= most);
        number.ok_or_else(|| format!("give a number above 0 and at most {most}"))
    }
}

/// Parses the order of a model.
pub fn order(text: &str) -> Result<usize, String> {
    match u64::from_str(text) {
        Ok(order) if (1..=MOST_ORDER as u64).contains(&order) => Ok(order as usize),
        Ok(order) => Err(format!("order {order} is not between 1 and {MOST_ORDER}")),
        Err(_) => Err(format!("give an order from 1 to {MOST_ORDER}")),
    }
}

/// Parses a number of threads.
pub fn threads(text: &str) -> Result<usize, String> {
    whole(1, MOST_THREADS)(text)
}

/// Parses a weight of a linear mixture.
pub fn weight(text: &str) -> Result<f64, String> {
    real(0.0, 1.0)(text)
}

/// Parses a weight of a linear or a log-linear mixture. Beyond this, products of probabilities are too small for a
/// floating-point number.
pub fn log_linear_weight(text: &str) -> Result<f64, String> {
    real(0.0, ngram_edit::mix::LogLinear::MOST)(text)
}

/// Parses a figure or a threshold that may have any size that means something.
pub fn figure<N>(text: &str) -> Result<N, String>
where
    N: FromStr + PartialOrd + Display + Copy + Send + Sync + From<f32> + 'static,
{
    real(N::from(-1e15), N::from(1e15))(text).map_err(|_| "give a number".to_owned())
}

/// Parses a threshold of 0 or above.
pub fn threshold(text: &str) -> Result<f64, String> {
    real(0.0, 1e15)(text).map_err(|_| "give a number of 0 or above, such as 1e-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cli;
    use clap::error::ErrorKind;
    use clap::{Arg, Command, CommandFactory};
    use std::any::TypeId;

    #[test]
    fn bounds_belong_to_the_range_and_nothing_beyond() {
        let few = whole::<u8>(1, 300);
        assert_eq!((few("1"), few("255")), (Ok(1), Ok(255)));
        for text in ["0", "256", "301", "-1", "1.0", "1e2", "NaN", "", " 1"] {
            assert!(few(text).is_err(), "{text}");
        }
        assert_eq!(real(0.0, 1.0)("1"), Ok(1.0));
        for text in ["-0.001", "1.001", "NaN", "inf", "-inf", "1e300", "x"] {
            assert!(real(0.0, 1.0)(text).is_err(), "{text}");
        }
        assert!(above_zero(2.0)("0").is_err() && above_zero(2.0)("2").is_ok());
        assert_eq!(order("65").unwrap_err(), "order 65 is not between 1 and 64");
    }

    /// What no option that takes a number may accept.
    const BAD: [&str; 5] = ["NaN", "inf", "-1", "1e300", "99999999999999999999"];

    /// Numbers among [`BAD`] that an option accepts because they mean something and take no time.
    const GOOD: [(&str, &[&str]); 5] = [
        // A cache may forget nothing.
        ("--cache", &["inf", "1e300", "99999999999999999999"]),
        ("score --min", &["-1"]),
        ("score --max", &["-1"]),
        ("score --cuts", &["-1"]),
        // A difference of bits.
        ("select --threshold", &["-1"]),
    ];

    /// Calls `see` with every verb without verbs of its own.
    fn verbs(command: &Command, see: &mut dyn FnMut(&Command)) {
        match command.has_subcommands() {
            true => command.get_subcommands().for_each(|verb| verbs(verb, see)),
            false => see(command),
        }
    }

    /// Whether an option takes a number: not a text, a file, a flag or a choice.
    fn is_number(option: &Arg) -> bool {
        let own = option.get_value_parser().type_id();
        let others = [
            TypeId::of::<String>(),
            TypeId::of::<std::path::PathBuf>(),
            TypeId::of::<std::ffi::OsString>(),
            TypeId::of::<bool>(),
            TypeId::of::<ngram_counts::TokenizerName>(),
            TypeId::of::<ngram_input::Field>(),
        ];
        option.get_action().takes_values()
            && option.get_possible_values().is_empty()
            && others.iter().all(|other| own != *other)
    }

    #[test]
    fn no_option_of_any_verb_accepts_a_number_without_bounds() {
        let mut command = Cli::command();
        command.build();
        let (mut options, mut wrong) = (0, Vec::new());
        verbs(&command, &mut |verb| {
            for option in verb.get_arguments().filter(|option| is_number(option)) {
                let Some(name) = option.get_long() else { continue };
                options += 1;
                let called = format!("{} --{name}", verb.get_name());
                for bad in BAD {
                    let is_good = |good: &str| called.ends_with(good);
                    if GOOD.iter().any(|(good, numbers)| is_good(good) && numbers.contains(&bad)) {
                        continue;
                    }
                    let arguments = ["ngram".to_owned(), format!("--{name}={bad}")];
                    let error = verb.clone().no_binary_name(false).try_get_matches_from(arguments);
                    let kind = error.err().map(|error| error.kind());
                    if !matches!(kind, Some(ErrorKind::ValueValidation | ErrorKind::InvalidValue)) {
                        wrong.push(format!("{called}={bad}: {kind:?}"));
                    }
                }
            }
        });
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(options > 60, "{options}");
    }

    /// What the standard library says of a word is about digits, not about what is expected.
    #[test]
    fn a_word_for_a_number_is_answered_with_what_is_expected() {
        let mut command = Cli::command();
        command.build();
        let mut wrong = Vec::new();
        verbs(&command, &mut |verb| {
            for option in verb.get_arguments().filter(|option| is_number(option)) {
                let Some(name) = option.get_long() else { continue };
                let arguments = ["ngram".to_owned(), format!("--{name}=five")];
                let error = verb.clone().no_binary_name(false).try_get_matches_from(arguments);
                let said = error.err().map_or(String::new(), |error| error.to_string());
                if said.is_empty()
                    || said.contains("invalid digit")
                    || said.contains("invalid float")
                {
                    wrong.push(format!("{} --{name}: {said}", verb.get_name()));
                }
            }
        });
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
