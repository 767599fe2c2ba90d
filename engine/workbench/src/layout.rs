//! Tidying a drawing, for the window, and a flow document, for the command line.

use std::collections::HashMap;

use thalweg_flow::{Document, EdgeKind, Edit, Flow, Node, layout::frames};
use thalweg_layout::{Edge, Graph, Node as Box, tidy};
use thalweg_protocol::{ApiError, Drawing, ErrorCode, Route, limits};

/// Nothing of a drawing is further away than this, in canvas units: beyond it positions are no longer whole numbers.
const FAR: f64 = 1e9;
/// The name of the step in a document's history.
const STEP: &str = "Tidy";
/// Height of a box with a line of figures, in canvas units: what a drawing must have room for.
const HEIGHT: f64 = 72.0;
/// Width of a box in which a line of settings is as long as it gets.
const SETTINGS: f64 = 165.0;
/// Least and greatest width of a box.
const WIDTHS: [f64; 2] = [150.0, 214.0];

/// A document that was tidied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tidied {
    /// Its new text; all but positions is as it was.
    pub text: String,
    /// How many nodes stand elsewhere now, or stand somewhere for the first time.
    pub moved: usize,
    /// How many nodes it has.
    pub nodes: usize,
}

/// Tidies a flow document. Nodes named in `pins` stay where the document puts them.
///
/// # Errors
/// When the text is no YAML, when it is too large to be tidied, and when a pin names no node or one without a position.
pub fn tidied(text: &str, pins: &[String]) -> Result<Tidied, ApiError> {
    let mut document = Document::open(text);
    let drawing = drawn(document.flow(), pins)?;
    let found = positions(&drawing)?;
    let flow = document.flow();
    let moves: Vec<Edit> = flow
        .nodes
        .keys()
        .zip(found)
        .filter(|(id, position)| flow.layout.get(*id) != Some(position))
        .map(|(id, position)| Edit::Move { id: id.clone(), position })
        .collect();
    let (count, nodes) = (moves.len(), flow.nodes.len());
    document.apply(STEP, &moves).map_err(|error| {
        ApiError::new(ErrorCode::InvalidFlow, format!("The document cannot be tidied: {error}."))
            .with_help("`thalweg check` shows the place.")
    })?;
    Ok(Tidied { text: document.text().to_owned(), moved: count, nodes })
}

/// Where boxes stand when a drawing is tidied.
pub(crate) fn positions(drawing: &Drawing) -> Result<Vec<[f64; 2]>, ApiError> {
    Ok(tidy(&graph(drawing)?))
}

/// How the lines of a drawing run.
pub(crate) fn routes(drawing: &Drawing) -> Result<Vec<Option<Route>>, ApiError> {
    Ok(thalweg_layout::routes(&graph(drawing)?))
}

fn graph(drawing: &Drawing) -> Result<Graph, ApiError> {
    let (boxes, lines) = (drawing.boxes.len(), drawing.lines.len());
    if boxes > limits::DRAWN_BOXES || lines > limits::DRAWN_LINES {
        let most = (limits::DRAWN_BOXES, limits::DRAWN_LINES);
        let message = format!(
            "A drawing of {boxes} boxes and {lines} lines is not arranged: at most {} and {} are.",
            most.0, most.1
        );
        return Err(ApiError::new(ErrorCode::TooLarge, message).with_help("Split it into several flows."));
    }
    let is_near = |values: &[f64; 2]| values.iter().all(|value| value.abs() <= FAR);
    let nodes = drawing.boxes.iter().enumerate().map(|(i, drawn)| {
        if drawn.at.is_some_and(|at| !is_near(&at))
            || !is_near(&drawn.size)
            || drawn.size.iter().any(|size| *size < 0.0)
        {
            let message = format!("Box {i} of the drawing has no place or size that can be drawn.");
            return Err(ApiError::new(ErrorCode::Usage, message));
        }
        let frame = drawn.frame.map(|frame| frame as usize);
        Ok(Box { size: drawn.size, at: drawn.at, pinned: drawn.pinned, frame })
    });
    let edge =
        |line: &thalweg_protocol::DrawnLine| Edge { from: line.from as usize, to: line.to as usize, weak: line.weak };
    Ok(Graph { nodes: nodes.collect::<Result<_, _>>()?, edges: drawing.lines.iter().map(edge).collect() })
}

