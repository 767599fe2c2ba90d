//! How the moment moves: by keys, and by playing.

/// How many times faster than the run's own time playing can be.
pub(super) const SPEEDS: [u32; 5] = [1, 10, 60, 300, 1200];
/// The speed one begins with: a run of twenty minutes plays in twenty seconds.
pub(super) const DEFAULT_SPEED: u32 = 60;
/// With reduced motion the drawing changes in steps of so many seconds of the viewer's time.
pub(super) const CALM_STEP_S: f64 = 0.5;

/// Where a key moves the moment; none for other keys. Arrows step by a bucket, with Shift and for pages by ten.
pub(super) fn after_key(key: &str, shift: bool, now: f64, bucket_s: f64, duration_s: f64) -> Option<f64> {
    let step = bucket_s.max(0.0) * if shift { 10.0 } else { 1.0 };
    let to = match key {
        "ArrowRight" | "ArrowUp" => now + step,
        "ArrowLeft" | "ArrowDown" => now - step,
        "PageUp" => now + bucket_s * 10.0,
        "PageDown" => now - bucket_s * 10.0,
        "Home" => 0.0,
        "End" => duration_s,
        _ => return None,
    };
    Some(to.clamp(0.0, duration_s.max(0.0)))
}

/// The moment after a frame of playing, and whether the end is reached. A window that was hidden does not jump: no frame
/// counts for longer than a calm step.
pub(super) fn after_frame(now: f64, frame_s: f64, speed: u32, duration_s: f64) -> (f64, bool) {
    let next = now + frame_s.clamp(0.0, CALM_STEP_S) * f64::from(speed);
    if next < duration_s { (next, false) } else { (duration_s.max(0.0), true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_step_and_stop_at_the_ends() {
        let key = |key, shift, now| after_key(key, shift, now, 2.0, 100.0);
        assert_eq!(key("ArrowRight", false, 10.0), Some(12.0));
        assert_eq!(key("ArrowLeft", true, 10.0), Some(0.0));
        assert_eq!(key("PageUp", false, 95.0), Some(100.0));
        assert_eq!((key("Home", false, 50.0), key("End", false, 50.0)), (Some(0.0), Some(100.0)));
        assert_eq!(key("a", false, 50.0), None);
    }

    #[test]
    fn playing_reaches_the_end_and_never_jumps() {
        assert_eq!(after_frame(10.0, 0.1, 10, 100.0), (11.0, false));
        assert_eq!(after_frame(99.5, 0.1, 10, 100.0), (100.0, true));
        assert_eq!(after_frame(0.0, 3600.0, 1, 100.0).0, 0.5);
        assert_eq!(after_frame(0.0, -1.0, 60, 0.0), (0.0, true));
    }
}
