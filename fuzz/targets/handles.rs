//! The handle table and the queues, against a model: whatever is done in whatever order, a stale handle is an error, every operation has one last
//! event, and packed events read back as they were written.
#![no_main]

mod c;

use std::collections::BTreeMap;
use std::ptr::null_mut;

use kei_agent::ffi::*;
use libfuzzer_sys::fuzz_target;

const STALE: i32 = 4;

/// What a program has in its hands.
#[derive(Default)]
struct Model {
    clients: Vec<(u64, bool)>,
    queues: Vec<(u64, bool)>,
    ops: Vec<u64>,
    /// By tag: the queue, and whether the last event came.
    tags: BTreeMap<u64, (u64, bool)>,
}

fuzz_target!(|data: &[u8]| {
    let mut model = Model::default();
    let config = br#"{"base_url": "http://127.0.0.1:1", "retry": {"max_attempts": 1}, "http": {"proxy": "none"}}"#;
    for (step, pair) in data.chunks_exact(2).take(256).enumerate() {
        let (what, which) = (pair[0] % 10, usize::from(pair[1]));
        match what {
            0 if model.clients.len() < 3 => {
                model.clients.push((c::new_client(config).expect("it fits"), true));
            }
            1 if model.queues.len() < 4 => model.queues.push((c::new_queue(), true)),
            2 | 3 => submit(&mut model, step as u64 + 1, which),
            4 => drain(&mut model, which),
            5 => drain_packed(&mut model, which),
            6 => {
                if let Some((client, open)) = pick(&mut model.clients, which) {
                    assert_eq!(kei_close(*client), if *open { 0 } else { STALE });
                    *open = false;
                }
            }
            7 => {
                if let Some((queue, open)) = pick(&mut model.queues, which) {
                    assert_eq!(kei_close(*queue), if *open { 0 } else { STALE });
                    *open = false;
                }
            }
            8 => {
                if let Some(op) = pick(&mut model.ops, which) {
                    // It may have ended by itself.
                    assert!(matches!(kei_op_cancel(*op), 0 | STALE));
                }
            }
            _ => {
                // Made up of what is known: another kind, another generation, another slot.
                let known = model.clients.first().map_or(0, |(client, _)| *client);
                let made_up = known ^ (1 << (which % 64));
                let is_known = model.clients.iter().chain(&model.queues).any(|(handle, _)| *handle == made_up)
                    || model.ops.contains(&made_up);
                if !is_known && made_up != c::runtime() && made_up != c::client() {
                    assert!(matches!(kei_queue_wake(made_up), STALE | 5));
                    assert_eq!(kei_op_cancel(made_up), STALE);
                }
            }
        }
    }
    for (client, open) in &model.clients {
        assert_eq!(kei_close(*client), if *open { 0 } else { STALE });
    }
    // With the clients closed, every last event comes.
    for index in 0..model.queues.len() {
        let (queue, open) = model.queues[index];
        while open && model.tags.values().any(|(of, came)| *of == queue && !came) {
            let mut event = c::event();
            assert_eq!(unsafe { kei_queue_next(queue, &mut event, -1) }, 0);
            came(&mut model, queue, event.tag, event.kind);
            c::take(&mut event.body);
        }
        assert_eq!(kei_close(queue), if open { 0 } else { STALE });
    }
    assert!(model.ops.iter().all(|op| matches!(kei_op_cancel(*op), 0 | STALE)));
});

fn pick<T>(list: &mut [T], which: usize) -> Option<&mut T> {
    let count = list.len();
    list.get_mut(which.checked_rem(count)?)
}

fn submit(model: &mut Model, tag: u64, which: usize) {
    let (Some((client, client_open)), Some((queue, queue_open))) =
        (pick(&mut model.clients, which).map(|pair| *pair), pick(&mut model.queues, which / 3).map(|pair| *pair))
    else {
        return;
    };
    let name = ["kei.info", "auth.status", "kei.describe", "agents.list"][which % 4];
    let (mut op, mut error) = (0, c::empty());
    let status = unsafe {
        kei_submit(client, name.as_ptr().cast(), name.len(), null_mut(), 0, null_mut(), 0, queue, tag, &mut op, &mut error)
    };
    c::take(&mut error);
    assert_eq!(status == 0, client_open && queue_open, "{status}");
    if status == 0 {
        model.ops.push(op);
        model.tags.insert(tag, (queue, false));
    }
}

/// Notes the last event of a tag, which must be the first.
fn came(model: &mut Model, queue: u64, tag: u64, kind: u32) {
    let (of, came) = model.tags.get_mut(&tag).expect("a tag that was given");
    assert_eq!((*of, kind), (queue, 1));
    assert!(!std::mem::replace(came, true), "a second last event");
}

fn drain(model: &mut Model, which: usize) {
    let Some((queue, open)) = pick(&mut model.queues, which).map(|pair| *pair) else { return };
    let mut events: Vec<_> = (0..which % 5 + 1).map(|_| c::event()).collect();
    let mut count = 0;
    let status = unsafe { kei_queue_drain(queue, events.as_mut_ptr(), 64, events.len(), &mut count) };
    assert_eq!(status, if open { 0 } else { STALE });
    for event in events.iter_mut().take(count) {
        came(model, queue, event.tag, event.kind);
        c::take(&mut event.body);
    }
}

fn drain_packed(model: &mut Model, which: usize) {
    let Some((queue, open)) = pick(&mut model.queues, which).map(|pair| *pair) else { return };
    let mut room = vec![0_u64; which * which];
    let (mut used, mut count) = (0, 0);
    let status =
        unsafe { kei_queue_drain_packed(queue, room.as_mut_ptr().cast(), room.len() * 8, &mut used, &mut count) };
    if !open {
        return assert_eq!(status, STALE);
    }
    if status == 12 {
        return assert!(count == 0 && used > room.len() * 8);
    }
    assert_eq!(status, 0);
    // An own reader of the records: numbers at their places, in the machine's order.
    let bytes: Vec<u8> = room.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let number = |at: usize, size: usize| {
        let mut wide = [0_u8; 8];
        wide[..size].copy_from_slice(&bytes[at..at + size]);
        u64::from_ne_bytes(wide)
    };
    let mut at = 0;
    for _ in 0..count {
        let (size, kind, tag, length) = (number(at, 4), number(at + 4, 4), number(at + 8, 8), number(at + 48, 8));
        let (body, end) = (at + 64, at + 64 + usize::try_from(length).unwrap());
        assert!(size % 8 == 0 && at + usize::try_from(size).unwrap() > end);
        serde_json::from_slice::<serde_json::Value>(&bytes[body..end]).expect("the body is JSON");
        assert_eq!(bytes[end], 0);
        came(model, queue, tag, u32::try_from(kind).unwrap());
        at += usize::try_from(size).unwrap();
    }
    assert_eq!(at, used);
}
