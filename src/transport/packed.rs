//! Bodies that are packed, and how they are unpacked.

use std::convert::Infallible;
use std::future::{Pending, Ready, pending, ready};
use std::task::{Context, Poll};

use futures_util::future::Either;
use hyper::header::{CONTENT_ENCODING, HeaderValue};
use hyper::{Request, Response};
use tower_http::decompression::{Decompression, DecompressionBody};
use tower_service::Service;

use super::pool::Arriving;

/// What a body may be packed with.
pub(super) const PACKED: HeaderValue = HeaderValue::from_static("zstd,gzip,br");

/// Whether an answer's body is packed (RFC 9110 section 8.4), in a way that was asked for or another.
pub(super) fn is_packed(response: &Response<Arriving<'_>>) -> bool {
    response.headers().contains_key(CONTENT_ENCODING)
}

/// The answer with its body as it will be unpacked.
pub(super) async fn unpacked(response: Response<Arriving<'_>>) -> Response<DecompressionBody<Arriving<'_>>> {
    let Ok(response) = Decompression::new(There(Some(response))).call(Request::new(())).await;
    response
}

/// An answer that is there already, in the form of a service, which is what unpacks.
struct There<'a>(Option<Response<Arriving<'a>>>);

impl<'a> Service<Request<()>> for There<'a> {
    type Response = Response<Arriving<'a>>;
    type Error = Infallible;
    type Future = Either<Ready<Result<Self::Response, Infallible>>, Pending<Result<Self::Response, Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        // There is one answer, and it is asked for once.
        self.0.take().map_or(Either::Right(pending()), |response| Either::Left(ready(Ok(response))))
    }
}
