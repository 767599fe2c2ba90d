//! What a window asks about log records and metrics.

use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Event, Reply};

use super::Session;

impl Session {
    /// Answers the commands that are about log records and metrics.
    pub(super) async fn of_signals(&self, command: Command) -> Answer {
        let observatory = self.engine.observatory().await;
        match command {
            Command::Logs { filter, limit, before } => {
                let page = observatory.logs(filter, limit, before.as_deref()).await?;
                Ok(Reply::Logs(Box::new(page)))
            }
            Command::LogsOfTrace { trace_id, span_id, after } => {
                let page = observatory.logs_of_trace(&trace_id, span_id.as_deref(), after.as_deref()).await?;
                Ok(Reply::Logs(Box::new(page)))
            }
            Command::ClearLogs => {
                observatory.clear_logs().await?;
                self.engine.tell(&Event::LogsCleared, Some(self.window));
                Ok(Reply::Done)
            }
            Command::Metrics { search, also } => {
                Ok(Reply::Metrics(Box::new(observatory.metrics(&search, also.as_ref()).await?)))
            }
            Command::Metric(asked) => Ok(Reply::Metric(Box::new(observatory.metric(&asked).await?))),
            Command::ClearMetrics => {
                observatory.clear_metrics().await?;
                self.engine.tell(&Event::MetricsCleared, Some(self.window));
                Ok(Reply::Done)
            }
            _ => Err(ApiError::new(ErrorCode::Internal, "This is no question about log records or metrics.")),
        }
    }
}
