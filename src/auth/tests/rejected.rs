//! A server answers 401: who gets a new token, and how many are asked for.

use super::*;
use futures_util::future::join_all;

#[tokio::test(start_paused = true)]
async fn a_thousand_parallel_rejections_make_one_token_request() {
    let world = World::new(SEED, |asked| if asked.number > 1 { Reply::Usual.later(s(2)) } else { Reply::Usual });
    let credential = world.credential().await.unwrap();
    let told: Vec<_> = (0..1000)
        .map(|_| {
            let (manager, credential) = (Arc::clone(&world.manager), credential.clone());
            tokio::spawn(async move { manager.rejected(&credential).await.unwrap() })
        })
        .collect();
    assert!(join_all(told).await.into_iter().all(|newer| newer.unwrap()), "each may replay once");
    assert_eq!(world.token_requests().len(), 2);
    assert_eq!(world.number().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_late_rejection_of_an_old_token_leaves_the_new_one_alone() {
    let world = World::new(SEED, |_| Reply::Usual);
    assert_eq!(world.number().await, 1);
    assert!(world.rejected(1).await.unwrap());
    tokio::time::sleep(s(60)).await;
    assert!(world.rejected(1).await.unwrap(), "there is a newer one to replay with");
    assert_eq!(world.number().await, 2);
    assert_eq!(world.token_requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_rejects_every_token_causes_one_forced_refresh_in_ten_seconds() {
    let world = World::new(SEED, |_| Reply::Usual);
    for tick in 0..600 {
        world.until(Duration::from_millis(tick * 100)).await;
        let generation = world.credential().await.unwrap().generation;
        let newer = world.rejected(generation).await.unwrap();
        assert_eq!(newer, tick % 100 == 0, "at {} ms", tick * 100);
    }
    assert_eq!(world.token_requests().len(), 1 + 6, "the first, and one each ten seconds of a minute");
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_not_used_again_though_no_other_can_be_had() {
    let world = World::new(SEED, |asked| if asked.number > 1 { Reply::refused() } else { Reply::Usual });
    assert_eq!(world.number().await, 1);
    assert_eq!(world.rejected(1).await.unwrap_err().code, Code::Connect);
    assert_eq!(code(world.credential().await), Code::Connect);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_stops_waiting_after_its_401_disturbs_no_other() {
    let world = World::new(SEED, |asked| if asked.number > 1 { Reply::Usual.later(s(5)) } else { Reply::Usual });
    assert_eq!(world.number().await, 1);
    let first = tokio::time::timeout(s(1), world.rejected(1));
    let (first, second) = tokio::join!(first, world.rejected(1));
    assert!(first.is_err() && second.unwrap());
    assert_eq!(world.token_requests().len(), 2);
}
