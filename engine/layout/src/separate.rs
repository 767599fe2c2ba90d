//! Values near to wishes that keep distances: least squares under `right ≥ left + gap`.
//!
//! After Dwyer, Marriott and Stuckey, "Fast Node Overlap Removal" (2005): values that push each other become a block, which
//! goes where its members wish in the mean. For a chain of distances that is exactly isotonic regression.

/// Distances between values; they must have no circle.
#[derive(Debug, Default)]
pub(crate) struct Distances {
    /// For each value those before it, and how far it must be behind each.
    before: Vec<Vec<(usize, f64)>>,
    /// All values so that each comes behind those before it.
    order: Vec<usize>,
}

/// Violations below this are none.
const NONE: f64 = 1e-6;

struct Block {
    members: Vec<usize>,
    weight: f64,
    /// Sum of the weighted wishes, each less its offset.
    sum: f64,
}

impl Block {
    fn place(&self) -> f64 {
        self.sum / self.weight
    }
}

impl Distances {
    /// Distances `(left, right, gap)` between `count` values.
    pub(crate) fn new(count: usize, distances: &[(usize, usize, f64)]) -> Distances {
        let mut before = vec![Vec::new(); count];
        for &(left, right, gap) in distances {
            before[right].push((left, gap));
        }
        let order = crate::cycles::topological(count, distances.iter().map(|(left, right, _)| (*left, *right)));
        Distances { before, order }
    }

    /// The values nearest to the wishes; weights must be above zero.
    pub(crate) fn nearest(&self, wishes: &[f64], weights: &[f64]) -> Vec<f64> {
        let mut solver = Solver {
            distances: self,
            block_of: (0..wishes.len()).collect(),
            offset: vec![0.0; wishes.len()],
            blocks: wishes
                .iter()
                .zip(weights)
                .enumerate()
                .map(|(i, (wish, weight))| Block { members: vec![i], weight: *weight, sum: wish * weight })
                .collect(),
            wishes,
            weights,
        };
        for &value in &self.order {
            solver.settle(value);
        }
        let values: Vec<f64> = (0..wishes.len()).map(|value| solver.value(value)).collect();
        self.pushed(values)
    }

    /// Whole numbers that keep all distances, each as near above its value as they allow.
    pub(crate) fn whole(&self, values: &[f64]) -> Vec<f64> {
        self.pushed(values.iter().map(|value| value.round()).collect())
    }

    fn pushed(&self, mut values: Vec<f64>) -> Vec<f64> {
        for &value in &self.order {
            for &(left, gap) in &self.before[value] {
                values[value] = values[value].max(values[left] + gap);
            }
        }
        values
    }
}

struct Solver<'a> {
    distances: &'a Distances,
    block_of: Vec<usize>,
    offset: Vec<f64>,
    blocks: Vec<Block>,
    wishes: &'a [f64],
    weights: &'a [f64],
}

impl Solver<'_> {
    fn value(&self, value: usize) -> f64 {
        self.blocks[self.block_of[value]].place() + self.offset[value]
    }

    /// Joins the block of a value with those before it that it stands too near to.
    fn settle(&mut self, value: usize) {
        while let Some((left, right, gap)) = self.worst(self.block_of[value]) {
            self.join(left, right, gap);
        }
    }

    fn worst(&self, block: usize) -> Option<(usize, usize, f64)> {
        let mut worst = (NONE, None);
        for &right in &self.blocks[block].members {
            for &(left, gap) in &self.distances.before[right] {
                if self.block_of[left] != block {
                    let lacks = self.value(left) + gap - self.value(right);
                    if lacks > worst.0 {
                        worst = (lacks, Some((left, right, gap)));
                    }
                }
            }
        }
        worst.1
    }

    fn join(&mut self, left: usize, right: usize, gap: f64) {
        let (a, b) = (self.block_of[left], self.block_of[right]);
        let shift = self.offset[left] + gap - self.offset[right];
        // The smaller block moves into the larger one.
        let (into, from, shift) =
            if self.blocks[a].members.len() >= self.blocks[b].members.len() { (a, b, shift) } else { (b, a, -shift) };
        for member in std::mem::take(&mut self.blocks[from].members) {
            self.offset[member] += shift;
            self.block_of[member] = into;
            let block = &mut self.blocks[into];
            block.members.push(member);
            block.weight += self.weights[member];
            block.sum += self.weights[member] * (self.wishes[member] - self.offset[member]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(of: &Distances, values: &[f64]) -> bool {
        of.before
            .iter()
            .enumerate()
            .all(|(right, before)| before.iter().all(|(left, gap)| values[right] + NONE >= values[*left] + gap))
    }

    fn nearest(wishes: &[f64], distances: &[(usize, usize, f64)]) -> Vec<f64> {
        Distances::new(wishes.len(), distances).nearest(wishes, &vec![1.0; wishes.len()])
    }

    #[test]
    fn wishes_that_keep_the_distances_come_true() {
        assert_eq!(nearest(&[0.0, 50.0, 100.0], &[(0, 1, 40.0), (1, 2, 40.0)]), [0.0, 50.0, 100.0]);
    }

    #[test]
    fn a_chain_is_isotonic_regression() {
        // Wishes less their distances: 100, -100, -200; their mean is -66.67.
        let found = nearest(&[100.0, 0.0, 0.0], &[(0, 1, 100.0), (1, 2, 100.0)]);
        let expected = [-200.0 / 3.0, 100.0 / 3.0, 400.0 / 3.0];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
    }

    #[test]
    fn a_shared_value_keeps_distances_on_both_ways() {
        let distances = [(0, 2, 10.0), (1, 2, 10.0), (2, 3, 10.0), (2, 4, 10.0)];
        let all = Distances::new(5, &distances);
        let found = all.nearest(&[30.0, 0.0, 0.0, 0.0, 50.0], &[1.0; 5]);
        assert!(hold(&all, &found), "{found:?}");
        assert!(hold(&all, &all.whole(&found)));
    }
}
