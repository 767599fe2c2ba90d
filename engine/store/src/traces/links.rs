//! Which spans link to a trace, wherever they lie.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use thalweg_spans::block::{OF_LINKS, OF_LINKS_IN_REST};
use thalweg_spans::{Link, LinkOf, LinksOf};

use super::memory::{Packed, Snapshot};
use super::read::Question;
use super::{Fault, Traces, sql};
use crate::StoreError;
use crate::rows::Linking;

/// A span's trace and id.
type Identity = ([u8; 16], [u8; 8]);

/// The spans found so far, with when they were found, the latest first, and what they link to.
type Found = BTreeMap<Identity, (usize, BTreeSet<Link>)>;

impl Traces {
    /// From now on links are read like this; packing notes them.
    pub(crate) fn know_links(&self, links: LinksOf) {
        // There is one way of reading them: whoever says it a second time says the same.
        self.links.set(links).ok();
    }

    /// The spans that link to one of these traces, at most `most` links.
    pub(crate) async fn linking(&self, trace_ids: &[[u8; 16]], most: usize) -> Result<Linking, StoreError> {
        let Some(links) = self.links.get().copied() else {
            let detail = "nobody said how links of spans are read".to_owned();
            return Err(StoreError::Other { path: self.path.clone(), detail });
        };
        let wanted: Arc<BTreeSet<[u8; 16]>> = Arc::new(trace_ids.iter().copied().collect());
        let mut gone = 0;
        loop {
            match self.linking_once(&wanted, links, most).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => self.again(fault, &mut gone).await?,
            }
        }
    }

    /// From what came last backwards, so that the latest are told when there are too many.
    async fn linking_once(
        &self,
        wanted: &Arc<BTreeSet<[u8; 16]>>,
        links: LinksOf,
        most: usize,
    ) -> Result<Linking, Fault> {
        let question = Question::of(self, self.now().await?);
        let (rows, wanted_here) = (question.snapshot.fresh.clone(), Arc::clone(wanted));
        let fresh = Snapshot { blocks: Arc::default(), fresh: rows };
        let found = tokio::task::spawn_blocking(move || in_log(&fresh, &wanted_here, links));
        let mut found: Found = found.await.map_err(|_| Fault::Broken)?;
        let mut in_log: Option<HashSet<Identity>> = None;
        let mut count: usize = found.values().map(|(_, to)| to.len()).sum();
        let not_packed: usize = question.snapshot.fresh.iter().map(|row| row.batch.spans.len()).sum();
        for (block, place) in question.snapshot.blocks.iter().rev().zip(not_packed..) {
            if count > most {
                break;
            }
            for link in self.links_in(block, wanted, links).await? {
                // Of a span that came again what came last counts.
                let in_log = in_log.get_or_insert_with(|| {
                    let spans = question.snapshot.fresh.iter().flat_map(|row| &row.batch.spans);
                    spans.map(|span| (span.trace_id, span.span_id)).collect()
                });
                let is_later = in_log.contains(&(link.trace_id, link.span_id));
                if !is_later && !question.comes_again(block, &link).await? {
                    let (_, known) =
                        found.entry((link.trace_id, link.span_id)).or_insert_with(|| (place, BTreeSet::new()));
                    count += usize::from(known.insert(link.to));
                }
            }
        }
        Ok(Linking { links: latest(found, most), cut: count > most })
    }

    /// The links of a block that lead to the wanted traces.
    async fn links_in(
        &self,
        block: &Arc<Packed>,
        wanted: &Arc<BTreeSet<[u8; 16]>>,
        links: LinksOf,
    ) -> Result<Vec<LinkOf>, Fault> {
        let known = block.header.may_link_to(wanted.iter());
        if known == Some(false) {
            return Ok(Vec::new());
        }
        let columns: &[_] = if known.is_some() { &OF_LINKS } else { &OF_LINKS_IN_REST };
        let mut connection = self.readers.acquire().await?;
        let columns = sql::some_columns(&mut connection, block.id, columns).await?;
        drop(connection);
        let wanted = Arc::clone(wanted);
        let read = tokio::task::spawn_blocking(move || {
            let mut all = if known.is_some() { columns.links()? } else { columns.links_in_rest(links)? };
            all.retain(|link| wanted.contains(&link.to.0));
            Ok(all)
        });
        let id = block.id;
        read.await.map_err(|_| Fault::Broken)?.map_err(|damage| Fault::DamagedBlock(id, damage))
    }
}

/// The latest of them, by the spans that link.
fn latest(found: Found, most: usize) -> Vec<LinkOf> {
    let of_span = |((trace_id, span_id), (place, to)): (Identity, (usize, BTreeSet<Link>))| {
        to.into_iter().map(move |to| (place, LinkOf { trace_id, span_id, to }))
    };
    let mut placed: Vec<(usize, LinkOf)> = found.into_iter().flat_map(of_span).collect();
    placed.sort_unstable();
    placed.truncate(most);
    let mut links: Vec<LinkOf> = placed.into_iter().map(|(_, link)| link).collect();
    links.sort_unstable();
    links
}

/// The links of what is not packed that lead to the wanted traces.
fn in_log(snapshot: &Snapshot, wanted: &BTreeSet<[u8; 16]>, links: LinksOf) -> Found {
    let mut found = Found::new();
    let count: usize = snapshot.fresh.iter().map(|row| row.batch.spans.len()).sum();
    let spans = snapshot.fresh.iter().flat_map(|row| &row.batch.spans);
    for (span, place) in spans.zip((0..count).rev()) {
        let identity = (span.trace_id, span.span_id);
        // It came again.
        if !found.is_empty() {
            found.remove(&identity);
        }
        if span.is_plain {
            continue;
        }
        let to: BTreeSet<Link> = links(&span.rest).into_iter().filter(|(linked, _)| wanted.contains(linked)).collect();
        if !to.is_empty() {
            found.insert(identity, (place, to));
        }
    }
    found
}

impl Question<'_> {
    /// Whether the span of a link came again in a block after this one.
    async fn comes_again(&self, block: &Packed, link: &LinkOf) -> Result<bool, Fault> {
        let later = self.snapshot.blocks.iter().rev().take_while(|later| later.id > block.id);
        for later in later.filter(|later| later.header.may_have_trace(&link.trace_id)) {
            let traces = self.summaries(later).await?;
            let Some(at) = traces.find(&link.trace_id) else { continue };
            let span_ids = self.span_ids(later).await?;
            if span_ids.get(traces.rows(at)).unwrap_or_default().contains(&link.span_id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_links_the_latest_stay() {
        let found = |spans: &[(u8, usize)]| -> Found {
            let link = |(id, place): &(u8, usize)| {
                let to = BTreeSet::from([([100; 16], [1; 8]), ([100; 16], [2; 8])]);
                (([*id; 16], [*id; 8]), (*place, to))
            };
            spans.iter().map(link).collect()
        };
        let spans: [(u8, usize); 4] = [(1, 7), (2, 0), (3, 3), (4, 3)];
        let ids = |most| -> Vec<u8> { latest(found(&spans), most).iter().map(|link| link.trace_id[0]).collect() };
        assert_eq!(ids(8), [1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(ids(6), [2, 2, 3, 3, 4, 4]);
        assert_eq!(ids(2), [2, 2]);
    }
}
