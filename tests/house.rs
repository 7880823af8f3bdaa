//! The layers of the library depend on each other one way only.

use std::path::{Path, PathBuf};

/// From the lowest layer to the highest.
const LAYERS: [&[&str]; 9] = [
    &["clock", "secret", "fault", "in_flight", "latch", "order", "private", "seat"],
    &["error", "inbox", "json", "schemas", "thread"],
    &["config", "observe"],
    &["letters", "transport"],
    &["auth", "vault"],
    &["pipeline"],
    &["exporter", "feed", "operation", "operations", "runtime", "server"],
    &["client"],
    &["ffi", "fuzzing"],
];

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_module_uses_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut uses = 0;
    for file in files {
        let place = file.strip_prefix(&root).unwrap();
        let first = place.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let own = rank(module).unwrap_or_else(|| panic!("{module} is in no layer: put it into one"));
        let text = std::fs::read_to_string(&file).unwrap();
        for other in text.split("crate::").skip(1) {
            let name: String =
                other.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect();
            if let Some(rank) = rank(&name) {
                uses += 1;
                assert!(rank <= own, "{} uses {name}, which stands above it", place.display());
            }
        }
    }
    assert!(uses > 100, "the sources were read");
}

#[test]
fn unsafe_is_allowed_in_the_boundary_and_nowhere_else() {
    let library = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    assert!(library.contains("#![deny(missing_docs, unsafe_op_in_unsafe_fn, unsafe_code)]"));
    assert_eq!(library.matches("allow(unsafe_code)").count(), 1);
}
