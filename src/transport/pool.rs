//! Connections to servers, kept for the requests to come: one of HTTP/1.1 carries a request at a time, one of HTTP/2 many.
//!
//! Who finds none waits for the next that is free, whether it is the one that is made for him or one that another is done with.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hashbrown::{HashMap, HashSet};
use http_body_util::Either;
use hyper::Response;
use hyper::body::Incoming;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::HttpRequest;
use super::connect::{Connection, Connector};
use super::destination::Destination;
use super::http1::{Brought, Own};
use super::http2::{Shared, Stream};

/// The body of an answer, as it arrives on the one kind of connection or the other.
pub(super) type Arriving<'a> = Either<Brought<'a>, Stream>;

/// The connections of a client.
pub(super) struct Pool {
    connector: Connector,
    /// How many connections that carry nothing are kept to a server, and for how long.
    most: usize,
    idle: Duration,
    places: Mutex<HashMap<Box<str>, Place>>,
}

/// Why a request has no answer.
pub(super) enum Fault {
    /// No connection came about.
    Connecting(Why),
    /// It was lost before anything of the request was sent, which is whole again.
    Unsent(Box<dyn StdError + Send + Sync>),
    /// It was lost with the request on it.
    Sending(Box<dyn StdError + Send + Sync>),
}

/// What there is of a server.
#[derive(Default)]
struct Place {
    /// Connections of HTTP/1.1 that carry nothing, the last used last, and since when.
    free: Vec<(Own, Instant)>,
    /// The connection of HTTP/2, and when it was last used.
    shared: Option<(Shared, Instant)>,
    /// Who waits for a connection, the first first.
    waiting: VecDeque<(u64, oneshot::Sender<Made>)>,
    /// For whom connections are being made.
    making: HashSet<u64>,
    /// Numbers those who wait.
    number: u64,
    /// Whether somebody lets go of what is not used for long.
    tended: bool,
}

/// Why no connection came about, for all who waited for it.
type Why = Arc<dyn StdError + Send + Sync>;

/// A connection, and whether it has carried requests before.
type Made = Result<(Connection, bool), Why>;

/// A connection of HTTP/1.1 that carries a request; it is to be given back when its answer has been read.
pub(super) struct Borrowed {
    /// None of a connection that is shared.
    own: Option<Own>,
    used: bool,
}

impl Borrowed {
    /// The body of the answer that came on it.
    pub(super) fn body(&mut self, body: Either<Incoming, Stream>) -> Arriving<'_> {
        match body {
            Either::Left(incoming) => Either::Left(Brought::new(incoming, self.own.as_mut())),
            Either::Right(stream) => Either::Right(stream),
        }
    }
}

impl Pool {
    pub(super) fn new(connector: Connector, most: usize, idle: Duration) -> Arc<Self> {
        Arc::new(Self { connector, most, idle, places: Mutex::default() })
    }

    /// Sends a request at `now`, again if the connection was an old one that took none of it. What is sent is taken out of it.
    pub(super) async fn send(
        self: &Arc<Self>,
        to: &Destination,
        mut now: Instant,
        request: &mut HttpRequest,
    ) -> Result<(Response<Either<Incoming, Stream>>, Borrowed), Fault> {
        let wire = to.wire().map_err(|why| Fault::Connecting(Arc::from(Box::from(why))))?;
        loop {
            let (connection, used) = self.connection(to, now).await.map_err(Fault::Connecting)?;
            let (fault, shared) = match connection {
                Connection::Own(mut own) => {
                    if used && !own.ready().await {
                        continue;
                    }
                    match own.send(request, wire).await {
                        Ok(response) => {
                            return Ok((response.map(Either::Left), Borrowed { own: Some(own), used: true }));
                        }
                        Err(fault) => (fault, false),
                    }
                }
                Connection::Shared(shared) => match shared.send(request, wire).await {
                    Ok(response) => return Ok((response.map(Either::Right), Borrowed { own: None, used: true })),
                    Err(fault) => (fault, true),
                },
            };
            if !used || !matches!(fault, Fault::Unsent(_)) {
                return Err(fault);
            }
            if shared && let Some(place) = self.places().get_mut(to.origin()) {
                place.shared = None;
            }
            now = Instant::now();
        }
    }

    /// Takes a connection back whose answer has been read to its end.
    pub(super) fn give_back(self: &Arc<Self>, to: &Destination, borrowed: Borrowed) {
        let Borrowed { own: Some(mut own), used } = borrowed else { return };
        // One that is still busy with the request, whose answer came early, is let go of.
        if !own.is_free() {
            return;
        }
        if let Some(place) = self.places().get_mut(to.origin()) {
            self.keep(to, place, own, used);
        }
    }

    /// A connection, and whether it has carried requests before.
    async fn connection(self: &Arc<Self>, to: &Destination, now: Instant) -> Made {
        let waiting = {
            let mut places = self.places();
            let place = match places.get_mut(to.origin()) {
                Some(place) => place,
                None => places.entry(to.origin().into()).or_default(),
            };
            if let Some(there) = place.take(now, self.idle) {
                return Ok((there, true));
            }
            place.number += 1;
            let number = place.number;
            let (tell, told) = oneshot::channel();
            place.waiting.push_back((number, tell));
            // One of HTTP/2 will do for all.
            let made = (!self.connector.shares() || place.making.is_empty()).then(|| {
                place.making.insert(number);
                tokio::spawn(Arc::clone(self).make(to.clone(), number)).abort_handle()
            });
            Waiting { pool: self, to, number, told, made }
        };
        waiting.await
    }

