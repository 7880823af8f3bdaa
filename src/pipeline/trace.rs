//! The trace context of a request (W3C Trace Context, level 1): the caller's, or a new one.

use super::call::Context;

/// Where a request stands in a trace.
pub(super) struct Trace {
    pub(super) trace_id: String,
    pub(super) span_id: String,
    flags: String,
    state: Option<String>,
}

impl Trace {
    /// A new span in the caller's trace if it gave a valid one, else in a new trace.
    pub(super) fn of(context: &Context) -> Self {
        let span_id = format!("{:016x}", fastrand::u64(1..));
        match context.traceparent.as_deref().and_then(parse) {
            Some((trace_id, flags)) => {
                let state = context.tracestate.clone().filter(|state| is_state(state));
                Self { trace_id, span_id, flags, state }
            }
            None => {
                Self { trace_id: format!("{:032x}", fastrand::u128(1..)), span_id, flags: "00".to_owned(), state: None }
            }
        }
    }

    /// The value of `traceparent`.
    pub(super) fn parent(&self) -> String {
        format!("00-{}-{}-{}", self.trace_id, self.span_id, self.flags)
    }

    /// The value of `tracestate`.
    pub(super) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// The trace id and the flags of a `traceparent`, if it is valid.
fn parse(text: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, span, flags, rest @ ..] = parts.as_slice() else { return None };
    let hex = |part: &str, len| part.len() == len && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let zero = |part: &str| part.bytes().all(|byte| byte == b'0');
    let valid = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    // A later version may have more parts, this one may not.
    if !valid || *version == "ff" || zero(trace) || zero(span) || (*version == "00" && !rest.is_empty()) {
        tracing::debug!(target: "kei_agent::call", "the caller's traceparent is not valid; a new trace was begun");
        return None;
    }
    // Of the flags only the lowest is defined; the others must not be handed on.
    let sampled = flags.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']);
    Some(((*trace).to_owned(), if sampled { "01" } else { "00" }.to_owned()))
}

fn is_state(text: &str) -> bool {
    (1..=512).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_traceparent_is_continued_and_any_other_replaced() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let valid = |text: String| parse(&text).is_some();
        assert_eq!(parse(&format!("00-{trace}-b7ad6b7169203331-01")), Some((trace.to_owned(), "01".to_owned())));
        assert!(valid(format!("cc-{trace}-b7ad6b7169203331-01-more")));
        for bad in [
            String::new(),
            format!("ff-{trace}-b7ad6b7169203331-01"),
            format!("00-{trace}-b7ad6b7169203331-01-more"),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("00-{trace}-0000000000000000-01"),
            format!("00-{}-b7ad6b7169203331-01", trace.to_uppercase()),
            format!("00-{trace}-b7ad6b716920333-01"),
        ] {
            assert!(!valid(bad.clone()), "{bad}");
        }
    }
}
