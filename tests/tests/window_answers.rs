//! The page of known answers: what `thalweg validate` says, in the window.

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::cli::Cli;
use thalweg_tests::window::{Opening, Window};

/// Chooses what to compare by typing, and begins.
async fn compare(window: &Window, filter: &str) -> Result<()> {
    window.fill("answers-filter", filter).await?;
    window.click("answers-run").await
}

#[tokio::test]
async fn the_window_reproduces_what_the_command_reproduces() -> Result<()> {
    let cli = Cli::new()?;
    let told = cli.run(&["validate", "--filter", "m/d/1 at", "--format", "json"])?.json()?;
    let known = told["known"].as_u64().context("no count")?;
    Opening::new("answers")
        .run(async |window| {
            window.click("start-answers").await?;
            window.find("answers-empty").await?;
            compare(window, "m/d/1 at").await?;
            let sum =
                format!("This build reproduces {known} of {known} known answers, of the systems named “m/d/1 at”");
            window.until_text("answers-sum", &sum, |text| text == sum).await?;
            let table = window.text("answers-case-md1").await?;
            for answer in told["cases"][0]["answers"].as_array().context("no answers")? {
                let what = answer["what"].as_str().context("an answer without a name")?;
                ensure!(table.contains(what), "the table does not have {what}: {table}");
            }
            // The command's table and this one show the same digits.
            let human = cli.run(&["validate", "--filter", "m/d/1 at"])?.stdout;
            let row = human.lines().find(|line| line.contains(" Wq ")).context("the command shows no Wq")?;
            let simulated = row.split_whitespace().nth(4).context("a row without a value")?;
            ensure!(table.contains(simulated), "the command says {simulated}, the window: {table}");
            window.click("answers-missing").await?;
            window.find("answers").await?;
            let short = window.text("status-answers").await?;
            ensure!(short == format!("{known} of {known} known answers (filtered)"), "the bottom line says `{short}`");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_comparison_can_be_stopped_and_keeps_what_it_has() -> Result<()> {
    Opening::new("answers-stop")
        .run(async |window| {
            window.click("open-menu").await?;
            window.click("menu-answers").await?;
            window.click("answers-run").await?;
            // The first system is there long before the last.
            window.find("answers-case-mm1-80").await?;
            window.find("answers-progress").await?;
            window.click("answers-cancel").await?;
            window.find("answers-run").await?;
            let sum = window.text("answers-sum").await?;
            ensure!(sum.starts_with("Stopped: "), "it says `{sum}`");
            ensure!(window.count("toast-error").await? == 0, "who stops it knows it");
            window.find("answers-case-mm1-80").await.map(|_| ())
        })
        .await
}
