//! Lists of words as other programs write them.

use crate::folder::Folder;

const TEXT: &str = "the cat sat\nthe cat ran\na dog sat\n";

fn with_text() -> Folder {
    let folder = Folder::new();
    folder.write("text", TEXT);
    folder
}

/// The first field of a line is the word, as SRILM reads it: the model is that of the plain list.
#[test]
fn the_first_field_is_the_word() {
    let folder = with_text();
    folder.write("plain", "the\ncat\nsat\n");
    folder.run("train text --vocab plain -o plain.ngram -q");
    let lists = [
        ("kaldi", "<eps> 0\n<s> 1\n</s> 2\nthe 3\ncat 4\nsat 5\n#0 6\n#1 7\n", "", 3),
        ("fairseq", "the 1061396\ncat 593677\nsat 416556\n", "", 0),
        (
            "lexicon",
            "the\tDH AH\ncat\tK AE T\nthe\tDH IY\nsat\tS AE T\n",
            "1 lines of lexicon list",
            0,
        ),
        ("sentencepiece", "the\t-3.2\ncat\t-4.5\nsat\t-5\n", "", 0),
        ("cmu", "  the   DH AH0  # comment\r\ncat  K AE1 T\r\n\r\nsat  S AE1 T\r\n", "", 0),
        ("count-list", "the 9\ncat 9\nsat 9\nthe 9\nthe 9\n", "2 lines of count-list list", 0),
    ];
    for (name, list, note, symbols) in lists {
        folder.write(name, list);
        let (_, said) = folder.run_aloud(&format!("train text --vocab {name} -o m.ngram -q"));
        assert!(said.contains("several fields: the first is read as the word"), "{name}: {said}");
        if symbols > 0 {
            let needle = format!("note: {symbols} symbols of {name} are no words");
            assert!(said.contains(&needle), "{name}: {said}");
        } else {
            assert!(said.contains(note), "{name}: {said}");
        }
        assert_eq!(folder.read("m.ngram"), folder.read("plain.ngram"), "{name}");
    }
}

/// Everything that reads a list of words reads it alike.
#[test]
fn every_reader_reads_them() {
    let folder = with_text();
    folder.write("list", "the 1\ncat 2\nthe 3\nsat 4\n");
    folder.write("plain", "the\ncat\nsat\n");
    folder.run("train text -o whole.ngram -q");
    for (command, output) in [
        ("train text --vocab LIST -o made -q", true),
        ("count text --vocab LIST -o made", true),
        ("classes text --vocab LIST --classes 2 -o made", true),
        ("shim ngram-count -text text -order 2 -unk -vocab LIST -wbdiscount -lm made", true),
        ("shim ngram-count -text text -order 2 -unk -vocab LIST -write made", true),
        ("generate -m whole.ngram --only LIST -n 5", false),
    ] {
        let made = |list: &str| {
            let (out, said) = folder.run_aloud(&command.replace("LIST", list));
            let made = if output { folder.read("made") } else { out.into_bytes() };
            (made, said)
        };
        let (expected, _) = made("plain");
        let (found, said) = made("list");
        assert_eq!(found, expected, "{command}");
        assert!(said.contains("note: 4 lines of list have several fields"), "{command}: {said}");
        assert!(said.contains("note: 1 lines of list list a word again"), "{command}: {said}");
    }
}

/// Tokens of some tokenizers have spaces in them; there, a line is a token.
#[test]
fn a_line_is_a_token_where_tokens_have_spaces() {
    let folder = with_text();
    folder.write("list", "t\nh\ne\n \nc\na\n");
    let (_, said) = folder.run_aloud("train text --tokenizer chars --vocab list -o m.ngram -q");
    assert!(!said.contains("fields"), "{said}");
    let info = folder.run("info m.ngram");
    // The six characters and <unk>, <s> and </s>.
    assert!(info.contains('9'), "{info}");
    folder.write("pair", "t h\ne\na\n");
    let (_, said) = folder.run_aloud("train text --tokenizer chars --vocab pair -o m.ngram -q");
    assert!(said.contains("no text has 1 of the words that pair lists"), "{said}");
}

/// Lists that begin with something else, or spell words otherwise, fit no text.
#[test]
fn a_list_that_fits_nearly_no_word_is_an_error() {
    let folder = with_text();
    let needle = "only 0 of the text's 9 words are in the list of words";
    for (name, list) in [
        ("counts-first", "3 the\n2 cat\n2 sat\n"),
        ("upper", "THE\nCAT\nSAT\n"),
        ("quoted", "\"the\"\n\"cat\"\n"),
        ("pieces", "▁the\n▁cat\n▁sat\n"),
    ] {
        folder.write(name, list);
        for command in [
            "train text --vocab LIST -o m.ngram",
            "count text --vocab LIST -o m.counts",
            "shim ngram-count -text text -order 2 -unk -vocab LIST -wbdiscount -lm m.arpa",
        ] {
            let error = folder.fail(&command.replace("LIST", name));
            assert!(error.contains(needle), "{command}, {name}: {error}");
        }
    }
    // One word of a hundred is enough.
    folder.write("long", "the x y z\n".to_owned() + &"w v u\n".repeat(32));
    folder.write("one", "the\n");
    folder.run("train long --vocab one -o m.ngram -q");
    folder.write("long", "the x y z\n".to_owned() + &"w v u\n".repeat(33));
    let error = folder.fail("train long --vocab one -o m2.ngram");
    assert!(error.contains("only 1 of the text's 103 words"), "{error}");
}
