//! What the table says, in words and digits.

use thalweg_charts::units::{six_digits, with_unit};
use thalweg_protocol::validation::KnownAnswer;

use crate::{
    format,
    state::{Answers, Stage},
    text::answers as text,
};

/// How far this build agrees.
pub(super) fn sentence(answers: &Answers) -> String {
    let sum = answers.sum();
    let named = text::named(answers.filter());
    match answers.stage() {
        Stage::None => text::NOT_RUN.now().to_owned(),
        Stage::Running => text::so_far(sum.reproduced, sum.known),
        Stage::Whole => text::reproduces(sum.reproduced, sum.known) + &named,
        Stage::Stopped => text::stopped(sum.reproduced, sum.known) + &named,
    }
}

/// What is known, with its unit.
pub(super) fn exact(answer: &KnownAnswer) -> String {
    with_unit(answer.exact, &answer.unit)
}

/// What came out.
pub(super) fn simulated(answer: &KnownAnswer) -> String {
    answer.simulated.map_or_else(|| format::UNKNOWN.to_owned(), six_digits)
}

/// Half the interval's width, or that the value is not random.
pub(super) fn interval(answer: &KnownAnswer) -> String {
    match answer.ci99 {
        Some([low, high]) if high > low => format!("± {}", six_digits((high - low) / 2.0)),
        Some(_) => text::NOT_RANDOM.now().to_owned(),
        None => String::new(),
    }
}

/// Whether the two agree, or why not.
pub(super) fn verdict(answer: &KnownAnswer) -> String {
    match (&answer.disagreement, answer.looks) {
        (Some(why), _) => format!("✕ {why}"),
        (None, 2) => format!("✓ {}", text::SECOND_LOOK),
        (None, _) => "✓".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::validation::{KnownCase, Validation};

    use super::*;

    fn wait() -> KnownAnswer {
        KnownAnswer {
            what: "Wq".into(),
            unit: "ms".into(),
            exact: 40.0,
            simulated: Some(40.123_456_7),
            ci99: Some([39.5, 40.75]),
            looks: 1,
            agrees: true,
            ..KnownAnswer::default()
        }
    }

    #[test]
    fn a_row_says_what_the_command_says() {
        let answer = wait();
        assert_eq!([exact(&answer), simulated(&answer), interval(&answer)], ["40 ms", "40.1235", "± 0.625"]);
        assert_eq!(verdict(&answer), "✓");
        assert_eq!(verdict(&KnownAnswer { looks: 2, ..wait() }), "✓ second look");
        let never =
            KnownAnswer { simulated: None, ci99: None, disagreement: Some("nothing was measured".into()), ..wait() };
        assert_eq!([simulated(&never), interval(&never), verdict(&never)], ["—", "", "✕ nothing was measured"]);
        assert_eq!(interval(&KnownAnswer { ci99: Some([40.0, 40.0]), ..wait() }), "not random");
    }

    #[test]
    fn the_sentence_follows_the_comparison() {
        let mut answers = Answers::default();
        assert_eq!(sentence(&answers), text::NOT_RUN.now());
        answers.begin(1, "");
        let case = KnownCase { answers: vec![wait()], ..KnownCase::default() };
        answers.progress(1, 0.5, Some(case.clone()));
        assert_eq!(sentence(&answers), "1 of 1 known answers reproduced so far");
        answers.finish(1, Validation { cases: vec![case], ..Validation::default() });
        assert_eq!(sentence(&answers), "This build reproduces 1 of 1 known answers");
        answers.begin(2, "mm1");
        answers.finish(2, Validation { cases: vec![KnownCase::default()], ..Validation::default() });
        assert_eq!(sentence(&answers), "This build reproduces 0 of 0 known answers, of the systems named “mm1”");
    }
}
