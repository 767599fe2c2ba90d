//! Moving the view while something is carried at the canvas' edge.

use leptos::prelude::*;

use crate::state::{App, Gesture};

/// From so far inside the canvas on, the view moves, in pixels.
const RIM: f64 = 36.0;
/// Pixels of one frame at the most.
const FASTEST: f64 = 18.0;

/// How far the view moves in a frame while the pointer is at a place of a canvas; none away from its edges.
fn speed(at: [f64; 2], size: [f64; 2]) -> Option<[f64; 2]> {
    let along = |i: usize| {
        let (before, behind) = (RIM - at[i], at[i] - (size[i] - RIM));
        let pull = if before > 0.0 { before } else { -behind.max(0.0) };
        (pull / RIM).clamp(-1.5, 1.5) * FASTEST / 1.5
    };
    let by = [along(0), along(1)];
    (by != [0.0, 0.0] && size[0] > 4.0 * RIM && size[1] > 4.0 * RIM).then_some(by)
}

/// Takes in where the pointer is, in pixels of the canvas; `again` does what the pointer does there, after the view moved.
pub(crate) fn follow(app: App, at: [f64; 2], again: impl Fn([f64; 2]) + Clone + 'static) {
    let is_at_edge = speed(at, app.canvas_size.get_untracked()).is_some();
    let before = app.hands.held.try_update_value(|held| std::mem::replace(&mut held.at_edge, is_at_edge.then_some(at)));
    if is_at_edge && before == Some(None) {
        request_animation_frame(move || frame(app, again));
    }
}

/// Stops.
pub(crate) fn stop(app: App) {
    app.hands.held.try_update_value(|held| held.at_edge = None);
}

fn frame(app: App, again: impl Fn([f64; 2]) + Clone + 'static) {
    let held = app.hands.held.try_with_value(|held| held.at_edge).flatten();
    let idle = app.gesture.try_with_untracked(|g| *g == Gesture::None) != Some(false);
    let (Some(at), false) = (held, idle) else { return };
    let Some(by) = speed(at, app.canvas_size.get_untracked()) else { return };
    app.viewport.update(|view| view.pan(by[0], by[1]));
    again(at);
    request_animation_frame(move || frame(app, again));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rim_moves_the_view_and_further_out_moves_it_faster() {
        let size = [800.0, 600.0];
        assert_eq!(speed([400.0, 300.0], size), None);
        let (near, far) = (speed([795.0, 300.0], size), speed([830.0, 300.0], size));
        assert!(near.is_some_and(|v| v[0] < 0.0 && v[1] == 0.0));
        assert!(far < near);
        assert!(speed([2.0, 598.0], size).is_some_and(|v| v[0] > 0.0 && v[1] < 0.0));
        assert_eq!(speed([1.0, 1.0], [100.0, 100.0]), None);
    }
}
