//! Searching traces, and keeping filters under a name.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, SavedFilter, TraceSearch};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, Asked, Lens},
};

impl App {
    /// Lists what the line over the list asks for; what arrives, where it asks for everything.
    pub(crate) fn search_traces(self) {
        let asked = self.filtering.asked.get_untracked();
        let is_live = asked.is_live();
        self.traces.update(|traces| traces.begin_search((!is_live).then(|| asked.clone())));
        self.follow(&asked);
        if is_live {
            self.fetch_traces();
        } else {
            self.fetch_more_found();
        }
    }

    /// Puts a filter into the line and lists what it finds.
    pub(crate) fn search_for(self, asked: Asked) {
        self.filtering.asked.set(asked);
        self.search_traces();
    }

    /// Fetches the next page of what is found, if there is one and none is under way.
    pub(crate) fn fetch_more_found(self) {
        let next = self.traces.try_update(|traces| {
            let search = traces.search.as_mut()?;
            search.begin_page().map(|ask| (search.number(), ask))
        });
        if let Some((number, ask)) = next.flatten() {
            self.fetch_found(number, ask);
        }
    }

    /// Answer by answer, until the page is full or another search begins.
    fn fetch_found(self, number: u32, ask: TraceSearch) {
        spawn_local(async move {
            let mut next = Some(ask);
            while let Some(ask) = next.take() {
                match bridge::call(Command::SearchTraces(ask)).await {
                    Ok(Reply::Found(found)) => {
                        let taken = self.traces.try_update(|traces| traces.search_of(number)?.take(*found));
                        next = taken.flatten();
                    }
                    other => {
                        // What failed is at its end: scrolling must not ask again and again.
                        self.traces.try_update(|traces| {
                            if let Some(search) = traces.search_of(number) {
                                search.working = false;
                            }
                        });
                        match other {
                            Ok(other) => self.fail(&unexpected(&other)),
                            Err(error) => self.fail(&error),
                        }
                    }
                }
            }
        });
    }

    /// Shows the traces with the line over their list ready to be written in.
    pub(crate) fn ask_for_filter(self) {
        self.lens.set(Lens::Traces);
        self.filtering.wanted.set(true);
    }

    /// Lists everything again, newest first.
    pub(crate) fn clear_filter(self) {
        self.search_for(Asked::default());
    }

    /// Fetches the filters that are kept under a name.
    pub(crate) fn fetch_saved_filters(self) {
        spawn_local(async move {
            match bridge::call(Command::SavedFilters).await {
                Ok(Reply::SavedFilters(filters)) => drop(self.filtering.saved.try_set(filters)),
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Keeps what is asked for under a name, in place of another of that name.
    pub(crate) fn save_filter(self, name: &str) {
        let Asked { filter, order } = self.filtering.asked.get_untracked();
        let saved = SavedFilter { name: name.trim().to_owned(), filter, order };
        self.change_saved_filters(|filters| match filters.iter_mut().find(|known| known.name == saved.name) {
            Some(known) => *known = saved,
            None => filters.push(saved),
        });
    }

    /// Lets go of the filter of a name.
    pub(crate) fn remove_saved_filter(self, name: &str) {
        self.change_saved_filters(|filters| filters.retain(|known| known.name != name));
    }

    /// Shown at once; what cannot be kept is taken back.
    fn change_saved_filters(self, change: impl FnOnce(&mut Vec<SavedFilter>)) {
        let before = self.filtering.saved.get_untracked();
        let mut filters = before.clone();
        change(&mut filters);
        self.filtering.saved.set(filters.clone());
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::SetSavedFilters(filters)).await {
                self.fail(&error);
                self.filtering.saved.try_set(before);
            }
        });
    }
}
