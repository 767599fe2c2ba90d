//! What all windows of one process share: the data file, the receiver, the preferences, the recovery folder.
//!
//! Not here: what one window does; see the session.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use thalweg_protocol::{
    ApiError, ErrorCode, Event, Preferences, Reply, SavedFilter, TelemetrySettings, decode, encode, limits,
};
use thalweg_telemetry::{Origin, OtlpAddress, ReceiverConfig, Token};
use tokio::sync::OnceCell;

use crate::{
    OTLP_GRPC, OTLP_HTTP, Observatory, StartOptions,
    history::History,
    own::Own,
    recovery::Recovery,
    session::{EventSink, Shown, lock},
};

/// The store's key of the preferences, as JSON.
const PREFERENCES: &str = "preferences";

/// The store's key of who may send and where our own spans go, as JSON.
const TELEMETRY: &str = "telemetry";

/// The store's key of the filters that are kept under a name, as JSON.
const FILTERS: &str = "filters";

/// The shared side of every [`crate::Session`].
pub struct Engine {
    options: StartOptions,
    observatory: OnceCell<Observatory>,
    recovery: Recovery,
    history: History,
    own: Own,
    windows: Mutex<Windows>,
    /// Itself, for events that the receiver sends to every window.
    this: Weak<Engine>,
}

/// Who hears events, by the number of the window.
#[derive(Default)]
struct Windows {
    last: u64,
    open: BTreeMap<u64, (EventSink, Shown)>,
}

impl Engine {
    /// Begins to open the data file and to start the receiver, and returns at once: a window need not wait for a disk.
    /// Neither failing keeps a window from opening; [`thalweg_protocol::Command::Start`] tells it.
    ///
    /// To be called within a Tokio runtime.
    pub fn start(options: StartOptions) -> Arc<Self> {
        let recovery = Recovery::new(options.db.with_extension("recovery"));
        let engine = Arc::new_cyclic(|this| Engine {
            options,
            observatory: OnceCell::new(),
            recovery,
            history: History::default(),
            own: Own::default(),
            windows: Mutex::default(),
            this: Weak::clone(this),
        });
        let opening = Arc::clone(&engine);
        tokio::spawn(engine.own.clone().run());
        tokio::spawn(async move {
            opening.observatory().await;
            opening.clear_runs_away().await;
        });
        engine
    }

    /// Answers what the receiver has in hand, keeps what is about to be kept and closes the data file.
    pub async fn shut_down(&self) {
        self.history.settle().await;
        self.own.farewell().await;
        self.observatory().await.shut_down().await;
        self.recovery.close();
    }

