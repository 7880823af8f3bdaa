//! What happens to tokens is counted and logged.

use super::*;

/// The value of a metric, by its name with labels.
fn count(world: &World, name: &str) -> u64 {
    let text = crate::observe::metrics::text(&world.means.observe.metrics.all());
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn each_transition_of_a_token_is_counted() {
    let config = json!({ "issuer": ISSUER, "client_id": "c", "client_secret": SECRET, "scopes": ["a"] });
    let world = World::with(SEED, &config, |asked| match asked.number {
        2 => Reply::refused(),
        3 => Reply::Answer(400, &[], r#"{"error":"invalid_client"}"#.into()),
        _ => Reply::Usual,
    })
    .unwrap();
    let granted = r#"kei_token_requests_total{outcome="granted"}"#;
    assert_eq!(count(&world, granted), 0);
    assert_eq!(world.number().await, 1);
    assert_eq!((count(&world, granted), count(&world, "kei_token_rejections_total")), (1, 0));
    // Refused connections are tried again, and the third request is refused by the issuer.
    assert!(world.rejected(1).await.is_err());
    assert_eq!(count(&world, "kei_token_rejections_total"), 1);
    assert_eq!(count(&world, r#"kei_token_requests_total{outcome="refused"}"#), 1);
    tokio::time::sleep(s(10)).await;
    let credential = world.credential().await.unwrap();
    assert!(world.manager.insufficient(&credential, &["b".to_owned()]).await.unwrap());
    assert_eq!((count(&world, granted), count(&world, "kei_token_step_ups_total")), (3, 1));
    world.manager.log_out().await.unwrap();
    assert_eq!(count(&world, "kei_token_logouts_total"), 1);
    assert!(!crate::observe::metrics::text(&world.means.observe.metrics.all()).contains(SECRET));
}
