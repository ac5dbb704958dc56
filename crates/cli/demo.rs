//! `ngram demo`.

/// Fetch Brown, train on nine tenths, evaluate the rest.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the verb.
pub fn run(_args: Args) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
