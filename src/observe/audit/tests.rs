//! What the audit promises.

use super::chain::Link;
use super::file::Checkpoint;
use super::key::Verifier;
use super::*;
use crate::secret::Secret;

fn config(folder: &Path) -> AuditConfig {
    let file = folder.join("audit").to_str().map(str::to_owned);
    AuditConfig { enabled: true, file, checkpoint_records: 10, ..AuditConfig::default() }
}

fn start(config: &AuditConfig) -> Result<Audit> {
    Audit::start(config, &Arc::default(), Dispatch::none())
}

/// Writes an audit of so many records of the test's, and closes it.
fn written(folder: &Path, records: usize) -> PathBuf {
    let config = config(folder);
    let audit = start(&config).unwrap();
    for number in 0..records {
        audit.note(|| {
            Event::new("call.end", "agent-1")
                .with("operation", "plan")
                .with("number", number)
                .with("words", "ä \"b\" c")
        });
    }
    audit.close(Duration::from_secs(60));
    assert_eq!(audit.lost(), 0);
    PathBuf::from(config.file.unwrap())
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    text(path).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_audit_is_chained_and_signed_and_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 25);
    let first = Audit::verify(&path, None, None);
    assert!(first.intact, "{first:?}");
    assert_eq!((first.records, first.checkpoints, first.signed_up_to), (31, 4, 31));
    let before = lines(&path);
    assert_eq!((&before[0]["seq"], &before[0]["event"]), (&1.into(), &"audit.begin".into()));
    assert_eq!((&before[3]["operation"], &before[3]["number"]), (&"plan".into(), &1.into()));
    assert_eq!((&before[29]["event"], &before[30]["event"]), (&"audit.end".into(), &"audit.checkpoint".into()));
    written(folder.path(), 5);
    let noted = before[20]["hash"].as_str().unwrap();
    let second = Audit::verify(&path, Some(&text(&private::beside(&path, ".pub"))), Some((21, noted)));
    assert!(second.intact && second.records > first.records, "{second:?}");
    assert!(!Audit::verify(&path, None, Some((20, noted))).intact);
    #[cfg(unix)]
    for name in ["", ".key", ".checkpoint"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(private::beside(&path, name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn every_change_to_every_byte_and_record_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 21);
    let whole = std::fs::read(&path).unwrap();
    let key = Verifier::read(&text(&private::beside(&path, ".pub"))).unwrap();
    let kept = file::checkpoint(&path).unwrap().unwrap();
    let intact = |bytes: &[u8]| verify::chained(bytes, &key, Some(&kept), None, &mut Verified::default()).is_ok();
    assert!(intact(&whole));
    let mut tried = 0;
    let mut check = |changed: &[u8], what: &str| {
        tried += 1;
        assert!(!intact(changed), "{what} is not found");
    };
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        for bit in [1, 0x20, 0x80] {
            changed[at] ^= bit;
            check(&changed, &format!("bit {bit} of byte {at}"));
            changed[at] ^= bit;
        }
        changed.remove(at);
        check(&changed, &format!("without byte {at}"));
        changed.insert(at, whole[at]);
        changed.insert(at, b' ');
        check(&changed, &format!("a space at byte {at}"));
        check(&whole[..at], &format!("cut at byte {at}"));
    }
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for at in 0..lines.len() {
        let mut changed = lines.clone();
        changed.remove(at);
        check(&changed.concat(), &format!("without line {at}"));
        changed.insert(at, lines[at]);
        changed.insert(at, lines[at]);
        check(&changed.concat(), &format!("line {at} twice"));
        if at > 0 {
            let mut changed = lines.clone();
            changed.swap(at - 1, at);
            check(&changed.concat(), &format!("lines {at} and before exchanged"));
        }
        // Forged by one who knows the format, but not the key: chained anew from there on.
        check(forged(&lines, at, false).as_bytes(), &format!("line {at} replaced, and all after it chained anew"));
        check(forged(&lines, at, true).as_bytes(), &format!("a line inserted at {at}, and all after it chained anew"));
    }
    println!("{tried} changes, all found");
}

/// The audit with a record changed, or one more, and everything after it chained anew.
fn forged(lines: &[&[u8]], at: usize, insert: bool) -> String {
    let mut last = Link::default();
    let mut text = String::new();
    let mut put = |body| {
        let (line, link) = chain::line(&last, body);
        last = link;
        text += &line;
    };
    for (number, line) in lines.iter().enumerate() {
        let mut body = chain::read(std::str::from_utf8(line).unwrap().trim_end()).ok().unwrap().body;
        if number == at {
            let mut other = body.clone();
            other.insert("actor".to_owned(), "someone else".into());
            if insert {
                put(other);
            } else {
                body = other;
            }
        }
        put(body);
    }
    text
}

