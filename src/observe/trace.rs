//! Where a call stands in a trace: W3C Trace Context (level 1) and W3C Baggage, as a caller gives them and as they are handed on.
//!
//! What a caller gives comes from others as a rule, so what is not valid fails no call: it is left out, as the specifications ask.

use std::sync::Arc;

/// As many members as a `tracestate` may have, and as many bytes as it is handed on with.
const MOST_MEMBERS: usize = 32;
const LONGEST_STATE: usize = 512;
/// As many entries as a `baggage` is handed on with, and as many bytes (section 3.3 of W3C Baggage).
const MOST_BAGGAGE: usize = 64;
const LONGEST_BAGGAGE: usize = 8192;

/// What a caller gives.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `traceparent`.
    pub parent: Option<String>,
    /// `tracestate`, which counts only with a valid `traceparent`.
    pub state: Option<String>,
    /// `baggage`.
    pub baggage: Option<String>,
}

/// Where a call stands in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Bytes, since a number of that size would have all that holds a trace aligned to 16; see [`boxed`](crate::clock::boxed).
    trace: [u8; 16],
    span: u64,
    parent: Option<u64>,
    sampled: bool,
    /// What few calls have, and all spans of one share.
    handed_on: Option<Arc<HandedOn>>,
}

/// What a caller gives to be handed on as it is.
#[derive(Debug, PartialEq, Eq)]
struct HandedOn {
    state: Option<String>,
    baggage: Option<String>,
}

impl Trace {
    /// A new span in the caller's trace if it gave a valid one, else in a new trace, of which `ratio` (from 0 to 1) are sampled.
    pub fn of(given: &Given, ratio: f64) -> Self {
        let span = fastrand::u64(1..);
        let baggage = given.baggage.as_deref().and_then(baggage);
        let handed_on = |state: Option<String>, baggage: Option<String>| {
            (state.is_some() || baggage.is_some()).then(|| Arc::new(HandedOn { state, baggage }))
        };
        if let Some((trace, parent, sampled)) = given.parent.as_deref().and_then(parse) {
            let state = given.state.as_deref().and_then(state);
            let trace = trace.to_be_bytes();
            return Self { trace, span, parent: Some(parent), sampled, handed_on: handed_on(state, baggage) };
        }
        let trace = fastrand::u128(1..);
        let sampled = is_sampled(trace, ratio);
        let trace = trace.to_be_bytes();
        Self { trace, span, parent: None, sampled, handed_on: handed_on(None, baggage) }
    }

    /// A new span within this one.
    pub fn child(&self) -> Self {
        Self { span: fastrand::u64(1..), parent: Some(self.span), ..self.clone() }
    }

    /// Whether spans of the trace are to be kept.
    pub fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// The ids of the trace, of the span, and of the span around it, as bytes.
    pub fn ids(&self) -> ([u8; 16], [u8; 8], Option<[u8; 8]>) {
        (self.trace, self.span.to_be_bytes(), self.parent.map(u64::to_be_bytes))
    }

    /// Tells both ids, as a record has them.
    pub fn tell_ids(&self, tell: &mut dyn FnMut(&'static str, &str)) {
        tell("trace_id", hex(&mut [0; 32], &self.trace));
        tell("span_id", hex(&mut [0; 16], &self.span.to_be_bytes()));
    }

    /// The trace's id: 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        hex(&mut [0; 32], &self.trace).to_owned()
    }

    /// The span's id: 16 hexadecimal digits.
    pub fn span_id(&self) -> String {
        hex(&mut [0; 16], &self.span.to_be_bytes()).to_owned()
    }

    /// The span of the caller's, if it gave one.
    pub fn parent_id(&self) -> Option<String> {
        self.parent.map(|parent| hex(&mut [0; 16], &parent.to_be_bytes()).to_owned())
    }

    /// The value of `traceparent`.
    pub fn parent(&self) -> [u8; 55] {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        hex(&mut text[3..35], &self.trace);
        hex(&mut text[36..52], &self.span.to_be_bytes());
        text[54] += u8::from(self.sampled);
        text
    }

