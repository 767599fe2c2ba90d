//! Comparing this build with what is known.

use thalweg_protocol::{
    ApiError, ErrorCode,
    validation::{KnownAnswer, KnownCase, NotExpressed, Validation},
};
use thalweg_sim::Observer;
use thalweg_truth::{Answer, Case, cases, check, not_expressed};

use crate::simulate::Progress;

/// Which known answers to compare, and how.
#[derive(Debug, Clone, Default)]
pub struct ValidationRequest {
    /// Only cases whose id or title contains this, whatever its case.
    pub filter: Option<String>,
    /// Threads; none is one per core. The figures do not depend on it.
    pub threads: Option<usize>,
}

/// Simulates the known answers, on this thread and the simulator's own.
///
/// # Errors
/// When it was cancelled, and when the filter leaves nothing.
pub fn validate(request: &ValidationRequest, progress: &dyn Progress) -> Result<Validation, ApiError> {
    let wanted = request.filter.as_deref().unwrap_or_default().to_lowercase();
    let chosen = |case: &Case| case.id.contains(&wanted) || case.title.to_lowercase().contains(&wanted);
    let cases: Vec<Case> = cases().into_iter().filter(chosen).collect();
    if cases.is_empty() {
        let message = format!("No known answer has {wanted:?} in its name.");
        return Err(ApiError::new(ErrorCode::Usage, message).with_help("Leave the filter out to see all names."));
    }
    let watch = Watch(progress);
    let mut validation = Validation::default();
    for (done, case) in cases.iter().enumerate() {
        progress.share(done as f64 / cases.len() as f64);
        let answers = check(case, request.threads.unwrap_or(0), &watch)
            .map_err(|error| ApiError::new(ErrorCode::Cancelled, error.to_string()))?;
        validation.known += answers.len() as u64;
        validation.reproduced += answers.iter().filter(|answer| answer.agrees()).count() as u64;
        validation.cases.push(KnownCase {
            id: case.id.clone(),
            title: case.title.clone(),
            source: case.source.to_owned(),
            answers: answers.into_iter().map(answer).collect(),
        });
    }
    progress.share(1.0);
    validation.not_expressed = not_expressed()
        .iter()
        .map(|missing| NotExpressed {
            what: missing.what.to_owned(),
            source: missing.source.to_owned(),
            why: missing.why.to_owned(),
        })
        .collect();
    Ok(validation)
}

fn answer(answer: Answer) -> KnownAnswer {
    KnownAnswer {
        agrees: answer.agrees(),
        unit: answer.unit.to_owned(),
        exact: answer.exact,
        simulated: answer.simulated.map(|estimate| estimate.value),
        ci99: answer.simulated.map(|estimate| [estimate.value - estimate.half, estimate.value + estimate.half]),
        slack: answer.slack,
        looks: answer.looks,
        disagreement: answer.disagreement,
        what: answer.what,
    }
}

/// Passes on the wish to stop; the share is that of all cases, not of each run.
struct Watch<'a>(&'a dyn Progress);

impl Observer for Watch<'_> {
    fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::Series;

    use super::*;

    struct Nobody {
        cancels: bool,
    }

    impl Progress for Nobody {
        fn share(&self, _share: f64) {}
        fn curves(&self, _partial: Series) {}
        fn is_cancelled(&self) -> bool {
            self.cancels
        }
    }

    fn request(filter: &str) -> ValidationRequest {
        ValidationRequest { filter: Some(filter.to_owned()), threads: Some(1) }
    }

    #[test]
    fn a_filter_chooses_by_name() {
        let found = validate(&request("D/d/1"), &Nobody { cancels: false }).unwrap();
        assert_eq!((found.known, found.reproduced), (1, 1));
        assert_eq!(found.cases[0].id, "dd1");
        assert!(!found.not_expressed.is_empty());
        let error = validate(&request("no such thing"), &Nobody { cancels: false }).unwrap_err();
        assert_eq!(error.code, ErrorCode::Usage);
    }

    #[test]
    fn it_can_be_stopped() {
        let error = validate(&request("mm1-90"), &Nobody { cancels: true }).unwrap_err();
        assert_eq!(error.code, ErrorCode::Cancelled);
    }
}
