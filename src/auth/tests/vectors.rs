//! The refresh behaviour of the AWS SDKs, row by row, through our manager. Where ours differs on purpose, `docs/token-refresh.md` has a row that says
//! what ours does and why; a row there that is not needed is as wrong as one that is missing.

use serde::Deserialize;

use super::*;
use crate::auth::TokenState;

#[derive(Deserialize)]
struct Row {
    given: Given,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    cached_credentials: String,
    access_key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    #[serde(rename = "type")]
    kind: String,
    response: Option<String>,
    lifetime_seconds: Option<u64>,
    seconds: Option<u64>,
    rejected_access_key_id: Option<String>,
    expected: Option<Expected>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    result: String,
    source_contacted: bool,
    rate_limited: bool,
    advisory_window_seconds: Option<u64>,
}

impl Expected {
    fn words(&self) -> String {
        words(&self.result, self.source_contacted, self.rate_limited, self.advisory_window_seconds)
    }
}

fn words(result: &str, contacted: bool, limited: bool, window: Option<u64>) -> String {
    let source = if contacted {
        "asked"
    } else if limited {
        "not asked yet"
    } else {
        "not asked"
    };
    let window = window.map(|window| format!(", renewed {window} s before the end")).unwrap_or_default();
    format!("{result}, {source}{window}")
}

/// What the issuer answers next.
type Next = Arc<Mutex<(String, u64)>>;

fn script(next: &Next) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let next = Arc::clone(next);
    move |asked| {
        let (response, life) = next.lock().unwrap().clone();
        match (asked.number, response.as_str()) {
            (0, _) => Reply::Usual,
            (_, "freshCredentials") => Reply::Token(life),
            (_, "staleCredentials") => Reply::Token(0),
            (_, "nonRecoverableError") => Reply::Answer(400, &[], r#"{"error":"unauthorized_client"}"#.into()),
            _ => Reply::refused(),
        }
    }
}

/// One row: what each of its steps that get a credential came to.
async fn play(row: &Row) -> Vec<String> {
    let next: Next = Arc::new(Mutex::new(("freshCredentials".to_owned(), 3600)));
    let world = World::new(SEED, script(&next));
    // A token that is renewed between 2520 s and 3060 s, must be from 3540 s, and ends at 3590 s.
    let age = match row.given.cached_credentials.as_str() {
        "none" => None,
        "valid" => Some(1),
        "advisory" => Some(3100),
        "mandatory" => Some(3545),
        "expired" => Some(3595),
        other => panic!("{other}"),
    };
    let mut held = 0;
    if let Some(age) = age {
        held = world.number().await;
        // Nobody uses it meanwhile, so that the library does not renew it by itself.
        world.unused();
        world.until(s(age)).await;
    }
    let mut told = Vec::new();
    let mut asked = None;
    for (index, step) in row.steps.iter().enumerate() {
        let following = row.steps.get(index + usize::from(step.kind == "invalidate"));
        let response = following.and_then(|step| step.response.clone()).unwrap_or_else(|| "away".to_owned());
        let life = following.and_then(|step| step.lifetime_seconds).unwrap_or(3600);
        *next.lock().unwrap() = (response, life);
        match step.kind.as_str() {
            "advanceTime" => {
                world.unused();
                tokio::time::sleep(s(step.seconds.unwrap())).await;
            }
            "invalidate" => {
                asked = Some(world.token_requests().len());
                let current = row.given.access_key_id == step.rejected_access_key_id;
                let generation = world.manager.status().generation;
                // The call that was rejected; what comes of it shows in the next step.
                let _ = world.rejected(if current { generation } else { generation.wrapping_sub(1) }).await;
            }
            "getCredentials" => {
                // Those of a rejection just before count as well.
                let before = asked.take().unwrap_or(world.token_requests().len());
                let outcome = world.credential().await;
                // What is begun in the background ends here.
                tokio::time::sleep(Duration::from_millis(1)).await;
                let contacted = world.token_requests().len() > before;
                let result = match &outcome {
                    Ok(credential) if number(credential) == held => "cachedCredentials",
                    Ok(credential) => {
                        held = number(credential);
                        "newCredentials"
                    }
                    Err(error) if error.retryable => "noCredentialsError",
                    Err(_) => "nonRecoverableError",
                };
                let status = world.manager.status();
                let limited = !contacted && status.state != TokenState::Valid;
                let window = step.expected.as_ref().and_then(|expected| expected.advisory_window_seconds).map(|_| {
                    // Rounded: it is drawn anew for each token.
                    life.saturating_sub(status.refresh_in_ms.unwrap_or(0).div_ceil(1000))
                });
                told.push(words(result, contacted, limited, window));
            }
            other => panic!("{other}"),
        }
    }
    told
}

#[tokio::test(start_paused = true)]
async fn the_aws_sdks_table_holds_but_for_what_the_documentation_says() {
    let rows: Vec<Row> =
        serde_json::from_str(include_str!("../../../tests/vectors/credential-refresh-tests.json")).unwrap();
    assert_eq!(rows.len(), 23);
    let mut found = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let ours = play(row).await;
        let theirs: Vec<_> = row.steps.iter().filter_map(|step| step.expected.as_ref()).map(Expected::words).collect();
        assert_eq!(ours.len(), theirs.len());
        for (step, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            if ours != theirs {
                found.push(format!("| {} | {} | {theirs} | {ours} |", index + 1, step + 1));
            }
        }
    }
    let documented: Vec<_> = include_str!("../../../docs/token-refresh.md")
        .lines()
        .filter(|line| line.starts_with("| ") && line[2..].starts_with(|digit: char| digit.is_ascii_digit()))
        .map(|line| line.rsplitn(3, '|').nth(2).unwrap().to_owned() + "|")
        .collect();
    assert_eq!(found, documented, "\nfound:\n{}", found.join("\n"));
}
