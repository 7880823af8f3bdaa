//! The stream against the platform in a box: topics, credit, lost connections, tokens that run out, and nothing lost or doubled.

mod support;

use std::collections::BTreeSet;

use kei_agent::{Client, Code};
use serde_json::{Value, json};
use support::events::Subscription;
use support::{Platform, call, runtime};

const PATH: &str = "/api/v1/stream";

fn publish(client: &Client, topic: &str, data: &Value) -> Value {
    call(client, "stream.publish", &json!({ "topic": topic, "data": data }), &json!({})).unwrap()
}

/// The numbers of messages that the platform published by itself.
fn number(item: &Value) -> u64 {
    item["data"]["n"].as_u64().unwrap()
}

#[test]
fn what_is_published_under_a_topic_comes_to_its_subscribers_and_to_no_other() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    let mut news = Subscription::to(&client, "news", &json!({}), 100);
    let mut too = Subscription::to(&client, "news", &json!({ "overflow": "drop_oldest" }), 100);
    let weather = Subscription::to(&client, "weather", &json!({ "overflow": "drop_oldest" }), 100);
    let data = json!({ "text": "Ünïcode, \"quotes\" and\nlines" });
    let id = publish(&client, "news", &data)["result"]["id"].clone();
    for subscription in [&mut news, &mut too] {
        let item = subscription.item();
        assert_eq!((&item["data"], &item["topic"], &item["id"]), (&data, &json!("news"), &id));
    }
    assert!(weather.is_quiet());
    // What may drop shares one connection with what publishes; what blocks has its own.
    assert_eq!(platform.stream(&json!({}))["opened"], 2);
    weather.ticket.cancel();
    assert_eq!(weather.end().unwrap_err().code, Code::Cancelled);
    // Its end does not wait for the platform to hear of it.
    while platform.stream(&json!({}))["sockets"].to_string().contains("weather") {
        std::thread::yield_now();
    }
}

#[test]
fn a_thousand_messages_come_in_order_through_a_small_credit_and_none_is_lost() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    let mut slow = Subscription::to(&client, "t", &json!({ "buffer": 4 }), 0);
    // What is not read waits at the platform, which keeps 1024 for a socket.
    platform.stream(&json!({ "publish": { "topic": "t", "count": 1000 } }));
    assert!(slow.is_quiet());
    for expected in 0..1000 {
        slow.feed.grant(1);
        assert_eq!(number(&slow.item()), expected);
    }
}

#[test]
fn a_subscription_that_drops_says_how_many_and_one_that_fails_ends() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    let mut drops = Subscription::to(&client, "t", &json!({ "overflow": "drop_oldest", "buffer": 10 }), 0);
    let fails = Subscription::to(&client, "t", &json!({ "overflow": "fail", "buffer": 10 }), 0);
    platform.stream(&json!({ "publish": { "topic": "t", "count": 50 } }));
    let error = fails.end().unwrap_err();
    assert_eq!((error.code, &error.details["undelivered"]), (Code::Overflow, &json!(10)));
    // This is answered on the same connection, after all that came before it.
    publish(&client, "t", &json!({ "n": 50 }));
    drops.feed.grant(10);
    let state = drops.state("dropped");
    assert_eq!((&state["dropped"], &state["dropped_total"]), (&json!(41), &json!(41)));
    assert_eq!((0..10).map(|_| number(&drops.item())).collect::<Vec<_>>(), (41..51).collect::<Vec<_>>());
}

#[test]
fn a_lost_connection_is_made_again_with_its_topics_and_the_host_is_told() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    let mut topic = Subscription::to(&client, "t", &json!({}), 1000);
    for (round, switch) in
        [json!({ "drop": true }), json!({ "close": { "code": 1012 } }), json!({ "close": { "code": 1001 } })]
            .iter()
            .enumerate()
    {
        platform.stream(switch);
        let state = topic.state("reconnecting");
        assert_eq!(state["error"]["name"], "KEI_E_CONNECTION_LOST", "{state}");
        let live = topic.state("live");
        assert!(live["connection"].as_u64() > state["connection"].as_u64(), "{live}");
        platform.stream(&json!({ "publish": { "topic": "t", "data": round } }));
        assert_eq!(topic.item()["data"], round);
    }
}

