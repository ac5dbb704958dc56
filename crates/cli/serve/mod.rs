//! `ngram serve`.

mod answers;
mod connections;
mod game;

use crate::number;
use crate::output;
use answers::{Served, ServedModel};
use anyhow::{Context, bail};
use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::PathBuf;

/// Serve a page that scores a text while it is typed, to browsers on this machine.
///
/// The page colours each word by its surprise, completes words, explains scores, shows perplexity and bits per
/// character, and plays Shannon's game. With two models it shows both, side by side. The address is printed; Ctrl-C ends
/// it. Nothing that is typed is kept. Programs can ask for the same answers as JSON.
#[derive(clap::Args)]
pub struct Args {
    /// Model files, one or two.
    #[arg(value_name = "MODEL", num_args = 1..=2, default_value = "model.ngram")]
    models: Vec<PathBuf>,

    /// Port to listen at; 0 takes a free one.
    #[arg(long, value_name = "N", default_value_t = 8017, value_parser = number::whole::<u16>(0, 65_535))]
    port: u16,

    /// Address to listen at. Any but a loopback address lets other machines in, without a password or encryption.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    if args.models.len() > 2 {
        bail!("the page shows one or two models, and {} are named", args.models.len());
    }
    let models = args.models.iter().zip(1..).map(|(path, number)| ServedModel::open(path, number));
    let served = Served::new(models.collect::<anyhow::Result<_>>()?);
    let address = SocketAddr::new(args.host, args.port);
    let listener = TcpListener::bind(address).with_context(|| {
        format!("cannot listen at {address}: choose another --port, or 0 for any that is free")
    })?;
    let address = listener.local_addr().context("cannot listen")?;
    let mut out = output::stdout();
    let told = writeln!(out, "http://{address}/").and_then(|()| out.flush());
    told.context("cannot write to standard output")?;
    connections::serve(listener, served)
}
