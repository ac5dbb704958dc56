//! Lists of hypotheses: SRILM's `ngram -rescore` and `-nbest`. Figures are worked by hand from nbest-format(5) and
//! ngram(1), with the weights of the original, 8 for the language model and 0 for words.

use crate::folder::Folder;

/// a b: 0.7 · 0.5 · 0.2, log10 −1.154902. a c: 0.7 · 0.2 · 0.2, log10 −1.552842. b: 0.3 / 0.7 · 0.25 · 0.2, log10 −1.669007.
const ARPA: &str = "\\data\\\nngram 1=6\nngram 2=3\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.36797678\n\
    -0.69897\t</s>\n-0.52287875\ta\t-0.30103\n-0.60205999\tb\n-0.82390874\tc\n\n\
    \\2-grams:\n-0.15490196\t<s> a\n-0.30103\ta b\n-0.69897\ta c\n\n\\end\\\n";

const LIST: &str = "-120 -3 2 a b\n-121 0 2 a c\n-112 0 1 b\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("m.arpa", ARPA);
    folder.write("nbest", LIST);
    folder
}

/// Runs `ngram -lm m.arpa` with more options; returns whether it succeeded, what it prints, and what it says.
fn run(folder: &Folder, options: &str) -> (bool, String, String) {
    let line = format!("shim ngram -lm m.arpa -order 2 {options}");
    let output = folder.program().args(line.split_whitespace()).output().unwrap();
    let [printed, said] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.success(), printed, said)
}

#[track_caller]
fn prints(folder: &Folder, options: &str, expected: &str) {
    let (is_done, printed, said) = run(folder, options);
    assert!(is_done, "{options}: {said}");
    assert_eq!(printed, expected, "{options}: {said}");
}

#[test]
fn hypotheses_are_rescored_one_by_one() {
    let folder = folder();
    // With an unknown word 0.7 · 0.2, or 0.7 · 0.05 · 0.2 with -unk. Markers are no words, nor are pauses.
    folder.write("stream", "-120.5 -3 2 a b\n\n-7 0 4 <s> a zz </s>\n-8 0 3 a -pau- b\n");
    let plain = "-120.5 -1.154902 2 a b\n-7 -0.853872 2 <s> a zz </s>\n-8 -1.154902 2 a -pau- b\n";
    prints(&folder, "-rescore-lmw 1 -rescore stream", plain);
    let weighted =
        "-120.5 -9.239216 2 a b\n-7 -6.830976 2 <s> a zz </s>\n-8 -9.239216 2 a -pau- b\n";
    prints(&folder, "-rescore stream", weighted);
    let known = "-120.5 -1.154902 2 a b\n-7 -2.154902 2 <s> a zz </s>\n-8 -1.154902 2 a -pau- b\n";
    prints(&folder, "-rescore-lmw 1 -unk -rescore stream", known);
    for (list, needle) in [("-1 -2\n", "line 1"), ("-1 x 2 a b\n", "no number")] {
        folder.write("stream", list);
        let (is_done, _, said) = run(&folder, "-rescore stream");
        assert!(!is_done && said.contains(needle), "{list}: {said}");
    }
}

#[test]
fn a_list_is_ranked_by_its_weighted_scores() {
    let folder = folder();
    let [ab, ac, b] = ["-120 -9.239216 2 a b\n", "-121 -12.42274 2 a c\n", "-112 -13.35205 1 b\n"];
    // −125.4, −129.2 and −133.4; five for each word makes them −119.2, −120.4 and −123.4.
    prints(&folder, "-nbest nbest", &[b, ab, ac].concat());
    prints(&folder, "-nbest nbest -rescore-wtw 5", &[ab, b, ac].concat());
    prints(&folder, "-nbest nbest -no-reorder", LIST_RESCORED);
    prints(&folder, "-nbest nbest -max-nbest 2", &[ab, ac].concat());
    prints(&folder, "-nbest nbest -max-nbest 0", &[b, ab, ac].concat());
    // Without the model: −112, −120 and −121. The others swap with a weight of −20: −96.9, −89.9 and −78.6.
    let without = "-112 0 1 b\n-120 0 2 a b\n-121 0 2 a c\n";
    prints(&folder, "-nbest nbest -rescore-lmw 0", without);
    let negative = "-112 33.38014 1 b\n-121 31.05684 2 a c\n-120 23.09804 2 a b\n";
    prints(&folder, "-nbest nbest -rescore-lmw -20", negative);
    // Totals in bytelogs: 22.48731 a log10, so −125.35205 is −2819, −129.239216 −2906 and −133.42274 −3000.
    let totals = "NBestList1.0\n(-2819) b\n(-2906) a b\n(-3000) a c\n";
    prints(&folder, "-nbest nbest -decipher-nbest", totals);
    // Of equals, the first stays first.
    folder.write("ties", "-1 0 2 a b\n-1 0 2 a b\n-1 0 2 a_b\n");
    let ties = "-1 -9.239216 2 a b\n-1 -9.239216 2 a b\n-1 -9.239216 2 a b\n";
    prints(&folder, "-nbest ties -split-multiwords", ties);
    folder.write("plus", "-1 0 2 a+b\n");
    prints(&folder, "-nbest plus -split-multiwords -multi-char +", "-1 -9.239216 2 a b\n");
}

const LIST_RESCORED: &str = "-120 -9.239216 2 a b\n-121 -12.42274 2 a c\n-112 -13.35205 1 b\n";

/// A log10 is ln 10 · 10000.5 / 1024 = 22.48731 bytelogs, so −2698 of them are −119.9788, and −2518 are −111.9743.
#[test]
fn the_formats_of_a_recogniser_are_read() {
    let folder = folder();
    folder.write("one", "NBestList1.0\n(-2698) a b\n(-2518) b\n");
    let expected = "-111.9743 -13.35205 1 b\n-119.9788 -9.239216 2 a b\n";
    prints(&folder, "-nbest one", expected);
    let (_, _, said) = run(&folder, "-nbest one");
    assert!(said.contains("2 hypotheses have total scores"), "{said}");
    // Sounds are within the times of words, and pauses are no words.
    folder.write(
        "two",
        "NBestList2.0\n\
         (-2798) a ( st: 0.00 et: 0.20 g: -40 a: -1000 ) [a] ( st: 0.00 et: 0.20 g: 0 a: -1000 ) \
         b ( st: 0.21 et: 0.40 g: -60 a: -1698 )\n\
         (-2518) -pau- ( st: 0.00 et: 0.10 g: 0 a: -18 ) b ( st: 0.11 et: 0.40 g: 0 a: -2500 )\n",
    );
    let expected = "-111.9743 -13.35205 1 -pau- b\n-119.9788 -9.239216 2 a b\n";
    prints(&folder, "-nbest two", expected);
    let (_, _, said) = run(&folder, "-nbest two");
    assert!(!said.contains("total scores"), "{said}");
    folder.write("bad", "NBestList2.0\n(-5) a ( st: 0 et: 1 )\n");
    let (is_done, printed, said) = run(&folder, "-nbest bad");
    assert!(!is_done && printed.is_empty() && said.contains("bad, line 2"), "{said}");
    folder.write("none", "NBestList1.0\n");
    let (is_done, printed, said) = run(&folder, "-nbest none");
    assert!(is_done && printed.is_empty() && said.contains("no hypotheses"), "{said}");
    let (is_done, _, said) = run(&folder, "-nbest one -decipher-lm m.arpa");
    assert!(!is_done && said.contains("-decipher-lm"), "{said}");
}