#[test]
fn reconnecting_goes_on_while_the_platform_refuses_and_draws_on_the_retry_budget() {
    let (platform, runtime) = (Platform::start(), runtime());
    let retry =
        json!({ "retry": { "base_ms": 1, "max_delay_ms": 5, "max_attempts": 1 }, "breaker": { "enabled": false } });
    let client = platform.client_with(&runtime, &retry);
    let mut topic = Subscription::to(&client, "t", &json!({}), 1000);
    platform.stream(&json!({ "refuse": 5 }));
    platform.stream(&json!({ "drop": true }));
    let mut failures = Vec::new();
    for _ in 0..6 {
        let state = topic.state("reconnecting");
        failures.push(state["failures"].as_u64().unwrap());
    }
    assert_eq!(failures, [1, 2, 3, 4, 5, 6]);
    topic.state("live");
    let left =
        call(&client, "kei.info", &json!({}), &json!({})).unwrap()["result"]["retry_budget_left"].as_u64().unwrap();
    assert!(left <= 500 - 5 * 14 + 3, "{left}");
}

#[test]
fn a_platform_that_answers_no_ping_is_given_up_and_another_connection_made() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client_with(&runtime, &json!({ "stream": { "ping_ms": 20, "pong_ms": 1000 } }));
    let mut topic = Subscription::to(&client, "t", &json!({}), 1000);
    while platform.stream(&json!({}))["sockets"][0]["pings"].as_u64() < Some(5) {}
    platform.stream(&json!({ "mute": true }));
    let state = topic.state("reconnecting");
    assert!(state["error"]["message"].as_str().unwrap().contains("did not answer within 1000 ms"), "{state}");
    platform.stream(&json!({ "mute": false }));
    topic.state("live");
}

#[test]
fn a_newer_connection_takes_over_before_the_token_ends_and_nothing_is_lost_or_doubled() {
    let (platform, runtime) = (Platform::with(&["--token-lifetime", "2"]), runtime());
    let client = platform.client(&runtime);
    for overflow in ["block", "drop_oldest"] {
        let options = json!({ "overflow": overflow, "buffer": 100_000 });
        let mut topic = Subscription::to(&client, overflow, &options, 1_000_000);
        let mut published = 0_u64;
        let mut came = Vec::new();
        for _ in 0..2 {
            // Messages go out all the time while connections change.
            let renewed = loop {
                let id = format!("m{published}");
                let message = json!({ "topic": overflow, "data": { "n": published }, "id": id });
                platform.stream(&json!({ "publish": message }));
                published += 1;
                if let Some(state) = topic.states().into_iter().find(|state| state["state"] != "live") {
                    break state;
                }
            };
            assert_eq!(renewed["state"], "renewed", "no connection was lost: {renewed}");
        }
        while came.len() < usize::try_from(published).unwrap() {
            came.push(number(&topic.item()));
        }
        let distinct: BTreeSet<u64> = came.iter().copied().collect();
        assert_eq!((came.len(), distinct.len()), (distinct.len(), usize::try_from(published).unwrap()));
        assert!(topic.is_quiet(), "nothing came twice");
    }
    // The connections before are closed: two at most are left, the one in use and the one that follows it.
    while platform.stream(&json!({}))["sockets"].as_array().unwrap().len() > 2 {}
}

#[test]
fn a_revoked_token_costs_one_new_token_and_one_new_connection() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    let mut topic = Subscription::to(&client, "t", &json!({}), 1000);
    platform.tokens(&json!({ "revoke_all": true }));
    topic.state("live");
    assert_eq!((&platform.stats()["token_requests"], &platform.stream(&json!({}))["opened"]), (&json!(2), &json!(2)));
}

