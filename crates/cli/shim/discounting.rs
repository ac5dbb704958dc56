//! The discounting methods of SRILM's `ngram-count`, for all orders or for each.

use super::discounts::{self, DiscountFile};
use super::srilm::Given;
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_train::OrderMethod;
use ngram_train::smoothing::{Combine, Convention, Fitted, Settings, Smoothing, by_name};
use std::path::Path;

/// The options that choose a method, each with the method's name and whether it can be interpolated. If
/// several are given for all orders, the first of them counts, as in the original.
const METHODS: [(&str, &str, bool); 6] = [
    ("ndiscount#", "natural", false),
    ("wbdiscount#", "witten-bell", true),
    ("cdiscount#", "absolute", true),
    ("addsmooth#", "additive-backoff", false),
    ("ukndiscount#", "kneser-ney", true),
    ("kndiscount#", "modified-kneser-ney", true),
];

/// SRILM has options for orders up to 9; all longer n-grams take those without a number.
const HIGHEST: usize = 9;

/// The method of each order.
pub struct Chosen {
    /// The methods of the orders from 1 up, with the settings of each.
    pub methods: Vec<(&'static dyn Smoothing, Settings)>,
    /// Their discounts, if they are not to be fitted.
    parameters: Vec<Option<Vec<f64>>>,
    /// The lowest count of each order that is kept.
    pub least: Vec<u32>,
}

/// Whether files of discounts are named.
pub fn has_files(given: &Given) -> bool {
    ["kn#", "gt#"].iter().any(|pattern| !given.numbered(pattern).is_empty())
}

/// Returns the file of discounts of an order.
pub fn file(given: &Given, order: usize) -> Option<&Path> {
    let pattern = ["kn#", "gt#"];
    let found = pattern.iter().find_map(|pattern| value(given, pattern, order));
    let common = || pattern.iter().find_map(|pattern| value(given, pattern, 0));
    // A method of the order's own takes no file that is meant for all.
    let own = || METHODS.iter().any(|(pattern, ..)| value(given, pattern, order).is_some());
    found.or_else(|| if own() { None } else { common() }).map(Path::new)
}

/// Returns the value of an option for this order, 0 for all.
fn value<'g>(given: &'g Given, pattern: &str, order: usize) -> Option<&'g str> {
    let found = given.numbered(pattern).into_iter().find(|(number, _)| *number == order);
    found.map(|(_, value)| value)
}

/// Chooses the method of each order.
pub fn chosen(given: &Given, order: usize) -> anyhow::Result<Chosen> {
    let mut chosen =
        Chosen { methods: Vec::new(), parameters: Vec::new(), least: min_counts(given, order)? };
    let mut uninterpolated = Vec::new();
    for order in 1..=order {
        let (name, interpolates, value_of) = method(given, order)?;
        let asked = [0, order].iter().any(|&order| value(given, "interpolate#", order).is_some());
        if asked && !interpolates && !uninterpolated.contains(&name) {
            uninterpolated.push(name);
        }
        let combine = if asked { Combine::Interpolate } else { Combine::BackOff };
        let mut settings =
            Settings { combine: interpolates.then_some(combine), ..Settings::default() };
        let number = || value_of.parse().with_context(|| format!("{value_of:?} is not a number"));
        match name {
            "absolute" => settings.discount = Some(number()?),
            "additive-backoff" => settings.delta = number()?,
            _ => {}
        }
        let mut parameters = None;
        if name == "good-turing" {
            let most = highest_discounted(given, order)?;
            if most == Some(0) {
                parameters = Some(Vec::new());
            } else {
                settings.good_turing_max = most;
            }
        }
        if let Some(path) = file(given, order).filter(|_| given.has("lm")) {
            let DiscountFile { least, values } = discounts::read(path, name)?;
            chosen.least[order - 1] = least.unwrap_or(chosen.least[order - 1]);
            parameters = Some(values);
        }
        chosen.methods.push((by_name(name)?, settings));
        chosen.parameters.push(parameters);
    }
    for name in uninterpolated {
        tell!(
            "warning: {name} is not interpolated: -interpolate has no effect, as in the original"
        );
    }
    Ok(chosen)
}