    /// Makes a connection, for whoever is first to wait when it is there. If that fails, it is said to who had it made, or to all who wait for it; where he has
    /// another's already, to the first of those who wait if there are more of them than connections to come.
    async fn make(self: Arc<Self>, to: Destination, number: u64) {
        let making = Making { pool: &self, to: &to, number };
        let made = self.connector.connect(&to).await;
        drop(making);
        let mut places = self.places();
        let Some(place) = places.get_mut(to.origin()) else { return };
        match made {
            Ok(Connection::Own(own)) => self.keep(&to, place, own, false),
            Ok(Connection::Shared(made)) => {
                // Several may have been made at once, while it was not known that one would do.
                let (shared, used) = place.shared.get_or_insert_with(|| (made.clone(), Instant::now()));
                if shared.is_closed() {
                    *shared = made;
                }
                *used = Instant::now();
                for (_, waiting) in place.waiting.drain(..) {
                    // Who waits no more needs none.
                    let _ = waiting.send(Ok((Connection::Shared(shared.clone()), false)));
                }
                self.tend(&to, place);
            }
            Err(error) if self.connector.shares() => {
                for (_, waiting) in place.waiting.drain(..) {
                    let _ = waiting.send(Err(Arc::clone(&error)));
                }
            }
            Err(error) => {
                let his = place.waiting.iter().position(|(waiting, _)| *waiting == number);
                let left_over = (place.waiting.len() > place.making.len()).then_some(0);
                if let Some((_, waiting)) = his.or(left_over).and_then(|at| place.waiting.remove(at)) {
                    let _ = waiting.send(Err(error));
                }
            }
        }
    }

    /// Hands a connection to the first who waits, or keeps it.
    fn keep(self: &Arc<Self>, to: &Destination, place: &mut Place, mut own: Own, used: bool) {
        while let Some((_, waiting)) = place.waiting.pop_front() {
            match waiting.send(Ok((Connection::Own(own), used))) {
                Err(Ok((Connection::Own(back), _))) => own = back,
                _ => return,
            }
        }
        if place.free.len() < self.most {
            place.free.push((own, Instant::now()));
            self.tend(to, place);
        }
    }

    /// Sees that connections which nobody uses are let go of in time.
    fn tend(self: &Arc<Self>, to: &Destination, place: &mut Place) {
        if !std::mem::replace(&mut place.tended, true) {
            tokio::spawn(tend(Arc::downgrade(self), to.clone(), self.idle));
        }
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Box<str>, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets go of the connections to a server that nobody has used for as long as `idle`, until there are none.
async fn tend(pool: Weak<Pool>, to: Destination, idle: Duration) {
    let mut next = Instant::now() + idle;
    loop {
        tokio::time::sleep_until(next).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut places = pool.places();
        let Some(place) = places.get_mut(to.origin()) else { return };
        let now = Instant::now();
        let old = |since: Instant| now.saturating_duration_since(since) >= idle;
        place.free.retain_mut(|(own, since)| !old(*since) && !own.is_closed());
        place.shared.take_if(|(shared, used)| shared.is_closed() || old(*used));
        let uses = place.free.iter().map(|(_, since)| *since).chain(place.shared.iter().map(|(_, used)| *used));
        let Some(earliest) = uses.min() else {
            place.tended = false;
            return;
        };
        next = earliest + idle;
    }
}

impl Place {
    /// A connection that is there, and not older than `idle` at `now`.
    fn take(&mut self, now: Instant, idle: Duration) -> Option<Connection> {
        if let Some((shared, used)) = &mut self.shared {
            if !shared.is_closed() && now.saturating_duration_since(*used) < idle {
                *used = now;
                return Some(Connection::Shared(shared.clone()));
            }
            self.shared = None;
        }
        while let Some((own, since)) = self.free.pop() {
            if now.saturating_duration_since(since) < idle {
                return Some(Connection::Own(own));
            }
        }
        None
    }
}

/// Waits for a connection. Dropped before that, it stops what is made for nobody.
struct Waiting<'a> {
    pool: &'a Arc<Pool>,
    to: &'a Destination,
    number: u64,
    told: oneshot::Receiver<Made>,
    made: Option<AbortHandle>,
}

impl Future for Waiting<'_> {
    type Output = Made;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let told = ready!(Pin::new(&mut self.told).poll(context));
        Poll::Ready(told.unwrap_or_else(|_| Err(Arc::from(Box::from("the runtime is shutting down")))))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.told.is_terminated() {
            return;
        }
        if let Ok(Ok((Connection::Own(own), used))) = self.told.try_recv() {
            // It came at the very end.
            return self.pool.give_back(self.to, Borrowed { own: Some(own), used });
        }
        let mut places = self.pool.places();
        let Some(place) = places.get_mut(self.to.origin()) else { return };
        place.waiting.retain(|(number, _)| *number != self.number);
        if let Some(made) = &self.made
            && place.making.len() > place.waiting.len()
            && place.making.remove(&self.number)
        {
            made.abort();
        }
    }
}

/// A connection is being made, as long as it lives.
struct Making<'a> {
    pool: &'a Pool,
    to: &'a Destination,
    number: u64,
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.pool.places().get_mut(self.to.origin()) {
            place.making.remove(&self.number);
        }
    }
}
