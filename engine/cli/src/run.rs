//! `thalweg run`: a flow's channels live on the embedded engine, until Ctrl-C.

use std::path::{Path, PathBuf};

use thalweg_charts::units;
use thalweg_protocol::live::LiveTopic;
use thalweg_workbench::{Live, LiveOn, LiveOptions, default_events_path};

use crate::{
    args::RunArgs,
    failure::{Failure, Verdict},
    input,
    receive::stop_signal,
    table::{Cell, Side, Table},
    terminal::Terminal,
};

/// The variable that names the token.
const TOKEN: &str = "THALWEG_TOKEN";

/// Runs until Ctrl-C or SIGTERM, or for as long as was asked for; then tells how the topics are.
pub(crate) fn run(args: &RunArgs, db: Option<PathBuf>, terminal: &Terminal) -> Result<Verdict, Failure> {
    let source = input::read(&args.file)?;
    let on = match (&args.on, db) {
        (Some(url), _) => LiveOn::Broker(url.clone()),
        (None, Some(db)) => LiveOn::File(db),
        (None, None) if args.file == Path::new("-") => {
            return Err(Failure::usage("A flow from standard input has no file for its events.")
                .with_help("Name one with --db PATH."));
        }
        (None, None) => LiveOn::File(default_events_path(&args.file)?),
    };
    let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
    let options = LiveOptions { flow: source.text, name: source.name, on, http: args.http, token };
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::environment(format!("No thread could be started: {error}.")))?;
    runtime.block_on(live(options, args, terminal))
}

async fn live(options: LiveOptions, args: &RunArgs, terminal: &Terminal) -> Result<Verdict, Failure> {
    // Asked for before the address is told: who reads it may send the signal at once.
    let stop = stop_signal()?;
    // An address may hold a password.
    let place = match &options.on {
        LiveOn::File(path) => format!(" in {}", path.display()),
        LiveOn::Broker(_) => " on the broker".to_owned(),
    };
    let live = Live::start(options).await?;
    // Not notes: who starts this with port 0 reads here where to send to, with or without `--quiet`.
    terminal.complain(&format!("HTTP: http://{}/v1", live.address()));
    if let Some(token) = live.made_token() {
        terminal.complain(&format!("Token: {token}"));
    }
    for remark in live.remarks() {
        terminal.note(&format!("Otherwise than drawn: {remark}."));
    }
    terminal.note(&format!("Keeping events{place}. Ctrl-C stops."));
    match args.duration() {
        Some(length) => tokio::select! {
            () = stop => {}
            () = tokio::time::sleep(length) => {}
        },
        None => stop.await,
    }
    let topics = live.topics().await;
    live.stop().await;
    terminal.print(&told(&topics?, terminal))?;
    Ok(Verdict::Well)
}

fn told(topics: &[LiveTopic], terminal: &Terminal) -> String {
    let mut table = Table::new(&[
        ("topic", Side::Left),
        ("stored", Side::Right),
        ("group", Side::Left),
        ("acknowledged", Side::Right),
        ("lag", Side::Right),
        ("failed attempts", Side::Right),
        ("dead letters", Side::Right),
    ])
    .yielding(&[0, 2]);
    for topic in topics {
        let head = |is_first: bool| -> Vec<Cell> {
            if is_first {
                vec![topic.name.as_str().into(), units::whole(topic.stored).into()]
            } else {
                vec!["".into(), "".into()]
            }
        };
        if topic.groups.is_empty() {
            table.row([head(true), vec!["".into(); 5]].concat());
        }
        for (at, group) in topic.groups.iter().enumerate() {
            let counts = [group.acked, group.lag, group.failed, group.dead_letters];
            let counts = counts.into_iter().map(|count| Cell::from(units::whole(count)));
            let own = std::iter::once(Cell::from(group.name.as_str())).chain(counts).collect();
            table.row([head(at == 0), own].concat());
        }
    }
    table.render(terminal.out())
}
