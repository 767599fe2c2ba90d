//! The known answers beside what this build says of them.

use thalweg_protocol::validation::{KnownAnswer, KnownCase, NotExpressed, Validation};

use super::{Running, Shared};

/// What was compared so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    running: Option<Running>,
    cases: Vec<Shared<KnownCase>>,
    missing: Vec<Shared<NotExpressed>>,
    stage: Stage,
    /// Only these were asked for: words in their names; empty is all.
    filter: String,
    /// While nothing of a new comparison has come: how far the one that is still shown came, and what it was of.
    before: Option<(Stage, String)>,
}

/// How far a comparison came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    /// None was begun.
    #[default]
    None,
    /// One goes on.
    Running,
    /// The last one came to its end.
    Whole,
    /// The last one was stopped.
    Stopped,
}

/// How many answers there are, and how many of them are reproduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sum {
    /// All.
    pub(crate) known: usize,
    /// Those that agree.
    pub(crate) reproduced: usize,
}

impl Sum {
    fn of<'a>(answers: impl Iterator<Item = &'a KnownAnswer>) -> Self {
        answers.fold(Sum::default(), |sum, answer| Sum {
            known: sum.known + 1,
            reproduced: sum.reproduced + usize::from(answer.agrees),
        })
    }

    /// Whether all agree.
    pub(crate) fn is_whole(self) -> bool {
        self.known == self.reproduced
    }
}

impl Answers {
    /// Begins a comparison of those with these words in their name; what another one still sends is ignored from now on. The last
    /// table stays until something of the new one comes.
    pub(crate) fn begin(&mut self, id: u64, filter: &str) {
        let before = (self.stage, std::mem::replace(&mut self.filter, filter.to_owned()));
        // Of two that gave nothing the first one's predecessor is shown.
        self.before.get_or_insert(before);
        self.running = Some(Running { id, share: 0.0 });
        self.stage = Stage::Running;
    }

    /// Takes in how far it is, and what was just compared.
    pub(crate) fn progress(&mut self, id: u64, share: f64, case: Option<KnownCase>) {
        if let Some(running) = self.running.as_mut().filter(|running| running.id == id) {
            running.share = share.clamp(0.0, 1.0);
            if case.is_some() && self.before.take().is_some() {
                self.cases.clear();
                self.missing.clear();
            }
            self.cases.extend(case.map(Shared::new));
        }
    }

    /// Takes in the whole table.
    pub(crate) fn finish(&mut self, id: u64, table: Validation) {
        if self.end(id, Stage::Whole) {
            self.before = None;
            self.cases = table.cases.into_iter().map(Shared::new).collect();
            self.missing = table.not_expressed.into_iter().map(Shared::new).collect();
        }
    }

    /// Ends a comparison before its end; false when nobody waits for it any more. What was compared stays, and if that is
    /// nothing, what stood there before.
    pub(crate) fn fail(&mut self, id: u64) -> bool {
        let mine = self.end(id, Stage::Stopped);
        if mine && let Some((stage, filter)) = self.before.take() {
            self.stage = stage;
            self.filter = filter;
        }
        mine
    }

    fn end(&mut self, id: u64, stage: Stage) -> bool {
        let mine = self.running.is_some_and(|running| running.id == id);
        if mine {
            self.running = None;
            self.stage = stage;
        }
        mine
    }

    /// The comparison under way.
    pub(crate) fn running(&self) -> Option<Running> {
        self.running
    }

    /// How far the last comparison came.
    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// Of which the table is: words in their names; empty is all.
    pub(crate) fn filter(&self) -> &str {
        self.before.as_ref().map_or(&self.filter, |(_, filter)| filter)
    }

    /// Over all that was compared.
    pub(crate) fn sum(&self) -> Sum {
        Sum::of(self.cases.iter().flat_map(|case| &case.answers))
    }

