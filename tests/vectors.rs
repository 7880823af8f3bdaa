//! The cases of `bindings/vectors`, whose README says what they mean, through the crate: what a wrapper shows in its language is what the library does.

mod support;

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine;
use bytes::Bytes;
use kei_agent::feed::{Feed, Reply};
use kei_agent::in_flight::Ticket;
use kei_agent::{Client, Code, Error, Runtime};
use serde_json::{Value, json};
use support::events::{Event, Out};
use support::{Platform, ask, pattern};

/// How long a step waits.
const WAIT: Duration = Duration::from_secs(30);
/// Credit without end.
const ENOUGH: u32 = 1_000_000;

/// How a step `call` calls.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Waits,
    Submits,
}

/// An operation or a subscription with a label, and what came of it that no step took yet.
struct Work {
    ticket: Ticket,
    feed: Option<Feed>,
    events: Receiver<Event>,
    items: VecDeque<Value>,
    states: VecDeque<Value>,
    requests: VecDeque<(Value, Reply)>,
    outcome: Option<Result<Bytes, Error>>,
}

impl Work {
    /// Takes events until there is what `wanted` takes.
    fn until<T>(&mut self, mut wanted: impl FnMut(&mut Self) -> Option<T>) -> Result<T, String> {
        let end = Instant::now() + WAIT;
        loop {
            if let Some(found) = wanted(self) {
                return Ok(found);
            }
            let event = self.events.recv_timeout(end.saturating_duration_since(Instant::now()));
            match event.map_err(|_| "nothing came in time")? {
                Event::Item(item) => self.items.push_back(item),
                Event::State(state) => self.states.push_back(state),
                Event::Request(request, reply) => self.requests.push_back((request, reply)),
                Event::End(outcome) if self.outcome.is_none() => self.outcome = Some(outcome),
                Event::End(_) => return Err("it ended twice".to_owned()),
            }
        }
    }
}

fn request(step: &Value) -> Vec<u8> {
    if let Some(text) = step["request_text"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(text) = step["request_base64"].as_str() {
        return base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    }
    step.get("request").unwrap_or(&json!({})).to_string().into_bytes()
}

fn options(step: &Value) -> String {
    step.get("options").map(Value::to_string).unwrap_or_default()
}

/// Checks an outcome against a step.
fn expected(step: &Value, outcome: Result<Bytes, Error>) -> Result<(), String> {
    match (outcome, step.get("error")) {
        (Ok(body), Some(_)) => Err(format!("it succeeded, but should fail: {}", String::from_utf8_lossy(&body))),
        (Err(error), None) => Err(format!("it failed: {}", error.to_json())),
        (Err(error), Some(wanted)) => {
            pattern::check(wanted, Some(&serde_json::from_str(&error.to_json()).expect("JSON")))
        }
        (Ok(body), None) => {
            if let Some(exactly) = step["answer_text"].as_str().filter(|exactly| exactly.as_bytes() != body) {
                return Err(format!(
                    "the answer should be exactly {exactly}; found {}",
                    String::from_utf8_lossy(&body)
                ));
            }
            let Some(wanted) = step.get("answer") else { return Ok(()) };
            let answer = serde_json::from_slice(&body).map_err(|error| format!("the answer is not JSON: {error}"))?;
            pattern::check(wanted, Some(&answer))
        }
    }
}

/// One case.
struct Case<'a> {
    platform: &'a str,
    client: Client,
    way: Way,
    works: BTreeMap<String, Work>,
}

