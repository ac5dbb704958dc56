//! HTML pages of worked information theory.

use super::page::{Page, card, table_head};
use crate::plot::{Axis, Bar, Bars, Chart, Mark, Series, SplitBar};
use ngram_eval::number::grouped;
use ngram_lab::information::{DistanceInformation, Divergence, Divergences};

/// The most outcomes drawn one by one.
const DRAWN: usize = 24;

/// Renders the page of two distributions, with the worked example of a coin above it if `example`.
pub fn comparison(c: &Divergences, example: bool) -> String {
    let (title, about) = if example {
        (
            "Information theory, worked out",
            "Entropy, cross-entropy, perplexity and KL divergence, in bits.",
        )
    } else {
        (
            "P against Q",
            "Entropy, cross-entropy, perplexity and KL divergence of two distributions, in bits.",
        )
    };
    let mut page = Page::new(title, about);
    figures(&mut page, c);
    decomposition(&mut page, c);
    outcomes(&mut page, c);
    if example {
        coin(&mut page);
    }
    page.finish()
}

/// Formats bits for a headline; infinity is shown as ∞.
fn bits(value: f64) -> Option<(f64, String)> {
    let shown = if value.is_finite() { format!("{value:.4}") } else { "∞".to_owned() };
    Some((value, shown))
}

fn figures(page: &mut Page, c: &Divergences) {
    page.html("<dl class=\"cards\">\n");
    for (name, value, unit, meaning) in [
        ("Entropy H(P)", c.entropy_p, "bits", "−Σ p log2 p: what outcomes of P cost at the least"),
        (
            "Cross-entropy H(P, Q)",
            c.cross_entropy,
            "bits",
            "−Σ p log2 q: what they cost in a code made for Q",
        ),
        (
            "KL divergence D_KL(P‖Q)",
            c.kl_divergence,
            "bits",
            "Σ p log2 (p / q): the difference, paid for taking Q for P",
        ),
        (
            "Perplexity",
            c.perplexity,
            "choices",
            "2^H(P, Q): as many equally likely outcomes are as hard to foresee",
        ),
        (
            "The other way, D_KL(Q‖P)",
            c.kl_divergence_reversed,
            "bits",
            "not the same: the divergence has a direction",
        ),
        (
            "Jensen–Shannon divergence",
            c.jensen_shannon,
            "bits",
            "has none: the mean divergence of both from their mean; 1 at most (Lin 1991)",
        ),
    ] {
        page.html(&card(name, bits(value), unit, meaning));
    }
    page.html("</dl>\n");
}

fn decomposition(page: &mut Page, c: &Divergences) {
    page.section(
        "decomposition",
        "H(P, Q) = H(P) + D_KL(P‖Q)",
        "What is paid is what must be paid and what is paid for being wrong. Training changes Q alone, so \
         that it can lower nothing but the divergence: minimising the one is minimising the other.",
    );
    if c.infinite {
        page.paragraph(
            "Here Q gives probability 0 to what P does not, so that cross-entropy and divergence are \
             infinite: nothing makes up for that, and there is nothing to draw.",
        );
    } else {
        let split = SplitBar {
            id: "decomposed".to_owned(),
            title: "Cross-entropy and its two parts".to_owned(),
            description: format!(
                "A bar of {:.4} bits above two that are together as long: {:.4} and {:.4} bits.",
                c.cross_entropy, c.entropy_p, c.kl_divergence
            ),
            whole: format!("H(P, Q) = {:.4} bits", c.cross_entropy),
            parts: [
                (c.entropy_p, format!("H(P) = {:.4}", c.entropy_p)),
                (c.kl_divergence, format!("D_KL(P‖Q) = {:.4}", c.kl_divergence)),
            ],
        };
        let caption = format!(
            "{:.4} = {:.4} + {:.4} bits; lengths are to scale.",
            c.cross_entropy, c.entropy_p, c.kl_divergence
        );
        page.html(&super::figure(&split.svg(), &caption, ""));
    }
    page.end_section();
}

