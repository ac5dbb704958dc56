//! Information theory: the measures behind a loss curve, a perplexity and a comparison of models.
//! All are in bits.
//!
//! # Entropy: uncertainty
//!
//! H(X) = −Σ p(x) log2 p(x): the average number of yes-or-no questions, optimally chosen, it takes
//! to find the outcome (Shannon 1948). A fair coin takes one; a loaded one takes fewer.
//!
//! ```
//! use ngram_lab::information::Distribution;
//!
//! let near = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
//! assert_eq!(Distribution::new(vec![0.5, 0.5])?.entropy(), 1.0);
//! assert!(near(Distribution::new(vec![0.9, 0.1])?.entropy(), 0.4690));
//! # Ok::<(), ngram_lab::information::DistributionError>(())
//! ```
//!
//! # Cross-entropy (the loss) and perplexity (the same as a number of choices)
//!
//! H(P, Q) = −Σ p log2 q is the mean cost of outcomes of P in a code made for Q. If P is certain of
//! one token, it is −log2 q of that token; its mean over a text is the loss that training
//! minimises. Perplexity is 2^H(P, Q).
//!
//! ```
//! # use ngram_lab::information::Distribution;
//! # let near = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
//! let truth = Distribution::new(vec![0.0, 1.0, 0.0])?;
//! let confident = Distribution::new(vec![0.05, 0.90, 0.05])?;
//! let uncertain = Distribution::new(vec![0.30, 0.40, 0.30])?;
//! assert!(near(truth.cross_entropy(&confident)?, 0.1520));
//! assert!(near(truth.cross_entropy(&uncertain)?, 1.3219));
//! assert!(near(truth.perplexity(&confident)?, 1.1111));
//! assert!(near(truth.perplexity(&uncertain)?, 2.5));
//! # Ok::<(), ngram_lab::information::DistributionError>(())
//! ```
//!
//! # KL divergence: the gap
//!
//! D_KL(P‖Q) = Σ p log2 (p / q) is the extra cost of using Q in place of P. It is never below 0,
//! and 0 only if both are the same. It is not symmetric. It splits cross-entropy in two, H(P, Q) =
//! H(P) + D_KL(P‖Q), and training can lower only the second term.
//!
//! ```
//! # use ngram_lab::information::Distribution;
//! # let near = |found: f64, expected: f64| (found - expected).abs() < 5e-5;
//! let p = Distribution::new(vec![0.7, 0.2, 0.1])?;
//! let q = Distribution::new(vec![0.5, 0.3, 0.2])?;
//! // 0.7 log2 (0.7/0.5) + 0.2 log2 (0.2/0.3) + 0.1 log2 (0.1/0.2) = 0.3398 − 0.1170 − 0.1000
//! assert!(near(p.kl_divergence(&q)?, 0.1228));
//! assert!(near(p.entropy(), 1.1568));
//! assert!(near(p.cross_entropy(&q)?, 1.2796));
//! assert!((p.entropy() + p.kl_divergence(&q)? - p.cross_entropy(&q)?).abs() < 1e-12);
//! # Ok::<(), ngram_lab::information::DistributionError>(())
//! ```
//!
//! # Mutual information
//!
//! I(X; Y) = H(X) + H(Y) − H(X, Y): how much knowing one variable reduces the uncertainty about the
//! other.
//!
//! ```
//! use ngram_lab::information::Joint;
//!
//! assert_eq!(Joint::new(&[vec![0.25, 0.25], vec![0.25, 0.25]])?.mutual_information(), 0.0);
//! assert_eq!(Joint::new(&[vec![0.5, 0.0], vec![0.0, 0.5]])?.mutual_information(), 1.0);
//! # Ok::<(), ngram_lab::information::DistributionError>(())
//! ```
//!
//! # Zeros
//!
//! An outcome with p = 0 adds nothing to any sum, since p log2 p goes to 0 with p. One with p > 0
//! and q = 0 makes cross-entropy, perplexity and divergence infinite; that is the correct value,
//! not an error. Numbers that do not form a distribution are an error: see [`DistributionError`].
//!
//! # Texts and models
//!
//! - [`next_token`]: the entropy of a model's next-token distribution;
//! - [`divergence`]: how far apart two models are, averaged over the tokens of a text;
//! - [`information_at_distances`]: the mutual information of tokens a given distance apart;
//! - [`plug_in_entropy`]: the entropy of counts, and its bias.

mod comparison;
mod distance;
mod distribution;
mod joint;
mod model;
mod plogp;

pub use comparison::Divergences;
pub use distance::{DistanceInformation, information_at_distances};
pub use distribution::{Distribution, DistributionError, SUM_TOLERANCE};
pub use joint::Joint;
pub use model::{Divergence, DivergenceError, NextToken, divergence, next_token};
pub use plogp::plug_in_entropy;
