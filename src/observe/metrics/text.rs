//! Metrics as text that Prometheus takes (text format 0.0.4), under the names that OpenTelemetry's rules make of theirs.

use std::fmt::Write;

use super::{Kind, Metric, Point, Value};

/// All metrics as text.
pub fn text(metrics: &[Metric]) -> String {
    let mut text = String::new();
    for metric in metrics.iter().filter(|metric| !metric.points.is_empty()) {
        let name = name(metric);
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", escaped(metric.help, false));
        for point in &metric.points {
            write(&mut text, &name, point);
        }
    }
    text
}

fn name(metric: &Metric) -> String {
    let mut name = metric.name.replace('.', "_");
    match metric.unit {
        "s" => name += "_seconds",
        "By" => name += "_bytes",
        _ => {}
    }
    if metric.kind == Kind::Counter {
        name += "_total";
    }
    name
}

fn write(text: &mut String, name: &str, point: &Point) {
    match &point.value {
        Value::Count(count) => line(text, name, point, None, &count.to_string()),
        Value::Level(level) => line(text, name, point, None, &number(*level)),
        Value::Spread { bounds, counts, sum } => {
            let mut total = 0;
            for (place, count) in counts.iter().enumerate() {
                total += count;
                let bound = bounds.get(place).map_or("+Inf".to_owned(), |bound| number(*bound));
                line(text, &format!("{name}_bucket"), point, Some(&bound), &total.to_string());
            }
            line(text, &format!("{name}_sum"), point, None, &number(*sum));
            line(text, &format!("{name}_count"), point, None, &total.to_string());
        }
    }
}

fn line(text: &mut String, name: &str, point: &Point, bound: Option<&str>, value: &str) {
    text.push_str(name);
    let labels = point.labels.iter().map(|(label, value)| (label.replace('.', "_"), value.as_str()));
    let labels: Vec<String> = labels
        .chain(bound.map(|bound| ("le".to_owned(), bound)))
        .map(|(label, value)| format!("{label}=\"{}\"", escaped(value, true)))
        .collect();
    if !labels.is_empty() {
        let _ = write!(text, "{{{}}}", labels.join(","));
    }
    let _ = writeln!(text, " {value}");
}

fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

fn escaped(text: &str, quoted: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quoted { text.replace('"', "\\\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_written_as_the_format_has_it() {
        let spread = Value::Spread { bounds: &[0.5, 1.0], counts: vec![1, 0, 2], sum: 7.5 };
        let metrics = [
            Metric::counter("a.b", "{x}", "How many \\ and\nmore", 3),
            Metric::gauge("c.size", "By", "Size", vec![(vec![("x.y", "a\"b\\c\nd".to_owned())], 1.5)]),
            Metric {
                name: "d",
                unit: "s",
                help: "Time",
                kind: Kind::Histogram,
                points: vec![Point { labels: Vec::new(), value: spread }],
            },
            Metric::gauge("none", "1", "Nothing", Vec::new()),
        ];
        let expected = "# HELP a_b_total How many \\\\ and\\nmore\n# TYPE a_b_total counter\na_b_total 3\n\
            # HELP c_size_bytes Size\n# TYPE c_size_bytes gauge\nc_size_bytes{x_y=\"a\\\"b\\\\c\\nd\"} 1.5\n\
            # HELP d_seconds Time\n# TYPE d_seconds histogram\nd_seconds_bucket{le=\"0.5\"} 1\nd_seconds_bucket{le=\"1\"} 1\n\
            d_seconds_bucket{le=\"+Inf\"} 3\nd_seconds_sum 7.5\nd_seconds_count 3\n";
        assert_eq!(text(&metrics), expected);
    }
}
