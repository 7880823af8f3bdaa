//! The reference documentation is what the library says of itself, and the documents name nothing that is not there.

use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn described(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kei-agent"));
    let output = command.arg("describe").args(arguments).output().expect("the command line runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_committed_reference_is_what_the_library_says_of_itself() {
    let committed = std::fs::read_to_string(root().join("docs/operations.md")).unwrap_or_default();
    assert!(
        committed == described(&["--markdown"]),
        "docs/operations.md is out of date: run `make docs` and commit it"
    );
}

#[test]
fn every_operation_option_setting_and_error_is_in_the_reference() {
    let reference = described(&["--markdown"]);
    let document: serde_json::Value = serde_json::from_str(&described(&[])).expect("JSON");
    let schema = |name: &str| {
        let reference = document[name]["$ref"].as_str().expect("a reference").trim_start_matches('#').to_owned();
        document.pointer(&reference).expect("the schema")["properties"].as_object().expect("an object").clone()
    };
    let methods = document["methods"].as_array().expect("methods");
    assert!(methods.len() >= 14);
    for method in methods {
        assert!(reference.contains(&format!("### {}\n", method["name"].as_str().expect("a name"))), "{method}");
    }
    for name in schema("x-options").keys() {
        assert!(reference.contains(&format!("| `{name}` |")), "{name}");
    }
    for error in document["x-errors"].as_array().expect("errors") {
        assert!(reference.contains(&format!("| {} | `{}` |", error["code"], error["name"].as_str().expect("a name"))));
    }
    for setting in ["base_url", "auth.client_secret", "timeouts.total_ms", "retry.max_attempts", "log.level"] {
        assert!(reference.contains(&format!("| `{setting}` |")), "{setting}");
    }
}

#[test]
fn the_readmes_links_lead_somewhere() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let links: Vec<_> = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 5);
    for link in links.into_iter().filter(|link| !link.starts_with("http")) {
        assert!(root().join(link).exists(), "README.md links to {link}, which is not there");
    }
}
