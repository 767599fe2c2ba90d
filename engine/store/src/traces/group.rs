//! Several batches made one, and what of it is new.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use thalweg_spans::{Batch, Resource, Scope, Span};

use super::memory::Fresh;
use crate::rows::Written;

/// A row of the log, and the place in it.
type Place = (i64, usize);

/// Where each span that is not packed yet was written last.
#[derive(Debug, Default)]
pub(crate) struct Index {
    rows: BTreeMap<i64, Arc<Fresh>>,
    /// By trace and span.
    places: HashMap<[u8; 16], BTreeMap<[u8; 8], Place>>,
}

impl Index {
    /// Takes in what was written since, and forgets what was packed.
    pub(crate) fn follow(&mut self, fresh: &[Arc<Fresh>]) {
        let first = fresh.first().map_or(i64::MAX, |row| row.id);
        let later = self.rows.split_off(&first);
        for row in std::mem::replace(&mut self.rows, later).into_values() {
            self.forget(&row);
        }
        for row in fresh {
            if !self.rows.contains_key(&row.id) {
                for (at, span) in row.batch.spans.iter().enumerate() {
                    let place =
                        self.places.entry(span.trace_id).or_default().entry(span.span_id).or_insert((row.id, at));
                    *place = (*place).max((row.id, at));
                }
                self.rows.insert(row.id, Arc::clone(row));
            }
        }
        // One that was set aside lies between others: what it brought is not known any more.
        if self.rows.len() > fresh.len() {
            let there: HashSet<i64> = fresh.iter().map(|row| row.id).collect();
            let gone: Vec<i64> = self.rows.keys().filter(|id| !there.contains(id)).copied().collect();
            for row in gone.iter().filter_map(|id| self.rows.remove(id)).collect::<Vec<_>>() {
                self.forget(&row);
            }
        }
    }

    fn forget(&mut self, row: &Fresh) {
        for span in &row.batch.spans {
            let Some(trace) = self.places.get_mut(&span.trace_id) else { continue };
            if trace.get(&span.span_id).is_some_and(|(id, _)| *id == row.id) {
                trace.remove(&span.span_id);
            }
            if trace.is_empty() {
                self.places.remove(&span.trace_id);
            }
        }
    }

    /// The span as it is known, with its batch.
    fn known(&self, span: &Span) -> Option<(&Batch, &Span)> {
        let (row, at) = self.places.get(&span.trace_id)?.get(&span.span_id)?;
        let batch = &self.rows.get(row)?.batch;
        Some((batch, batch.spans.get(*at)?))
    }
}

/// What a group comes to.
#[derive(Debug)]
pub(crate) struct Group {
    /// The spans that are new or changed.
    pub(crate) batch: Batch,
    /// What became of each batch.
    pub(crate) written: Vec<Written>,
}

/// One batch of several, without what is known already. Of a span that is there several times the last stands.
pub(crate) fn merge(batches: Vec<Batch>, index: &Index) -> Group {
    let mut written = vec![Written::default(); batches.len()];
    let mut resources = Distinct::<Resource>::default();
    let mut scopes = Distinct::<Scope>::default();
    let mut spans: Vec<(usize, Span)> = Vec::with_capacity(batches.iter().map(|batch| batch.spans.len()).sum());
    let mut places: HashMap<([u8; 16], [u8; 8]), usize> = HashMap::with_capacity(spans.capacity());
    for (job, batch) in batches.into_iter().enumerate() {
        let resource_at: Vec<usize> = batch.resources.into_iter().map(|resource| resources.number(resource)).collect();
        let scope_at: Vec<usize> = batch.scopes.into_iter().map(|scope| scopes.number(scope)).collect();
        for mut span in batch.spans {
            (span.resource, span.scope) = (resource_at[span.resource], scope_at[span.scope]);
            let next = spans.len();
            let place = *places.entry((span.trace_id, span.span_id)).or_insert(next);
            if place == next {
                spans.push((job, span));
            } else {
                written[spans[place].0].repeated += 1;
                spans[place] = (job, span);
            }
        }
    }
    let mut batch = Batch { resources: resources.all, scopes: scopes.all, spans: Vec::with_capacity(spans.len()) };
    let mut announced = HashSet::new();
    for (job, span) in spans {
        let counts = &mut written[job];
        match index.known(&span) {
            Some((old_batch, old)) if same(&batch, &span, old_batch, old) => {
                counts.repeated += 1;
                continue;
            }
            Some(_) => counts.changed += 1,
            None => counts.added += 1,
        }
        if announced.insert((job, span.trace_id)) {
            counts.traces.push(span.trace_id);
        }
        batch.spans.push(span);
    }
    Group { batch, written }
}

