//! Information theory: the measures that a loss curve, a perplexity and a comparison of models are
//! made of. All are in bits.
//!
//! # Entropy: uncertainty
//!
//! H(X) = −Σ p(x) log2 p(x): how many yes-or-no questions an outcome takes on average, asked
//! as well as can be (Shannon 1948). A fair coin takes one; a loaded one fewer.
//!
//! ```
//! use crate::information::Distribution;
//!
//! let near = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
//! assert_eq!(Distribution::new(vec![0.5, 0.5])?.entropy(), 1.0);
//! assert!(near(Distribution::new(vec![0.9, 0.1])?.entropy(), 0.4690));
//! # Ok::<(), crate::information::DistributionError>(())
//! ```
//!
//! # Cross-entropy: the loss, and perplexity: the same as a number of choices
//!
//! H(P, Q) = −Σ p log2 q is what outcomes of P cost in a code made for Q. Where P is certain of one
//! token, that is −log2 q of the token, and so the mean over a text is what training minimises.
//! Perplexity is 2^H(P, Q).
//!
//! ```
//! # use crate::information::Distribution;
//! # let near = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
//! let truth = Distribution::new(vec![0.0, 1.0, 0.0])?;
//! let confident = Distribution::new(vec![0.05, 0.90, 0.05])?;
//! let uncertain = Distribution::new(vec![0.30, 0.40, 0.30])?;
//! assert!(near(truth.cross_entropy(&confident)?, 0.1520));
//! assert!(near(truth.cross_entropy(&uncertain)?, 1.3219));
//! assert!(near(truth.perplexity(&confident)?, 1.1111));
//! assert!(near(truth.perplexity(&uncertain)?, 2.5));
//! # Ok::<(), crate::information::DistributionError>(())
//! ```
//!
//! # KL divergence: the gap
//!
//! D_KL(P‖Q) = Σ p log2 (p / q) is what is paid for taking Q for P. It is never below 0, and 0 only
//! where both are the same; it is not symmetric; and it splits cross-entropy in two,
//! H(P, Q) = H(P) + D_KL(P‖Q), of which training can lower only the second.
//!
//! ```
//! # use crate::information::Distribution;
//! # let near = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
//! let p = Distribution::new(vec![0.7, 0.2, 0.1])?;
//! let q = Distribution::new(vec![0.5, 0.3, 0.2])?;
//! // 0.7 log2 (0.7/0.5) + 0.2 log2 (0.2/0.3) + 0.1 log2 (0.1/0.2) = 0.3398 − 0.1170 − 0.1000
//! assert!(near(p.kl_divergence(&q)?, 0.1228));
//! assert!(near(p.entropy(), 1.1568));
//! assert!(near(p.cross_entropy(&q)?, 1.2796));
//! assert!((p.entropy() + p.kl_divergence(&q)? - p.cross_entropy(&q)?).abs() < 1e-12);
//! # Ok::<(), crate::information::DistributionError>(())
//! ```
//!
//! # Mutual information
//!
//! I(X; Y) = H(X) + H(Y) − H(X, Y): how much less there is to say of one for knowing the other.
//!
//! ```
//! use crate::information::Joint;
//!
//! assert_eq!(Joint::new(&[vec![0.25, 0.25], vec![0.25, 0.25]])?.mutual_information(), 0.0);
//! assert_eq!(Joint::new(&[vec![0.5, 0.0], vec![0.0, 0.5]])?.mutual_information(), 1.0);
//! # Ok::<(), crate::information::DistributionError>(())
//! ```
//!
//! # Zeros
//!
//! An outcome with p = 0 adds nothing to any sum, as p log2 p goes to 0 with p. One with p > 0 and
//! q = 0 makes cross-entropy, perplexity and divergence infinite: that is the answer, no error.
//! What is no distribution is an error: see [`DistributionError`].
//!
//! # Of texts and models
//!
//! - [`next_token`]: the entropy of what a model expects after a history;
//! - [`divergence`]: how far two models are apart, averaged over the tokens of a text;
//! - [`information_at_distances`]: what a token says of another, so many places on;
//! - [`plug_in_entropy`]: the entropy of counts, and how it is biased.

mod comparison;
mod distance;
mod distribution;
mod joint;
mod model;
mod plogp;

pub use comparison::Comparison;
pub use distance::{DistanceInformation, information_at_distances};
pub use distribution::{Distribution, DistributionError, SUM_TOLERANCE};
pub use joint::Joint;
pub use model::{Divergence, DivergenceError, NextToken, divergence, next_token};
pub use plogp::plug_in_entropy;
