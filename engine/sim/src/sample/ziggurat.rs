//! Exponential and normal variates by the ziggurat method (Marsaglia and Tsang 2000, with 256 layers and the layer and
//! the position taken from separate bits, as Doornik 2005 advises).

use crate::rng::Stream;

const LAYERS: usize = 256;

/// Tables of both ziggurats; computed once per plan, a few microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Ziggurat {
    exponential: Table,
    normal: Table,
}

/// `x[i]` is the right edge of layer `i` (`x[0]` that of the base strip with its tail), `f[i]` the density there.
#[derive(Debug, Clone)]
struct Table {
    x: [f64; LAYERS + 1],
    f: [f64; LAYERS + 1],
}

/// Where the tails begin, for 256 layers of equal area.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

impl Table {
    /// Layers of equal area under `density`, whose inverse is `inverse`; `tail_area` is what lies right of `tail`.
    fn new(tail: f64, tail_area: f64, density: fn(f64) -> f64, inverse: fn(f64) -> f64) -> Self {
        let area = tail * density(tail) + tail_area;
        let (mut x, mut f) = ([0.0; LAYERS + 1], [0.0; LAYERS + 1]);
        x[0] = area / density(tail);
        x[1] = tail;
        for i in 2..LAYERS {
            x[i] = inverse(density(x[i - 1]) + area / x[i - 1]);
        }
        for i in 0..=LAYERS {
            f[i] = density(x[i]);
        }
        Table { x, f }
    }

    /// A layer, and a place in it.
    #[inline]
    fn place(&self, stream: &mut Stream) -> (usize, f64) {
        let bits = stream.bits();
        let layer = (bits & 0xff) as usize;
        (layer, (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0) * self.x[layer])
    }
}

fn exponential_density(x: f64) -> f64 {
    libm::exp(-x)
}

fn exponential_inverse(y: f64) -> f64 {
    -libm::log(y)
}

fn normal_density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

fn normal_inverse(y: f64) -> f64 {
    libm::sqrt(-2.0 * libm::log(y))
}

impl Ziggurat {
    pub(crate) fn new() -> Self {
        // Area of the unnormalised normal density right of its tail's beginning.
        let normal_tail =
            libm::sqrt(core::f64::consts::FRAC_PI_2) * libm::erfc(NORMAL_TAIL / core::f64::consts::SQRT_2);
        Ziggurat {
            exponential: Table::new(
                EXPONENTIAL_TAIL,
                libm::exp(-EXPONENTIAL_TAIL),
                exponential_density,
                exponential_inverse,
            ),
            normal: Table::new(NORMAL_TAIL, normal_tail, normal_density, normal_inverse),
        }
    }

    /// Exponential with mean 1.
    #[inline]
    pub(crate) fn exponential(&self, stream: &mut Stream) -> f64 {
        let table = &self.exponential;
        let (layer, x) = table.place(stream);
        if x < table.x[layer + 1] { x } else { self.exponential_at_edge(stream, layer, x) }
    }

    /// The one draw in a hundred that does not fall inside its layer.
    #[cold]
    fn exponential_at_edge(&self, stream: &mut Stream, mut layer: usize, mut x: f64) -> f64 {
        let table = &self.exponential;
        loop {
            if x < table.x[layer + 1] {
                return x;
            }
            if layer == 0 {
                return EXPONENTIAL_TAIL - libm::log(stream.unit_above_zero());
            }
            if table.f[layer + 1] + (table.f[layer] - table.f[layer + 1]) * (1.0 - stream.unit())
                < exponential_density(x)
            {
                return x;
            }
            (layer, x) = table.place(stream);
        }
    }

    /// Normal with mean 0 and standard deviation 1.
    #[inline]
    pub(crate) fn normal(&self, stream: &mut Stream) -> f64 {
        let table = &self.normal;
        loop {
            let bits = stream.bits();
            let layer = (bits & 0xff) as usize;
            let negative = bits & 0x100 != 0;
            let x = (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0) * table.x[layer];
            let accepted = if x < table.x[layer + 1] {
                Some(x)
            } else if layer == 0 {
                Some(normal_tail(stream))
            } else {
                let y = table.f[layer + 1] + (table.f[layer] - table.f[layer + 1]) * (1.0 - stream.unit());
                (y < normal_density(x)).then_some(x)
            };
            if let Some(x) = accepted {
                return if negative { -x } else { x };
            }
        }
    }
}

/// A normal variate beyond the last layer (Marsaglia 1964).
fn normal_tail(stream: &mut Stream) -> f64 {
    loop {
        let x = -libm::log(stream.unit_above_zero()) / NORMAL_TAIL;
        let y = -libm::log(stream.unit_above_zero());
        if y + y >= x * x {
            return NORMAL_TAIL + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    /// Share of draws at or below each quantile of the exact law; a broken layer would show as a step.
    fn check(draw: impl Fn(&mut Stream) -> f64, cdf: impl Fn(f64) -> f64) {
        let mut stream = Stream::new(11, 0, "ziggurat", Purpose::Service, 0);
        let n = 2_000_000_u32;
        let mut bins = [0_u32; 200];
        for _ in 0..n {
            let u = cdf(draw(&mut stream));
            bins[((u * 200.0) as usize).min(199)] += 1;
        }
        let expected = f64::from(n) / 200.0;
        let chi2: f64 = bins.iter().map(|&b| (f64::from(b) - expected).powi(2) / expected).sum();
        // 199 degrees of freedom: the 99.9 % quantile is 267.
        assert!(chi2 < 267.0, "chi-square {chi2}");
    }

    #[test]
    fn exponential_follows_its_law() {
        let ziggurat = Ziggurat::new();
        check(|s| ziggurat.exponential(s), |x| 1.0 - (-x).exp());
    }

    #[test]
    fn normal_follows_its_law() {
        let ziggurat = Ziggurat::new();
        check(|s| ziggurat.normal(s), |x| 0.5 * libm::erfc(-x / core::f64::consts::SQRT_2));
    }

    #[test]
    fn the_layers_close_at_the_top() {
        let ziggurat = Ziggurat::new();
        for table in [&ziggurat.exponential, &ziggurat.normal] {
            assert!(table.x.windows(2).all(|w| w[0] > w[1]));
            let area = table.x[0] * table.f[1];
            let top = table.x[LAYERS - 1] * (table.f[LAYERS] - table.f[LAYERS - 1]);
            assert!((top / area - 1.0).abs() < 1e-6, "the last layer has {top} instead of {area}");
        }
    }
}
