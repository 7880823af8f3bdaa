//! The header that is committed is the one that the source makes.

use std::path::Path;

#[test]
fn the_committed_header_is_the_one_that_cbindgen_makes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut made = Vec::new();
    cbindgen::generate(root).expect("the header can be made").write(&mut made);
    let made = String::from_utf8(made).expect("the header is UTF-8");
    let file = root.join("include/kei_agent.h");
    if std::env::var_os("KEI_WRITE_HEADER").is_some() {
        std::fs::write(&file, &made).expect("the header can be written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(made == committed, "include/kei_agent.h is not what the source makes: run `make header` and commit it");
}
