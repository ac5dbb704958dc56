//! Discounts of small texts, as `lmplz` of KenLM 0.3.0 prints them: it takes the last n-gram of each lower order by its raw
//! count (kpu/kenlm#427).

use crate::folder::Folder;

const EIGHT: &str = "we came by\nwe come by\nthey came by\nthey come by\nsue came by\nsue come by\nmax came fast\nmax came fast\n";

/// Texts with the order, and the discounts D1, D2 and D3+ of each order.
const TEXTS: &[(&str, usize, &[&str])] = &[
    (EIGHT, 2, &["0.4 1.6 1.4", "0.3 1.74286 3"]),
    ("w0\nw3 w3 w2 w1\nw3 w1 w0\nw3 w1\n", 2, &["0.142857 1.85714 3", "0.454545 1.54545 3"]),
    (
        "h a a h\nh b h e\nc b e a\na h a a c\na h a b d\na a\na d a h a\nb a\na c c h c\na a h\na g h a\nh a\nh c h c a\na c a c a\nz a b\na z b\nb z b\n",
        3,
        &["0.2 1.7 2.2", "0.538462 1.46154 2.28205", "0.62069 1.66144 3"],
    ),
    (
        "b h\nf d\nh h a h\nh a\nb e\na f h\na a a a b\na b a a d\ng a\na d c b\na d f c\na h e h a\nh h h b h\nh a\nz a b\na z b\nb z b\n",
        3,
        &["0.142857 1.71429 3", "0.6 0.457143 2.6", "0.735849 1.68464 3"],
    ),
    (
        "f d\na h a a\na d a\nb a a\nh a a e a\na h e h a\nb d a\nf a\nd h b\na e b h h\nc a h h\nh c h c\nb a b c\nb a a a\nz a b\na z b\nb z b\n",
        3,
        &["0.333333 0 2.33333", "0.534884 1.5186 3", "0.777778 1.22222 3"],
    ),
];

#[test]
fn lmplz_has_the_discounts_of_kenlm() {
    let folder = Folder::new();
    for (text, order, expected) in TEXTS {
        let output = folder.run_on(&format!("shim lmplz -o {order}"), text.as_bytes());
        let said = String::from_utf8(output.stderr).unwrap();
        let lines = said.lines().filter(|line| line.contains(" D1="));
        let found: Vec<Vec<f64>> = lines
            .map(|line| {
                let numbers = line.split_whitespace().filter_map(|field| field.split_once('='));
                numbers.map(|(_, number)| number.parse().unwrap()).collect()
            })
            .collect();
        assert_eq!(found.len(), expected.len(), "{said}");
        for (found, expected) in found.iter().zip(*expected) {
            let expected = expected.split(' ').map(|number| number.parse::<f64>().unwrap());
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-5, "{text}: {said}");
            }
        }
    }
}

/// p(</s>) is 10^-1.1249387 by KenLM, and 10^-1.0280287 by the formula, to which training keeps.
#[test]
fn training_keeps_to_the_formula() {
    let folder = Folder::new();
    folder.write("eight", EIGHT);
    folder.run("shim lmplz -o 2 --text eight --arpa shim.arpa");
    folder.run("train eight --order 2 --tokenizer whitespace --closed -o m.ngram -q");
    folder.run("export m.ngram own.arpa");
    for (name, expected) in [("shim.arpa", "-1.1249387\t</s>"), ("own.arpa", "-1.0280287\t</s>")] {
        let arpa = folder.text(name);
        assert!(arpa.contains(expected), "{name}: {arpa}");
    }
}
