//! What SRILM's programs share: single-dash options, some of them refused.

use super::usage::{Shown, Usage};
use crate::guard;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::str::FromStr;

/// A kind of option.
#[derive(Clone, Copy)]
pub enum OptionKind {
    /// Stands alone.
    Flag,
    /// Takes a value.
    Value,
    /// Known, but refused with advice on what to do instead.
    Refused(&'static str),
}

/// The options of a program. A `#` in a name stands for a number from 1 to 9, or for nothing.
pub type Table = &'static [(&'static str, OptionKind)];

/// The given options, by name without the dash.
#[derive(Debug)]
pub struct Given(BTreeMap<String, String>);

/// Parses a program's options: a dash and a name each, followed by the value if there is one.
pub fn parse(
    program: &str,
    table: &[(&'static str, OptionKind)],
    arguments: &[OsString],
) -> anyhow::Result<Given> {
    let complain = |text: String| Err(Usage(format!("{program}: {text}")).into());
    let mut given = BTreeMap::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let argument = argument.to_string_lossy();
        if let "-help" | "--help" | "-h" | "-version" | "--version" = &*argument {
            return Err(Shown(shown(program, table, argument.ends_with("version"))).into());
        }
        let name = argument.strip_prefix("--").or(argument.strip_prefix('-')).unwrap_or_default();
        match table.iter().find(|(known, _)| matches(known, name)).map(|(_, kind)| kind) {
            Some(OptionKind::Refused(instead)) => {
                return complain(format!("-{name} is not done here: {instead}"));
            }
            Some(OptionKind::Flag) => given.insert(name.to_owned(), String::new()),
            Some(OptionKind::Value) => match arguments.next() {
                Some(value) => given.insert(name.to_owned(), value.to_string_lossy().into_owned()),
                None => return complain(format!("-{name} needs a value")),
            },
            None => {
                let known: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
                return complain(format!(
                    "{argument} is not a known option; known are -{}",
                    known.join(" -").replace('#', "N")
                ));
            }
        };
    }
    Ok(Given(given))
}

/// Returns the version, or the options.
fn shown(program: &str, table: &[(&'static str, OptionKind)], version: bool) -> String {
    if version {
        let own = env!("CARGO_PKG_VERSION");
        return format!("{program}: ngram {own}, with the options of SRILM 1.7.3");
    }
    let mut text = format!("{program}, with the options of SRILM 1.7.3:\n");
    for (name, kind) in table {
        let name = name.replace('#', "N");
        text += &match kind {
            OptionKind::Flag => format!("  -{name}\n"),
            OptionKind::Value => format!("  -{name} VALUE\n"),
            OptionKind::Refused(instead) => format!("  -{name} is not done here: {instead}\n"),
        };
    }
    text.trim_end().to_owned()
}

fn matches(known: &str, name: &str) -> bool {
    match known.split_once('#') {
        None => known == name,
        Some((before, after)) => {
            let middle = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            middle.is_some_and(|middle| matches!(middle.as_bytes(), [] | [b'1'..=b'9']))
        }
    }
}

impl Given {
    /// Whether an option was given.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value of an option.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of an option as a path; `-` is standard input or output.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.text(name).map(Path::new)
    }

    /// The value of an option as a number.
    pub fn number<N: FromStr>(&self, name: &str) -> anyhow::Result<Option<N>> {
        let number = |text: &str| {
            // Floating-point numbers would take NaN and infinity.
            let is_finite = text.parse::<f64>().is_ok_and(f64::is_finite);
            let number = text.parse().ok().filter(|_| is_finite);
            number.ok_or_else(|| Usage(format!("-{name} needs a number, not {text:?}")))
        };
        Ok(self.text(name).map(number).transpose()?)
    }

    /// Fails if one of some outputs, given by the names or patterns of their options, is one of some inputs.
    pub fn not_over(&self, outputs: &[&str], inputs: &[&str]) -> anyhow::Result<()> {
        let values = |patterns: &[&str]| -> Vec<&Path> {
            let given = self.0.iter().filter(|(name, _)| patterns.iter().any(|p| matches(p, name)));
            given.map(|(_, value)| Path::new(value)).collect()
        };
        let inputs = values(inputs);
        values(outputs).into_iter().try_for_each(|output| guard::not_over(output, inputs.clone()))
    }

    /// Returns the given options that match a pattern such as `gt#min`: their numbers, 0 for none,
    /// and values.
    pub fn numbered(&self, pattern: &str) -> Vec<(usize, &str)> {
        let (before, after) = pattern.split_once('#').unwrap_or((pattern, ""));
        let found = self.0.iter().filter_map(|(name, value)| {
            let middle = name.strip_prefix(before)?.strip_suffix(after)?;
            match middle {
                "" => Some((0, value.as_str())),
                _ => Some((middle.parse().ok()?, value.as_str())),
            }
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = &[
        ("order", OptionKind::Value),
        ("gt#min", OptionKind::Value),
        ("unk", OptionKind::Flag),
        ("maxent", OptionKind::Refused("choose another")),
    ];

    fn read(line: &str) -> Result<Given, String> {
        let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse("p", TABLE, &arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn options_of_one_dash() {
        let given = read("-order 4 -gt3min 2 --unk -gt1min 1 -gtmin 5").unwrap();
        assert_eq!(given.number::<usize>("order").unwrap(), Some(4));
        assert!(given.has("unk") && !given.has("lm"));
        assert_eq!(given.numbered("gt#min"), [(1, "1"), (3, "2"), (0, "5")]);
        assert!(read("-order x").unwrap().number::<usize>("order").is_err());
        assert_eq!(read("-order").unwrap_err(), "p: -order needs a value");
        assert_eq!(read("-maxent").unwrap_err(), "p: -maxent is not done here: choose another");
        assert!(read("-gtxmin 3").unwrap_err().ends_with("known are -order -gtNmin -unk -maxent"));
    }
}
