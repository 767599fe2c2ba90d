//! Values near to wishes that keep distances: least squares under `right ≥ left + gap`.
//!
//! After Dwyer, Marriott and Stuckey, "Fast Node Overlap Removal" (2005): values that push each other become a block, which
//! goes where its members wish in the mean. For a chain of distances that is exactly isotonic regression.

/// Distances between values; they must have no circle.
#[derive(Debug, Default)]
pub(crate) struct Distances {
    /// Left, right, and how far apart; sorted by the right one.
    all: Vec<(usize, usize, f64)>,
    /// Where those of each right value begin, and where the last ones end.
    begin: Vec<usize>,
    /// All values so that each comes behind those before it.
    order: Vec<usize>,
}

/// Violations below this are none.
const NONE: f64 = 1e-6;

/// The end of a list of members or distances.
const END: usize = usize::MAX;

/// Values that push each other. Its members and the distances to what stands before it are lists through the solver's
/// arrays, so that blocks are joined without memory being asked for.
struct Block {
    /// The first and the last member, and how many there are.
    members: (usize, usize, usize),
    /// The first distance to what stands before it; those within it are dropped when they are come by.
    open: usize,
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
        let mut all = distances.to_vec();
        all.sort_by_key(|(_, right, _)| *right);
        let begin = (0..=count).map(|value| all.partition_point(|(_, right, _)| *right < value)).collect();
        let order = crate::cycles::topological(count, distances.iter().map(|(left, right, _)| (*left, *right)));
        Distances { all, begin, order }
    }

    /// The distances to what stands before a value.
    fn before(&self, value: usize) -> &[(usize, usize, f64)] {
        &self.all[self.begin[value]..self.begin[value + 1]]
    }

    /// The values nearest to the wishes; weights must be above zero.
    pub(crate) fn nearest(&self, wishes: &[f64], weights: &[f64]) -> Vec<f64> {
        let mut solver = Solver::new(self, wishes, weights);
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
            for &(left, _, gap) in self.before(value) {
                values[value] = values[value].max(values[left] + gap);
            }
        }
        values
    }
}

/// The values nearest to wishes with weights when each must be so far behind the one before it: isotonic regression by
/// joining neighbours that push each other (Barlow, Bartholomew, Bremner and Brunk, "Statistical Inference under Order
/// Restrictions", 1972).
pub(crate) fn nearest_in_chain(wishes: &[(f64, f64)], gaps: &[f64]) -> Vec<f64> {
    // Weight, sum of the weighted wishes less their distances from the first value, and how many values.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(wishes.len());
    let mut offsets = Vec::with_capacity(wishes.len());
    let mut offset = 0.0;
    for (i, &(wish, weight)) in wishes.iter().enumerate() {
        offsets.push(offset);
        let mut last = (weight, weight * (wish - offset), 1);
        while let Some(&(weight, sum, count)) = blocks.last()
            && sum / weight > last.1 / last.0 + NONE
        {
            blocks.pop();
            last = (last.0 + weight, last.1 + sum, last.2 + count);
        }
        blocks.push(last);
        offset += gaps.get(i).copied().unwrap_or(0.0);
    }
    let places = blocks.iter().flat_map(|(weight, sum, count)| std::iter::repeat_n(sum / weight, *count));
    let mut values: Vec<f64> = places.zip(offsets).map(|(place, offset)| place + offset).collect();
    for i in 1..values.len() {
        values[i] = values[i].max(values[i - 1] + gaps[i - 1]);
    }
    values
}

struct Solver<'a> {
    distances: &'a [(usize, usize, f64)],
    block_of: Vec<usize>,
    offset: Vec<f64>,
    blocks: Vec<Block>,
    /// The next member of the same block.
    next_member: Vec<usize>,
    /// The next distance of the same block.
    next_open: Vec<usize>,
    wishes: &'a [f64],
    weights: &'a [f64],
}