#[test]
fn a_line_that_was_never_whole_is_mended_and_what_was_changed_is_not_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 3);
    let whole = text(&path);
    let torn = "{\"actor\":\"agent-1\",\"ev";
    std::fs::write(&path, format!("{whole}{torn}")).unwrap();
    let found = Audit::verify(&path, None, None);
    assert!(found.intact && found.unfinished_bytes == torn.len() as u64, "{found:?}");
    written(folder.path(), 1);
    let mended = lines(&path);
    let begun = &mended[whole.lines().count()];
    assert_eq!((&begun["event"], &begun["mended_bytes"]), (&"audit.begin".into(), &torn.len().into()));
    assert!(Audit::verify(&path, None, None).intact);

    let refused = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = start(&config(folder.path())).err().unwrap();
        assert_eq!(error.code, Code::ConfigFile);
        error.message.clone()
    };
    let cut: String = whole.split_inclusive('\n').take(3).collect();
    assert!(refused(&cut).contains("records were taken away"));
    assert!(refused("").contains("records were taken away"));
    assert!(
        refused(&whole.replace("audit.end", "audit.bad").replace("audit.checkpoint", "audit.checkpoinT"))
            .contains("was changed")
    );
}

#[test]
fn secrets_are_masked_in_the_audit_and_what_each_record_has_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let redactor = Arc::new(Redactor::new());
    redactor.register("token", &Secret::new("hunter2-hunter2"));
    let config = config(folder.path());
    let audit = Audit::start(&config, &redactor, Dispatch::none()).unwrap();
    audit.note(|| Event::new("x", "hunter2-hunter2").with("a", "<hunter2-hunter2>").with("seq", 7).with("ratio", 0.5));
    drop(audit);
    let path = PathBuf::from(config.file.unwrap());
    assert!(!text(&path).contains("hunter2"));
    let record = lines(&path).into_iter().find(|record| record["event"] == "x").unwrap();
    assert_eq!((&record["seq"], &record["ratio"]), (&3.into(), &"0.5".into()));
    assert!(Audit::verify(&path, None, None).intact);
}

#[test]
fn what_cannot_be_written_is_refused_or_counted_as_the_configuration_says() {
    let folder = tempfile::tempdir().unwrap();
    for (deny, on_write_failure) in [(true, AuditFailure::Deny), (false, AuditFailure::Continue)] {
        let folder = folder.path().join(format!("{deny}"));
        std::fs::create_dir(&folder).unwrap();
        let audit = start(&AuditConfig { on_write_failure, ..config(&folder) }).unwrap();
        let require = || futures_util::FutureExt::now_or_never(audit.require(|| Event::new("call.begin", "a")));
        // The thread is gone, as if its file hung and it were given up.
        audit.close(Duration::from_secs(60));
        let outcome = require().expect("nothing to wait for");
        assert_eq!(outcome.as_ref().err().map(|error| error.code), deny.then_some(Code::Refused));
        assert_eq!(audit.lost(), 1);
    }
}

#[test]
fn a_full_disk_loses_records_not_the_chain_and_the_audit_says_how_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    let (mut trail, _) =
        Trail::open(&path, Signer::open(&folder.path().join("key"), &Redactor::new()).unwrap()).unwrap();
    let writable = trail.replace_file(std::fs::File::open(&path).unwrap());
    let shared = Arc::new(Shared::default());
    let mut writer = Writer {
        trail,
        redactor: Arc::default(),
        shared: Arc::clone(&shared),
        told: 0,
        failing: false,
        records: 10,
        time: Duration::from_secs(60),
        due: None,
    };
    let take = |writer: &mut Writer| {
        let (say, mut hear) = oneshot::channel();
        writer.take(Entry { body: Event::new("x", "a").body, written: Some(say) });
        hear.try_recv().unwrap()
    };
    assert_eq!([take(&mut writer), take(&mut writer)], [None, None]);
    writer.trail.replace_file(writable);
    assert_eq!(take(&mut writer), Some(2));
    writer.sign();
    assert_eq!(shared.lost.load(Ordering::Acquire), 2);
    let found = lines(&path);
    assert_eq!((&found[0]["event"], &found[0]["lost"]), (&"audit.gap".into(), &2.into()));
    assert!(Audit::verify(&path, None, None).intact);
}

#[test]
fn a_checkpoint_that_was_taken_away_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), 3);
    std::fs::remove_file(private::beside(&path, ".checkpoint")).unwrap();
    let found = Audit::verify(&path, None, None);
    assert!(found.problem.unwrap().why.contains("is missing"));
    let wrong = Checkpoint { seq: 1, hash: "0".repeat(64) };
    std::fs::write(private::beside(&path, ".checkpoint"), serde_json::to_string(&wrong).unwrap()).unwrap();
    assert!(!Audit::verify(&path, None, None).intact);
}

#[test]
fn what_the_configuration_lacks_or_gets_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = AuditConfig { enabled: true, ..AuditConfig::default() };
    let error = start(&missing).err().unwrap();
    assert_eq!((error.code, error.details["field"].as_str()), (Code::ConfigMissing, Some("audit.file")));
    let key = folder.path().join("bad.key");
    std::fs::write(&key, "no key").unwrap();
    let with_key = AuditConfig { key_file: key.to_str().map(str::to_owned), ..config(folder.path()) };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert!(start(&with_key).err().unwrap().message.contains("can be read by others"));
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert!(start(&with_key).err().unwrap().message.contains("holds no key that can be used"));
    let first = start(&config(folder.path())).unwrap();
    assert!(start(&config(folder.path())).err().unwrap().message.contains("is in use by another process"));
    drop(first);
    assert!(!start(&AuditConfig::default()).unwrap().is_on());
}
