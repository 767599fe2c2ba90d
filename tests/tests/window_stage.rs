//! The drawing itself: lines that are painted and still can be chosen, large flows from afar, and the minimap.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use thalweg_tests::cli::Cli;
use thalweg_tests::flows::example;
use thalweg_tests::window::{Opening, Window};

const ENTER: &str = "\u{e007}";

/// How many boxes are elements of the page.
const BOXES: &str = "return document.querySelectorAll('.node').length";
/// Whether what is painted has the colour of the ground at the canvas's lower edge, where there are only dots.
const GROUND: &str = "const canvas = document.querySelector('.ink'), [x, y] = [canvas.width / 2, canvas.height - 3];
    const wanted = getComputedStyle(document.querySelector('.canvas')).backgroundColor.match(/\\d+/g).join(',');
    const seen = canvas.getContext('2d').getImageData(x, y, 5, 1).data;
    return [0, 4, 8, 12, 16].some(at => [...seen].slice(at, at + 3).join(',') === wanted)";

/// A row of chains `shop → topic → worker`, a large flow.
fn large(chains: usize) -> String {
    let mut nodes = String::from("thalweg: 1\nname: Large\nnodes:\n");
    let mut layout = String::from("layout:\n");
    for i in 0..chains {
        for (step, name, text) in [
            (0, "shop", format!("kind: producer, load: {{ poisson: 10/s }}, publishes: [{{ to: topic-{i} }}]")),
            (1, "topic", "kind: topic".to_owned()),
            (2, "worker", format!("kind: consumer, subscribes: [{{ from: topic-{i}, group: worker-{i} }}]")),
        ] {
            // Writing to a string cannot fail.
            let _ = writeln!(nodes, "  {name}-{i}: {{ {text} }}");
            let (x, y) = ((i / 20 * 4 + step) * 260, i % 20 * 104);
            let _ = writeln!(layout, "  {name}-{i}: [{x}, {y}]");
        }
    }
    nodes + &layout
}

async fn press(window: &Window, (x, y): (i64, i64)) -> Result<()> {
    window.drag((x, y), (x, y)).await
}

/// Where a place of the canvas, in its own units, is on the page now.
async fn place(window: &Window, (x, y): (i64, i64)) -> Result<(i64, i64)> {
    let script = "const ground = document.querySelector('.canvas').getBoundingClientRect();
        const [left, top, zoom] = document.querySelector('.world').style.transform.match(/-?[\\d.]+/g).map(Number);
        return [ground.x + left + arguments[0] * zoom, ground.y + top + arguments[1] * zoom].map(Math.round)";
    let point = window.script(script, vec![x.into(), y.into()]).await?;
    let coordinate = |index: usize| point[index].as_i64().context("the canvas is nowhere");
    Ok((coordinate(0)?, coordinate(1)?))
}