/// A flow as the window would draw it, where no one can measure its texts.
fn drawn(flow: &Flow, pins: &[String]) -> Result<Drawing, ApiError> {
    for pin in pins {
        if !flow.nodes.contains_key(pin) {
            return Err(ApiError::new(ErrorCode::Usage, format!("There is no node named {pin} to pin."))
                .with_help("`thalweg check` shows what the document holds."));
        }
        if !flow.layout.contains_key(pin) {
            return Err(ApiError::new(ErrorCode::Usage, format!("The node {pin} has no position to pin it at."))
                .with_help("Give it one under `layout`."));
        }
    }
    let index: HashMap<&str, u32> = flow.nodes.keys().zip(0..).map(|(id, i)| (id.as_str(), i)).collect();
    let boxes = flow.nodes.iter().zip(frames(flow)).map(|((id, node), frame)| thalweg_protocol::DrawnBox {
        at: flow.layout.get(id).copied(),
        size: [width(id, node), HEIGHT],
        pinned: pins.contains(id),
        frame: frame.and_then(|frame| u32::try_from(frame).ok()),
    });
    let lines = flow.edges().into_iter().filter_map(|edge| {
        Some(thalweg_protocol::DrawnLine {
            from: *index.get(edge.from.as_str())?,
            to: *index.get(edge.to.as_str())?,
            weak: edge.kind == EdgeKind::DeadLetter,
        })
    });
    Ok(Drawing { boxes: boxes.collect(), lines: lines.collect() })
}

/// Room for the title beside the kind, and for settings below, as the window's type needs it.
fn width(id: &str, node: &Node) -> f64 {
    let chars = |text: &str| text.chars().count() as f64;
    let head = chars(node.title.as_deref().unwrap_or(id)) * 8.0 + chars(node.kind.name()) * 5.6 + 10.0;
    (head.max(SETTINGS) + 25.0).clamp(WIDTHS[0], WIDTHS[1]).ceil()
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::{DrawnBox, DrawnLine};

    use super::*;

    const FLOW: &str = "# mine
thalweg: 1
name: T
nodes:
  shop: { kind: producer, load: { poisson: 10/s }, publishes: [{ to: orders }] }    # the shop
  orders: { kind: topic }
  pay: { kind: consumer, subscribes: [{ from: orders }], service_time: 1ms }
layout:
  pay: [0, 0]    # wrong side
  orders: [100, 30]
  shop: [700, -90]
";

    #[test]
    fn only_positions_change() {
        let tidied = tidied(FLOW, &[]).unwrap();
        let places = thalweg_flow::read(&tidied.text).flow.layout;
        assert!(places["shop"][0] < places["orders"][0] && places["orders"][0] < places["pay"][0], "{places:?}");
        let rows: Vec<i64> = ["shop", "orders", "pay"].map(|node| places[node][1].round() as i64).to_vec();
        assert_eq!(rows, [rows[0]; 3], "{places:?}");
        assert_eq!(tidied.nodes, 3);
        let strip = |text: &str| {
            text.lines().map(|line| line.split('[').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(strip(&tidied.text), strip(FLOW));
        assert!(tidied.text.contains("# wrong side") && tidied.text.contains("# the shop"));
        let again = super::tidied(&tidied.text, &[]).unwrap();
        assert_eq!((again.moved, again.text), (0, tidied.text));
    }

    #[test]
    fn a_pinned_node_stays_and_must_stand_somewhere() {
        let text = tidied(FLOW, &["pay".to_owned()]).unwrap().text;
        assert!(text.contains("pay: [0, 0]"), "{text}");
        assert!(tidied(FLOW, &["payy".to_owned()]).unwrap_err().message.contains("payy"));
        let nowhere = FLOW.replace("  pay: [0, 0]    # wrong side\n", "");
        assert!(tidied(&nowhere, &["pay".to_owned()]).unwrap_err().message.contains("no position"));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert_eq!(tidied("a: [", &[]).unwrap_err().code, ErrorCode::InvalidFlow);
    }

    #[test]
    fn a_drawing_from_the_page_is_checked() {
        let drawn = DrawnBox { at: Some([0.0, 0.0]), size: [150.0, 54.0], pinned: false, frame: None };
        let far = Drawing { boxes: vec![DrawnBox { at: Some([f64::NAN, 0.0]), ..drawn }], lines: vec![] };
        assert_eq!(positions(&far).unwrap_err().code, ErrorCode::Usage);
        let many = Drawing { boxes: vec![drawn; limits::DRAWN_BOXES + 1], lines: vec![] };
        assert_eq!(routes(&many).unwrap_err().code, ErrorCode::TooLarge);
        let loose = Drawing { boxes: vec![drawn], lines: vec![DrawnLine { from: 0, to: 9, weak: false }] };
        assert_eq!(routes(&loose).unwrap(), [None]);
    }
}
