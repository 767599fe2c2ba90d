//! Embeds the page and writes down which commands exist, so that none but these can be allowed.

use tauri_build::{AppManifest, Attributes};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The page is built by `cargo xtask ui`. Checks and lints of the shell need the folder to exist, not its contents.
    std::fs::create_dir_all("../ui/dist")?;
    println!("cargo:rerun-if-changed=../ui/dist");
    let attributes = Attributes::new()
        .config_path("../tauri.conf.json")
        .app_manifest(AppManifest::new().commands(&["call", "listen"]));
    tauri_build::try_build(attributes)?;
    Ok(())
}