#[tokio::test]
async fn lines_are_chosen_where_they_are_painted_and_by_keyboard() -> Result<()> {
    Opening::new("lines")
        .on(&example("checkout"))
        .run(async |window| {
            window.find("node-payment").await?;
            press(window, window.middle("edge-shop-orders").await?).await?;
            window.find("edge-delete").await?;
            let chosen = window.attribute("edge-shop-orders", "aria-selected").await?;
            ensure!(chosen.as_deref() == Some("true"), "the line was pressed and is not selected: {chosen:?}");

            // The ground lets it go, Enter takes the one with the focus.
            let (x, y) = window.middle("canvas").await?;
            press(window, (x, y + 180)).await?;
            window.until("nothing to be selected", "return !document.querySelector('[data-test=edge-delete]')").await?;
            window
                .script("document.querySelector('[data-test=edge-payment-payments]').focus(); return 0", vec![])
                .await?;
            window.press(ENTER).await?;
            window.find("edge-delete").await?;
            let panel = window.text("inspector").await?;
            ensure!(panel.contains("payment → payments"), "the inspector shows: {panel}");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn what_is_painted_has_the_colours_of_the_theme() -> Result<()> {
    Opening::new("ink")
        .on(&example("checkout"))
        .run(async |window| {
            for theme in ["light", "dark"] {
                window.click("open-menu").await?;
                window.click(&format!("theme-{theme}")).await?;
                window.until(&format!("the {theme} ground to be painted"), GROUND).await?;
            }
            Ok(())
        })
        .await
}

/// A step of a pan moves what is painted; beyond what the canvas reaches it is painted anew, and the same at the same place.
#[tokio::test]
async fn panning_moves_the_canvas_until_it_runs_out() -> Result<()> {
    Opening::new("pan")
        .on(&example("checkout"))
        .run(async |window| {
            window.until("the ground to be painted", GROUND).await?;
            window.until("every line on its way", "return !!document.querySelector('[data-routed=true]')").await?;
            let pan = |by: i32| {
                format!("document.querySelector('.canvas').dispatchEvent(new WheelEvent('wheel', {{ deltaX: {by}, bubbles: true, cancelable: true }})); return 0")
            };
            let stands = |by: i32| format!("return document.querySelector('.ink').style.transform === 'translate({by}px, 0px)'");
            window.until("the canvas at its place", &stands(0)).await?;
            window.script("window.before = document.querySelector('.ink').toDataURL(); return 0", vec![]).await?;
            let same = "return document.querySelector('.ink').toDataURL() === window.before";
            window.script(&pan(20), vec![]).await?;
            window.until("the canvas to be moved", &stands(-20)).await?;
            ensure!(window.script(same, vec![]).await? == true, "it was painted anew for a step it reaches");
            window.script(&pan(60), vec![]).await?;
            window.until("the canvas to be painted where it is", &stands(0)).await?;
            ensure!(window.script(same, vec![]).await? == false, "it shows what it did before");
            window.script(&pan(-80), vec![]).await?;
            window.until("the same picture back at its place", same).await?;
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_large_flow_is_painted_from_afar_and_its_boxes_are_in_reach() -> Result<()> {
    let cli = Cli::new()?;
    let file = cli.write("large.flow.yaml", large(100))?;
    Opening::new("large")
        .on(&file)
        .run(async |window| {
            window.until_text("status-sizes", "its sizes", |text| text.contains("300 nodes")).await?;
            ensure!(window.script(BOXES, vec![]).await? == 0, "from afar boxes are elements");

            // A painted box is pressed, then dragged.
            let at = place(window, (260 + 75, 104 * 19 + 27)).await?;
            press(window, at).await?;
            let shown = "return document.querySelector('[data-test=rename-node]')?.value === 'topic-19'";
            window.until("the box that was pressed to be in the inspector", shown).await?;
            window.drag(at, (at.0, at.1 + 40)).await?;
            window.until_text("file-state", "edited", |text| text.contains("edited")).await?;
            // It is no longer where it was.
            press(window, at).await?;
            window
                .until("the inspector to show no box", "return !document.querySelector('[data-test=rename-node]')")
                .await?;

            // Near enough the same boxes are elements, but never all of them.
            window.click("zoom-level").await?;
            window
                .until(
                    "boxes to be elements",
                    "const n = document.querySelectorAll('.node').length; return n > 4 && n < 200",
                )
                .await
        })
        .await
}

#[tokio::test]
async fn the_minimap_moves_the_view() -> Result<()> {
    let cli = Cli::new()?;
    let file = cli.write("large.flow.yaml", large(60))?;
    Opening::new("minimap")
        .on(&file)
        .run(async |window| {
            window.find("minimap").await?;
            window.click("zoom-level").await?;
            let place = "return document.querySelector('[data-test=minimap-view]').style.transform";
            let before = window.script(place, vec![]).await?;
            let (x, y) = window.middle("minimap").await?;
            window.drag((x, y), (x - 40, y - 20)).await?;
            let after = window.script(place, vec![]).await?;
            ensure!(before != after, "the view stayed at {before}");
            // Its upper left: the first chain is in reach.
            window.find("node-shop-0").await.map(|_| ())
        })
        .await
}
