//! `thalweg receive`: the OTLP receiver without a window.

use std::{path::PathBuf, sync::Arc, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use thalweg_charts::units;
use thalweg_protocol::ReceiverState;
use thalweg_workbench::{Observatory, ReceiveOptions, own_address, read_token};

use crate::{
    args::ReceiveArgs,
    failure::{Failure, INTERRUPTED, Verdict},
    terminal::Terminal,
    traces::data_file,
};

/// How often the counts are looked at.
const PACE: Duration = Duration::from_millis(500);

/// Receives until Ctrl-C or SIGTERM, then answers what is in hand and ends well.
pub(crate) fn run(args: &ReceiveArgs, db: Option<PathBuf>, terminal: &Terminal) -> Result<Verdict, Failure> {
    let options = ReceiveOptions {
        db: data_file(db)?,
        grpc: args.grpc,
        http: args.http,
        token: args.token_file.as_deref().map(read_token).transpose()?,
        origins: args.allow_origin.clone(),
        send_to: own_address()?,
    };
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::environment(format!("No thread could be started: {error}.")))?;
    runtime.block_on(receive(options, terminal))
}

async fn receive(options: ReceiveOptions, terminal: &Terminal) -> Result<Verdict, Failure> {
    // Asked for before the addresses are told: who reads them may send the signal at once.
    let stop = stop_signal()?;
    let db = options.db.display().to_string();
    let observatory = Arc::new(Observatory::receive(options).await?);
    let state = observatory.state();
    // Not notes: who starts this with port 0 reads here where to send to, with or without `--quiet`.
    terminal.complain(&format!("OTLP/gRPC: {}", state.grpc.as_deref().unwrap_or("none")));
    terminal.complain(&format!("OTLP/HTTP: http://{}", state.http.as_deref().unwrap_or("none")));
    terminal.note(&format!("Keeping traces, logs and metrics in {db}. Ctrl-C stops."));
    let counts = terminal.is_watched().then(|| tokio::spawn(show_counts(Arc::clone(&observatory))));
    stop.await;
    if let Some(counts) = counts {
        counts.abort();
        let _ = counts.await;
    }
    let mut last = observatory.state();
    last.spans_per_s = 0.0;
    // Who cannot wait for requests in hand asks a second time.
    let again = stop_signal()?;
    tokio::select! {
        () = observatory.shut_down() => {}
        () = again => return Err(Failure {
            exit_code: INTERRUPTED,
            message: "Stopped before every request was answered; their senders will send them again.".to_owned(),
            help: None,
        }),
    }
    terminal.note(&format!("Stopped: {}.", told(&last)));
    Ok(Verdict::Well)
}

/// A line of counts that follows what arrives.
async fn show_counts(observatory: Arc<Observatory>) {
    let line = ProgressBar::new_spinner();
    line.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let mut ticks = tokio::time::interval(PACE);
    loop {
        ticks.tick().await;
        let state = observatory.state();
        if state.stored_spans + state.stored_logs + state.stored_points + refused(&state) > 0 {
            line.set_message(told(&state));
        }
    }
}

fn told(state: &ReceiverState) -> String {
    let mut stored = vec![format!("{} spans", units::whole(state.stored_spans))];
    for (count, what) in [(state.stored_logs, "log records"), (state.stored_points, "data points")] {
        if count > 0 {
            stored.push(format!("{} {what}", units::whole(count)));
        }
    }
    let stored = match &stored[..] {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        all => all.join(""),
    };
    let refused = match refused(state) {
        0 => String::new(),
        refused => format!(", {} refused", units::whole(refused)),
    };
    let rate = if state.spans_per_s >= 0.5 { format!(", {}", units::rate(state.spans_per_s)) } else { String::new() };
    format!("{stored} stored{refused}{rate}")
}

fn refused(state: &ReceiverState) -> u64 {
    state.refused_spans + state.refused_logs + state.refused_points
}

/// Becomes ready at Ctrl-C or, where there is such a thing, SIGTERM.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error| Failure::environment(format!("Signals cannot be waited for: {error}."));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        let mut interrupt = tokio::signal::windows::ctrl_c().map_err(failed)?;
        Ok(async move {
            interrupt.recv().await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_in_words() {
        let state = |stored_spans, refused_spans, spans_per_s| ReceiverState {
            stored_spans,
            refused_spans,
            spans_per_s,
            ..ReceiverState::default()
        };
        assert_eq!(told(&state(1204, 0, 0.0)), "1,204 spans stored");
        assert_eq!(told(&state(7, 2, 3.5)), "7 spans stored, 2 refused, 3.5/s");
        let all = ReceiverState { stored_logs: 3, stored_points: 4000, refused_logs: 1, ..state(0, 2, 0.0) };
        assert_eq!(told(&all), "0 spans, 3 log records and 4,000 data points stored, 3 refused");
        let points = ReceiverState { stored_points: 4, ..state(9, 0, 0.0) };
        assert_eq!(told(&points), "9 spans and 4 data points stored");
    }
}
