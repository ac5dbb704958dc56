//! The limit of a learning curve: the stretched exponential of Takahira, Tanaka-Ishii and Dębowski
//! 2016.

use serde::Serialize;

/// A fit of r(n) = exp(A n^(β−1) + B), where e^B is the limit as n goes to infinity ("Entropy rate
/// estimates for natural language — a new extrapolation of compressed large-scale corpora", Entropy
/// 18(10)).
///
/// The limit is far outside the measured range. [`Extrapolation::sensitivity`] shows how much it
/// depends on the fitted points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// A, above 0: how far the curve is above its limit.
    pub a: f64,
    /// β, from 0 to 1: the closer to 1, the slower the curve falls.
    pub beta: f64,
    /// e^B, the limit, in the unit of r.
    pub limit: f64,
    /// The root mean square difference of ln r from the fit: about the relative error.
    pub residual: f64,
    /// The number of points fitted.
    pub points: usize,
    /// The smallest n among them.
    pub from: f64,
    /// The largest n among them.
    pub to: f64,
    /// Whether β is at the upper end of the search range: a straight line in log n fits best, and
    /// the limit is meaningless.
    pub degenerate: bool,
}

/// A fit, and the fits with some points left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extrapolation {
    /// The fit to all points.
    pub fit: Fit,
    /// Fits without the smallest point, without the two smallest and so on while at least four
    /// remain, and without the largest.
    pub sensitivity: Vec<Fit>,
}

/// The largest β tried.
const BETA_MAX: f64 = 0.999;

/// Fits the curve to `points` (n, r) with n and r above 0. `None` with fewer than four distinct n,
/// since three points are fitted exactly; also `None` if no curve with A > 0 fits, that is, if r
/// does not fall.
pub fn extrapolate(points: &[(f64, f64)]) -> Option<Extrapolation> {
    let mut points: Vec<(f64, f64)> =
        points.iter().copied().filter(|&(n, r)| n > 0.0 && r > 0.0).collect();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points.dedup_by(|one, other| one.0 == other.0);
    let fit = fit(&points)?;
    let fewer = (1..points.len()).map(|first| &points[first..]);
    let without_last = &points[..points.len() - 1];
    let sensitivity = fewer.chain([without_last]).filter_map(self::fit).collect();
    Some(Extrapolation { fit, sensitivity })
}

/// Searches β in steps of a thousandth; for a given β the rest is a straight line, ln r = A x + B
/// with x = n^(β−1).
fn fit(points: &[(f64, f64)]) -> Option<Fit> {
    if points.len() < 4 {
        return None;
    }
    let steps = (BETA_MAX * 1000.0) as usize;
    let lines = (1..=steps).filter_map(|step| {
        let beta = step as f64 / 1000.0;
        let (a, b, squares) = line(points, beta)?;
        (a > 0.0).then_some((beta, a, b, squares))
    });
    let (beta, a, b, squares) = lines.min_by(|one, other| one.3.total_cmp(&other.3))?;
    Some(Fit {
        a,
        beta,
        limit: b.exp(),
        residual: (squares / points.len() as f64).sqrt(),
        points: points.len(),
        from: points[0].0,
        to: points[points.len() - 1].0,
        degenerate: beta >= BETA_MAX,
    })
}

/// Fits by least squares; returns A, B and the sum of squared differences.
fn line(points: &[(f64, f64)], beta: f64) -> Option<(f64, f64, f64)> {
    let xy: Vec<(f64, f64)> = points.iter().map(|&(n, r)| (n.powf(beta - 1.0), r.ln())).collect();
    let count = xy.len() as f64;
    let mean_x = xy.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = xy.iter().map(|(_, y)| y).sum::<f64>() / count;
    let var: f64 = xy.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let cov: f64 = xy.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    if var <= 0.0 {
        return None;
    }
    let a = cov / var;
    let b = mean_y - a * mean_x;
    let squares = xy.iter().map(|(x, y)| (y - a * x - b).powi(2)).sum();
    Some((a, b, squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_of_this_form_is_found_again() {
        let curve = |n: f64| (2.5 * n.powf(0.88 - 1.0) + 0.25).exp();
        let points: Vec<(f64, f64)> =
            (10..24).map(|k| 2f64.powi(k)).map(|n| (n, curve(n))).collect();
        let found = extrapolate(&points).unwrap();
        for fit in std::iter::once(&found.fit).chain(&found.sensitivity) {
            assert!((fit.beta - 0.88).abs() < 1e-9, "{fit:?}");
            assert!((fit.a - 2.5).abs() < 1e-6 && (fit.limit - 0.25f64.exp()).abs() < 1e-6);
            assert!(fit.residual < 1e-9 && !fit.degenerate);
        }
        assert_eq!(found.fit.points, 14);
        assert_eq!(found.sensitivity.len(), 11);
    }

    /// Bits per character of prefixes of the Brown corpus by PPMd (7-Zip, order 16): β 0.886,
    /// A 2.49 and e^B 1.293 by SciPy over all; from 65,536 characters on β goes to 1, e^B to 0.
    #[test]
    fn ppmd_on_brown() {
        let rates =
            [3.393, 3.182, 2.985, 2.756, 2.541, 2.416, 2.387, 2.300, 2.205, 2.117, 1.971, 1.9395];
        let sizes = (12..23).map(|k| 2f64.powi(k)).chain([5_965_675.0]);
        let points: Vec<(f64, f64)> = sizes.zip(rates).collect();
        let found = extrapolate(&points).unwrap();
        assert!((found.fit.beta - 0.886).abs() < 0.002, "{found:?}");
        assert!((found.fit.a - 2.49).abs() < 0.02, "{found:?}");
        assert!((found.fit.limit - 1.293).abs() < 0.01, "{found:?}");
        let late = found.sensitivity.iter().find(|fit| fit.from == 65_536.0).unwrap();
        assert!(late.degenerate && late.limit < 0.01, "{late:?}");
    }

    #[test]
    fn what_cannot_be_fitted() {
        assert_eq!(extrapolate(&[]), None);
        assert_eq!(extrapolate(&[(1.0, 3.0), (2.0, 2.0), (4.0, 1.5)]), None);
        assert_eq!(extrapolate(&[(1.0, 1.0), (2.0, 2.0), (4.0, 3.0), (8.0, 4.0)]), None);
        assert_eq!(extrapolate(&[(2.0, 1.0); 9]), None);
    }
}
