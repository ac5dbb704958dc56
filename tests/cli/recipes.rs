//! Recipes of other projects, as they stand there but for the names of files: each runs, or is refused by name.

use crate::folder::{Folder, sentences};
use Outcome::{Refused, Right};

enum Outcome {
    /// Every command succeeds.
    Right,
    /// The last command is refused, with this in the message.
    Refused(&'static str),
}

/// A recipe: where it stands, its commands, and what comes of them. `< FILE` and `> FILE` are the streams.
type Recipe = (&'static str, &'static [&'static str], Outcome);

const RECIPES: &[Recipe] = &[
    (
        "Kaldi, egs/chime5/s5/local/train_lms_srilm.sh: unigrams, and pruned trigrams",
        &[
            "ngram-count -lm lm.gz -order 1 -text text -vocab vocab -unk -sort -map-unk <UNK>",
            "ngram-count -lm lm.gz -gt1min 0 -gt2min 1 -gt3min 2 -order 3 -text text -vocab vocab -unk -sort -map-unk <UNK>",
            "ngram-count -lm lm.gz -kndiscount1 -gt1min 0 -kndiscount2 -gt2min 1 -kndiscount3 -gt3min 2 -order 3 -text text -vocab vocab -unk -sort -map-unk <UNK>",
            "ngram -order 3 -lm lm.gz -unk -map-unk <UNK> -prune 1e-7 -write-lm pruned.gz",
            "ngram -order 3 -lm pruned.gz -unk -map-unk <UNK> -ppl dev",
        ],
        Right,
    ),
    (
        "Kaldi, egs/fisher_swbd/s5/local/fisher_train_lms.sh: a list with other words of the recipe",
        &[
            "ngram-count -text text -order 3 -limit-vocab -vocab vocab -unk -map-unk <unk> -kndiscount -interpolate -lm 3gram.gz",
            "ngram -unk -lm 3gram.gz -ppl dev",
            "ngram -unk -lm 3gram.gz -ppl dev -debug 2 > ppl",
        ],
        Right,
    ),
    (
        "Kaldi, egs/swbd/s5/local/swbd1_train_lms.sh: mixed with Fisher",
        &[
            "ngram-count -text text -order 3 -limit-vocab -vocab vocab -unk -map-unk <unk> -kndiscount -interpolate -lm a.gz",
            "ngram-count -text dev -order 3 -limit-vocab -vocab vocab -unk -map-unk <unk> -wbdiscount -interpolate -lm b.gz",
            "ngram -order 3 -unk -lm a.gz -lambda 0.7 -mix-lm b.gz -write-lm mixed.gz",
            "ngram -unk -lm mixed.gz -prune 1e-8 -write-lm small.gz",
        ],
        Right,
    ),
    (
        "Kaldi, egs/swbd: weights from two texts under -debug 2",
        &[
            "ngram-count -text text -order 3 -unk -vocab vocab -wbdiscount -lm a.gz",
            "ngram-count -text dev -order 3 -unk -vocab vocab -wbdiscount -lm b.gz",
            "ngram -unk -lm a.gz -ppl dev -debug 2 > ppl1",
            "ngram -unk -lm b.gz -ppl dev -debug 2 > ppl2",
            "compute-best-mix ppl1 ppl2",
        ],
        Right,
    ),
    (
        "Kaldi, egs/babel: the list of words as a symbol table",
        &["ngram-count -order 2 -text text -vocab words.txt -unk -wbdiscount -lm lm.gz"],
        Right,
    ),
    (
        "Kaldi, egs/voxforge/s5/local/voxforge_prepare_lm.sh",
        &["ngram-count -order 1 -write-vocab vocab-full -wbdiscount -text text -lm lm.arpa"],
        Right,
    ),
    (
        "Kaldi, egs/aishell/s5/local/aishell_train_lms.sh, by SRILM",
        &[
            "ngram-count -text text -order 3 -limit-vocab -vocab vocab -unk -map-unk <UNK> -kndiscount -interpolate -lm lm.gz",
            "ngram -order 3 -lm lm.gz -ppl dev -unk -map-unk <UNK>",
        ],
        Right,
    ),
    (
        "icefall, egs/chime6/ASR/local/train_lm.sh: a word of the lexicon for unknown ones",
        &[
            "ngram-count -lm lm.gz -order 1 -text text -vocab vocab -unk -sort -map-unk SPN",
            "ngram -order 1 -lm lm.gz -unk -map-unk SPN -ppl dev",
        ],
        Right,
    ),
    (
        "A lexicon for -vocab (a course's 00.train_lm.sh)",
        &["ngram-count -order 3 -kndiscount -text text -vocab lexicon -unk -lm lm.arpa"],
        Right,
    ),
    (
        "lm_adapt_2018, src/lm/cal_out_domain_lm.sh",
        &[
            "ngram-count -text text -order 5 -write counts",
            "ngram-count -order 5 -lm lm -vocab vocab -unk -text text -cdiscount 0.420150 -interpolate -gt1min 0 -gt2min 0 -gt3min 0 -gt4min 0 -gt5min 0",
        ],
        Right,
    ),
    (
        "SRILM's FAQ: counts on standard output where nothing else is asked for",
        &["ngram-count -order 2 -text text -sort > counts"],
        Right,
    ),
    (
        "SRILM's FAQ: a model limited to the words of a test",
        &[
            "ngram-count -order 2 -text text -unk -wbdiscount -lm lm.gz",
            "ngram -lm lm.gz -order 2 -unk -vocab vocab -limit-vocab -write-lm small.gz",
        ],
        Right,
    ),
    (
        "SRILM's FAQ: discounts in files",
        &[
            "ngram-count -order 2 -text text -kn1 kn1 -kn2 kn2",
            "ngram-count -order 2 -text text -kn1 kn1 -kn2 kn2 -lm lm.gz",
        ],
        Right,
    ),
    (
        "SRILM, make-big-lm",
        &[
            "ngram-count -order 3 -text text -write counts.gz",
            "make-big-lm -read counts.gz -name big -order 3 -unk -kndiscount -interpolate -lm lm.gz",
        ],
        Right,
    ),
    (
        "SRILM, ngram-class",
        &["ngram-class -vocab vocab -text text -numclasses 5 -classes classes"],
        Right,
    ),
    (
        "SRILM, ngram-class: class n-grams from counts, and a model of them",
        &[
            "ngram-count -text text -order 2 -write counts.gz",
            "ngram-class -counts counts.gz -numclasses 5 -incremental -classes classes -class-counts class-counts.gz",
            "ngram-count -read class-counts.gz -order 2 -wbdiscount -lm class.arpa",
        ],
        Right,
    ),
    (
        "SRILM, hypotheses",
        &[
            "ngram-count -order 2 -text text -unk -wbdiscount -lm lm.gz",
            "ngram -lm lm.gz -unk -rescore nbest > rescored",
        ],
        Right,
    ),
    (
        "SRILM, a list of hypotheses, ranked",
        &[
            "ngram-count -order 2 -text text -unk -wbdiscount -lm lm.gz",
            "ngram -lm lm.gz -unk -nbest nbest -max-nbest 100 -rescore-lmw 10 -rescore-wtw 0.5 > ranked",
        ],
        Right,
    ),
    (
        "Words in lines that are no sentences",
        &[
            "ngram-count -order 3 -text text -no-sos -no-eos -wbdiscount -unk -lm lm.gz",
            "ngram -lm lm.gz -unk -no-sos -no-eos -ppl dev",
        ],
        Right,
    ),
    (
        "Gale, lm_build: -prune-lowprobs",
        &[
            "ngram-count -order 2 -text text -unk -wbdiscount -lm lm.gz",
            "ngram -lm lm.gz -order 2 -prune-lowprobs -write-lm low.gz",
        ],
        Right,
    ),
    (
        "Kaldi, utils/format_lm_sri.sh with its usual options: an ARPA file for the words of a lang folder",
        &[
            "ngram-count -order 3 -text text -unk -wbdiscount -lm lm.gz",
            "change-lm-vocab -vocab words.txt -lm lm.gz -write-lm - -subset -prune-lowprobs -unk -tolower -order 3 > G.arpa",
            "ngram -lm G.arpa -unk -ppl dev",
        ],
        Right,
    ),
    (
        "ICSI's recipe in Kaldi: -prune-lowprobs of a compressed model",
        &[
            "ngram-count -order 3 -text text -unk -kndiscount -interpolate -lm lm.gz",
            "ngram -prune-lowprobs -unk -lm lm.gz -write-lm pruned.gz",
        ],
        Right,
    ),
    (
        "ESPnet, egs2/TEMPLATE/asr1/asr.sh: a word that is no option",
        &[
            "lmplz -S 10% --discount_fallback -o 4 - < text > lm.arpa",
            "build_binary -s lm.arpa lm.bin",
        ],
        Right,
    ),
    (
        "A script with a word after --skip_symbols",
        &["lmplz -o 3 --skip_symbols <unk> --discount_fallback < marked > lm.arpa"],
        Right,
    ),
    (
        "NeMo, scripts/asr_language_modeling/ngram_lm/train_kenlm.py",
        &[
            "lmplz -o 6 --text text --arpa lm.arpa --discount_fallback --prune 0 0 0 0 0 1",
            "build_binary trie lm.arpa lm.bin",
        ],
        Right,
    ),
    (
        "OpenSeq2Seq, scripts/build_lm.sh: bits that wrap there",
        &["build_binary trie -q 8 -b 7 -a 256 m.arpa lm.bin"],
        Refused("256"),
    ),
    (
        "DeepSpeech, data/lm/README.md and generate_lm.py",
        &[
            "lmplz --order 5 --temp_prefix ./ --memory 50% --text text --arpa lm.arpa --prune 0 0 0 1 --discount_fallback",
            "filter single model:lm.arpa filtered.arpa < vocab",
            "build_binary -a 255 -q 8 -v trie filtered.arpa lm.binary",
            "query lm.binary < dev",
        ],
        Right,
    ),
    (
        "deepspeech_dataset_builder, generate_language_model.sh: options last",
        &[
            "lmplz -o 2 --discount_fallback < text > lm.arpa",
            "build_binary trie lm.arpa lm.binary -q 8 -a 255",
        ],
        Right,
    ),
    (
        "Moses, baseline manual",
        &[
            "lmplz -o 3 --discount_fallback < text > lm.arpa",
            "build_binary lm.arpa lm.blm",
            "query lm.blm < dev",
        ],
        Right,
    ),
    (
        "Moses, experiment.perl: memory and prefix",
        &[
            "lmplz --text text --order 5 --arpa lm.arpa --prune 0 0 1 -T ./ -S 20% --discount_fallback",
        ],
        Right,
    ),
    (
        "flashlight, recipes/utilities/prepare_librispeech_official_lm.py",
        &["build_binary trie m.arpa lm.bin", "build_binary -a 22 -q 8 -b 8 trie m.arpa lm.bin"],
        Right,
    ),
    (
        "flashlight, recipes/lexicon_free: a limited vocabulary",
        &[
            "lmplz -T . -S 50% --discount_fallback -o 4 --prune 0 0 1 1 --limit_vocab_file vocab trie < text > lm.arpa",
        ],
        Right,
    ),
    (
        "cc_net, Makefile",
        &[
            "lmplz --discount_fallback -o 5 -S 3G --vocab_estimate 65536 --temp_prefix . < text > lm.arpa",
            "build_binary lm.arpa lm.bin",
        ],
        Right,
    ),
    (
        "WeNet, local/train_kenlm.sh",
        &["lmplz -o 3 -S 40% --prune 0 1 1 --discount_fallback 0.5 1 1.5 --arpa lm.arpa < text"],
        Right,
    ),
    (
        "fairseq, examples/lyssn/buildlm.sh, with a model of order 1",
        &[
            "lmplz -o 3 --prune 0 1 1 --discount_fallback < text > lm.arpa",
            "lmplz -o 1 --discount_fallback < text > uni.arpa",
        ],
        Right,
    ),
    (
        "revisiting_the_evaluation_metric_of_asr, train_lm.sh",
        &[
            "lmplz -o 2 --discount_fallback < text > lm.arpa",
            "build_binary -q 8 -b 8 trie lm.arpa lm.trie",
        ],
        Right,
    ),
    ("A temporary prefix that looks like an option", &["build_binary -T -s m.arpa lm.bin"], Right),
    (
        "KenLM's interpolate",
        &["interpolate -m a b -w 0.5 0.5"],
        Refused("`ngram mix --log-linear`"),
    ),
    ("KenLM's count_ngrams", &["count_ngrams -o 3"], Refused("`ngram count`")),
    ("KenLM's --intermediate", &["lmplz -o 3 --intermediate x < text"], Refused("`ngram mix`")),
];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("text", sentences(2000, 5));
    folder.write("dev", sentences(60, 2));
    folder.write("marked", sentences(300, 3).replace("w1 ", "<unk> "));
    let words: Vec<String> = (0..350).map(|number| format!("w{number}")).collect();
    folder.write("vocab", words.join("\n") + "\n");
    let symbols: String = (3..).zip(&words).map(|(id, word)| format!("{word} {id}\n")).collect();
    folder.write("words.txt", format!("<eps> 0\n<s> 1\n</s> 2\n{symbols}#0 999\n"));
    folder.write("nbest", "-100.5 -20.25 3 w1 w2 w3\n-101 -19 2 w1 w5\n");
    let sounds: String = words.iter().map(|word| format!("{word}\tW AH\n{word}\tW IH\n")).collect();
    folder.write("lexicon", sounds);
    folder.write(
        "m.arpa",
        "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-1\t<unk>\t0\n-99\t<s>\t-0.3\n-0.5\t</s>\t0\n-0.4\tw1\t0\n\n\
         \\2-grams:\n-0.2\t<s> w1\n\n\\end\\\n",
    );
    folder
}

/// Runs a command line with its streams; returns the exit code and the message.
fn run(folder: &Folder, line: &str) -> (Option<i32>, String) {
    let words: Vec<&str> = line.split(' ').collect();
    let (mut arguments, mut stdin, mut stdout) = (Vec::new(), Vec::new(), None);
    let mut at = 0;
    while at < words.len() {
        match words[at] {
            "<" => (stdin, at) = (folder.read(words[at + 1]), at + 2),
            ">" => (stdout, at) = (Some(words[at + 1]), at + 2),
            word => {
                arguments.push(word);
                at += 1;
            }
        }
    }
    let output = folder.program().arg("shim").args(arguments).write_stdin(stdin).output().unwrap();
    if let Some(name) = stdout {
        folder.write(name, &output.stdout);
    }
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn recipes_run_or_are_refused_by_name() {
    let (mut right, mut refused) = (0, 0);
    for (recipe, commands, outcome) in RECIPES {
        let folder = folder();
        let (last, before) = commands.split_last().unwrap();
        for command in before {
            let (code, said) = run(&folder, command);
            assert_eq!(code, Some(0), "{recipe}: {command}: {said}");
        }
        let (code, said) = run(&folder, last);
        match outcome {
            Right => {
                assert_eq!(code, Some(0), "{recipe}: {last}: {said}");
                right += 1;
            }
            Refused(needle) => {
                assert_eq!(code, Some(1), "{recipe}: {last}: {said}");
                assert!(said.contains(needle), "{recipe}: {last}: {said}");
                refused += 1;
            }
        }
    }
    // The counts are those in docs/shims.md.
    let docs = include_str!("../../docs/shims.md");
    let counts = format!("{} recipes: {right} run, {refused} are refused by name", RECIPES.len());
    assert!(docs.contains(&counts), "docs/shims.md does not say {counts:?}");
}