#[test]
fn what_the_platform_refuses_is_a_clear_error_and_disturbs_no_other() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    let shared = json!({ "overflow": "drop_oldest" });
    let mut good = Subscription::to(&client, "good", &shared, 1000);
    let bad = Subscription::open(&client, "stream.subscribe", &json!({ "topic": "private.x" }), &shared, 1000);
    let error = bad.end().unwrap_err();
    assert_eq!((error.code, &error.details["problem_code"]), (Code::Forbidden, &json!("forbidden_topic")));
    let error = call(&client, "stream.publish", &json!({ "topic": "private.x", "data": 1 }), &json!({})).unwrap_err();
    assert_eq!(error["name"], "KEI_E_FORBIDDEN", "{error}");
    publish(&client, "good", &json!(1));
    assert_eq!(good.item()["data"], 1);
    assert_eq!(platform.stream(&json!({}))["opened"], 1);
}

#[test]
fn bad_requests_are_answered_before_anything_is_sent() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    let ended = |request: Value, options: Value| {
        Subscription::open(&client, "stream.subscribe", &request, &options, 1).end().unwrap_err()
    };
    for topic in [json!(""), json!("a\tb"), json!("x".repeat(257))] {
        let error = ended(json!({ "topic": topic }), json!({}));
        assert_eq!((error.code, &error.details["field"]), (Code::Request, &json!("topic")), "{error}");
    }
    assert!(ended(json!({ "topics": "t" }), json!({})).message.contains("`topic`"));
    let error = ended(json!({ "topic": "t" }), json!({ "headers": { "x-a": "b" } }));
    assert_eq!((error.code, &error.details["field"]), (Code::Options, &json!("headers")), "{error}");
    let error =
        call(&client, "stream.publish", &json!({ "topic": "t", "data": 1, "id": "a b" }), &json!({})).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("`id` must be 1 to 128"), "{error}");
    let error = call(&client, "stream.subscribe", &json!({ "topic": "t" }), &json!({})).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("kei_subscribe"), "{error}");
    let error = call(&client, "plan", &json!({ "objective": "x" }), &json!({ "buffer": 5 })).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("`buffer`"), "{error}");
    assert_eq!(platform.requests(PATH).len(), 0);
}

