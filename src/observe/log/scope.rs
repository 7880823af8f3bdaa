//! Whose work records tell of: what each of them says, besides its own fields, while a call is worked on.
//!
//! A span of `tracing`'s would do the same, and cost more than the record itself: it is written down when it is made, whether or not a record comes, and entered and left
//! through the subscriber each time the work goes on.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

thread_local! {
    static CURRENT: RefCell<Option<Arc<dyn Scope>>> = const { RefCell::new(None) };
}

/// What records say of the work that they are written in.
pub trait Scope: Send + Sync {
    /// Tells each field: its name, and its value.
    fn each(&self, tell: &mut dyn FnMut(&'static str, &str));
}

pin_project! {
    /// Work whose records say what its scope tells.
    pub struct Within<F> {
        scope: Option<Arc<dyn Scope>>,
        #[pin]
        work: F,
    }
}

/// Has each record that `work` writes say what `scope` tells, until it is done.
pub fn within<F: Future>(scope: Arc<dyn Scope>, work: F) -> Within<F> {
    Within { scope: Some(scope), work }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(this.scope);
        this.work.poll(context)
    }
}

/// While it lives, the current scope is another, and the one before waits in its place.
struct Entered<'a>(&'a mut Option<Arc<dyn Scope>>);

impl<'a> Entered<'a> {
    fn new(scope: &'a mut Option<Arc<dyn Scope>>) -> Self {
        swap(scope);
        Self(scope)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.0);
    }
}

fn swap(scope: &mut Option<Arc<dyn Scope>>) {
    CURRENT.with_borrow_mut(|current| std::mem::swap(current, scope));
}

/// Tells each field of the scope that the current thread works in, if it works in one.
pub(super) fn each(tell: &mut dyn FnMut(&'static str, &str)) {
    CURRENT.with_borrow(|current| {
        if let Some(scope) = current {
            scope.each(tell);
        }
    });
}
