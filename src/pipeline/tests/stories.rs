//! What `kei.explain` tells of calls.

use super::*;

fn stories(world: &World) -> Vec<Story> {
    world.pipeline.stories(10, |_| true)
}

fn steps(world: &World) -> serde_json::Value {
    serde_json::to_value(&stories(world)[0]).unwrap()["steps"].take()
}

fn names(steps: &serde_json::Value) -> Vec<&str> {
    steps.as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_story_tells_each_attempt_wait_and_token() {
    let world = World::of(&[Does::Status(503), Does::Status(401), connect(), Does::Slow(ms(20), 200)]);
    world.run(Repeat::Safe).await.unwrap();
    let story = stories(&world)[0].clone();
    assert_eq!((story.attempts, story.http_status, story.error, story.operation), (4, Some(200), None, "test"));
    let told = steps(&world);
    assert_eq!(
        names(&told),
        ["token", "attempt", "retry", "token", "attempt", "replay", "token", "attempt", "retry", "token", "attempt"]
    );
    assert_eq!((&told[1]["http_status"], &told[1]["number"]), (&json!(503), &json!(1)));
    assert_eq!((&told[7]["error"], &told[8]["reason"]), (&json!("KEI_E_CONNECT"), &json!("not sent")));
    assert_eq!((&told[3]["generation"], &told[6]["generation"]), (&json!(0), &json!(1)));
    assert_eq!((&told[10]["duration_ms"], &told[10]["number"]), (&json!(20), &json!(4)));
    let waited: Vec<_> = [2, 8].iter().map(|at| told[*at]["wait_ms"].as_u64().unwrap()).collect();
    let total = told[10]["at_ms"].as_u64().unwrap();
    assert!(waited[0] + waited[1] + 20 <= total && total <= waited[0] + waited[1] + 24, "{told}");
    assert!(!told.to_string().contains("token-0"), "no token is in it");
}

#[tokio::test(start_paused = true)]
async fn a_story_says_why_nothing_more_was_tried() {
    for (does, repeat, why) in [
        (Does::Status(503), Repeat::Safe, "attempts"),
        (Does::Status(503), Repeat::Never, "unsafe"),
        (Does::Status(400), Repeat::Safe, "final"),
        (Does::With(429, vec![("retry-after", "3600".into())]), Repeat::Safe, "retry_after"),
    ] {
        let world = World::of(&[does]);
        let error = failed(world.run(repeat).await);
        let told = steps(&world);
        let last = told.as_array().unwrap().last().unwrap();
        assert_eq!((&last["step"], &last["why"]), (&json!("stop"), &json!(why)));
        let story = &stories(&world)[0];
        assert_eq!((story.error, story.message.as_deref()), (Some(error.code.name()), Some(error.message.as_str())));
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_last_calls_are_kept_and_none_when_none_are_wanted() {
    let world = World::with(&json!({ "explain": { "calls": 2 } }), Tokens::default(), |number| {
        Does::Status(if number == 2 { 400 } else { 200 })
    });
    for _ in 0..2 {
        world.run(Repeat::Safe).await.unwrap();
    }
    failed(world.run(Repeat::Safe).await);
    let kept: Vec<_> = stories(&world).iter().map(|story| story.http_status).collect();
    assert_eq!(kept, [Some(400), Some(200)]);
    let told = |most, status| world.pipeline.stories(most, |story| status == story.http_status).len();
    assert_eq!(
        (told(1, Some(200)), told(10, Some(500)), world.pipeline.stories(1, |_| true)[0].http_status),
        (1, 0, Some(400))
    );
    let world = World::with(&json!({ "explain": { "calls": 0 } }), Tokens::default(), |_| Does::Status(200));
    world.run(Repeat::Safe).await.unwrap();
    assert!(stories(&world).is_empty());
}