    /// Where the answers are from, in the order of the table, each with its sum.
    pub(crate) fn sources(&self) -> Vec<(String, Sum)> {
        let mut sources: Vec<(String, Sum)> = Vec::new();
        for case in &self.cases {
            let own = Sum::of(case.answers.iter());
            match sources.iter_mut().find(|(source, _)| *source == case.source) {
                Some((_, sum)) => {
                    sum.known += own.known;
                    sum.reproduced += own.reproduced;
                }
                None => sources.push((case.source.clone(), own)),
            }
        }
        sources
    }

    /// The systems of a source, or all.
    pub(crate) fn of_source(&self, source: Option<&str>) -> Vec<Shared<KnownCase>> {
        self.cases.iter().filter(|case| source.is_none_or(|source| case.source == source)).cloned().collect()
    }

    /// What no flow can ask for yet.
    pub(crate) fn missing(&self) -> Vec<Shared<NotExpressed>> {
        self.missing.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, source: &str, agree: &[bool]) -> KnownCase {
        let answers = agree.iter().map(|&agrees| KnownAnswer { agrees, ..KnownAnswer::default() }).collect();
        KnownCase { id: id.into(), source: source.into(), answers, ..KnownCase::default() }
    }

    #[test]
    fn it_grows_by_systems_and_ends_with_the_table() {
        let mut answers = Answers::default();
        answers.begin(3, "");
        answers.progress(3, 0.5, Some(case("a", "Erlang", &[true, true])));
        answers.progress(2, 0.9, Some(case("b", "Erlang", &[false])));
        assert_eq!(answers.sum(), Sum { known: 2, reproduced: 2 });
        assert_eq!(answers.running().map(|running| running.share), Some(0.5));
        let cases = vec![case("a", "Erlang", &[true, true]), case("b", "Palm", &[true]), case("c", "Erlang", &[false])];
        answers.finish(3, Validation { cases, ..Validation::default() });
        assert_eq!((answers.stage(), answers.running()), (Stage::Whole, None));
        assert!(!answers.sum().is_whole());
        let sources = answers.sources();
        assert_eq!(sources[0], ("Erlang".to_owned(), Sum { known: 3, reproduced: 2 }));
        assert_eq!(sources[1], ("Palm".to_owned(), Sum { known: 1, reproduced: 1 }));
        assert_eq!(answers.of_source(Some("Erlang")).len(), 2);
        assert_eq!(answers.of_source(None).len(), 3);
    }

    #[test]
    fn stopped_it_keeps_what_was_compared() {
        let mut answers = Answers::default();
        answers.begin(1, "");
        answers.progress(1, 0.1, Some(case("a", "Erlang", &[true])));
        assert!(!answers.fail(2) && answers.fail(1) && !answers.fail(1));
        assert_eq!((answers.stage(), answers.sum().known), (Stage::Stopped, 1));
        answers.begin(4, "");
        answers.progress(4, 0.1, Some(case("b", "Palm", &[true, true, false])));
        assert_eq!(answers.sum(), Sum { known: 3, reproduced: 2 });
    }

    #[test]
    fn a_comparison_that_gives_nothing_takes_nothing_away() {
        let mut answers = Answers::default();
        answers.begin(1, "");
        answers.finish(1, Validation { cases: vec![case("a", "Erlang", &[true])], ..Validation::default() });
        answers.begin(2, "no such words");
        assert_eq!((answers.sum().known, answers.filter()), (1, ""));
        answers.begin(3, "nor these");
        assert!(answers.fail(3));
        assert_eq!((answers.stage(), answers.sum().known, answers.filter()), (Stage::Whole, 1, ""));
        answers.begin(4, "mm1");
        answers.progress(4, 0.5, Some(case("mm1", "Erlang", &[true, true])));
        assert!(answers.fail(4));
        assert_eq!((answers.stage(), answers.sum().known, answers.filter()), (Stage::Stopped, 2, "mm1"));
    }
}
