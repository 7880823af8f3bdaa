//! What becomes of messages, in memory and in a file.

use super::*;

fn letter(id: &str) -> Letter {
    Letter {
        id: id.to_owned(),
        operation: "bus.publish".to_owned(),
        to: "somebody".to_owned(),
        body: RawValue::from_string(format!(r#"{{"id":"{id}"}}"#)).unwrap(),
        accepted_at: now(),
        failed: None,
    }
}

fn config(file: Option<&Path>, max_count: usize, when_full: WhenFull) -> DeadLetterConfig {
    let file = file.map(|path| path.to_str().unwrap().to_owned());
    DeadLetterConfig { file, max_count, when_full, ..DeadLetterConfig::default() }
}

fn gone() -> Error {
    let mut error = Error::new(Code::Connect, "the platform is away");
    error.attempts = 3;
    error
}

fn ids(letters: &Letters) -> Vec<String> {
    letters.list(None, 1000).into_iter().map(|letter| letter.id).collect()
}

#[test]
fn what_is_delivered_is_gone_and_what_is_not_is_kept_with_its_reason() {
    let letters = Files::default().open(&config(None, 10, WhenFull::DropOldest)).unwrap();
    letters.accept(letter("a")).unwrap().delivered();
    letters.accept(letter("b")).unwrap().failed(&gone());
    letters.take_up("b").unwrap().0.failed(&gone());
    drop(letters.accept(letter("c")).unwrap());
    assert_eq!(ids(&letters), ["b", "c"]);
    let failed = letters.get("b").unwrap().failed.unwrap();
    assert_eq!((failed.error.as_str(), failed.attempts), ("KEI_E_CONNECT", 6));
    assert_eq!(letters.get("c").unwrap().failed.unwrap().error, "KEI_E_CANCELLED");
    assert_eq!(letters.list(Some("b"), 10)[0].id, "c");
}

#[test]
fn a_message_on_its_way_is_neither_sent_again_nor_dropped_nor_taken_twice() {
    let letters = Files::default().open(&config(None, 10, WhenFull::DropOldest)).unwrap();
    letters.accept(letter("a")).unwrap().failed(&gone());
    let (pending, _) = letters.take_up("a").unwrap();
    assert!(letters.take_up("a").is_none() && !letters.discard("a"));
    assert_eq!(letters.accept(letter("a")).err().unwrap().code, Code::Conflict);
    assert_eq!((letters.counts().pending, letters.counts().dead), (1, 0));
    pending.failed(&gone());
    let again = letters.accept(letter("a")).unwrap();
    assert_eq!(letters.counts().pending, 1, "the dead letter goes on under its id");
    drop(again);
    assert!(letters.discard("a") && ids(&letters).is_empty());
    assert_eq!(letters.counts().dead_bytes, 0);
}

#[test]
fn too_many_dead_letters_drop_the_oldest_or_stop_new_ones() {
    let letters = Files::default().open(&config(None, 2, WhenFull::DropOldest)).unwrap();
    for id in ["a", "b", "c"] {
        letters.accept(letter(id)).unwrap().failed(&gone());
    }
    assert_eq!((ids(&letters), letters.counts().dropped), (vec!["b".to_owned(), "c".to_owned()], 1));
    let letters = Files::default().open(&config(None, 2, WhenFull::Refuse)).unwrap();
    for id in ["a", "b"] {
        letters.accept(letter(id)).unwrap().failed(&gone());
    }
    let error = letters.accept(letter("c")).err().unwrap();
    assert!(error.code == Code::Overloaded && error.message.contains("dead_letters.max_count"), "{error}");
    assert!(letters.accept(letter("a")).is_ok(), "one that is kept already needs no room");
}

#[test]
fn a_file_brings_back_what_was_not_delivered_and_a_torn_line_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters");
    let config = config(Some(&path), 10, WhenFull::DropOldest);
    let files = Files::default();
    let letters = files.open(&config).unwrap();
    letters.accept(letter("delivered")).unwrap().delivered();
    letters.accept(letter("dead")).unwrap().failed(&gone());
    letters.accept(letter("dropped")).unwrap().failed(&gone());
    letters.discard("dropped");
    let pending = letters.accept(letter("pending")).unwrap();
    assert!(Arc::ptr_eq(&letters, &files.open(&config).unwrap()), "the clients of a runtime share it");
    let busy = Files::default().open(&config).err().unwrap();
    assert!(busy.message.contains("in use") && busy.code == Code::ConfigFile, "{busy}");
    // As kill -9 leaves it: nothing is settled, and a line is torn.
    let torn = [std::fs::read(&path).unwrap(), br#"{"put":{"id":"torn","oper"#.to_vec()].concat();
    drop((pending, letters));
    std::fs::write(&path, torn).unwrap();
    let letters = files.open(&config).unwrap();
    assert_eq!(ids(&letters), ["dead", "pending"]);
    assert_eq!(letters.get("dead").unwrap().failed.unwrap().attempts, 3);
    assert!(letters.get("pending").unwrap().failed.unwrap().message.contains("process ended"));
    assert_eq!(letters.get("pending").unwrap().body.get(), r#"{"id":"pending"}"#);
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| Files::default().open(&config(Some(path), 10, WhenFull::DropOldest)).err().unwrap();
    assert!(open(&folder.path().join("no/such/folder")).message.contains("`dead_letters.file`"));
    let path = folder.path().join("other");
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    std::io::Write::write_all(&mut file.open(&path).unwrap(), b"{\"gone\":\"a\"}\nnot a line of ours\n").unwrap();
    let error = open(&path);
    assert!(error.message.contains("line 2"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().contains("not a line of ours"), "it is left as it was");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(open(&path).message.contains("mode 0644"));
    }
}

#[test]
fn the_file_does_not_grow_with_what_is_past() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letters");
    let letters = Files::default().open(&config(Some(&path), 10, WhenFull::DropOldest)).unwrap();
    letters.accept(letter("kept")).unwrap().failed(&gone());
    for number in 0..20_000 {
        letters.accept(letter(&number.to_string())).unwrap().delivered();
    }
    assert!(std::fs::metadata(&path).unwrap().len() < 2 << 20);
    drop(letters);
    let letters = Files::default().open(&config(Some(&path), 10, WhenFull::DropOldest)).unwrap();
    assert_eq!(ids(&letters), ["kept"]);
}