/// Batches of at most so many spans, each with the resources and scopes that its spans have.
pub(crate) fn in_parts(batch: Batch, most: usize) -> Vec<Batch> {
    let Batch { resources, scopes, spans } = batch;
    let mut parts = Vec::with_capacity(spans.len().div_ceil(most));
    let mut waiting = spans.into_iter();
    loop {
        let mut spans: Vec<Span> = waiting.by_ref().take(most).collect();
        if spans.is_empty() {
            return parts;
        }
        let (mut resources_here, mut scopes_here) = (Vec::new(), Vec::new());
        let (mut resource_at, mut scope_at) = (HashMap::new(), HashMap::new());
        for span in &mut spans {
            let (resource, scope) = (span.resource, span.scope);
            span.resource = *resource_at.entry(resource).or_insert_with(|| {
                resources_here.push(resources[resource].clone());
                resources_here.len() - 1
            });
            span.scope = *scope_at.entry(scope).or_insert_with(|| {
                scopes_here.push(scopes[scope].clone());
                scopes_here.len() - 1
            });
        }
        parts.push(Batch { resources: resources_here, scopes: scopes_here, spans });
    }
}

/// Whether two spans are equal in all they have and refer to.
fn same(batch: &Batch, span: &Span, old_batch: &Batch, old: &Span) -> bool {
    let refers = batch.resources.get(span.resource) == old_batch.resources.get(old.resource)
        && batch.scopes.get(span.scope) == old_batch.scopes.get(old.scope);
    refers
        && (span.parent_id, span.kind, span.status, span.start_ns, span.end_ns)
            == (old.parent_id, old.kind, old.status, old.start_ns, old.end_ns)
        && span.name == old.name
        && span.attributes == old.attributes
        && span.rest == old.rest
}

/// Each distinct thing once.
struct Distinct<T> {
    all: Vec<T>,
    numbers: HashMap<T, usize>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { all: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Distinct<T> {
    fn number(&mut self, thing: T) -> usize {
        if let Some(number) = self.numbers.get(&thing) {
            return *number;
        }
        self.all.push(thing.clone());
        self.numbers.insert(thing, self.all.len() - 1);
        self.all.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_brought_that_was_set_aside_is_new_again() {
        let batch = |id: u8| Batch {
            resources: vec![Resource::default()],
            scopes: vec![Scope::default()],
            spans: vec![Span { span_id: [id; 8], ..Span::default() }],
        };
        let rows: Vec<Arc<Fresh>> = (1..=3).map(|id| Arc::new(Fresh::new(i64::from(id), batch(id)))).collect();
        let mut index = Index::default();
        index.follow(&rows);
        assert_eq!(merge(vec![batch(2)], &index).written[0].repeated, 1);
        index.follow(&[Arc::clone(&rows[0]), Arc::clone(&rows[2])]);
        assert_eq!(merge(vec![batch(2)], &index).written[0].added, 1);
        assert_eq!(merge(vec![batch(1)], &index).written[0].repeated, 1);
    }

    #[test]
    fn a_batch_in_parts_says_the_same() {
        let resource = |service: &str| Resource { service: service.into(), ..Resource::default() };
        let scope = |name: &str| Scope { name: name.into(), ..Scope::default() };
        let span = |id: u8, resource, scope| Span { span_id: [id; 8], resource, scope, ..Span::default() };
        let whole = Batch {
            resources: vec![resource("a"), resource("b"), resource("c")],
            scopes: vec![scope("x"), scope("y")],
            spans: vec![span(1, 2, 0), span(2, 0, 0), span(3, 0, 1), span(4, 2, 1), span(5, 1, 0)],
        };
        let said = |batches: &[Batch]| -> Vec<(u8, String, String)> {
            let of_batch = |batch: &Batch| -> Vec<(u8, String, String)> {
                let said = |span: &Span| {
                    let (resource, scope) = (&batch.resources[span.resource], &batch.scopes[span.scope]);
                    (span.span_id[0], resource.service.clone(), scope.name.clone())
                };
                batch.spans.iter().map(said).collect()
            };
            batches.iter().flat_map(of_batch).collect()
        };
        let parts = in_parts(whole.clone(), 2);
        assert_eq!(parts.iter().map(|part| part.spans.len()).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(said(&parts), said(std::slice::from_ref(&whole)));
        // Each has what its spans have, no more.
        assert_eq!(parts.iter().map(|part| part.resources.len()).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(parts.iter().map(|part| part.scopes.len()).collect::<Vec<_>>(), [1, 1, 1]);
    }
}
