//! How the moment moves: by keys, and by playing.

/// How many times faster than the run's own time playing can be.
pub(crate) const SPEEDS: [u32; 5] = [1, 10, 60, 300, 1200];
/// The speed one begins with: a run of twenty minutes plays in twenty seconds.
pub(crate) const DEFAULT_SPEED: u32 = 60;
/// With reduced motion the drawing changes in steps of so many seconds of the viewer's time.
pub(crate) const CALM_STEP_S: f64 = 0.5;

/// Where a key moves the moment; none for other keys. Arrows step by a bucket, with Shift and for pages by ten.
pub(crate) fn after_key(key: &str, shift: bool, now: f64, bucket_s: f64, duration_s: f64) -> Option<f64> {
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
pub(crate) fn after_frame(now: f64, frame_s: f64, speed: u32, duration_s: f64) -> (f64, bool) {
    let next = now + frame_s.clamp(0.0, CALM_STEP_S) * f64::from(speed);
    if next < duration_s { (next, false) } else { (duration_s.max(0.0), true) }
}

/// The next faster or slower of some speeds; the last stays.
pub(crate) fn next_speed(speeds: &[u32], now: u32, faster: bool) -> u32 {
    let next = if faster {
        speeds.iter().find(|speed| **speed > now)
    } else {
        speeds.iter().rev().find(|speed| **speed < now)
    };
    next.copied().unwrap_or(now)
}

/// The nearest of some moments after now, or before it. What is hardly away from now is now.
pub(crate) fn next_of(moments: impl Iterator<Item = f64>, now: f64, forwards: bool) -> Option<f64> {
    const HERE: f64 = 1e-3;
    if forwards {
        moments.filter(|moment| *moment > now + HERE).reduce(f64::min)
    } else {
        moments.filter(|moment| *moment < now - HERE).reduce(f64::max)
    }
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
    fn speeds_and_moments_go_step_by_step() {
        let speed = |now, faster| next_speed(&SPEEDS, now, faster);
        assert_eq!((speed(60, true), speed(60, false), speed(1, false), speed(1200, true)), (300, 10, 1, 1200));
        let moment = |now, forwards| next_of([30.0, 10.0, 20.0].into_iter(), now, forwards);
        assert_eq!((moment(10.0, true), moment(10.0, false), moment(25.0, false)), (Some(20.0), None, Some(20.0)));
        assert_eq!(moment(30.0, true), None);
    }

    #[test]
    fn playing_reaches_the_end_and_never_jumps() {
        assert_eq!(after_frame(10.0, 0.1, 10, 100.0), (11.0, false));
        assert_eq!(after_frame(99.5, 0.1, 10, 100.0), (100.0, true));
        assert_eq!(after_frame(0.0, 3600.0, 1, 100.0).0, 0.5);
        assert_eq!(after_frame(0.0, -1.0, 60, 0.0), (0.0, true));
    }
}