fn outcomes(page: &mut Page, c: &Divergences) {
    page.section("outcomes", "Outcome by outcome", "");
    if c.p.len() <= DRAWN {
        let percent = |p: f64| (p, format!("{p}"));
        let bars = c.p.iter().zip(&c.q).zip(1..).map(|((&p, &q), number)| Bar {
            name: number.to_string(),
            values: vec![percent(p), percent(q)],
        });
        let bars = Bars {
            id: "distributions".to_owned(),
            title: "P and Q".to_owned(),
            description: "The probability of each outcome in P and in Q.".to_owned(),
            label: "probability".to_owned(),
            series: vec!["P".to_owned(), "Q".to_owned()],
            bars: bars.collect(),
            names: 50.0,
        };
        page.bars(&bars, "The two distributions.");
    }
    page.html(&table_head(&["outcome", "#p", "#q", "#−p log2 p", "#−p log2 q", "#p log2 (p / q)"]));
    // Outcomes to which P gives 0 add nothing to any sum, regardless of Q.
    let term = |p: f64, value: f64| if p > 0.0 { value } else { 0.0 };
    let shown = |value: f64| match value {
        _ if value.is_finite() => format!("{:.4}", value + 0.0).replace('-', "−"),
        _ => "∞".to_owned(),
    };
    for ((&p, &q), number) in c.p.iter().zip(&c.q).zip(1..) {
        page.html(&format!(
            "<tr><td>{number}</td><td class=\"number\">{p}</td><td class=\"number\">{q}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
            shown(term(p, -p * p.log2())),
            shown(term(p, -p * q.log2())),
            shown(term(p, p * (p / q).log2())),
        ));
    }
    page.html(&format!(
        "<tr><th scope=\"row\">sum</th><td class=\"number\">1</td><td class=\"number\">1</td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n\
         </tbody></table></div>\n",
        shown(c.entropy_p),
        shown(c.cross_entropy),
        shown(c.kl_divergence),
    ));
    page.end_section();
}

/// Draws the entropy of a coin against its bias.
fn coin(page: &mut Page) {
    page.section(
        "coin",
        "Entropy is uncertainty",
        "A fair coin takes one yes-or-no question, a loaded one fewer, one that always falls alike none.",
    );
    let entropy =
        |p: f64| [p, 1.0 - p].iter().filter(|&&p| p > 0.0).map(|p| -p * p.log2()).sum::<f64>();
    let curve = (0..=100).map(|step| f64::from(step) / 100.0).map(|p| (p, entropy(p)));
    let coins = [0.5, 0.9].map(|p| (p, entropy(p)));
    let chart = Chart {
        id: "coins".to_owned(),
        title: "Entropy of a coin".to_owned(),
        description: "An arch from 0 at either side to 1 bit in the middle.".to_owned(),
        x: Axis::linear("probability of heads"),
        y: Axis::linear("H (bits)"),
        series: vec![
            Series {
                name: "−p log2 p − (1 − p) log2 (1 − p)".to_owned(),
                mark: Mark::Line,
                points: curve.collect(),
            },
            Series {
                name: "fair (0.5) and loaded (0.9)".to_owned(),
                mark: Mark::Points,
                points: coins.to_vec(),
            },
        ],
        references: Vec::new(),
    };
    page.chart(&chart, "Shannon 1948, figure 7: the entropy of two possibilities.");
    page.end_section();
}

/// Renders the page of the mutual information of tokens at a distance.
pub fn distances(
    file: &str,
    tokenizer: &str,
    tokens: u64,
    found: &[DistanceInformation],
) -> String {
    let about = format!(
        "Mutual information of the tokens ({tokenizer}) of a text of {} tokens, by how far they are apart.",
        grouped(tokens)
    );
    let mut page = Page::new(&format!("What tokens of {file} say of each other"), &about);
    page.section(
        "distances",
        "Mutual information by distance",
        "I(X; Y) = H(X) + H(Y) − H(X, Y): how many bits fewer the second takes for knowing the first. With \
         few pairs of each kind chance looks like information: the shuffled text shows how much, and what \
         is above it is there.",
    );
    let points = |value: fn(&DistanceInformation) -> f64| {
        found.iter().map(|of| (of.distance as f64, value(of))).collect()
    };
    let series = |name: &str, points| Series { name: name.to_owned(), mark: Mark::Both, points };
    let chart = Chart {
        id: "mutual-information".to_owned(),
        title: "Mutual information by distance".to_owned(),
        description: "Falls with the distance towards that of the shuffled text.".to_owned(),
        x: Axis::linear("distance (tokens)"),
        y: Axis::linear("bits"),
        series: vec![
            series("plug-in", points(|of| of.plug_in)),
            series("the same, shuffled", points(|of| of.shuffled)),
            series("Miller–Madow", points(|of| of.miller_madow)),
        ],
        references: Vec::new(),
    };
    page.chart(
        &chart,
        "Estimates from the same pairs; Miller 1955 corrects for kinds that were not met.",
    );
    page.html(&table_head(&[
        "#distance",
        "#pairs",
        "#plug-in",
        "#Miller–Madow",
        "#shuffled",
        "#plug-in − shuffled",
    ]));
    for of in found {
        page.html(&format!(
            "<tr><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{:.4}</td>\
             <td class=\"number\">{:.4}</td><td class=\"number\">{:.4}</td><td class=\"number\">{:.4}</td></tr>\n",
            of.distance,
            grouped(of.pairs),
            of.plug_in,
            of.miller_madow,
            of.shuffled,
            of.plug_in - of.shuffled
        ));
    }
    page.html("</tbody></table></div>\n");
    page.end_section();
    page.finish()
}

