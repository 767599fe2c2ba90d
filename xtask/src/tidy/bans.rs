//! Words that must not stand in the code, each with its reason.

use super::Finding;
use super::source::Sources;

/// Where a ban looks.
#[derive(PartialEq)]
enum Look {
    /// Code without its comments, in files with these extensions.
    Code(&'static [&'static str]),
    /// Whole texts, comments and prose included.
    Everywhere,
}

struct Ban {
    words: &'static [&'static str],
    look: Look,
    /// Paths (or beginnings of paths) where the word is in its place.
    allowed: &'static [&'static str],
    why: &'static str,
}

const RUST: Look = Look::Code(&["rs"]);

const BANS: &[Ban] = &[
    Ban {
        words: &["inner_html", "innerHTML", "outerHTML", "insertAdjacentHTML", "insert_adjacent_html"],
        look: Look::Code(&["rs", "js", "html"]),
        allowed: &[],
        why: "telemetry and flow files are written by others: show text nodes only",
    },
    Ban {
        words: &["process::exit", "process::abort"],
        look: RUST,
        allowed: &["engine/cli/src/main.rs"],
        why: "it skips destructors, and with them open transactions: return an ExitCode",
    },
    Ban {
        words: &["println!", "print!", "eprintln!", "eprint!"],
        look: RUST,
        // The shell speaks to a terminal before its window is open, and to the program that measures it.
        allowed: &[
            "engine/cli/",
            "xtask/",
            "tests/",
            "benches/",
            "engine/store/benches/",
            "engine/bus/benches/",
            "build.rs",
            "src-tauri/src/start.rs",
            "src-tauri/src/probe.rs",
        ],
        why: "only the terminal faces speak to a terminal: return the text, or use tracing",
    },
    Ban {
        words: &["unbounded_channel", "mpsc::unbounded", "channel::unbounded"],
        look: RUST,
        allowed: &[],
        why: "a queue without a limit is a memory leak under load: name a limit",
    },
    Ban {
        words: &["disable_recursion_limit", "no-recursion-limit", "unbounded_depth"],
        look: Look::Code(&["rs", "toml"]),
        allowed: &[],
        why: "deep input would overflow the stack, which aborts",
    },
    Ban {
        words: &["#[ignore", "todo!", "unimplemented!"],
        look: RUST,
        allowed: &[],
        why: "what is not done is refused in words; a test that does not run tests nothing",
    },
    Ban {
        words: &["TODO", "FIXME", "XXX"],
        look: Look::Everywhere,
        allowed: &[],
        why: "open ends belong into the issues",
    },
    Ban {
        words: &["/home/", "/root/", "/Users/", r"C:\Users"],
        look: Look::Everywhere,
        allowed: &[],
        why: "a path of one machine means nothing on another",
    },
];

/// This folder names what it forbids.
const SELF: &str = "xtask/src/tidy/";

/// Where compressed bytes may be inflated: in each of these rooms one module, which caps what comes out. What is received is
/// inflated in the second, what is imported in the first, what Thalweg packed itself in the others.
const DECODERS: &[&str] = &["GzDecoder", "ZlibDecoder", "DeflateDecoder", "flate2::Decompress", "zstd::"];
const DECODING_ROOMS: &[&str] = &[
    "engine/telemetry/src/files/",
    "engine/telemetry/src/",
    "engine/workbench/src/",
    "engine/spans/src/",
    "engine/store/src/",
];
/// What packs bombs and unpacks answers of a server under test.
const DECODING_TESTS: &str = "engine/telemetry/tests/";

pub(super) fn check(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in sources.files().iter().filter(|file| !file.path.starts_with(SELF)) {
        for ban in BANS.iter().filter(|ban| !ban.is_lifted(&file.path)) {
            let mut tell = |line: usize, text: &str| {
                for word in ban.words.iter().filter(|word| contains_word(text, word)) {
                    findings.push(Finding::at(&file.path, line, format!("`{word}`: {}", ban.why)));
                }
            };
            match ban.look {
                Look::Code(extensions) if extensions.contains(&file.extension()) => {
                    file.code_lines().for_each(|(line, text)| tell(line, text));
                }
                Look::Code(_) => {}
                Look::Everywhere => file.lines().for_each(|(line, text)| tell(line, text)),
            }
        }
    }
    findings.extend(check_decoders(sources));
    findings
}

impl Ban {
    fn is_lifted(&self, path: &str) -> bool {
        self.allowed.iter().any(|allowed| path.starts_with(allowed) || path.ends_with(&format!("/{allowed}")))
    }
}

