//! What is where: methods and paths.

use hyper::Method;

use super::problem::Problem;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Health,
    OpenApi,
    Topics,
    CreateTopic,
    Publish,
    Read,
    Deliver,
    Ack,
    Nack,
    Reject,
    Extend,
    Seek,
    DeadLetters,
    Redrive,
    RedriveEdited,
    Purge,
    ShowWebhook,
    SetWebhook,
    RemoveWebhook,
}

impl Action {
    /// Whether it is done without the token.
    pub(super) fn is_public(self) -> bool {
        matches!(self, Self::Health | Self::OpenApi)
    }
}

/// Where an action is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) method: &'static Method,
    /// As the `OpenAPI` document writes it.
    pub(super) path: &'static str,
    pub(super) action: Action,
}

const fn get(path: &'static str, action: Action) -> Route {
    Route { method: &Method::GET, path, action }
}

const fn post(path: &'static str, action: Action) -> Route {
    Route { method: &Method::POST, path, action }
}

const WEBHOOK: &str = "/v1/topics/{topic}/groups/{group}/webhook";

/// All of them.
pub(super) const ROUTES: &[Route] = &[
    get("/healthz", Action::Health),
    get("/v1/openapi.json", Action::OpenApi),
    get("/v1/topics", Action::Topics),
    post("/v1/topics", Action::CreateTopic),
    post("/v1/topics/{topic}/events", Action::Publish),
    get("/v1/topics/{topic}/partitions/{partition}/events", Action::Read),
    get("/v1/topics/{topic}/groups/{group}/events", Action::Deliver),
    post("/v1/topics/{topic}/groups/{group}/ack", Action::Ack),
    post("/v1/topics/{topic}/groups/{group}/nack", Action::Nack),
    post("/v1/topics/{topic}/groups/{group}/reject", Action::Reject),
    post("/v1/topics/{topic}/groups/{group}/extend", Action::Extend),
    post("/v1/topics/{topic}/groups/{group}/seek", Action::Seek),
    get("/v1/topics/{topic}/groups/{group}/dead-letters", Action::DeadLetters),
    post("/v1/topics/{topic}/groups/{group}/dead-letters/redrive", Action::Redrive),
    post("/v1/topics/{topic}/groups/{group}/dead-letters/purge", Action::Purge),
    post("/v1/topics/{topic}/groups/{group}/dead-letters/{number}/redrive", Action::RedriveEdited),
    get(WEBHOOK, Action::ShowWebhook),
    Route { method: &Method::PUT, path: WEBHOOK, action: Action::SetWebhook },
    Route { method: &Method::DELETE, path: WEBHOOK, action: Action::RemoveWebhook },
];

/// What stands in the places of a path, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Places(Vec<(&'static str, String)>);

impl Places {
    /// Empty where the path has no such place.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(place, _)| *place == name).map_or("", |(_, value)| value)
    }

    /// A number that stands there.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        let text = self.get(name);
        text.parse().map_err(|_| Problem::malformed(format!("`{text}` in the path is no number of a {name}")))
    }
}

/// Finds what is at a path.
pub(super) fn find(method: &Method, path: &str) -> Result<(Action, Places), Problem> {
    let mut allowed: Vec<&str> = Vec::new();
    for route in ROUTES {
        let Some(places) = matches(route.path, path) else { continue };
        if route.method == method {
            return Ok((route.action, places?));
        }
        allowed.push(route.method.as_str());
    }
    if allowed.is_empty() { Err(Problem::no_route(path)) } else { Err(Problem::method(allowed.join(", "))) }
}

/// Splits before decoding: a `/` in a name is written `%2F`.
fn matches(pattern: &'static str, path: &str) -> Option<Result<Places, Problem>> {
    let (mut wanted, mut there) = (pattern.split('/'), path.split('/'));
    let mut raw = Vec::new();
    loop {
        match (wanted.next(), there.next()) {
            (None, None) => break,
            (Some(wanted), Some(there)) => match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => raw.push((name, there)),
                None if wanted == there => {}
                None => return None,
            },
            _ => return None,
        }
    }
    let decoded = raw.into_iter().map(|(name, text)| Some((name, super::query::percent_decoded(text.as_bytes())?)));
    let malformed = || Problem::malformed("the path is not UTF-8 in percent-encoding (RFC 3986)");
    Some(decoded.collect::<Option<Vec<_>>>().map(Places).ok_or_else(malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_after_the_path_is_split() {
        let (action, places) = find(&Method::POST, "/v1/topics/a%2Fb%20%C3%BC/groups/g/ack").unwrap();
        assert_eq!((action, places.get("topic"), places.get("group")), (Action::Ack, "a/b ü", "g"));
        let (action, _) = find(&Method::POST, "/v1/topics/t/groups/g/dead-letters/7/redrive").unwrap();
        assert_eq!(action, Action::RedriveEdited);
        for nowhere in ["/", "/v1/topics/", "/v1/topics/a/b/events", "/v1//topics", "/v1/topics/t/groups/g/ack/"] {
            assert!(find(&Method::POST, nowhere).is_err(), "{nowhere}");
        }
        for broken in ["/v1/topics/%zz/events", "/v1/topics/%C0%A0/events", "/v1/topics/%2/events"] {
            assert!(find(&Method::POST, broken).is_err(), "{broken}");
        }
    }
}
