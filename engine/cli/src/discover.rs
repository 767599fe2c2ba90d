//! `thalweg discover`: the stored traces as a flow document.

use std::path::{Path, PathBuf};

use thalweg_charts::units;
use thalweg_workbench::{Observatory, write_flow_file};

use crate::{
    args::DiscoverArgs,
    failure::{Failure, Verdict},
    new,
    terminal::Terminal,
    traces,
};

/// Draws what the traces show.
pub(crate) fn run(args: &DiscoverArgs, db: Option<PathBuf>, terminal: &Terminal) -> Result<Verdict, Failure> {
    // A filter that is none is told before anything is looked for.
    if let Some(filter) = &args.seen.filter
        && !traces::is_filter(filter, terminal)
    {
        return Ok(Verdict::Unusable);
    }
    let db = traces::data_file(db)?;
    if !db.exists() {
        return Err(traces::nothing_there(&db));
    }
    let seen = traces::seen(&args.seen)?;
    let found = traces::block_on(async {
        let observatory = Observatory::look(db).await?;
        let found = observatory.discover(&seen, &args.name).await;
        observatory.shut_down().await;
        Ok(found?)
    })?;
    let path = args.output.as_path();
    let is_out = path == Path::new("-");
    if is_out {
        terminal.print(&found.text)?;
    } else if args.force {
        write_flow_file(path, &found.text)?;
    } else {
        new::create(path, &found.text)?;
    }
    for note in &found.notes {
        terminal.note(&format!("note: {note}"));
    }
    let made = format!(
        "{} nodes from {} traces of {} spans",
        units::whole(found.nodes as u64),
        units::whole(found.traces),
        units::whole(found.spans)
    );
    if is_out {
        terminal.note(&format!("{made}."));
    } else {
        terminal.note(&format!("Wrote {}: {made}. Next: thalweg simulate {}", path.display(), new::quoted(path)));
    }
    Ok(Verdict::Well)
}