/// Renders the page of one model on a text, or of two: `q` names the second.
pub fn models(file: &str, p: &str, q: Option<&str>, d: &Divergence) -> String {
    let title = match q {
        Some(q) => format!("{p} against {q} on {file}"),
        None => format!("What {p} expects of {file}"),
    };
    let about = format!(
        "Means over {} tokens, </s> included, of sums over every word that can come next.",
        grouped(d.tokens)
    );
    let mut page = Page::new(&title, &about);
    page.html("<dl class=\"cards\">\n");
    page.html(&card("H(P)", bits(d.entropy_p), "bits", "how uncertain P is before each token"));
    page.html(&card(
        "Cross-entropy of P",
        bits(d.cross_entropy_p),
        "bits a token",
        "−log2 P of the tokens that came: far above H(P), P is surer than it should be",
    ));
    let mut bars =
        vec![("P expects".to_owned(), d.entropy_p), ("P pays".to_owned(), d.cross_entropy_p)];
    if q.is_some() {
        page.html(&card("H(Q)", bits(d.entropy_q), "bits", "how uncertain Q is before each token"));
        page.html(&card(
            "Cross-entropy of Q",
            bits(d.cross_entropy_q),
            "bits a token",
            "−log2 Q of the tokens that came",
        ));
        page.html(&card(
            "D_KL(P‖Q)",
            bits(d.kl_divergence),
            "bits",
            "how far apart what they expect is, P taken for the truth",
        ));
        bars.push(("Q expects".to_owned(), d.entropy_q));
        bars.push(("Q pays".to_owned(), d.cross_entropy_q));
        bars.push(("D_KL(P‖Q)".to_owned(), d.kl_divergence));
    }
    page.html("</dl>\n");
    page.section("models", "What is expected and what is paid", "");
    let bars = bars.into_iter().map(|(name, value)| Bar {
        name,
        values: vec![(value, bits(value).map_or(String::new(), |shown| shown.1))],
    });
    let bars = Bars {
        id: "expected".to_owned(),
        title: "Bits a token".to_owned(),
        description: "Entropy of what is expected beside the cross-entropy of what came."
            .to_owned(),
        label: "bits a token".to_owned(),
        series: vec!["bits a token".to_owned()],
        bars: bars.collect(),
        names: 150.0,
    };
    page.bars(&bars, "Each a mean over the tokens of the text.");
    page.end_section();
    page.finish()
}

/// Renders the page of one distribution.
pub fn distribution(p: &[f64], entropy: f64) -> String {
    let mut page =
        Page::new("The entropy of P", &format!("A distribution over {} outcomes.", p.len()));
    page.html("<dl class=\"cards\">\n");
    page.html(&card("Entropy H(P)", bits(entropy), "bits", "−Σ p log2 p"));
    page.html(&card(
        "As a number of choices",
        Some((entropy.exp2(), format!("{:.4}", entropy.exp2()))),
        "",
        "2^H(P): equally likely outcomes as hard to foresee",
    ));
    let most = (p.len() as f64).log2();
    page.html(&card("At most", bits(most), "bits", "log2 of the number of outcomes"));
    page.html("</dl>\n");
    if p.len() <= DRAWN {
        page.section("outcomes", "Outcome by outcome", "");
        let bars = p
            .iter()
            .zip(1..)
            .map(|(&p, number)| Bar { name: number.to_string(), values: vec![(p, p.to_string())] });
        let bars = Bars {
            id: "distribution".to_owned(),
            title: "P".to_owned(),
            description: "The probability of each outcome.".to_owned(),
            label: "probability".to_owned(),
            series: vec!["P".to_owned()],
            bars: bars.collect(),
            names: 50.0,
        };
        page.bars(&bars, "The distribution.");
        page.end_section();
    }
    page.finish()
}
