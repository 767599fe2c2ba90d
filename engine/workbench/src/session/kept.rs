//! What a window asks about kept runs. The page names runs by number, so only those of the document that it shows are its to
//! name.

use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Reply};

use super::{Session, lock};

impl Session {
    /// Whose the kept runs of a document are.
    pub(super) fn owner(&self, document: u64) -> Result<String, ApiError> {
        self.documents()
            .owner(document)
            .ok_or_else(|| ApiError::new(ErrorCode::Usage, format!("There is no open document number {document}.")))
    }

    /// Whose runs the page may speak of: those of the document that it shows.
    fn owner_shown(&self) -> Result<String, ApiError> {
        lock(&self.shown)
            .as_ref()
            .map(|(_, owner)| owner.clone())
            .ok_or_else(|| ApiError::new(ErrorCode::Usage, "No document is open."))
    }

    /// Commands about kept runs.
    pub(super) async fn of_runs(&self, command: Command) -> Answer {
        let engine = &self.engine;
        match command {
            Command::Runs { document } => engine.runs(&self.owner(document)?).await.map(Reply::Runs),
            Command::OpenRun { run } => {
                engine.open_run(&self.owner_shown()?, run).await.map(|run| Reply::Run(Box::new(run)))
            }
            Command::NameRun { run, name } => {
                engine.name_run(&self.owner_shown()?, run, &name).await.map(|()| Reply::Done)
            }
            Command::PinRun { run, pinned } => {
                engine.pin_run(&self.owner_shown()?, run, pinned).await.map(|()| Reply::Done)
            }
            Command::DeleteRun { run } => {
                engine.delete_run(&self.owner_shown()?, run, true).await.map(|()| Reply::Done)
            }
            Command::RestoreRun { run } => {
                engine.delete_run(&self.owner_shown()?, run, false).await.map(|()| Reply::Done)
            }
            Command::CompareRuns { before, after } => {
                let comparison = engine.compare_runs(&self.owner_shown()?, before, after).await?;
                Ok(Reply::Comparison(Box::new(comparison)))
            }
            _ => Err(ApiError::new(ErrorCode::Internal, "That is no command about kept runs.")),
        }
    }
}