impl<'a> Solver<'a> {
    fn new(distances: &'a Distances, wishes: &'a [f64], weights: &'a [f64]) -> Self {
        let mut next_open: Vec<usize> = (1..=distances.all.len()).collect();
        let mut blocks = Vec::with_capacity(wishes.len());
        for (value, (wish, weight)) in wishes.iter().zip(weights).enumerate() {
            let (first, end) = (distances.begin[value], distances.begin[value + 1]);
            if first < end {
                next_open[end - 1] = END;
            }
            blocks.push(Block {
                members: (value, value, 1),
                open: if first < end { first } else { END },
                weight: *weight,
                sum: wish * weight,
            });
        }
        Solver {
            distances: &distances.all,
            block_of: (0..wishes.len()).collect(),
            offset: vec![0.0; wishes.len()],
            blocks,
            next_member: vec![END; wishes.len()],
            next_open,
            wishes,
            weights,
        }
    }

    fn value(&self, value: usize) -> f64 {
        self.blocks[self.block_of[value]].place() + self.offset[value]
    }

    /// Joins the block of a value with those before it that it stands too near to.
    fn settle(&mut self, value: usize) {
        while let Some((left, right, gap)) = self.worst(self.block_of[value]) {
            self.join(left, right, gap);
        }
    }

    fn worst(&mut self, block: usize) -> Option<(usize, usize, f64)> {
        let mut worst = (NONE, None);
        let place = self.blocks[block].place();
        let (mut at, mut kept) = (self.blocks[block].open, END);
        while at != END {
            let (left, right, gap) = self.distances[at];
            let next = self.next_open[at];
            if self.block_of[left] == block {
                match kept {
                    END => self.blocks[block].open = next,
                    kept => self.next_open[kept] = next,
                }
            } else {
                let lacks = self.value(left) + gap - (place + self.offset[right]);
                if lacks > worst.0 {
                    worst = (lacks, Some((left, right, gap)));
                }
                kept = at;
            }
            at = next;
        }
        worst.1
    }

    fn join(&mut self, left: usize, right: usize, gap: f64) {
        let (a, b) = (self.block_of[left], self.block_of[right]);
        let shift = self.offset[left] + gap - self.offset[right];
        // The smaller block moves into the larger one.
        let is_larger = self.blocks[a].members.2 >= self.blocks[b].members.2;
        let (into, from, shift) = if is_larger { (a, b, shift) } else { (b, a, -shift) };
        let (first, last, count) = self.blocks[from].members;
        let mut member = first;
        while member != END {
            self.offset[member] += shift;
            self.block_of[member] = into;
            self.blocks[into].weight += self.weights[member];
            self.blocks[into].sum += self.weights[member] * (self.wishes[member] - self.offset[member]);
            member = self.next_member[member];
        }
        let members = &mut self.blocks[into].members;
        self.next_member[members.1] = first;
        *members = (members.0, last, members.2 + count);
        self.prepend_open(from, into);
    }

    /// Moves the distances of a block in front of those of another.
    fn prepend_open(&mut self, from: usize, into: usize) {
        let first = std::mem::replace(&mut self.blocks[from].open, END);
        if first == END {
            return;
        }
        let mut last = first;
        while self.next_open[last] != END {
            last = self.next_open[last];
        }
        self.next_open[last] = self.blocks[into].open;
        self.blocks[into].open = first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(of: &Distances, values: &[f64]) -> bool {
        of.all.iter().all(|(left, right, gap)| values[*right] + NONE >= values[*left] + gap)
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
    fn a_chain_alone_is_found_like_a_chain_among_others() {
        let wishes = [30.0, 0.0, 12.0, 90.0, 80.0, 200.0, 10.0];
        let weights = [1.0, 2.0, 8.0, 1.0, 3.0, 1.0, 1.0];
        let gaps = [20.0, 10.0, 14.0, 40.0, 5.0, 60.0];
        let distances: Vec<_> = gaps.iter().enumerate().map(|(i, gap)| (i, i + 1, *gap)).collect();
        let all = Distances::new(7, &distances).nearest(&wishes, &weights);
        let alone = nearest_in_chain(&std::iter::zip(wishes, weights).collect::<Vec<_>>(), &gaps);
        assert!(all.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-9), "{all:?} {alone:?}");
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
