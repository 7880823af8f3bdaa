//! The tools behind `act`: clock, arithmetic, echo, host metrics, and files under a sandbox folder.

use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::arithmetic;

/// The names of all tools.
pub(super) const NAMES: [&str; 7] =
    ["clock.now", "math.evaluate", "echo", "host.metrics", "file.read", "file.write", "file.list"];

/// The largest file that is read or written.
const MAX_FILE: usize = 1 << 20;

/// The tools, with the folder that the file tools work in.
pub(super) struct Tools {
    sandbox: PathBuf,
    /// Removes a temporary sandbox with the platform.
    _temporary: Option<TempDir>,
}

impl Tools {
    pub(super) fn new(sandbox: Option<PathBuf>) -> Result<Self, String> {
        let temporary = match &sandbox {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(|error| format!("no sandbox folder could be made: {error}"))?),
        };
        let folder = sandbox.or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned())).unwrap_or_default();
        let sandbox = folder.canonicalize().map_err(|error| format!("--sandbox {}: {error}", folder.display()))?;
        Ok(Self { sandbox, _temporary: temporary })
    }

    /// Runs a tool. `None` when there is none of that name; the inner error is a failure of the tool's own.
    pub(super) fn run(&self, name: &str, parameters: &Value) -> Option<Result<Value, String>> {
        Some(match name {
            "clock.now" => Ok(json!({ "utc": jiff::Timestamp::now().to_string() })),
            "math.evaluate" => text(parameters, "expression").and_then(|expression| {
                Ok(json!({ "expression": expression, "value": number(arithmetic::evaluate(expression)?) }))
            }),
            "echo" => Ok(parameters.clone()),
            "host.metrics" => Ok(host_metrics()),
            "file.read" => self.read(parameters),
            "file.write" => self.write(parameters),
            "file.list" => self.list(),
            _ => return None,
        })
    }

    fn read(&self, parameters: &Value) -> Result<Value, String> {
        let name = text(parameters, "path")?;
        let path = self.inside(name)?;
        let size = path.metadata().map_err(|error| format!("{name}: {error}"))?.len();
        if size > MAX_FILE as u64 {
            return Err(format!("{name}: it is larger than {MAX_FILE} bytes"));
        }
        let content = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        Ok(json!({ "path": name, "content": content }))
    }

    fn write(&self, parameters: &Value) -> Result<Value, String> {
        let name = text(parameters, "path")?;
        let content = text(parameters, "content")?;
        if content.len() > MAX_FILE {
            return Err(format!("{name}: the content is larger than {MAX_FILE} bytes"));
        }
        let path = self.inside(name)?;
        std::fs::write(path, content).map_err(|error| format!("{name}: {error}"))?;
        Ok(json!({ "path": name, "bytes": content.len() }))
    }

    fn list(&self) -> Result<Value, String> {
        let entries = std::fs::read_dir(&self.sandbox).map_err(|error| error.to_string())?;
        let mut names: Vec<_> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        Ok(json!({ "files": names }))
    }

    /// The path of a file in the sandbox; anything that would leave it is refused.
    fn inside(&self, name: &str) -> Result<PathBuf, String> {
        let refused = || format!("{name}: only plain paths within the sandbox folder are allowed");
        let plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || name.contains(['\\', '\0']) {
            return Err(refused());
        }
        let path = self.sandbox.join(name);
        // Where a link is on the way, what it leads to counts.
        let folder =
            path.parent().unwrap_or(&self.sandbox).canonicalize().map_err(|error| format!("{name}: {error}"))?;
        let kind = path.symlink_metadata().ok().map(|entry| entry.file_type());
        if kind.is_some_and(|kind| kind.is_symlink()) || !folder.starts_with(&self.sandbox) {
            return Err(refused());
        }
        // A pipe, for one, would wait for its other end without end.
        if kind.is_some_and(|kind| !kind.is_file()) {
            return Err(format!("{name}: it is no plain file"));
        }
        Ok(path)
    }
}

fn text<'a>(parameters: &'a Value, name: &str) -> Result<&'a str, String> {
    parameters.get(name).and_then(Value::as_str).ok_or_else(|| format!("`parameters.{name}` must be a text"))
}

/// A number as JSON: without a fraction where it has none.
#[allow(clippy::cast_possible_truncation)] // Within 2^53 a whole number is exact.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 { (value as i64).into() } else { value.into() }
}

/// What the operating system says of the machine; what it does not say is absent.
fn host_metrics() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let memory = read("/proc/meminfo");
    let kilobytes = |name: &str| -> Option<u64> {
        memory.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
    };
    let first = |text: String| text.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut metrics =
        json!({ "processors": processors, "system": std::env::consts::OS, "architecture": std::env::consts::ARCH });
    for (name, value) in [
        ("memory_total_kb", kilobytes("MemTotal:").map(Value::from)),
        ("memory_available_kb", kilobytes("MemAvailable:").map(Value::from)),
        ("load_1m", first(read("/proc/loadavg")).map(Value::from)),
        ("uptime_s", first(read("/proc/uptime")).map(Value::from)),
    ] {
        if let Some(value) = value {
            metrics[name] = value;
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_in_the_sandbox() {
        let tools = Tools::new(None).unwrap();
        let run = |name: &str, parameters: Value| tools.run(name, &parameters).unwrap();
        assert!(run("file.write", json!({ "path": "a.txt", "content": "hello" })).is_ok());
        assert_eq!(run("file.read", json!({ "path": "a.txt" })).unwrap()["content"], "hello");
        assert_eq!(run("file.list", json!({})).unwrap()["files"], json!(["a.txt"]));
        for path in ["../a", "/etc/passwd", "x/../../a", ".", "", "a\\b", "missing/a"] {
            assert!(run("file.read", json!({ "path": path })).is_err(), "{path}");
            assert!(run("file.write", json!({ "path": path, "content": "x" })).is_err(), "{path}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/etc/hostname", tools.sandbox.join("link")).unwrap();
            assert!(run("file.read", json!({ "path": "link" })).is_err());
            std::os::unix::fs::symlink("/etc", tools.sandbox.join("folder")).unwrap();
            assert!(run("file.read", json!({ "path": "folder/hostname" })).is_err());
        }
    }

    #[test]
    fn every_tool_does_its_work() {
        let tools = Tools::new(None).unwrap();
        assert!(tools.run("clock.now", &json!({})).unwrap().unwrap()["utc"].as_str().unwrap().ends_with('Z'));
        assert_eq!(tools.run("math.evaluate", &json!({ "expression": "6*7" })).unwrap().unwrap()["value"], 42);
        assert!(tools.run("math.evaluate", &json!({ "expression": "1/0" })).unwrap().is_err());
        assert_eq!(tools.run("echo", &json!({ "a": [1] })).unwrap().unwrap(), json!({ "a": [1] }));
        assert!(tools.run("host.metrics", &json!({})).unwrap().unwrap()["processors"].as_u64().unwrap() > 0);
        assert!(tools.run("none", &json!({})).is_none());
        assert!(NAMES.iter().all(|name| tools.run(name, &json!({})).is_some()));
    }
}