#[test]
fn a_platform_that_is_not_there_ends_the_subscription_with_its_origin_named() {
    let (mut platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    call(&client, "health.check", &json!({}), &json!({})).unwrap();
    platform.fault(&json!({ "path": PATH, "status": 404 }));
    let error =
        Subscription::open(&client, "stream.subscribe", &json!({ "topic": "t" }), &json!({}), 1).end().unwrap_err();
    assert_eq!(error.code, Code::NotFound, "{error}");
    platform.clear_faults();
    platform.fault(&json!({ "path": PATH, "status": 200, "body": "{}" }));
    let error =
        Subscription::open(&client, "stream.subscribe", &json!({ "topic": "t" }), &json!({}), 1).end().unwrap_err();
    assert_eq!(error.code, Code::Protocol, "{error}");
    platform.clear_faults();
    platform.fault(&json!({ "path": PATH, "hang": true }));
    let options = json!({ "timeout_ms": 300 });
    let error =
        Subscription::open(&client, "stream.subscribe", &json!({ "topic": "t" }), &options, 1).end().unwrap_err();
    assert_eq!(error.code, Code::Deadline, "{error}");
    platform.stop();
    let error =
        Subscription::open(&client, "stream.subscribe", &json!({ "topic": "t" }), &json!({}), 1).end().unwrap_err();
    assert_eq!((error.code, &error.details["origin"]), (Code::Connect, &json!(platform.url)), "{error}");
}

#[test]
fn a_message_that_was_not_confirmed_is_published_again_only_with_an_idempotency_key() {
    let (platform, runtime) = (Platform::start(), runtime());
    let client = platform.client(&runtime);
    publish(&client, "t", &json!(0));
    let mut watched = Subscription::to(&client, "t", &json!({}), 1000);
    for (options, again) in [(json!({}), false), (json!({ "idempotency_key": "key-1" }), true)] {
        platform.stream(&json!({ "mute": true }));
        let (send, outcome) = std::sync::mpsc::channel();
        let request = json!({ "topic": "t", "data": 1 }).to_string();
        let ticket = kei_agent::in_flight::Ticket::new();
        client
            .submit("stream.publish", request.as_bytes(), &options.to_string(), &ticket, move |outcome| {
                let _ = send.send(outcome);
            })
            .unwrap();
        // The I/O thread takes one after the other: the frame was written when this is answered.
        call(&client, "kei.info", &json!({}), &json!({})).unwrap();
        call(&client, "kei.info", &json!({}), &json!({})).unwrap();
        platform.stream(&json!({ "drop": true }));
        platform.stream(&json!({ "mute": false }));
        let outcome = outcome.recv().unwrap();
        if again {
            assert_eq!(serde_json::from_slice::<Value>(&outcome.unwrap()).unwrap()["id"], "key-1");
        } else {
            let error = outcome.unwrap_err();
            assert_eq!(
                (error.code, &error.details["not_retried"]),
                (Code::ConnectionLost, &json!("unsafe")),
                "{error}"
            );
        }
        watched.state("live");
    }
}

#[test]
fn closing_the_client_or_the_runtime_ends_every_subscription_once() {
    let platform = Platform::start();
    let first = runtime();
    let client = platform.client(&first);
    let open = |client: &Client, overflow: &str| Subscription::to(client, "t", &json!({ "overflow": overflow }), 1000);
    let subscriptions = [open(&client, "block"), open(&client, "fail"), open(&client, "drop_oldest")];
    client.close();
    for subscription in subscriptions {
        assert_eq!(subscription.end().unwrap_err().code, Code::Closed);
    }
    let client = platform.client(&first);
    let subscriptions = [open(&client, "block"), open(&client, "fail"), open(&client, "drop_oldest")];
    first.shutdown(None).unwrap();
    for subscription in subscriptions {
        assert_eq!(subscription.end().unwrap_err().code, Code::Closed);
    }
    // The platform may still have to read what was sent last.
    while !platform.stream(&json!({}))["sockets"].as_array().unwrap().is_empty() {}
    let status = platform.stream(&json!({}));
    assert_eq!(status["by_code"]["1000"], 4, "each connection was closed in good order: {status}");
}

#[test]
fn the_host_gives_the_tokens_and_is_told_of_a_rejected_one() {
    let (platform, runtime) = (Platform::start(), runtime());
    let issuing = platform.client(&runtime);
    drop(issuing);
    let client = platform.client_with(
        &runtime,
        &json!({ "auth": { "type": "host", "issuer": null, "client_id": null, "client_secret": null } }),
    );
    let error = call(&client, "plan", &json!({ "objective": "compute 6 * 7" }), &json!({})).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("auth.serve"), "{error}");
    let mut host = Subscription::open(&client, "auth.serve", &json!({}), &json!({}), 0);
    host.state("live");
    std::thread::scope(|scope| {
        let caller = scope.spawn(|| call(&client, "plan", &json!({ "objective": "compute 6 * 7" }), &json!({})));
        for rejected in [false, true] {
            let (request, reply) = host.request();
            assert_eq!((&request["scopes"], &request["rejected"]), (&json!(["kei.agent"]), &json!(rejected)));
            let token = platform.token();
            assert!(reply.send(Ok(token.to_string().into_bytes().into())));
            if rejected {
                break;
            }
            let plan = caller_waits(&client);
            assert!(plan["result"]["plan_id"].is_string());
            platform.tokens(&json!({ "revoke_all": true }));
            scope.spawn(|| assert!(call(&client, "plan", &json!({ "objective": "again" }), &json!({})).is_ok()));
        }
        assert!(caller.join().unwrap().is_ok());
    });
}

/// A further call, which waits for the same token.
fn caller_waits(client: &Client) -> Value {
    call(client, "plan", &json!({ "objective": "compute 6 * 7" }), &json!({})).unwrap()
}
