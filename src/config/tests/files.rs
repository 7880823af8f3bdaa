//! Files: where they are found, who may write and read them, what they may hold.

use super::*;

#[test]
fn the_users_own_file_is_found_and_two_are_refused() {
    let mut world = World::new();
    let folder = world.path("config");
    world.set("XDG_CONFIG_HOME", &folder);
    assert_eq!(world.client("").unwrap().config.agent_id, None);
    world.file("config/kei-agent/config.yaml", "agent_id: mine\n");
    assert_eq!(world.client("").unwrap().config.agent_id.as_deref(), Some("mine"));
    assert_eq!(world.client(r#"{"config": {"path": "none"}}"#).unwrap().config.agent_id, None);
    world.file("config/kei-agent/config.toml", "agent_id = \"other\"\n");
    let error = world.refused("");
    assert!(error.code == Code::ConfigFile && error.message.contains("both exist"), "{error}");
    let mut world = World::new();
    world.file(".config/kei-agent/config.json", r#"{"agent_id": "home"}"#);
    let home = world.path("");
    world.set("HOME", home);
    assert_eq!(world.client("").unwrap().config.agent_id.as_deref(), Some("home"));
}

#[test]
fn one_file_serves_clients_and_runtimes() {
    let mut world = World::new();
    let file =
        world.file("kei.toml", "agent_id = \"a\"\n[log]\nlevel = \"debug\"\n[profile.quiet.log]\nlevel = \"off\"\n");
    world.set("KEI_CONFIG", file);
    let client = world.client("").unwrap();
    assert_eq!(
        (client.config.agent_id.as_deref(), client.facts.foreign.as_slice()),
        (Some("a"), ["log".to_owned()].as_slice())
    );
    assert_eq!(world.assemble::<RuntimeConfig>("", "").unwrap().config.log.level, LogLevel::Debug);
    world.set("KEI_PROFILE", "quiet");
    assert_eq!(world.assemble::<RuntimeConfig>("", "").unwrap().config.log.level, LogLevel::Off);
}

#[test]
fn a_profile_that_is_not_there_is_refused_with_the_nearest() {
    let mut world = World::new();
    let file = world.file("kei.toml", "[profile.staging]\nagent_id = \"s\"\n[profile.production]\n");
    world.set("KEI_CONFIG", file).set("KEI_PROFILE", "stagin");
    assert!(world.refused("").message.contains("has no profile `stagin`; did you mean `staging`?"));
    world.set("KEI_PROFILE", "elsewhere");
    assert!(world.refused("").message.contains("it has production, staging"));
    world.set("KEI_CONFIG", "none");
    assert!(world.refused("").message.contains("there is no configuration file"));
}

#[test]
fn what_is_wrong_in_a_file_is_refused_with_its_place_also_in_a_profile_that_is_not_chosen() {
    let mut world = World::new();
    for (text, expected) in [
        ("agent = \"x\"", "unknown key `agent` in the configuration file"),
        ("[timeouts]\ntotal_ms = \"x\"", "`timeouts.total_ms` must be a whole number, not a string"),
        (
            "[profile.a.auth]\nclient_idd = \"x\"",
            "unknown key `auth.client_idd` in profile `a` of the configuration file",
        ),
        ("[profile]\na = 1", "`profile.a` must be an object"),
        ("[config]\nwatch = false", "`config` says how files are read"),
        ("[log]\nlevel = \"loud\"", "`log.level` must be one of"),
    ] {
        let file = world.file("kei.toml", text);
        world.set("KEI_CONFIG", file);
        let error = world.refused("");
        assert!(error.message.contains(expected) && error.message.contains("kei.toml"), "{error}");
    }
    world.set("KEI_CONFIG", "/no/such/kei.toml");
    assert!(world.refused("").message.contains("/no/such/kei.toml cannot be read"));
    world.set("KEI_CONFIG", "/etc/kei.ini");
    assert!(world.refused("").message.contains("must end with .json, .toml, .yaml or .yml"));
}

#[cfg(unix)]
#[test]
fn a_file_with_a_secret_is_for_its_owner_alone_and_one_without_is_not_for_all_to_write() {
    let mut world = World::new();
    let plain = "agent_id = \"a\"\n";
    let secret = "[profile.other.auth]\nclient_secret = \"kept-in-mind\"\n";
    let elsewhere = "[auth]\nclient_secret = \"file:/run/secrets/kei\"\n[profile.other.auth]\ntoken = \"env:TOKEN\"\n";
    for (text, bits, taken) in [
        (plain, 0o644, true),
        (plain, 0o664, true),
        (plain, 0o666, false),
        (secret, 0o600, true),
        (secret, 0o400, true),
        (secret, 0o640, false),
        (secret, 0o644, false),
        (elsewhere, 0o644, true),
    ] {
        let file = world.file("kei.toml", text);
        mode(&file, bits);
        world.set("KEI_CONFIG", &file);
        // What refers to a file that is not here fails for another reason.
        let error = world.client(r#"{"auth": {"client_secret": null, "type": "none"}}"#).err();
        let refused = error.as_ref().is_some_and(|error| error.message.contains("chmod"));
        assert_eq!(refused, !taken, "{bits:o} {text} {error:?}");
        std::fs::remove_file(&file).unwrap();
    }
    let lines = world.file(".env", "KEI_API_TOKEN=kept-in-mind\n");
    world.set("KEI_CONFIG", "none").set("KEI_ENV_FILE", &lines);
    assert!(world.client("").is_ok());
    mode(&lines, 0o644);
    let error = world.refused("");
    assert!(error.message.contains("chmod 600") && !error.to_json().contains("kept-in-mind"), "{error}");
    let mounted = format!(r#"{{"config": {{"mounted_secrets": ["{}"]}}}}"#, world.path("").display());
    assert!(world.client(&mounted).is_ok(), "the named override is for just this");
}

#[test]
fn a_line_that_is_no_assignment_is_refused_and_not_repeated() {
    let mut world = World::new();
    for text in
        ["KEI_AGENT_ID=a\nhunter2 hunter2\n", "KEI_API_TOKEN=\"hunter2\n", "KEI_AGENT_ID=a\nKEI_AGENT_ID=hunter2\n"]
    {
        let lines = world.file(".env", text);
        world.set("KEI_ENV_FILE", lines);
        let error = world.refused("");
        assert!(error.message.contains(".env") && !error.to_json().contains("hunter2"), "{error}");
    }
}

#[test]
fn references_are_looked_up_whatever_the_source_and_the_type() {
    let mut world = World::new();
    let token = world.file("token", "kept-in-mind\n");
    let file =
        world.file("kei.toml", &format!("[auth]\ntoken = 'file:{}'\nscopes = \"env:SCOPES\"\n", token.display()));
    world
        .set("KEI_CONFIG", file)
        .set("SCOPES", "a b")
        .set("TOTAL", "1234")
        .set("KEI_AGENT_ID", "env:NAME")
        .set("NAME", "me");
    let loaded = world.client(r#"{"timeouts": {"total_ms": "env:TOTAL"}, "hedge": {"enabled": "env:HEDGE"}}"#);
    assert_eq!(loaded.unwrap_err().message, "`hedge.enabled`: env:HEDGE is not set");
    let loaded = world.client(r#"{"timeouts": {"total_ms": "env:TOTAL"}}"#).unwrap();
    let config = &loaded.config;
    assert_eq!((config.timeouts.total_ms, config.agent_id.as_deref()), (1234, Some("me")));
    assert_eq!(
        (config.auth.scopes.join(","), config.auth.token.as_ref().unwrap().expose()),
        ("a,b".into(), "kept-in-mind")
    );
    let origin = &loaded.facts.origins["auth.token"];
    assert_eq!(origin.reference.as_deref(), Some(format!("file:{}", token.display()).as_str()));
    assert!(loaded.facts.files.contains_key(&token));
    assert!(!format!("{:?}", loaded.facts).contains("kept-in-mind"));
    world.set("TOTAL", "soon");
    let error = world.refused(r#"{"timeouts": {"total_ms": "env:TOTAL"}}"#);
    assert_eq!(error.message, "`timeouts.total_ms`, which is env:TOTAL, must be a whole number");
    world.set("TOTAL", "0");
    assert!(world.refused(r#"{"timeouts": {"total_ms": "env:TOTAL"}}"#).message.contains("must be from 1 to"));
}

#[test]
fn a_secret_that_a_reference_brings_is_masked_where_no_secret_is_expected() {
    let world = World::new();
    let file = world.file("extra", "kept-in-mind");
    let handle = serde_json::json!({ "auth": { "parameters": { "pin": format!("file:{}", file.display()) } } });
    let loaded = world.client(&handle.to_string()).unwrap();
    assert_eq!(loaded.config.auth.parameters["pin"], "kept-in-mind");
    assert_eq!(loaded.facts.shown()["auth.parameters"]["pin"], crate::secret::MASK);
    assert_eq!(loaded.facts.secrets["auth.parameters.pin"].expose(), "kept-in-mind");
}

#[test]
fn placeholders_are_refused_wherever_they_stand() {
    let world = World::new();
    for (handle, path) in [
        (r#"{"auth": {"token": "your-api-token"}}"#, "auth.token"),
        (r#"{"auth": {"chain": [{"token": "<TOKEN>"}]}}"#, "auth.chain[0].token"),
        (r#"{"base_url": "${BASE_URL}"}"#, "base_url"),
    ] {
        let error = world.refused(handle);
        assert_eq!(error.message, format!("`{path}` still holds a placeholder; put the real one in its place"));
    }
}