    /// The data file and the receiver, as soon as they were opened.
    pub(crate) async fn observatory(&self) -> &Observatory {
        self.observatory
            .get_or_init(async || {
                let this = Weak::clone(&self.this);
                let events: EventSink = Arc::new(move |event| {
                    if let Some(engine) = this.upgrade() {
                        engine.tell(&event, None);
                    }
                });
                let observatory = Observatory::open(&self.options.db, events).await;
                let settings = stored_settings(&observatory).await;
                self.own.send_to(self.send_to(&settings).ok().flatten());
                let preferences = stored(&observatory).await;
                match self.receiving(&preferences, &settings) {
                    Ok(config) => observatory.listen(config).await,
                    Err(error) => tracing::error!("nothing is received: {error}"),
                }
                observatory
            })
            .await
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    pub(crate) fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Whether the environment says where gRPC and HTTP are received.
    pub(crate) fn ports_fixed(&self) -> [bool; 2] {
        [self.options.grpc.is_some(), self.options.http.is_some()]
    }

    /// What the user chose.
    pub(crate) async fn preferences(&self) -> Preferences {
        stored(self.observatory().await).await
    }

    /// Keeps what the user chose in one window, tells the others, and moves the receiver if its ports changed.
    ///
    /// # Errors
    /// When both ports are the same one, or the data file cannot be written.
    pub(crate) async fn set_preferences(&self, new: Preferences, window: u64) -> Result<(), ApiError> {
        let [grpc, http] = self.addresses(&new);
        if grpc == http && grpc.port() != 0 {
            return Err(ApiError::new(ErrorCode::Usage, "OTLP over gRPC and over HTTP need two different ports.")
                .with_help("By convention they are 4317 and 4318."));
        }
        let observatory = self.observatory().await;
        let before = stored(observatory).await;
        let text = String::from_utf8(encode(&new)).unwrap_or_default();
        observatory.set_preference(PREFERENCES, &text).await?;
        self.tell(&Event::Preferences(new), Some(window));
        if self.addresses(&before) != [grpc, http] {
            let settings = stored_settings(observatory).await;
            observatory.listen(self.receiving(&new, &settings)?).await;
        }
        Ok(())
    }

    /// Spans of our own.
    pub(crate) fn own(&self) -> &Own {
        &self.own
    }

    /// Who may send, and where our own spans go.
    pub(crate) async fn telemetry_settings(&self) -> Reply {
        let settings = stored_settings(self.observatory().await).await;
        Reply::TelemetrySettings {
            settings,
            send_to_fixed: self.options.send_to.is_some(),
            trouble: self.own.trouble(),
        }
    }

    /// Changes it; the receiver starts anew when it must.
    ///
    /// # Errors
    /// When a token, an origin or an address is none, or the data file cannot be written.
    pub(crate) async fn set_telemetry_settings(&self, new: &TelemetrySettings) -> Result<(), ApiError> {
        let observatory = self.observatory().await;
        let preferences = stored(observatory).await;
        let config = self.receiving(&preferences, new)?;
        let send_to = self.send_to(new)?;
        let before = stored_settings(observatory).await;
        let text = String::from_utf8(encode(new)).unwrap_or_default();
        observatory.set_preference(TELEMETRY, &text).await?;
        if before.send_to != new.send_to {
            self.own.send_to(send_to);
        }
        if (&before.token, &before.origins) != (&new.token, &new.origins) {
            observatory.listen(config).await;
        }
        Ok(())
    }

    /// How the receiver is to be.
    fn receiving(&self, preferences: &Preferences, settings: &TelemetrySettings) -> Result<ReceiverConfig, ApiError> {
        let usage = |error: &dyn std::fmt::Display| {
            ApiError::new(ErrorCode::Usage, crate::convert::sentence(&error.to_string()))
        };
        if settings.origins.len() > limits::ORIGINS {
            return Err(usage(&format!("no more than {} web pages are allowed", limits::ORIGINS)));
        }
        let token = settings.token.as_deref().map(str::parse::<Token>).transpose().map_err(|error| usage(&error))?;
        let origins = settings.origins.iter().map(|text| text.parse::<Origin>()).collect::<Result<_, _>>();
        let [grpc, http] = self.addresses(preferences);
        Ok(ReceiverConfig {
            grpc,
            http,
            token,
            origins: origins.map_err(|error| usage(&error))?,
            watcher: Some(self.own.watcher()),
            ..ReceiverConfig::default()
        })
    }

    /// Where our own spans go: as the environment says, else as the user chose.
    fn send_to(&self, settings: &TelemetrySettings) -> Result<Option<OtlpAddress>, ApiError> {
        if let Some(fixed) = &self.options.send_to {
            return Ok(Some(fixed.clone()));
        }
        let address = settings.send_to.as_deref().map(str::parse::<OtlpAddress>).transpose();
        address.map_err(|error| ApiError::new(ErrorCode::Usage, crate::convert::sentence(&error.to_string())))
    }

    /// The filters that are kept under a name.
    pub(crate) async fn saved_filters(&self) -> Vec<SavedFilter> {
        let text = self.observatory().await.preference(FILTERS).await;
        text.and_then(|text| decode(text.as_bytes()).ok()).unwrap_or_default()
    }

    /// Keeps filters under their names and tells the other windows.
    pub(crate) async fn set_saved_filters(&self, filters: Vec<SavedFilter>, window: u64) -> Result<(), ApiError> {
        let text = String::from_utf8(encode(&filters)).unwrap_or_default();
        self.observatory().await.set_preference(FILTERS, &text).await?;
        self.tell(&Event::SavedFilters(filters), Some(window));
        Ok(())
    }

    /// Notes a window that wants to hear events, with the place where it writes which document it shows; gives its number.
    pub(crate) fn attach(&self, events: EventSink, shown: Shown) -> u64 {
        let mut windows = self.windows();
        windows.last += 1;
        let number = windows.last;
        windows.open.insert(number, (events, shown));
        number
    }

    /// Forgets a window.
    pub(crate) fn detach(&self, window: u64) {
        self.windows().open.remove(&window);
    }

    /// Tells every window, but one.
    pub(crate) fn tell(&self, event: &Event, but: Option<u64>) {
        // Not while the lock is held: a window may answer by opening or closing.
        let sinks: Vec<EventSink> = self
            .windows()
            .open
            .iter()
            .filter(|(window, _)| Some(**window) != but)
            .map(|(_, (sink, _))| sink.clone())
            .collect();
        for sink in sinks {
            sink(event.clone());
        }
    }

    /// Tells the windows that show a document of this owner, each with its own number of that document.
    pub(crate) fn tell_owner(&self, owner: &str, event: impl Fn(u64) -> Event) {
        let shown = |(sink, shown): &(EventSink, Shown)| {
            let document = lock(shown).as_ref().filter(|(_, of)| of == owner).map(|(document, _)| *document)?;
            Some((sink.clone(), document))
        };
        let sinks: Vec<_> = self.windows().open.values().filter_map(shown).collect();
        for (sink, document) in sinks {
            sink(event(document));
        }
    }

    /// Where gRPC and HTTP are received: as the environment says, else as the user chose, else by convention.
    fn addresses(&self, preferences: &Preferences) -> [SocketAddr; 2] {
        let chosen = |port: Option<u16>| port.map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
        [
            self.options.grpc.or(chosen(preferences.grpc_port)).unwrap_or(OTLP_GRPC),
            self.options.http.or(chosen(preferences.http_port)).unwrap_or(OTLP_HTTP),
        ]
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn stored_settings(observatory: &Observatory) -> TelemetrySettings {
    let text = observatory.preference(TELEMETRY).await;
    text.and_then(|text| decode(text.as_bytes()).ok()).unwrap_or_default()
}

async fn stored(observatory: &Observatory) -> Preferences {
    let text = observatory.preference(PREFERENCES).await;
    // What another version wrote and this one cannot read is as good as never chosen.
    text.and_then(|text| decode(text.as_bytes()).ok()).unwrap_or_default()
}
