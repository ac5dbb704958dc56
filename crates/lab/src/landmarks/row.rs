//! A row of the table: a published figure, ours, and how they compare.

use serde::Serialize;

/// A published figure beside ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The protocol's id and the row's own, such as `R3-F1-27`.
    pub id: String,
    /// Year of publication; `None` for a figure of our own.
    pub year: Option<u16>,
    /// Authors and year, and the table or equation if there is one.
    pub citation: String,
    /// What the figure measures.
    pub quantity: String,
    /// The unit of every value in the row.
    pub unit: &'static str,
    /// The known conditions behind the published figure: text, vocabulary, smoothing.
    pub conditions: String,
    /// The published value.
    pub published: Option<f64>,
    /// A remark on the published value: `reported` if the source itself was not seen.
    pub published_note: Option<String>,
    /// Our value.
    pub ours: Option<f64>,
    /// What ours was measured on.
    pub data: String,
    /// What ours was divided by, such as `5,769,372 symbols`.
    pub over: Option<String>,
    /// What ours must be: the value that another implementation found by the same protocol.
    pub expected: Option<Expected>,
    /// Ours minus the published value; `None` if there is nothing to compare.
    pub difference: Option<f64>,
    /// How far ours may be from the published value to count as reproduced.
    pub tolerance: Option<Tolerance>,
    /// How ours compares with the published value.
    pub status: Status,
    /// A remark for the reader.
    pub note: Option<String>,
    /// What is wrong with the published value.
    pub erratum: Option<String>,
}

/// The value that a measurement must have on any machine.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Expected {
    /// The value, in the row's unit.
    pub value: f64,
    /// How far a correct implementation may be from it.
    pub tolerance: f64,
}

/// A distance from a published value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerance {
    /// In the row's unit.
    Absolute(f64),
    /// A share of the published value: 0.03 is 3 %.
    Relative(f64),
}

/// How our value compares with the published one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Same text and protocol, and within the tolerance.
    Reproduced,
    /// Same protocol on the nearest text available, and within the tolerance.
    Nearest,
    /// Other data: only order and sign can agree, and do.
    Pattern,
    /// Outside of the tolerance, or the pattern does not hold.
    Differs,
    /// Not what another implementation of the same protocol came to: the program is at fault, or the
    /// text is another one. No comparison with a published value holds then.
    Unexpected,
    /// Ours alone: nothing was published.
    Measured,
    /// The published value alone: its data is not available.
    Cited,
    /// The data was not given, or could not be fetched.
    MissingData,
}

impl Status {
    /// The word for the table.
    pub fn name(self) -> &'static str {
        match self {
            Status::Reproduced => "reproduced",
            Status::Nearest => "nearest",
            Status::Pattern => "pattern",
            Status::Differs => "differs",
            Status::Unexpected => "unexpected",
            Status::Measured => "measured",
            Status::Cited => "cited",
            Status::MissingData => "missing data",
        }
    }
}

/// What a row claims if its value is close enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Claim {
    /// Same text and protocol as published: [`Status::Reproduced`].
    Same(Tolerance),
    /// Same protocol on another text: [`Status::Nearest`].
    Variant(Tolerance),
    /// Only order and sign, and whether they hold: [`Status::Pattern`].
    Pattern(bool),
}

impl Row {
    /// Creates a row without values: nothing published, nothing measured.
    pub fn new(id: impl Into<String>, quantity: impl Into<String>, unit: &'static str) -> Row {
        Row {
            id: id.into(),
            year: None,
            citation: String::new(),
            quantity: quantity.into(),
            unit,
            conditions: String::new(),
            published: None,
            published_note: None,
            ours: None,
            data: String::new(),
            over: None,
            expected: None,
            difference: None,
            tolerance: None,
            status: Status::Measured,
            note: None,
            erratum: None,
        }
    }

    /// Sets who published the figure, and its conditions.
    pub fn source(mut self, year: u16, citation: &str, conditions: &str) -> Row {
        self.year = Some(year);
        self.citation = citation.to_owned();
        self.conditions = conditions.to_owned();
        self
    }

    /// Sets the published value. On its own, it makes the row a cited one.
    pub fn published(mut self, value: f64) -> Row {
        self.published = Some(value);
        self.status = Status::Cited;
        self
    }

    /// Marks the published value as not seen in the source itself.
    pub fn reported(mut self) -> Row {
        self.published_note = Some("reported".to_owned());
        self
    }

    /// Sets our value, what it was measured on and divided by. A row with a published value also
    /// needs a [`Row::claim`].
    pub fn ours(mut self, value: f64, data: &str, over: impl Into<String>) -> Row {
        self.ours = Some(value);
        self.data = data.to_owned();
        self.over = Some(over.into());
        self.status = Status::Measured;
        self.held_to_expected()
    }

    /// Sets what our value must be.
    pub fn expect(mut self, value: f64, tolerance: f64) -> Row {
        self.expected = Some(Expected { value, tolerance });
        self.held_to_expected()
    }

