//! Slabs: many equal things that come and go, addressed by a small index, without allocating in steady state.

/// "None" among indices.
pub(crate) const NIL: u32 = u32::MAX;

/// A vector with a list of free places.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    items: Vec<T>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(crate) fn new() -> Self {
        Slab { items: Vec::new(), free: Vec::new() }
    }

    /// Puts a thing into a free place; `reuse` gives what was there before, so that generations can be carried on.
    #[inline]
    pub(crate) fn insert(&mut self, make: impl FnOnce(Option<&T>) -> T) -> u32 {
        if let Some(index) = self.free.pop() {
            let place = &mut self.items[index as usize];
            *place = make(Some(place));
            index
        } else {
            self.items.push(make(None));
            (self.items.len() - 1) as u32
        }
    }

    /// Frees a place. What stands there stays readable until it is used again.
    #[inline]
    pub(crate) fn remove(&mut self, index: u32) {
        self.free.push(index);
    }

    /// How many things there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len() - self.free.len()
    }

    /// All places, also free ones.
    pub(crate) fn places(&self) -> &[T] {
        &self.items
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;
    #[inline]
    fn index(&self, index: u32) -> &T {
        &self.items[index as usize]
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.items[index as usize]
    }
}
