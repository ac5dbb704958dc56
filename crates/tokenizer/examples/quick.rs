use ngram_tokenizer::*;
fn cpu() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .unwrap()
        .split(" ")
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1e-9
}
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let text = &text[..text.floor_char_boundary(20_000_000)];
    let kinds: Vec<String> = std::env::args().skip(2).collect();
    for kind in TokenizerKind::ALL {
        if !kinds.is_empty() && !kinds.iter().any(|k| k == kind.name()) {
            continue;
        }
        for lowercase in [false, true] {
            let spec = TokenizerSpec { kind, lowercase };
            let mut best = f64::MAX;
            let (mut n, mut h) = (0u64, 0u64);
            for _ in 0..5 {
                let t = cpu();
                (n, h) = (0, 0);
                for line in text.split('\n') {
                    spec.tokenize(line, |token| {
                        n += 1;
                        h = h.wrapping_add(token.len() as u64 ^ token.as_bytes()[0] as u64);
                    });
                }
                best = best.min((cpu() - t));
            }
            let mut besti = f64::MAX;
            let mut len = 0;
            for _ in 0..2 {
                let t = cpu();
                let mut interner = Interner::new();
                let mut ids = Vec::with_capacity(text.len());
                for line in text.split('\n') {
                    spec.tokenize(line, |token| ids.push(interner.intern(token)));
                }
                besti = besti.min((cpu() - t));
                len = interner.len();
                std::hint::black_box(&ids);
            }
            println!(
                "{spec:20} {n} {h} {:.0} MB/s {:.2} ns/token; with interner {:.0} MB/s {:.2} ns/token, {len} types",
                text.len() as f64 / best / 1e6,
                best * 1e9 / n as f64,
                text.len() as f64 / besti / 1e6,
                besti * 1e9 / n as f64
            );
        }
    }
}