    /// Compares our value with the published one, if there are both. If only a pattern is claimed,
    /// the values cannot be compared, and there is no difference.
    pub fn claim(mut self, claim: Claim) -> Row {
        let difference = match (self.ours, self.published) {
            _ if matches!(claim, Claim::Pattern(_)) => None,
            (Some(ours), Some(published)) => Some(ours - published),
            _ => None,
        };
        let near = |tolerance| match (difference, tolerance, self.published) {
            (Some(difference), Tolerance::Absolute(most), _) => difference.abs() <= most,
            (Some(difference), Tolerance::Relative(most), Some(published)) => {
                difference.abs() <= most * published.abs()
            }
            _ => false,
        };
        let (holds, status, tolerance) = match claim {
            Claim::Same(tolerance) => (near(tolerance), Status::Reproduced, Some(tolerance)),
            Claim::Variant(tolerance) => (near(tolerance), Status::Nearest, Some(tolerance)),
            Claim::Pattern(holds) => (holds, Status::Pattern, None),
        };
        if self.ours.is_some() && (difference.is_some() || matches!(claim, Claim::Pattern(_))) {
            self.status = if holds { status } else { Status::Differs };
        }
        self.difference = difference;
        self.tolerance = tolerance;
        self.held_to_expected()
    }

    /// Marks a row whose data is missing.
    pub fn missing(mut self, why: &str) -> Row {
        self.status = Status::MissingData;
        self.note = Some(why.to_owned());
        self
    }

    /// Adds a remark for the reader.
    pub fn note(mut self, note: impl Into<String>) -> Row {
        self.note = Some(note.into());
        self
    }

    /// What is wrong with the published value.
    pub fn erratum(mut self, erratum: &str) -> Row {
        self.erratum = Some(erratum.to_owned());
        self
    }

    fn held_to_expected(mut self) -> Row {
        if !self.as_expected() {
            self.status = Status::Unexpected;
        }
        self
    }

    /// Whether our value is as expected; true if nothing is expected.
    pub fn as_expected(&self) -> bool {
        match (self.ours, self.expected) {
            (Some(ours), Some(expected)) => (ours - expected.value).abs() <= expected.tolerance,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ours: f64) -> Row {
        Row::new("R0-x", "F_1", "bits")
            .source(1951, "Shannon 1951", "27 symbols")
            .published(4.0)
            .ours(ours, "a text", "9 symbols")
    }

    #[test]
    fn a_status_is_earned() {
        let same = Claim::Same(Tolerance::Absolute(0.1));
        let variant = Claim::Variant(Tolerance::Relative(0.03));
        let status = |ours, claim| row(ours).claim(claim).status;
        assert_eq!(status(4.1, same), Status::Reproduced);
        assert_eq!(status(4.11, same), Status::Differs);
        assert_eq!(status(3.89, variant), Status::Nearest);
        assert_eq!(status(3.87, variant), Status::Differs);
        assert_eq!(status(9.0, Claim::Pattern(true)), Status::Pattern);
        assert_eq!(status(4.0, Claim::Pattern(false)), Status::Differs);
        assert_eq!(row(4.0).claim(Claim::Pattern(true)).difference, None);
        assert_eq!(row(3.5).claim(variant).difference, Some(-0.5));
    }

    #[test]
    fn what_is_cited_or_alone_has_no_difference() {
        let cited = Row::new("R0-y", "all", "bits").source(1992, "Brown 1992", "").published(1.75);
        let cited = cited.claim(Claim::Same(Tolerance::Absolute(9.0)));
        assert_eq!((cited.status, cited.difference), (Status::Cited, None));
        let alone = Row::new("R0-z", "all", "bits").ours(1.0, "a text", "");
        let alone = alone.claim(Claim::Same(Tolerance::Absolute(9.0)));
        assert_eq!((alone.status, alone.difference), (Status::Measured, None));
    }

    #[test]
    fn a_value_is_held_to_what_it_must_come_to() {
        assert!(row(4.1).expect(4.105, 0.01).as_expected());
        assert!(!row(4.1).expect(4.125, 0.01).as_expected());
        assert!(row(4.1).as_expected());
        // Whatever else the row claims, and in whatever order.
        let same = Claim::Same(Tolerance::Absolute(0.2));
        assert_eq!(row(4.1).expect(4.105, 0.01).claim(same).status, Status::Reproduced);
        assert_eq!(row(4.1).expect(4.125, 0.01).claim(same).status, Status::Unexpected);
        assert_eq!(row(4.1).claim(same).expect(4.125, 0.01).status, Status::Unexpected);
        let early = Row::new("R0-z", "all", "bits").expect(4.125, 0.01);
        assert_eq!(early.status, Status::Measured);
        assert_eq!(early.ours(4.1, "a text", "").status, Status::Unexpected);
        let pattern = row(9.0).claim(Claim::Pattern(true)).expect(8.0, 0.1);
        assert_eq!(pattern.status, Status::Unexpected);
    }
}
