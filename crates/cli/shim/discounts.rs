//! SRILM's files of discounts, of `ngram-count -gtN` and `-knN`.
//!
//! ```text
//! mincount 1          mincount 2
//! maxcount 2          discount1 0.7
//! discount 1 0.4      discount2 1.1
//! discount 2 0.7      discount3+ 1.4
//! ```
//!
//! On the left Good–Turing: the factors of counts up to `maxcount`. On the right Kneser–Ney, whose
//! original form has only `discount1`.

use super::discounting::{Chosen, file};
use super::srilm::Given;
use crate::input;
use crate::output::{self, Output};
use anyhow::{Context, bail};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// The discounts of one order.
#[derive(Debug, PartialEq)]
pub struct DiscountFile {
    /// The lowest count that is kept.
    pub least: Option<u32>,
    /// The factors or discounts of counts 1, 2 and so on.
    pub values: Vec<f64>,
}

/// Reads the discounts of a method.
pub fn read(path: &Path, method: &str) -> anyhow::Result<DiscountFile> {
    let input = input::named(path)?;
    let mut text = String::new();
    for line in BufReader::new(input.open(|_| ())?).lines() {
        text += &line.with_context(|| format!("cannot read {}", input.name))?;
        text.push('\n');
    }
    parse(&text, method).with_context(|| format!("{}: not discounts for {method}", input.name))
}

fn parse(text: &str, method: &str) -> anyhow::Result<DiscountFile> {
    let mut found = DiscountFile { least: None, values: Vec::new() };
    let (mut most, mut slots) = (None, Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let wrong = || format!("{line:?}");
        let count = |text: &str| text.parse::<u32>().with_context(wrong);
        let mut set = |place: usize, text: &str| -> anyhow::Result<()> {
            if !(1..=1000).contains(&place) {
                bail!("{line:?}: counts are 1 to 1000");
            }
            let value = text.parse::<f64>().with_context(wrong)?;
            slots.resize(slots.len().max(place), None);
            slots[place - 1] = Some(value);
            Ok(())
        };
        match (method, &fields[..]) {
            (_, ["mincount", least]) => found.least = Some(count(least)?.max(1)),
            ("good-turing", ["maxcount", value]) => most = Some(count(value)? as usize),
            ("good-turing", ["discount", place, value]) => set(count(place)? as usize, value)?,
            ("kneser-ney" | "modified-kneser-ney", ["discount1", value]) => set(1, value)?,
            ("modified-kneser-ney", ["discount2", value]) => set(2, value)?,
            ("modified-kneser-ney", ["discount3+", value]) => set(3, value)?,
            _ => bail!("{line:?} is none of its lines"),
        }
    }
    let expected = match method {
        "good-turing" => most.context("no line maxcount")?,
        "kneser-ney" => 1,
        _ => 3,
    };
    slots.resize(slots.len().max(expected), None);
    slots.truncate(expected);
    let missing = slots.iter().position(Option::is_none);
    if let Some(missing) = missing {
        bail!("no discount for a count of {}", missing + 1);
    }
    found.values = slots.into_iter().flatten().collect();
    Ok(found)
}

/// Writes the discounts of the orders that files are named for; `fitted` has the parameters of each order.
pub fn write_all(
    given: &Given,
    chosen: &Chosen,
    fitted: &[&[(String, f64)]],
) -> anyhow::Result<()> {
    for (order, parameters) in (1..).zip(fitted) {
        let Some(path) = file(given, order) else { continue };
        let values: Vec<f64> = parameters.iter().map(|(_, value)| *value).collect();
        let method = chosen.methods[order - 1].0.name();
        let text = format(method, chosen.least[order - 1], &values);
        let mut output = BufWriter::new(Output::create(path)?);
        output.write_all(text.as_bytes()).with_context(|| output::cannot_write(path))?;
        let output = output.into_inner().map_err(|error| error.into_error());
        output.and_then(Output::finish).with_context(|| output::cannot_write(path))?;
    }
    Ok(())
}

fn format(method: &str, least: u32, values: &[f64]) -> String {
    let mut text = format!("mincount {least}\n");
    if method == "good-turing" {
        text += &format!("maxcount {}\n", values.len());
        for (count, factor) in (1..).zip(values) {
            text += &format!("discount {count} {factor}\n");
        }
        return text;
    }
    // One discount in place of three serves for all counts.
    let of = |place: usize| values.get(place).or(values.last());
    let names: &[&str] = match method {
        "kneser-ney" => &["discount1"],
        _ => &["discount1", "discount2", "discount3+"],
    };
    for (place, name) in names.iter().enumerate() {
        if let Some(value) = of(place) {
            text += &format!("{name} {value}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_they_are_written() {
        for (method, values, text) in [
            (
                "good-turing",
                vec![0.4, 0.7],
                "mincount 2\nmaxcount 2\ndiscount 1 0.4\ndiscount 2 0.7\n",
            ),
            ("good-turing", vec![], "mincount 2\nmaxcount 0\n"),
            (
                "modified-kneser-ney",
                vec![0.7, 1.1, 1.4],
                "mincount 2\ndiscount1 0.7\ndiscount2 1.1\ndiscount3+ 1.4\n",
            ),
            ("kneser-ney", vec![0.7], "mincount 2\ndiscount1 0.7\n"),
        ] {
            assert_eq!(format(method, 2, &values), text);
            let expected = DiscountFile { least: Some(2), values };
            assert_eq!(parse(text, method).unwrap(), expected);
        }
        for (method, text, needle) in [
            ("good-turing", "mincount 1\ndiscount 1 0.4\n", "maxcount"),
            ("good-turing", "maxcount 2\ndiscount 1 0.4\n", "a count of 2"),
            ("modified-kneser-ney", "discount1 0.5\n", "a count of 2"),
            ("kneser-ney", "discount2 0.5\n", "none of its lines"),
            ("kneser-ney", "discount1 half\n", "half"),
            ("good-turing", "maxcount 1\ndiscount 4000000000 1\n", "1 to 1000"),
        ] {
            let error = format!("{:#}", parse(text, method).unwrap_err());
            assert!(error.contains(needle), "{error}");
        }
    }
}