impl Case<'_> {
    fn ask(&self, step: &Value) -> Result<(), String> {
        let what = &step["ask"];
        let url = format!("{}{}", self.platform, what["path"].as_str().expect("a path"));
        let came = || ask(what["method"].as_str().expect("a method"), &url, what.get("body"));
        if let Some(until) = step.get("until") {
            let end = Instant::now() + WAIT;
            loop {
                let found = pattern::check(until, Some(&came()));
                if found.is_ok() || Instant::now() > end {
                    return found;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let came = came();
        step.get("is").map_or(Ok(()), |is| pattern::check(is, Some(&came)))
    }

    /// Starts or subscribes; what is refused at once has ended.
    fn begin(&self, step: &Value, operation: &str) -> Work {
        let (send, events) = channel();
        let (ticket, last) = (Ticket::new(), send.clone());
        let done = move |outcome| _ = last.send(Event::End(outcome));
        let (request, options) = (request(step), options(step));
        let begun = if step.get("subscribe").is_some() {
            let credit = step["credit"].as_u64().map_or(ENOUGH, |credit| u32::try_from(credit).expect("a credit"));
            let call = (operation, request.as_slice(), options.as_str());
            self.client.subscribe(call, &ticket, credit, Box::new(Out(send)), done).map(Some)
        } else {
            self.client.submit(operation, &request, &options, &ticket, done).map(|()| None)
        };
        let (feed, outcome) = match begun {
            Ok(feed) => (feed, None),
            Err(error) => (None, Some(Err(error))),
        };
        let (items, states, requests) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Work { ticket, feed, events, items, states, requests, outcome }
    }

    fn finish(step: &Value, mut work: Work) -> Result<(), String> {
        let outcome = work.until(|work| work.outcome.take())?;
        if !work.items.is_empty() {
            return Err(format!("{} items were left that no step took", work.items.len()));
        }
        expected(step, outcome)
    }

    fn call(&self, step: &Value, operation: &str) -> Result<(), String> {
        match self.way {
            Way::Waits => expected(step, self.client.call(operation, &request(step), &options(step)).map(Bytes::from)),
            Way::Submits => Self::finish(step, self.begin(step, operation)),
        }
    }

    fn work(&mut self, label: &str) -> &mut Work {
        self.works.get_mut(label).unwrap_or_else(|| panic!("there is no {label}"))
    }

    fn asked(&mut self, step: &Value, label: &str) -> Result<(), String> {
        let (request, reply) = self.work(label).until(|work| work.requests.pop_front())?;
        pattern::check(&step["body"], Some(&request))?;
        let answer = match step.get("refuse") {
            None => Ok(step["reply"].to_string().into_bytes().into()),
            Some(refuse) => {
                let code = i32::try_from(refuse["status"].as_i64().expect("a number")).ok().and_then(Code::from_repr);
                Err(Error::new(
                    code.expect("a number of an error"),
                    refuse["error"]["message"].as_str().expect("a message"),
                ))
            }
        };
        if reply.send(answer) { Ok(()) } else { Err("nobody waits for the reply".to_owned()) }
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        let text = |name: &str| step[name].as_str();
        if step.get("ask").is_some() {
            return self.ask(step);
        }
        if step.get("close_client").is_some() {
            self.client.close();
            return Ok(());
        }
        if let Some((label, operation)) = text("start").zip(text("call")).or(text("subscribe").zip(text("to"))) {
            let work = self.begin(step, operation);
            self.works.insert(label.to_owned(), work);
        } else if let Some(operation) = text("call") {
            return self.call(step, operation);
        } else if let Some(label) = text("cancel").or(text("close")) {
            self.work(label).ticket.cancel();
        } else if let Some(label) = text("finish").or(text("end")) {
            return Self::finish(step, self.works.remove(label).expect("it was started"));
        } else if let Some(label) = text("item") {
            let item = self.work(label).until(|work| work.items.pop_front())?;
            return pattern::check(&step["body"], Some(&item));
        } else if let Some(label) = text("state") {
            let fits = |state: Value| pattern::check(&step["body"], Some(&state)).is_ok();
            return self
                .work(label)
                .until(|work| work.states.drain(..1.min(work.states.len())).any(fits).then_some(()));
        } else if let Some(label) = text("asked") {
            return self.asked(step, label);
        } else if let Some(label) = text("credit") {
            let more = u32::try_from(step["more"].as_u64().expect("a number")).expect("a credit");
            self.work(label).feed.as_ref().expect("a subscription").grant(more);
        } else {
            panic!("a step that is not known: {step}");
        }
        Ok(())
    }
}

/// What could be made, or nothing when it should have failed and did.
fn made<T>(outcome: Result<T, Error>, wanted: Option<&Value>) -> Result<Option<T>, String> {
    match (outcome, wanted) {
        (Ok(made), None) => Ok(Some(made)),
        (Ok(_), Some(_)) => Err("it could be made, but should not".to_owned()),
        (Err(error), None) => Err(format!("it could not be made: {}", error.to_json())),
        (Err(error), Some(wanted)) => {
            pattern::check(wanted, Some(&serde_json::from_str(&error.to_json()).expect("JSON"))).map(|()| None)
        }
    }
}

fn run(file: &Value, given: &Value, way: Way) -> Result<(), String> {
    let platform = file["platform"].as_str().expect("a URL");
    for what in file["reset"].as_array().expect("a list") {
        let url = format!("{platform}{}", what["path"].as_str().expect("a path"));
        ask(what["method"].as_str().expect("a method"), &url, what.get("body"));
    }
    let config = |name: &str| given.get(name).unwrap_or(&file["defaults"][name]).to_string();
    let Some(runtime) = made(Runtime::new(&config("runtime")), given.get("runtime_error"))? else { return Ok(()) };
    let outcome = match made(Client::new(&runtime, &config("client")), given.get("client_error"))? {
        None => Ok(()),
        Some(client) => {
            let mut case = Case { platform, client, way, works: BTreeMap::new() };
            let mut steps = given["steps"].as_array().expect("steps").iter().enumerate();
            let outcome =
                steps.try_for_each(|(at, step)| case.step(step).map_err(|why| format!("step {}: {why}", at + 1)));
            case.client.close();
            outcome
        }
    };
    runtime
        .shutdown(Some(Duration::from_secs(10)))
        .map_err(|error| format!("the runtime was not shut down: {error}"))?;
    outcome
}

fn every_case(way: Way) {
    let platform = Platform::start();
    let mut text = include_str!("../bindings/vectors/cases.json").to_owned();
    let mut variables = platform.variables.clone();
    variables.insert("RUN".to_owned(), format!("{:x}", std::process::id()));
    variables.insert("FOLDER".to_owned(), platform.folder.path().display().to_string());
    variables.insert("HOST".to_owned(), platform.url.split_once("//").expect("a URL").1.to_owned());
    for (name, value) in variables {
        // As it is written within a text of JSON: a path may have backslashes.
        let value = Value::from(value).to_string();
        text = text.replace(&format!("${{{name}}}"), &value[1..value.len() - 1]);
    }
    let file: Value = serde_json::from_str(&text).expect("the cases are JSON");
    let cases = file["cases"].as_array().expect("a list");
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let why = run(&file, case, way).err()?;
            Some(format!("{} ({}): {why}", case["name"], case["promise"]))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn every_vector_holds_for_calls_that_wait() {
    every_case(Way::Waits);
}

#[test]
fn every_vector_holds_for_calls_that_are_submitted() {
    every_case(Way::Submits);
}
