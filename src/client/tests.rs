//! What holds of every operation, whoever runs it.

use super::*;
use std::sync::mpsc;

fn client(runtime: &Runtime) -> Client {
    Client::new(runtime, r#"{"base_url": "http://127.0.0.1:1"}"#).unwrap()
}

fn runtime() -> Runtime {
    Runtime::new(r#"{"log": {"output": "none"}}"#).unwrap()
}

#[test]
fn a_panic_in_an_operation_is_its_one_outcome_and_the_client_goes_on() {
    let runtime = runtime();
    let client = client(&runtime);
    let (send, receive) = mpsc::channel();
    client.submit("test.panic", b"", "", &Ticket::new(), move |outcome| send.send(outcome).unwrap()).unwrap();
    let outcomes: Vec<_> = receive.iter().collect();
    assert_eq!(outcomes.len(), 1);
    let error = outcomes[0].as_ref().unwrap_err();
    assert_eq!(error.code, Code::Panic);
    assert!(error.correlation_id.is_some() && !error.to_json().contains("hunter2"), "{error}");
    assert!(client.call("kei.info", b"", "").is_ok());
}

#[test]
fn a_panic_in_an_operation_on_the_callers_thread_is_its_one_outcome_and_the_client_goes_on() {
    let runtime = runtime();
    let client = client(&runtime);
    let error = client.call("test.panic.here", b"", "").unwrap_err();
    assert_eq!(error.code, Code::Panic);
    assert!(error.correlation_id.is_some() && !error.to_json().contains("hunter2"), "{error}");
    let given = client.call("test.panic.here", b"", r#"{"correlation_id": "given"}"#).unwrap_err();
    assert_eq!(given.correlation_id.as_deref(), Some("given"));
    assert!(client.call("auth.status", b"", "").is_ok());
}

#[test]
fn a_secret_that_a_request_gives_is_known_from_then_on_however_its_name_is_written() {
    let runtime = runtime();
    let client = client(&runtime);
    for (number, name) in ["password", "Pass-Word", "p\\u0061ssword", "my very own secret"].into_iter().enumerate() {
        let secret = format!("hunter2-hunter2-{number}");
        let is_clean = || client.session().services.observe.redactor.is_clean(&secret);
        assert!(is_clean(), "{name}");
        let request = format!(r#"{{"level": "info", "message": "x", "fields": {{"{name}": "{secret}"}}}}"#);
        client.call("log.write", request.as_bytes(), "").unwrap();
        assert!(!is_clean(), "{name}");
    }
}

/// Holds the runtime's thread up in a delivery, until what is answered is dropped.
fn hold_up(client: &Client) -> mpsc::Sender<()> {
    let (held, hold) = mpsc::channel::<()>();
    let (running, run) = mpsc::channel();
    let done = move |_| {
        running.send(()).unwrap();
        assert!(hold.recv().is_err());
    };
    client.submit("kei.info", b"", "", &Ticket::new(), done).unwrap();
    run.recv().unwrap();
    held
}

#[test]
fn what_is_answered_at_once_needs_no_thread_of_the_runtime() {
    let runtime = runtime();
    let client = client(&runtime);
    let held = hold_up(&client);
    assert!(client.call("auth.status", b"", "").is_ok());
    let here = std::thread::current().id();
    let (send, receive) = mpsc::channel();
    let done = move |outcome: Result<Bytes>| send.send((outcome.is_ok(), std::thread::current().id())).unwrap();
    client.submit("auth.status", b"", "", &Ticket::new(), done).unwrap();
    // It is here already, and nothing comes after it.
    assert_eq!(receive.try_iter().collect::<Vec<_>>(), [(true, here)]);
    assert_eq!(receive.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    drop(held);
}

#[test]
fn a_host_that_runs_on_tokio_may_call_what_is_answered_at_once_from_its_own_threads() {
    let runtime = runtime();
    let client = client(&runtime);
    let host = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let write = br#"{"level": "info", "message": "from a host's thread"}"#;
    assert!(host.block_on(async { client.call("log.write", write, "") }).is_ok());
}

#[test]
fn the_end_of_a_runtime_waits_for_what_is_answered_on_a_hosts_thread() {
    let runtime = runtime();
    let client = client(&runtime);
    let (other, inner) = (runtime.clone(), client.clone());
    let done = move |_| {
        let error = other.shutdown(Some(std::time::Duration::ZERO)).unwrap_err();
        assert_eq!((error.code, &error.details["in_flight"]), (Code::Deadline, &1.into()));
        assert_eq!(inner.call("auth.status", b"", "").unwrap_err().code, Code::Closed);
    };
    client.submit("auth.status", b"", "", &Ticket::new(), done).unwrap();
    runtime.shutdown(None).unwrap();
    assert_eq!(client.call("auth.status", b"", "").unwrap_err().code, Code::Closed);
}

#[test]
fn an_operation_that_nothing_runs_any_more_has_its_outcome_all_the_same() {
    let runtime = runtime();
    let client = client(&runtime);
    runtime.services().inbox.close();
    let (send, receive) = mpsc::channel();
    client.submit("kei.info", b"", "", &Ticket::new(), move |outcome| send.send(outcome).unwrap()).unwrap();
    let error = receive.try_recv().unwrap().unwrap_err();
    assert_eq!(error.code, Code::Closed);
    assert!(error.correlation_id.is_some());
    assert_eq!(client.call("kei.info", b"", "").unwrap_err().code, Code::Closed);
    assert_eq!(runtime.services().running.count(), 0);
    runtime.shutdown(None).unwrap();
}

#[test]
fn closing_a_client_or_a_ticket_interrupts_what_is_in_flight_from_any_thread() {
    let runtime = runtime();
    // Nobody answers there.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!(r#"{{"base_url": "http://{}"}}"#, silent.local_addr().unwrap());
    let client = Client::new(&runtime, &config).unwrap();
    let (send, receive) = mpsc::channel();
    let submit = |ticket: &Ticket| {
        let send = send.clone();
        let done = move |outcome: Result<Bytes>| send.send(outcome.unwrap_err().code).unwrap();
        client.submit("http.request", br#"{"path": "/"}"#, "", ticket, done).unwrap();
    };
    let ticket = Ticket::new();
    submit(&ticket);
    let connection = silent.accept().unwrap();
    ticket.cancel();
    assert_eq!(receive.recv().unwrap(), Code::Cancelled);
    for _ in 0..10 {
        submit(&Ticket::new());
    }
    client.close();
    assert!((0..10).all(|_| receive.recv().unwrap() == Code::Closed));
    drop(connection);
}

#[test]
fn the_end_of_a_runtime_interrupts_what_is_in_flight_of_every_client() {
    let runtime = runtime();
    // Nobody answers there.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!(r#"{{"base_url": "http://{}"}}"#, silent.local_addr().unwrap());
    let clients = [(); 3].map(|()| Client::new(&runtime, &config).unwrap());
    let (send, mut outcomes) = tokio::sync::mpsc::unbounded_channel();
    for client in &clients {
        let send = send.clone();
        let done = move |outcome: Result<Bytes>| send.send(outcome.unwrap_err()).unwrap();
        client.submit("http.request", br#"{"path": "/"}"#, "", &Ticket::new(), done).unwrap();
    }
    let _connections = [(); 3].map(|()| silent.accept().unwrap());
    // Work of the runtime's own, which ends if they are interrupted, and not if they are dropped with the runtime.
    let (seen, see) = mpsc::channel();
    let watch = async move {
        for _ in 0..3 {
            seen.send(outcomes.recv().await.unwrap()).unwrap();
        }
    };
    let services = runtime.services();
    services.handle.spawn(services.background.track_future(watch));
    runtime.shutdown(None).unwrap();
    let errors: Vec<_> = see.try_iter().map(|error| (error.code, error.message.clone())).collect();
    assert_eq!(errors, vec![(Code::Closed, "the runtime is shutting down".to_owned()); 3]);
    let late = Client::new(&runtime, &config).err().unwrap();
    assert_eq!(late.code, Code::Closed);
}

#[test]
fn the_place_of_an_operation_is_free_when_its_outcome_is_delivered() {
    let runtime = runtime();
    let config = r#"{"base_url": "http://127.0.0.1:1", "limits": {"max_in_flight": 1}}"#;
    let client = Client::new(&runtime, config).unwrap();
    for _ in 0..100 {
        client.call("kei.info", b"", "").unwrap();
    }
    let (go, wait) = mpsc::channel::<()>();
    let done = move |_| wait.recv().unwrap();
    client.submit("kei.info", b"", "", &Ticket::new(), done).unwrap();
    go.send(()).unwrap();
    runtime.shutdown(None).unwrap();
}

#[test]
fn more_operations_than_the_limit_are_refused_with_the_settings_name() {
    let runtime = runtime();
    let config = r#"{"base_url": "http://127.0.0.1:1", "limits": {"max_in_flight": 2}}"#;
    let client = Client::new(&runtime, config).unwrap();
    let (held, hold) = mpsc::channel::<()>();
    let (running, run) = mpsc::channel();
    // The first holds the I/O thread up in its delivery, so that those behind it stay in flight.
    let first = move |_| {
        running.send(()).unwrap();
        hold.recv().unwrap();
    };
    client.submit("kei.info", b"", "", &Ticket::new(), first).unwrap();
    run.recv().unwrap();
    for _ in 0..2 {
        client.submit("kei.info", b"", "", &Ticket::new(), |_| ()).unwrap();
    }
    let error = client.submit("kei.info", b"", "", &Ticket::new(), |_| ()).unwrap_err();
    assert_eq!((error.code, error.retryable), (Code::Overloaded, true));
    assert!(error.message.contains("limits.max_in_flight"), "{error}");
    // What is answered at once takes no place, and so tells of it even then.
    assert!(client.call("log.write", br#"{"level": "warn", "message": "overloaded"}"#, "").is_ok());
    held.send(()).unwrap();
    runtime.shutdown(None).unwrap();
}

#[test]
fn a_call_on_a_thread_of_the_runtime_is_refused() {
    let runtime = runtime();
    let client = client(&runtime);
    let (send, receive) = mpsc::channel();
    let inner = client.clone();
    let done = move |_| send.send(inner.call("kei.info", b"", "").unwrap_err().code).unwrap();
    client.submit("kei.info", b"", "", &Ticket::new(), done).unwrap();
    assert_eq!(receive.recv().unwrap(), Code::WrongThread);
}
