//! Why a request may not come in.

/// A request that is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Barred {
    /// It names no host, or several.
    #[error("a request needs exactly one Host")]
    Hosts,
    /// The host it names is not this machine, or the port is another.
    #[error("only localhost:{port}, 127.0.0.1:{port} and [::1]:{port} are accepted as Host")]
    OtherHost {
        /// The port we listen on.
        port: u16,
    },
    /// A browser sent it for a page that the user did not allow.
    #[error("requests of web pages are not accepted (the request has an Origin)")]
    Page,
    /// A browser sent it for a page of another site.
    #[error("requests of other sites' pages are not accepted (Sec-Fetch-Site)")]
    OtherSite,
    /// It does not show the token, or another one.
    #[error("requests are accepted with the token only: send it as Authorization: Bearer TOKEN")]
    NoToken,
}
