//! Which source wins, and that it is said.

use super::*;
use crate::secret::MASK;

/// The sources, the strongest first, and whose value each one gives.
const SOURCES: [(Source, &str); 8] = [
    (Source::Update, "update"),
    (Source::Handle, "handle"),
    (Source::Environment, "variable"),
    (Source::EnvironmentFile, "variable-file"),
    (Source::EnvFile, "env-file"),
    (Source::File, "profile"),
    (Source::File, "file"),
    (Source::Default, ""),
];

/// A world in which just these sources set the agent's name and the token; the update, and the handle's JSON.
fn world(chosen: &[usize]) -> (World, String, String) {
    let mut world = World::new();
    let mut json = [serde_json::json!({}), serde_json::json!({})];
    let (mut file, mut profile) = (String::new(), "[profile.other]\n".to_owned());
    for index in chosen {
        let value = SOURCES[*index].1;
        let toml = format!("agent_id = \"{value}\"\nauth.token = \"token-of-{value}\"\n");
        match *index {
            0 | 1 => {
                json[*index] =
                    serde_json::json!({ "agent_id": value, "auth": { "token": format!("token-of-{value}") } });
            }
            2 => _ = world.set("KEI_AGENT_ID", value).set("KEI_API_TOKEN", format!("token-of-{value}")),
            3 => {
                let name = world.file("name", &format!("{value}\n"));
                let token = world.file("token", &format!("token-of-{value}\n"));
                world.set("KEI_AGENT_ID_FILE", name).set("KEI_API_TOKEN_FILE", token);
            }
            4 => {
                let lines = world.file(
                    ".env",
                    &format!("# comment\nexport KEI_AGENT_ID={value}\nKEI_API_TOKEN='token-of-{value}'\n"),
                );
                world.set("KEI_ENV_FILE", lines);
            }
            5 => {
                profile = format!("[profile.staging]\n{toml}");
                world.set("KEI_PROFILE", "staging");
            }
            6 => file = toml,
            _ => {}
        }
    }
    let path = world.file("kei.toml", &format!("{file}{profile}"));
    world.set("KEI_CONFIG", path);
    (world, json[0].to_string(), json[1].to_string())
}

#[test]
fn of_every_two_sources_the_stronger_one_wins_and_both_are_named() {
    for (strong, (source, value)) in SOURCES.into_iter().enumerate() {
        for (weak, (weaker, _)) in SOURCES.into_iter().enumerate().skip(strong) {
            if (strong, weak) == (2, 3) {
                // These two exclude each other; see below.
                continue;
            }
            let (world, update, handle) = world(&[strong, weak]);
            let loaded: Loaded<ClientConfig> = world.assemble(&update, &handle).unwrap();
            let context = format!("{source:?} {value} over {weaker:?}");
            assert_eq!(loaded.config.agent_id.as_deref(), (source != Source::Default).then_some(value), "{context}");
            let explained = loaded.facts.explain();
            let named = |path: &str| explained.iter().find(|value| value.path == path).unwrap();
            let name = named("agent_id");
            assert_eq!(name.set_by.source, source, "{context}");
            let passed: Vec<_> = name.passed_over.iter().map(|origin| origin.source).collect();
            let expected = (weak != strong && weaker != Source::Default).then_some(weaker);
            assert_eq!(passed, Vec::from_iter(expected), "{context}");
            if source == Source::Default {
                continue;
            }
            // A token in a file is a setting of its own; in either form it is the stronger source's.
            let by_file = source == Source::EnvironmentFile;
            let token = named(if by_file { "auth.token_file" } else { "auth.token" });
            assert_eq!(token.set_by.source, source, "{context}");
            assert_eq!(loaded.config.auth.token.is_some(), !by_file, "{context}");
            assert_eq!(loaded.config.auth.token_file.is_some(), by_file, "{context}");
            let shown = serde_json::to_string(&explained).unwrap();
            assert!(!shown.contains("token-of"), "{context}: {shown}");
            if !by_file {
                assert_eq!(token.value, MASK, "{context}");
                assert_eq!(loaded.config.auth.token.as_ref().unwrap().expose(), format!("token-of-{value}"));
            }
        }
    }
}

#[test]
fn each_source_is_named_with_its_place() {
    let dotenv = format!("{}.env", std::path::MAIN_SEPARATOR);
    for (index, ending) in
        [(2, "KEI_AGENT_ID"), (3, "KEI_AGENT_ID_FILE"), (4, &dotenv), (5, "kei.toml, profile staging"), (6, "kei.toml")]
    {
        let (world, update, handle) = world(&[index]);
        let loaded: Loaded<ClientConfig> = world.assemble(&update, &handle).unwrap();
        let place = loaded.facts.origins["agent_id"].place.clone().unwrap();
        assert!(place.ends_with(ending), "{place}");
    }
}

#[test]
fn a_variable_and_its_file_together_are_refused() {
    let mut world = World::new();
    world.set("KEI_API_TOKEN", "a-token").set("KEI_API_TOKEN_FILE", "/run/secrets/token");
    let error = world.refused("");
    assert!(error.message.contains("KEI_API_TOKEN and KEI_API_TOKEN_FILE are both set"), "{error}");
    let mut world = World::new();
    let lines = world.file(".env", "KEI_AGENT_ID=a\nKEI_AGENT_ID_FILE=/x\n");
    world.set("KEI_ENV_FILE", lines);
    assert!(world.refused("").message.contains("KEI_AGENT_ID and KEI_AGENT_ID_FILE are both set"));
    let mut world = World::new();
    world.set("KEI_CONFIG_FILE", "/etc/kei.toml");
    assert!(world.refused("").message.contains("did you mean KEI_CONFIG?"));
}

#[test]
fn lists_and_maps_come_from_one_source_whole() {
    let mut world = World::new();
    let file = world.file("kei.yaml", "auth:\n  scopes: [a, b]\n  parameters: {x: \"1\"}\n  client_id: c\n");
    world.set("KEI_CONFIG", file).set("KEI_OIDC_SCOPES", "c");
    let auth = world.client(r#"{"auth": {"parameters": {"y": "2"}}}"#).unwrap().config.auth;
    assert_eq!(auth.scopes, ["c"]);
    assert_eq!(auth.parameters, BTreeMap::from([("y".to_owned(), "2".to_owned())]));
    assert_eq!(auth.client_id.as_deref(), Some("c"), "what stands beside them is kept");
}

#[test]
fn null_and_nothing_leave_a_setting_to_the_weaker_sources() {
    let mut world = World::new();
    let file = world.file("kei.json", r#"{"agent_id": "from-the-file", "timeouts": {"total_ms": 5}}"#);
    world.set("KEI_CONFIG", file).set("KEI_AGENT_ID", "");
    let config = world.client(r#"{"agent_id": null, "timeouts": {"total_ms": null}}"#).unwrap().config;
    assert_eq!((config.agent_id.as_deref(), config.timeouts.total_ms), (Some("from-the-file"), 5));
}