    /// The value of `tracestate`.
    pub fn state(&self) -> Option<&str> {
        self.handed_on.as_ref()?.state.as_deref()
    }

    /// The value of `baggage`.
    pub fn baggage(&self) -> Option<&str> {
        self.handed_on.as_ref()?.baggage.as_deref()
    }
}

/// Bytes in hexadecimal digits, two in `room` for each. The formatting of the standard library takes several times as long.
fn hex<'a>(room: &'a mut [u8], bytes: &[u8]) -> &'a str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in room.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0xf)];
    }
    std::str::from_utf8(room).unwrap_or_default()
}

/// Whether a trace is one of those that are sampled. Who else goes by the trace's id, as OpenTelemetry's own sampler does, chooses the same.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // As exact as a ratio can be.
fn is_sampled(trace: u128, ratio: f64) -> bool {
    ratio >= 1.0 || (trace as u64 >> 1) < (ratio.max(0.0) * (1_u64 << 63) as f64) as u64
}

/// Space that may stand around a value in a header field.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// The trace, the span and whether it is sampled, of a `traceparent` that is valid.
fn parse(text: &str) -> Option<(u128, u64, bool)> {
    let parts: Vec<&str> = trimmed(text).split('-').collect();
    let [version, trace, span, flags, rest @ ..] = parts.as_slice() else { return None };
    let hex =
        |part: &str, length| part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let valid = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    // A later version may have more parts, this one may not.
    if !valid || *version == "ff" || (*version == "00" && !rest.is_empty()) {
        return None;
    }
    let (trace, span) = (u128::from_str_radix(trace, 16).ok()?, u64::from_str_radix(span, 16).ok()?);
    // Of the flags only the lowest is defined; the others must not be handed on.
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    (trace != 0 && span != 0).then_some((trace, span, sampled))
}

/// A `tracestate` as it is handed on, if it is valid: as a whole, or without its last members if it is long.
fn state(text: &str) -> Option<String> {
    let mut members: Vec<&str> = trimmed(text).split(',').map(trimmed).filter(|member| !member.is_empty()).collect();
    let keys: Vec<&str> = members.iter().map(|member| key(member)).collect::<Option<_>>()?;
    let twice = keys.iter().enumerate().any(|(number, key)| keys[..number].contains(key));
    if members.is_empty() || members.len() > MOST_MEMBERS || twice {
        return None;
    }
    // Section 3.3.1.5: those of more than 128 characters go first, then those at the end.
    let length = |members: &[&str]| members.iter().map(|member| member.len() + 1).sum::<usize>() - 1;
    while members.len() > 1 && length(&members) > LONGEST_STATE {
        let long = members.iter().rposition(|member| member.len() > 128).unwrap_or(members.len() - 1);
        members.remove(long);
    }
    Some(members.join(","))
}

/// The key of a member of a `tracestate`, if the member is valid.
fn key(member: &str) -> Option<&str> {
    let (key, value) = member.split_once('=')?;
    let fits = |part: &str, most, digit_first: bool| {
        let first =
            part.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || (digit_first && byte.is_ascii_digit()));
        let rest =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'*' | b'/');
        first && part.len() <= most && part.bytes().all(rest)
    };
    let good = match key.split_once('@') {
        Some((tenant, system)) => fits(tenant, 241, true) && fits(system, 14, false),
        None => fits(key, 256, false),
    };
    let printable = value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='));
    (good && printable && (1..=256).contains(&value.len()) && !value.ends_with(' ')).then_some(key)
}

/// A `baggage` as it is handed on: its valid entries, as many as may be.
fn baggage(text: &str) -> Option<String> {
    let mut kept = String::new();
    for entry in text.split(',').map(trimmed).filter(|entry| is_entry(entry)).take(MOST_BAGGAGE) {
        if kept.len() + entry.len() + 1 > LONGEST_BAGGAGE {
            break;
        }
        if !kept.is_empty() {
            kept.push(',');
        }
        kept.push_str(entry);
    }
    (!kept.is_empty()).then_some(kept)
}