/// Returns the method of an order, whether it can be interpolated, and the value of its option.
fn method(given: &Given, order: usize) -> anyhow::Result<(&'static str, bool, &str)> {
    let of = |order: usize| {
        let found = METHODS.iter().filter_map(move |&(pattern, name, interpolates)| {
            Some((name, interpolates, value(given, pattern, order)?))
        });
        let mut found: Vec<_> = found.collect();
        let names = |name: &str| found.iter().any(|(found, ..)| *found == name);
        if value(given, "kn#", order).is_some()
            && !names("kneser-ney")
            && !names("modified-kneser-ney")
        {
            found.push(("modified-kneser-ney", true, ""));
        }
        if value(given, "gt#", order).is_some() {
            found.push(("good-turing", false, ""));
        }
        found
    };
    let own = if order > HIGHEST { Vec::new() } else { of(order) };
    if own.len() > 1 {
        let names: Vec<&str> = own.iter().map(|(name, ..)| *name).collect();
        bail!("several methods for order {order}: {}; give one", names.join(" and "));
    }
    let found = own.first().copied().or_else(|| of(0).first().copied());
    Ok(found.unwrap_or(("good-turing", false, "")))
}

/// Returns the minimum counts: 1 for unigrams and bigrams and 2 for longer n-grams, unless others are given.
fn min_counts(given: &Given, order: usize) -> anyhow::Result<Vec<u32>> {
    let mut least: Vec<u32> = (1..=order).map(|order| if order < 3 { 1 } else { 2 }).collect();
    for (number, value) in given.numbered("gt#min") {
        let value: u32 =
            value.parse().with_context(|| format!("{value:?} is not a minimum count"))?;
        match number {
            0 => least.iter_mut().skip(9).for_each(|least| *least = value.max(1)),
            number if number <= order => least[number - 1] = value.max(1),
            _ => {}
        }
    }
    Ok(least)
}

/// Returns the highest count of an order that Good–Turing discounts, if it is told.
fn highest_discounted(given: &Given, order: usize) -> anyhow::Result<Option<u32>> {
    let own = if order > HIGHEST { 0 } else { order };
    let Some(text) = value(given, "gt#max", own) else { return Ok(None) };
    let most: u32 = text.parse().with_context(|| format!("-gt{own}max {text}"))?;
    match (order, most) {
        (1, 0 | 1) => Ok(None),
        (1, _) => {
            bail!("-gt1max other than 1: single words are not discounted by Good-Turing here")
        }
        (_, most) => Ok(Some(most)),
    }
}

impl Chosen {
    /// Whether an order has continuation counts.
    pub fn has_kneser_ney(&self) -> bool {
        self.methods.iter().any(|(method, _)| method.name().ends_with("kneser-ney"))
    }

    /// Fits the discounts of Kneser–Ney, where none are given.
    pub fn fit_each(
        &mut self,
        fit: impl Fn(usize, &'static dyn Smoothing, &Settings) -> Fitted,
    ) -> anyhow::Result<()> {
        let methods = self.methods.iter().zip(&mut self.parameters);
        for (order, ((method, settings), parameters)) in (1..).zip(methods) {
            if parameters.is_none() && method.name().ends_with("kneser-ney") {
                let fitted = fit(order, *method, settings);
                if let Some(note) = fitted.note {
                    bail!(
                        "the raw counts leave the discounts of order {order} undefined ({note}): choose -wbdiscount{order}"
                    );
                }
                let values = fitted.discount.parameters();
                *parameters = Some(values.into_iter().map(|(_, value)| value).collect());
            }
        }
        Ok(())
    }

    /// Returns the options of training: one method if it is the same for all orders, else one for each.
    pub fn options(&self, given: &Given) -> (&'static dyn Smoothing, Settings, Vec<OrderMethod>) {
        let whole = |settings: &Settings| Settings {
            min_counts: self.least.clone(),
            convention: Convention::Srilm,
            predict_unknown: given.has("unk"),
            ..settings.clone()
        };
        // The first order takes no highest count of Good–Turing.
        let (method, settings) = self
            .methods
            .last()
            .cloned()
            .unwrap_or_else(|| (ngram_train::smoothing::METHODS[0], Settings::default()));
        let same = |(index, (other, own)): (usize, &(&'static dyn Smoothing, Settings))| {
            let own = match index {
                0 => Settings { good_turing_max: settings.good_turing_max, ..own.clone() },
                _ => own.clone(),
            };
            other.name() == method.name() && own == settings && self.parameters[index].is_none()
        };
        if self.methods.iter().enumerate().all(same) {
            return (method, whole(&settings), Vec::new());
        }
        let by_order = self.methods.iter().zip(&self.parameters);
        let by_order = by_order.map(|((smoothing, settings), parameters)| OrderMethod {
            smoothing: *smoothing,
            settings: settings.clone(),
            parameters: parameters.clone(),
        });
        (method, whole(&Settings::default()), by_order.collect())
    }
}
