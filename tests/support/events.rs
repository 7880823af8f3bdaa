//! A subscription's events, as a test waits for them.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use kei_agent::feed::{Deliver, Feed, Reply};
use kei_agent::in_flight::Ticket;
use kei_agent::{Client, Error, Result};
use serde_json::{Value, json};

/// Long past anything that is not a hang.
const HANG: Duration = Duration::from_secs(120);

/// An event, its JSON read but for the outcome.
pub enum Event {
    Item(Value),
    State(Value),
    Request(Value, Reply),
    End(Result<Bytes, Error>),
}

/// Sends events on.
pub struct Out(pub Sender<Event>);

impl Deliver for Out {
    fn items(&self, bodies: VecDeque<Bytes>) {
        for body in bodies {
            let _ = self.0.send(Event::Item(serde_json::from_slice(&body).expect("JSON")));
        }
    }

    fn state(&self, body: Vec<u8>) {
        let _ = self.0.send(Event::State(serde_json::from_slice(&body).expect("JSON")));
    }

    fn request(&self, body: Vec<u8>, reply: Reply) -> Result<Box<dyn Send>> {
        let _ = self.0.send(Event::Request(serde_json::from_slice(&body).expect("JSON"), reply));
        Ok(Box::new(()))
    }
}

/// A subscription that is open.
pub struct Subscription {
    pub feed: Feed,
    pub ticket: Ticket,
    events: Receiver<Event>,
    /// Items that came while something else was waited for.
    pub items: VecDeque<Value>,
}

impl Subscription {
    pub fn open(client: &Client, operation: &str, request: &Value, options: &Value, credit: u32) -> Self {
        let (send, events) = channel();
        let (ticket, last) = (Ticket::new(), send.clone());
        let done = move |outcome| _ = last.send(Event::End(outcome));
        let (request, options) = (request.to_string(), options.to_string());
        let call = (operation, request.as_bytes(), options.as_str());
        let feed = client.subscribe(call, &ticket, credit, Box::new(Out(send)), done).expect("the call fits");
        Self { feed, ticket, events, items: VecDeque::new() }
    }

    /// One to a topic of the stream, when it is live.
    pub fn to(client: &Client, topic: &str, options: &Value, credit: u32) -> Self {
        let mut opened = Self::open(client, "stream.subscribe", &json!({ "topic": topic }), options, credit);
        opened.state("live");
        opened
    }

    pub fn event(&self) -> Event {
        self.events.recv_timeout(HANG).expect("an event comes")
    }

    /// The next item.
    pub fn item(&mut self) -> Value {
        if let Some(item) = self.items.pop_front() {
            return item;
        }
        loop {
            match self.event() {
                Event::Item(item) => return item,
                Event::End(outcome) => panic!("it ended: {outcome:?}"),
                Event::State(_) | Event::Request(..) => {}
            }
        }
    }

    /// Waits for a state; items that come before it are kept.
    pub fn state(&mut self, wanted: &str) -> Value {
        loop {
            match self.event() {
                Event::State(state) if state["state"] == wanted => return state,
                Event::Item(item) => self.items.push_back(item),
                Event::End(outcome) => panic!("it ended instead of being {wanted}: {outcome:?}"),
                Event::State(_) | Event::Request(..) => {}
            }
        }
    }

    /// The states that have come; items are kept.
    pub fn states(&mut self) -> Vec<Value> {
        let mut states = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Item(item) => self.items.push_back(item),
                Event::State(state) => states.push(state),
                Event::End(outcome) => panic!("it ended: {outcome:?}"),
                Event::Request(..) => {}
            }
        }
        states
    }

    /// Waits for a request.
    pub fn request(&mut self) -> (Value, Reply) {
        loop {
            match self.event() {
                Event::Request(request, reply) => return (request, reply),
                Event::End(outcome) => panic!("it ended: {outcome:?}"),
                Event::Item(_) | Event::State(_) => {}
            }
        }
    }

    /// Waits for the end; after it nothing comes.
    pub fn end(self) -> Result<Value, Error> {
        loop {
            if let Event::End(outcome) = self.event() {
                drop((self.feed, self.ticket));
                assert!(self.events.recv().is_err(), "something came after the end");
                return outcome.map(|body| serde_json::from_slice(&body).expect("JSON"));
            }
        }
    }

    /// Whether nothing has come.
    pub fn is_quiet(&self) -> bool {
        self.items.is_empty() && self.events.try_recv().is_err()
    }
}
