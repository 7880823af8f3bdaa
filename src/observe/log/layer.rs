//! From a `tracing` event to a line of JSON, by a writer that knows the schema.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::tap::Taps;
use super::writer::Writer;
use crate::config::LogLevel;
use crate::observe::redact::Redactor;

/// A record longer than this is cut, and still valid JSON.
const LONGEST: usize = 16 * 1024;
/// The fields that the schema itself writes.
const OWN: [&str; 5] = ["timestamp", "level", "target", "message", "truncated"];

/// How much is logged, by target.
pub(super) struct Levels {
    default: LevelFilter,
    /// Prefixes of targets, the longest first.
    targets: Vec<(String, LevelFilter)>,
}

impl Levels {
    pub(super) fn new(default: LogLevel, targets: &BTreeMap<String, LogLevel>) -> Self {
        let mut targets: Vec<_> = targets.iter().map(|(target, level)| (target.clone(), filter(*level))).collect();
        targets.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        Self { default: filter(default), targets }
    }

    fn of(&self, target: &str) -> LevelFilter {
        let covers =
            |prefix: &str| target.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        self.targets.iter().find(|(prefix, _)| covers(prefix)).map_or(self.default, |(_, level)| *level)
    }

    pub(super) fn let_through(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.of(metadata.target())
    }

    pub(super) fn most(&self) -> LevelFilter {
        self.targets.iter().map(|(_, level)| *level).fold(self.default, std::cmp::max)
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// Writes events as lines, to the log's own sink and to those that were attached.
pub(super) struct JsonLayer {
    own: Option<(Levels, Arc<Writer>)>,
    taps: Arc<Taps>,
    redactor: Arc<Redactor>,
}

impl JsonLayer {
    pub(super) fn new(own: Option<(Levels, Arc<Writer>)>, taps: Arc<Taps>, redactor: Arc<Redactor>) -> Self {
        Self { own, taps, redactor }
    }

    fn own(&self, metadata: &Metadata<'_>) -> Option<&Writer> {
        self.own.as_ref().filter(|(levels, _)| levels.let_through(metadata)).map(|(_, writer)| &**writer)
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        self.own(metadata).is_some() || self.taps.want(metadata)
    }
}

/// A span's fields, as they stand in each line within it.
struct SpanFields(Vec<(&'static str, String)>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // Asked again for every place in the code when a sink is attached; see `Taps`.
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let own = self.own.as_ref().map_or(LevelFilter::OFF, |(levels, _)| levels.most());
        Some(own.max(self.taps.most()))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(SpanFields(fields.0));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(kept) = span.extensions_mut().get_mut::<SpanFields>() {
            kept.0.retain(|(name, _)| !fields.0.iter().any(|(newer, _)| newer == name));
            kept.0.extend(fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = Line::new(event.metadata(), &self.redactor);
        line.raw("message", fields.0.iter().find(|(name, _)| *name == "message").map_or("\"\"", |(_, value)| value));
        let mut seen: Vec<&'static str> = Vec::with_capacity(16);
        for span in context.event_scope(event).into_iter().flatten() {
            let extensions = span.extensions();
            let Some(kept) = extensions.get::<SpanFields>() else { continue };
            for (name, value) in &kept.0 {
                // Spans come innermost first, and the innermost wins.
                if !seen.contains(name) && !fields.0.iter().any(|(own, _)| own == name) {
                    seen.push(name);
                    line.field(name, value);
                }
            }
        }
        for (name, value) in fields.0.iter().filter(|(name, _)| *name != "message") {
            line.field(name, value);
        }
        let line = line.finish();
        self.taps.record(event.metadata(), &line, &self.redactor);
        if let Some(writer) = self.own(event.metadata()) {
            writer.write(line);
        }
    }
}

/// A line being written.
struct Line<'a> {
    text: String,
    cut: bool,
    redactor: &'a Redactor,
}

impl<'a> Line<'a> {
    fn new(metadata: &Metadata<'_>, redactor: &'a Redactor) -> Self {
        let mut text = String::with_capacity(512);
        let _ = write!(text, "{{\"timestamp\":\"{:.6}\",\"level\":\"{}\"", jiff::Timestamp::now(), metadata.level());
        let mut line = Self { text, cut: false, redactor };
        line.raw("target", &quoted(metadata.target()));
        line
    }

    /// A field of an event or a span; one with a name of the schema's own gets an underscore.
    fn field(&mut self, name: &str, value: &str) {
        if OWN.contains(&name) { self.raw(&format!("{name}_"), value) } else { self.raw(name, value) }
    }

    /// A field whose value is JSON already.
    fn raw(&mut self, name: &str, value: &str) {
        let room = LONGEST.saturating_sub(self.text.len());
        self.text.push(',');
        quote(&mut self.text, name);
        self.text.push(':');
        if value.len() <= room {
            self.text.push_str(value);
            return;
        }
        self.cut = true;
        let plain: String = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
        let plain = self.redactor.scrub(&plain);
        // Escapes make a text up to six times as long, so a sixth of the room always suffices.
        let end = (0..=(room / 6).min(plain.len())).rev().find(|at| plain.is_char_boundary(*at)).unwrap_or(0);
        quote(&mut self.text, &plain[..end]);
    }

    fn finish(mut self) -> String {
        self.text.push_str(if self.cut { ",\"truncated\":true}\n" } else { "}\n" });
        self.text
    }
}

/// Fields by name, each value as JSON.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    fn set(&mut self, field: &Field, value: String) {
        self.0.push((field.name(), value));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, quoted(&format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, quoted(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value.to_string());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, if value.is_finite() { value.to_string() } else { quoted(&value.to_string()) });
    }
}

fn quoted(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 2);
    quote(&mut line, text);
    line
}

/// Writes a text as a JSON string.
fn quote(line: &mut String, text: &str) {
    line.push('"');
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        line.push_str(&text[clean..at]);
        clean = at + 1;
        match byte {
            b'"' => line.push_str("\\\""),
            b'\\' => line.push_str("\\\\"),
            b'\n' => line.push_str("\\n"),
            b'\r' => line.push_str("\\r"),
            b'\t' => line.push_str("\\t"),
            byte => _ = write!(line, "\\u{byte:04x}"),
        }
    }
    line.push_str(&text[clean..]);
    line.push('"');
}