/// Whether `word` stands in `text` and is not the tail or the head of a longer word.
fn contains_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let open_start = word.starts_with(is_part);
    let open_end = word.ends_with(is_part);
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let continues = (open_start && before.is_some_and(is_part)) || (open_end && after.is_some_and(is_part));
        !continues
    })
}

fn check_decoders(sources: &Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut homes: Vec<(&str, &str)> = Vec::new();
    let judged = |path: &str| !path.starts_with(SELF) && !path.starts_with(DECODING_TESTS);
    for file in sources.with_extension("rs").filter(|file| judged(&file.path)) {
        for (line, text) in file.code_lines() {
            let Some(decoder) = DECODERS.iter().find(|decoder| text.contains(**decoder)) else { continue };
            let Some(room) = DECODING_ROOMS.iter().find(|room| file.path.starts_with(**room)) else {
                let text = format!("`{decoder}` outside {DECODING_ROOMS:?}: inflating needs a cap on what comes out");
                findings.push(Finding::at(&file.path, line, text));
                continue;
            };
            match homes.iter().find(|(known, _)| known == room) {
                None => homes.push((room, &file.path)),
                Some((_, home)) if *home == file.path => {}
                Some((_, home)) => {
                    let text = format!("inflates, and {home} does too: one module must hold the cap");
                    findings.push(Finding::new(&*file.path, text));
                    break;
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(path: &str, text: &str) -> Vec<String> {
        check(&Sources::of(&[(path, text)])).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn banned_calls_are_found_where_they_stand() {
        assert_eq!(places("ui/src/a.rs", "fn a() {}\nview! { <p inner_html=x/> }"), ["ui/src/a.rs:2"]);
        assert_eq!(places("engine/sim/src/a.rs", "std::process::exit(1)"), ["engine/sim/src/a.rs:1"]);
        assert_eq!(places("engine/store/Cargo.toml", "features = [\"no-recursion-limit\"]").len(), 1);
        assert_eq!(places("engine/flow/src/a.rs", "#[ignore = \"slow\"]").len(), 1);
        assert_eq!(places("engine/flow/src/a.rs", "eprintln!(\"x\")"), ["engine/flow/src/a.rs:1"]);
    }

    #[test]
    fn a_word_in_its_place_is_left_alone() {
        assert!(places("engine/cli/src/main.rs", "process::exit(1)").is_empty());
        assert!(places("engine/cli/src/out.rs", "println!(\"x\")").is_empty());
        assert!(places("src-tauri/build.rs", "println!(\"cargo:rerun-if-changed=x\")").is_empty());
        assert!(places("ui/src/a.rs", "// never inner_html").is_empty());
        assert!(places("engine/sim/src/a.rs", "let unbounded_channels = 1;").is_empty());
    }

    #[test]
    fn open_ends_and_machine_paths_are_found_in_prose_too() {
        assert_eq!(places("README.md", "TODO: write").len(), 1);
        assert_eq!(places("docs/guide.md", "see /home/me/thalweg").len(), 1);
        assert_eq!(places("engine/sim/src/a.rs", "// FIXME later").len(), 1);
    }

    #[test]
    fn one_module_inflates() {
        let gzip = "use flate2::read::GzDecoder;";
        let check = |paths: &[&str]| {
            let texts: Vec<(&str, &str)> = paths.iter().map(|path| (*path, gzip)).collect();
            check_decoders(&Sources::of(&texts)).into_iter().map(|finding| finding.place).collect::<Vec<_>>()
        };
        assert!(check(&["engine/telemetry/src/body.rs"]).is_empty());
        assert_eq!(check(&["engine/telemetry/src/a.rs", "engine/telemetry/src/b.rs"]), ["engine/telemetry/src/b.rs"]);
        assert_eq!(check(&["engine/sim/src/a.rs"]), ["engine/sim/src/a.rs:1"]);
        assert_eq!(check(&["engine/store/src/a.rs", "engine/store/src/b.rs"]), ["engine/store/src/b.rs"]);
        assert!(check(&["engine/telemetry/tests/hostile.rs"]).is_empty());
        assert!(check(&["engine/spans/src/block/frame.rs", "engine/telemetry/src/body.rs"]).is_empty());
        let twice = ["engine/spans/src/block/frame.rs", "engine/spans/src/block/pack.rs"];
        assert_eq!(check(&twice), ["engine/spans/src/block/pack.rs"]);
    }
}