/// Whether it is `key=value`, with properties after semicolons or without.
fn is_entry(entry: &str) -> bool {
    let token = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        !text.is_empty() && text.bytes().all(fits)
    };
    // No control character, space, quote, comma, semicolon or backslash, and nothing past ASCII.
    let value = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte));
    entry.split(';').enumerate().all(|(number, part)| match trimmed(part).split_once('=') {
        Some((key, text)) => token(trimmed(key)) && value(trimmed(text)),
        None => number > 0 && token(trimmed(part)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn given(parent: &str) -> Given {
        Given { parent: Some(parent.to_owned()), ..Given::default() }
    }

    /// The rules of W3C Trace Context, section 3.2, and the cases of its own test suite.
    #[test]
    fn a_valid_traceparent_is_continued_and_any_other_replaced() {
        for (text, sampled) in [
            (format!("00-{TRACE}-{SPAN}-00"), false),
            (format!("00-{TRACE}-{SPAN}-01"), true),
            // Flags that are not defined are not handed on.
            (format!("00-{TRACE}-{SPAN}-02"), false),
            (format!("00-{TRACE}-{SPAN}-ff"), true),
            // Space around it is none of its own.
            (format!(" \t00-{TRACE}-{SPAN}-01\t "), true),
            // A version to come.
            (format!("cc-{TRACE}-{SPAN}-01"), true),
            (format!("cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like"), true),
        ] {
            let trace = Trace::of(&given(&text), 0.0);
            assert_eq!((trace.trace_id().as_str(), trace.parent_id().as_deref()), (TRACE, Some(SPAN)), "{text}");
            let parent = String::from_utf8(trace.parent().to_vec()).unwrap();
            assert_eq!(parent, format!("00-{TRACE}-{}-{:02x}", trace.span_id(), u8::from(sampled)), "{text}");
            assert_ne!(trace.span_id(), SPAN);
        }
        for text in [
            String::new(),
            "00".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}-01.more"),
            format!("cc-{TRACE}-{SPAN}-01.what-the-future-will-not-be-like"),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{}-01", SPAN.to_uppercase()),
            format!("00-{}-{SPAN}-01", &TRACE[1..]),
            format!("00-{TRACE}0-{SPAN}-01"),
            format!("00-{TRACE}-{}-01", &SPAN[1..]),
            format!("00-{TRACE}-{SPAN}0-01"),
            format!("00-{}.-{SPAN}-01", &TRACE[1..]),
            format!("00-{TRACE}-{}.-01", &SPAN[1..]),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("000-{TRACE}-{SPAN}-01"),
            format!(".0-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("00-{TRACE}-{SPAN}-001"),
            format!("00-{TRACE}-{SPAN}-.0"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00_{TRACE}_{SPAN}_01"),
        ] {
            let trace = Trace::of(&Given { state: Some("a=1".to_owned()), ..given(&text) }, 0.0);
            assert!(trace.trace_id() != TRACE && trace.parent_id().is_none() && trace.state().is_none(), "{text}");
            assert_eq!(
                parse(std::str::from_utf8(&trace.parent()).unwrap()).map(|(trace, ..)| trace),
                Some(u128::from_be_bytes(trace.trace)),
                "{text}"
            );
        }
    }

    /// Section 3.3.
    #[test]
    fn a_valid_tracestate_is_handed_on_and_any_other_left_out() {
        let of = |text: &str| {
            let parent = given(&format!("00-{TRACE}-{SPAN}-01"));
            Trace::of(&Given { state: Some(text.to_owned()), ..parent }, 0.0).state().map(str::to_owned)
        };
        let long = |length| "v".repeat(length);
        for good in [
            "foo=1,bar=2".to_owned(),
            "foo@sys=1,0tenant-_*/@sys=2".to_owned(),
            "a= !~".to_owned(),
            format!("{}=1", "k".repeat(256)),
            format!("{}@{}=1", "t".repeat(241), "v".repeat(14)),
            format!("k={}", long(256)),
            (0..32).map(|number| format!("k{number}=1")).collect::<Vec<_>>().join(","),
        ] {
            assert_eq!(of(&good).as_deref(), Some(good.as_str()));
        }
        assert_eq!(of(" foo=1 \t,, bar=2,\t").as_deref(), Some("foo=1,bar=2"), "what is empty is left out");
        for bad in [
            String::new(),
            ",".to_owned(),
            "foo".to_owned(),
            "foo=".to_owned(),
            "=1".to_owned(),
            "foo =1".to_owned(),
            "FOO=1".to_owned(),
            "foo.bar=1".to_owned(),
            "0foo=1".to_owned(),
            "foo@=1,bar=2".to_owned(),
            "@foo=1,bar=2".to_owned(),
            "foo@@bar=1".to_owned(),
            "foo@bar@baz=1".to_owned(),
            "foo@0sys=1".to_owned(),
            "foo=bar=baz".to_owned(),
            "foo=\u{e4}".to_owned(),
            "foo=a\u{1}".to_owned(),
            "foo=1,foo=2".to_owned(),
            format!("{}=1", "k".repeat(257)),
            format!("{}@v=1", "t".repeat(242)),
            format!("t@{}=1", "v".repeat(15)),
            format!("k={}", long(257)),
            (0..33).map(|number| format!("k{number}=1")).collect::<Vec<_>>().join(","),
        ] {
            assert_eq!(of(&bad), None, "{bad}");
        }
        // More than is handed on: long members go first, then the last.
        let shortened = of(&format!("a={0},b={1},c={0},d={0},e={0}", long(120), long(200))).unwrap();
        assert_eq!(shortened.split(',').map(|member| &member[..1]).collect::<String>(), "acde");
    }

    #[test]
    fn traces_that_begin_here_are_sampled_by_the_ratio_and_others_as_their_caller_chose() {
        let share = |ratio| (0..10_000).filter(|_| Trace::of(&Given::default(), ratio).is_sampled()).count();
        assert_eq!((share(0.0), share(1.0)), (0, 10_000));
        assert!((2_200..2_800).contains(&share(0.25)), "{}", share(0.25));
        for (flags, ratio, sampled) in [("00", 1.0, false), ("01", 0.0, true)] {
            let trace = Trace::of(&given(&format!("00-{TRACE}-{SPAN}-{flags}")), ratio);
            assert_eq!((trace.is_sampled(), trace.child().is_sampled()), (sampled, sampled));
        }
    }

    #[test]
    fn a_child_stands_within_its_parent() {
        let parent = Trace::of(&given(&format!("00-{TRACE}-{SPAN}-01")), 0.0);
        let child = parent.child();
        assert_eq!((child.trace_id(), child.parent_id()), (parent.trace_id(), Some(parent.span_id())));
        assert_ne!(child.span_id(), parent.span_id());
    }

    #[test]
    fn of_a_baggage_the_valid_entries_are_handed_on() {
        let of = |text: &str| {
            Trace::of(&Given { baggage: Some(text.to_owned()), ..Given::default() }, 0.0).baggage().map(str::to_owned)
        };
        assert_eq!(of("a=1,b=2;p;q=3").as_deref(), Some("a=1,b=2;p;q=3"));
        assert_eq!(of(" a = 1 , b=%20x , c=").as_deref(), Some("a = 1,b=%20x,c="));
        assert_eq!(of("a=1,no,b c=2,d=\"x\",e=\u{e4},f=1;;,g=ok").as_deref(), Some("a=1,g=ok"));
        assert_eq!(of(""), None);
        let many = |count: usize| (0..count).map(|number| format!("k{number}=1")).collect::<Vec<_>>().join(",");
        assert_eq!(of(&many(100)), Some(many(64)));
        let long = "x".repeat(8000);
        assert_eq!(of(&format!("a={long},b={long}")), Some(format!("a={long}")));
    }
}
