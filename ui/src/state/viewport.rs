//! Where the canvas looks.

/// The transformation from canvas units to pixels of the canvas element: `pixel = unit · zoom + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Viewport {
    /// Offset in pixels.
    pub(crate) x: f64,
    /// Offset in pixels.
    pub(crate) y: f64,
    /// Pixels per canvas unit.
    pub(crate) zoom: f64,
}

/// A rectangle: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Farthest and nearest.
const ZOOM: std::ops::RangeInclusive<f64> = 0.05..=3.0;

impl Default for Viewport {
    fn default() -> Self {
        Viewport { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Viewport {
    /// The canvas point under a pixel.
    pub(crate) fn to_canvas(self, x: f64, y: f64) -> [f64; 2] {
        [(x - self.x) / self.zoom, (y - self.y) / self.zoom]
    }

    /// Moves the drawing by pixels.
    pub(crate) fn pan(&mut self, dx: f64, dy: f64) {
        self.x += dx;
        self.y += dy;
    }

    /// Zooms by a factor so that the point under a pixel stays under it.
    pub(crate) fn zoom_at(&mut self, x: f64, y: f64, factor: f64) {
        let [cx, cy] = self.to_canvas(x, y);
        self.zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
        self.x = x - cx * self.zoom;
        self.y = y - cy * self.zoom;
    }

    /// Looks at a rectangle of canvas units so that it fills the free part of an element, never nearer than 100%.
    pub(crate) fn fit(&mut self, content: Rect, free: Rect) {
        if content.width <= 0.0 || content.height <= 0.0 || free.width <= 0.0 || free.height <= 0.0 {
            return;
        }
        let zoom = (free.width / content.width).min(free.height / content.height).min(1.0);
        self.zoom = zoom.clamp(*ZOOM.start(), *ZOOM.end());
        // Whole pixels keep text crisp.
        self.x = (free.x + (free.width - content.width * self.zoom) / 2.0 - content.x * self.zoom).round();
        self.y = (free.y + (free.height - content.height * self.zoom) / 2.0 - content.y * self.zoom).round();
    }
}

impl Rect {
    /// The rectangle between two points.
    pub(crate) fn between([ax, ay]: [f64; 2], [bx, by]: [f64; 2]) -> Rect {
        Rect { x: ax.min(bx), y: ay.min(by), width: (ax - bx).abs(), height: (ay - by).abs() }
    }

    /// The smallest rectangle around both.
    pub(crate) fn union(self, other: Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Rect { x, y, width: right - x, height: bottom - y }
    }

    /// Larger by a margin on every side.
    pub(crate) fn grown(self, by: f64) -> Rect {
        Rect { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }

    /// Whether they have a point in common.
    pub(crate) fn touches(self, other: Rect) -> bool {
        self.x <= other.x + other.width
            && other.x <= self.x + self.width
            && self.y <= other.y + other.height
            && other.y <= self.y + self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_under_the_pointer_stays_there() {
        let mut view = Viewport { x: 30.0, y: -12.0, zoom: 0.8 };
        for factor in [1.1, 0.5, 100.0, 0.0001] {
            let before = view.to_canvas(200.0, 150.0);
            view.zoom_at(200.0, 150.0, factor);
            let after = view.to_canvas(200.0, 150.0);
            assert!((before[0] - after[0]).abs() < 1e-9 && (before[1] - after[1]).abs() < 1e-9);
            assert!(ZOOM.contains(&view.zoom));
        }
    }

    #[test]
    fn fitting_centres_and_never_magnifies() {
        let mut view = Viewport::default();
        let free = Rect { x: 100.0, y: 0.0, width: 400.0, height: 400.0 };
        view.fit(Rect { x: 0.0, y: 0.0, width: 800.0, height: 100.0 }, free);
        assert_eq!(view, Viewport { x: 100.0, y: 175.0, zoom: 0.5 });
        view.fit(Rect { x: 10.0, y: 10.0, width: 100.0, height: 100.0 }, free);
        assert_eq!(view, Viewport { x: 240.0, y: 140.0, zoom: 1.0 });
        let before = view;
        view.fit(Rect::default(), free);
        assert_eq!(view, before);
    }

    #[test]
    fn rectangles() {
        let a = Rect::between([10.0, 20.0], [0.0, 0.0]);
        assert_eq!(a, Rect { x: 0.0, y: 0.0, width: 10.0, height: 20.0 });
        assert!(a.touches(Rect { x: 10.0, y: 5.0, width: 1.0, height: 1.0 }));
        assert!(!a.touches(Rect { x: 10.1, y: 5.0, width: 1.0, height: 1.0 }));
        assert_eq!(a.union(Rect { x: -5.0, y: 0.0, width: 1.0, height: 1.0 }).width, 15.0);
    }
}
