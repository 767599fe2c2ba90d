//! What the desktop window may do: its content security policy and its permissions, word by word.
//!
//! Both are golden strings on purpose: widening them takes a change here, which a reviewer sees.

use serde_json::Value;

use super::Finding;
use super::source::{File, Sources};

const CONFIG: &str = "tauri.conf.json";
const CAPABILITIES: &str = "src-tauri/capabilities/";

/// Everything is forbidden but our own files, and the one way to the engine.
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                   connect-src 'self' ipc: http://ipc.localhost; font-src 'self'; base-uri 'none'; \
                   form-action 'none'; frame-ancestors 'none'";

/// All that the page may ask of the shell: the two commands of the bridge.
const PERMISSIONS: &[&str] = &["allow-call", "allow-listen"];

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    let mut findings = match sources.get(CONFIG) {
        Some(file) => config(file),
        None => vec![Finding::new(CONFIG, "is missing")],
    };
    let capabilities = |file: &&File| file.path.starts_with(CAPABILITIES) && file.extension() == "json";
    findings.extend(sources.files().iter().filter(capabilities).flat_map(capability));
    findings
}

fn config(file: &File) -> Vec<Finding> {
    let config: Value = match serde_json::from_str(&file.text) {
        Ok(config) => config,
        Err(error) => return vec![Finding::new(&file.path, format!("is not JSON: {error}"))],
    };
    let security = &config["app"]["security"];
    let mut findings = Vec::new();
    if security["csp"].as_str() != Some(CSP) {
        findings.push(Finding::new(&file.path, format!("app.security.csp must be exactly \"{CSP}\"")));
    }
    if security["freezePrototype"] != Value::Bool(true) {
        findings.push(Finding::new(&file.path, "app.security.freezePrototype must be true"));
    }
    // The page has no bundler: its wasm reaches the bridge through the global object.
    if config["app"]["withGlobalTauri"] != Value::Bool(true) {
        findings.push(Finding::new(&file.path, "app.withGlobalTauri must be true"));
    }
    for key in ["dangerousDisableAssetCspModification", "devCsp"] {
        if !security[key].is_null() && security[key] != Value::Bool(false) {
            findings.push(Finding::new(&file.path, format!("app.security.{key} would weaken the policy")));
        }
    }
    findings
}

fn capability(file: &File) -> Vec<Finding> {
    let capability: Value = match serde_json::from_str(&file.text) {
        Ok(capability) => capability,
        Err(error) => return vec![Finding::new(&file.path, format!("is not JSON: {error}"))],
    };
    let mut findings = Vec::new();
    if !capability["remote"].is_null() {
        findings.push(Finding::new(&file.path, "no remote page may talk to the shell"));
    }
    for permission in capability["permissions"].as_array().into_iter().flatten() {
        let name = permission.as_str().or_else(|| permission["identifier"].as_str()).unwrap_or("?");
        if !PERMISSIONS.contains(&name) {
            let text = format!("`{name}` is a new permission: add it to xtask/src/tidy/shell.rs if it must be");
            findings.push(Finding::new(&file.path, text));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(config: &str, capability: &str) -> Vec<String> {
        let sources = Sources::of(&[(CONFIG, config), ("src-tauri/capabilities/main.json", capability)]);
        check(&sources).into_iter().map(|finding| finding.text).collect()
    }

    fn good_config() -> String {
        let security = serde_json::json!({ "csp": CSP, "freezePrototype": true });
        serde_json::json!({ "app": { "security": security, "withGlobalTauri": true } }).to_string()
    }

    #[test]
    fn the_policy_is_held_word_by_word() {
        assert!(findings(&good_config(), "{}").is_empty());
        let wide = good_config().replace("script-src 'self'", "script-src 'self' 'unsafe-inline'");
        assert!(findings(&wide, "{}")[0].contains("must be exactly"));
        assert!(findings("{}", "{}")[0].contains("must be exactly"));
        assert!(findings("{", "{}")[0].contains("not JSON"));
    }

    #[test]
    fn new_permissions_are_seen() {
        let capability = r#"{ "permissions": ["allow-call", "fs:default", { "identifier": "shell:allow-open" }] }"#;
        let found = findings(&good_config(), capability);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("fs:default") && found[1].contains("shell:allow-open"));
    }
}
