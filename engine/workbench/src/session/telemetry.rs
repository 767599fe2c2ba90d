//! What the window asks about files of telemetry, and about who may send it.

use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Event, Exporting, Offered, Reply};

use super::{Session, lock};

impl Session {
    pub(super) async fn of_telemetry(&self, command: Command) -> Answer {
        match command {
            Command::TraceJson { trace_id } => {
                let text = match self.sampled.trace(&trace_id) {
                    Some(trace) => thalweg_telemetry::json_of(&trace).to_string(),
                    None => self.engine.observatory().await.trace_otlp_json(&trace_id).await?,
                };
                Ok(Reply::TraceJson { text })
            }
            Command::ImportTraces => match self.dialogs.import().await {
                Some(path) => self.import(&path).await,
                None => Ok(Reply::Dismissed),
            },
            Command::ImportOffered => match self.take_offered(|wanted| wanted.flow().is_none()) {
                Some(path) => self.import(&path).await,
                None => Ok(Reply::Dismissed),
            },
            Command::ExportTraces(which) => self.export_traces(&which).await,
            Command::TelemetrySettings => Ok(self.engine.telemetry_settings().await),
            Command::SetTelemetrySettings(settings) => {
                self.engine.set_telemetry_settings(&settings).await?;
                Ok(self.engine.telemetry_settings().await)
            }
            _ => Err(ApiError::new(ErrorCode::Internal, "This is no question about telemetry.")),
        }
    }

    async fn import(&self, path: &std::path::Path) -> Answer {
        let observatory = self.engine.observatory().await;
        let imported = observatory.import_file(path, |_| {}).await?;
        if imported.spans.stored > 0
            && let Some(event) = observatory.newest().await
        {
            self.engine.tell(&event, None);
        }
        if imported.logs.stored > 0 {
            self.engine.tell(&Event::LogsArrived(observatory.state()), None);
        }
        if imported.points.stored > 0 {
            self.engine.tell(&Event::MetricsArrived(observatory.state()), None);
        }
        Ok(Reply::Imported(Box::new(imported)))
    }

    async fn export_traces(&self, which: &Exporting) -> Answer {
        let name = match which {
            Exporting::These(ids) if ids.len() == 1 => format!("trace-{}.jsonl", ids[0].get(..8).unwrap_or_default()),
            _ => "traces.jsonl".to_owned(),
        };
        let Some(path) = self.dialogs.export(&name, "jsonl").await else { return Ok(Reply::Dismissed) };
        // The dialog has asked whether a file may be replaced.
        self.engine.observatory().await.export_file(which, &path, true).await.map(Reply::Exported)
    }

    /// What was named from outside and is no flow, for a page that begins. A link is told once; a file waits until it is asked for.
    pub(super) fn told_offer(&self) -> Option<Offered> {
        let mut offered = lock(&self.offered);
        let told = offered.first()?.offered()?;
        if told != Offered::Telemetry {
            offered.remove(0);
        }
        Some(told)
    }
}
